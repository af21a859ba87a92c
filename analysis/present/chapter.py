"""What chapters say inline: computed values as ready text."""
from __future__ import annotations

from ..dataset import documents, frames, paths, provenance
from ..dataset.trace import cached, reads
from ..findings import finding
from ..measures import membership, sets, shares, trends
from . import words
from .wording import wording


class MechanismText:
    """Inline values of one mechanism. Raises ``KeyError`` for an unknown id."""

    def __init__(self, id: str):
        row = frames.of("mechanisms", id).set_index("id").loc[id]
        c = membership.counts(sets.EVERY).set_index(["mechanism", "year"])
        self.id, self.short, self.name = id, row.short, row["name"]
        self.year = str(row.founded)
        self.members_2013 = self._members(c.loc[(id, 2013), "members"])
        self.members_latest = self._members(c.loc[(id, membership.LATEST), "members"])
        self.meetings_found = words.number(len(frames.of("meetings", id)))
        self.last_meeting = words.date(row.last_meeting_date)
        self.themes_found = words.number(frames.of("agenda", id).theme.nunique())

    @staticmethod
    def _members(n) -> str:
        import pandas as pd

        return wording()["unestablished"] if pd.isna(n) else words.number(n)


@cached
def mechanism(id: str) -> MechanismText:
    """Inline values of a mechanism, by id."""
    return MechanismText(id)


def _said(value: float, unit: str) -> str:
    if unit == "share":
        return words.percent(value)
    if isinstance(value, float) and value != int(value):
        return f"{value:.1f}"
    return words.number(value)


def n(id: str) -> str:
    """A finding's value in words (below one hundred) or digits; a share as a percentage, a mean with one decimal."""
    return _said(finding(id).value, finding(id).unit)


def low(id: str) -> str:
    """The lower bound of a finding, as :func:`n` says its value."""
    return _said(finding(id).low, finding(id).unit)


def high(id: str) -> str:
    """The upper bound of a finding, as :func:`n` says its value."""
    return _said(finding(id).high, finding(id).unit)


def under(id: str, rule: str) -> str:
    """The value of a finding under another rule, as :func:`n` says it. Raises ``KeyError`` for an unknown rule."""
    return _said(finding(id).variants[rule], finding(id).unit)


def coefficient(id: str, part: str = "value", digits: int = 3) -> str:
    """A coefficient or p value in digits: its ``value``, ``low``, ``high``, ``p``, or the value of a variant by its name."""
    f = finding(id)
    v = getattr(f, part) if part in ("value", "low", "high", "p") else f.variants[part]
    return f"{v:.{digits}f}".replace("-", "−")


def date(id: str) -> str:
    """The year a finding speaks of."""
    return str(finding(id).date)


def window(which: str = "WINDOW") -> str:
    """The years within which a mechanism must have met to count as alive: ``WINDOW``, ``NARROW`` or ``WIDE``."""
    return words.number(getattr(trends, which))


def closed() -> str:
    """When the data was closed, by month."""
    return words.date(trends.CLOSED)


def audited(audit: str, verdict: str) -> str:
    """Facts of an audit with a verdict. Raises ``ValueError`` for an unknown audit or verdict."""
    if verdict not in provenance.VERDICTS:
        raise ValueError(f"no verdict '{verdict}'; there are: {', '.join(provenance.VERDICTS)}")
    return words.number(sum(r["verdict"] == verdict for r in provenance.audit(audit)))


def audited_range(audit: str) -> str:
    """The share of all facts, in per cent, that would be borne out in full by the sources named, as far as an audit tells: Wilson's interval at
    95 per cent."""
    drawn = provenance.audit(audit)
    low, high = shares.wilson(sum(r["verdict"] == "in full" for r in drawn), len(drawn))
    return f"{100 * low:.0f} to {100 * high:.0f}"


def followed(which: str = "share", core: bool | None = None) -> str:
    """Facts that were followed to their sources in every part, as they now read: their ``share`` in per cent, or how many ``followed`` of ``all``
    or are ``left``; of the ``core`` mechanisms, of the others, or of both."""
    done, every = (sum(x) for x in zip(*(provenance.in_full(c) for c in ((True, False) if core is None else (core,)))))
    return {"share": f"{100 * done / every:.0f}", "followed": f"{done:,}", "all": f"{every:,}", "left": words.number(every - done)}[which]


def lost() -> str:
    """Sources that were looked for again while the data was being closed, and not found."""
    return words.number(int(frames.sources().read.str.contains("not found again", na=False).sum()))


def latest() -> str:
    """The latest year the report speaks of."""
    return str(membership.LATEST)


def theme(id: str) -> str:
    """The label of a theme."""
    return wording()["themes"][id]


def top_theme() -> str:
    """The commonest theme's label."""
    s = trends.theme_spread(membership.LATEST).sort_values(["n", "theme"], ascending=[False, True])
    return theme(s.iloc[0].theme)


def most_connected(year: int = membership.LATEST) -> str:
    """The State or States with most memberships in a year."""
    p = membership.per_state(year)
    names = frames.states().set_index("iso3").name_en
    return words.listing(sorted(names[s] for s in p[p.n == p.n.max()].state))


def reclassed() -> str:
    """Mechanisms that the study counted as RCPs and IOM now lists as interregional forums."""
    m = sets.mechanisms()
    return words.listing(m[m.class_now.notna() & (m.class_now != m.class_2013)].short.map(lambda s: f"the {s}"))


def unlisted(year: int) -> str:
    """Mechanisms without a verified list of members for a year."""
    m = sets.mechanisms()
    return words.listing(m[~m.id.isin(membership.known(year))].short.map(lambda s: f"the {s}"))


def setting(name: str) -> str:
    """A constant of the measures in words, by ``module.NAME``; negative ones without their sign."""
    return words.number(abs(_constant(name)))


def _constant(name: str):
    from importlib import import_module

    module, constant = name.split(".")
    return getattr(import_module(f"analysis.measures.{module}"), constant)


def share_setting(name: str) -> str:
    """A constant of the measures that is a share, as a percentage."""
    return words.percent(_constant(name))


def seed(name: str) -> str:
    """A seed, in digits."""
    return str(_constant(name))


def step(strength: str) -> str:
    """How far a finding of a strength may spread, as a percentage."""
    from ..findings import STEPS

    return words.percent({name: most for most, name in STEPS}[strength])


def coherence_year() -> str:
    """The last year that the series of all instruments cover."""
    from ..measures import coherence

    return str(coherence.last_year())


def small() -> str:
    """The size up to which a table counts as small."""
    from ..findings_corridors import SMALL

    return words.number(SMALL)


def listed() -> str:
    """How many of the largest corridors without a shared table are listed."""
    from ..measures import corridors

    return words.number(len(corridors.largest(corridors.years()[-1])))


def outside_count() -> str:
    """How many mechanisms outside the 25 the data describes, in words."""
    return words.number((~frames.identity().core25).sum())


@reads("pyproject.toml")
def version() -> str:
    """The version of the report."""
    return documents.version(paths.root())


def draws(id: str) -> str:
    """A share of redraws as a count: 'all 200', 'none of the 200', '186 of 200'."""
    most = _constant("coherence.REDRAWS")
    k = round(finding(id).value * most)
    return f"all {most}" if k == most else f"none of the {most}" if k == 0 else f"{k} of {most}"
