"""What the chapters on taxonomy and trends say inline, as ready text."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.frames import BASELINE, LATEST
from .. import findings_trends
from ..findings import finding
from ..measures import landscape, network, sets, taxonomy
from . import words
from .wording import wording

ARTICLES = {"RCP": "an RCP", "IRF": "an IRF"}


LATEST_MEMBERS = f"members of {LATEST}"
"""The variant of a finding by the latest members in place of those of the baseline."""


def under(id: str, rule: str) -> str:
    """A count under another rule, in words. Raises ``KeyError`` for an unknown rule."""
    return words.number(finding(id).variants[rule])


def share_under(id: str, rule: str) -> str:
    """A share under another rule, as a percentage. Raises ``KeyError`` for an unknown rule."""
    return words.percent(finding(id).variants[rule])


def years(which: str) -> str:
    """The years at which the curve of uptake is read, in words: ``SOONER`` or ``LATER``."""
    return words.number(getattr(findings_trends, which))


def _judged(id: str, year: int, name: str) -> pd.Series:
    return taxonomy.classes(year, taxonomy.THRESHOLD, name).set_index("mechanism").loc[id]


def judged(id: str, year: int = BASELINE, name: str = sets.BASELINE) -> str:
    """A mechanism's class by the rule with its ground, beside its other classes: a clause without full stop. Raises ``KeyError`` for an unknown id."""
    r = _judged(id, year, name)
    others = [(c, t) for c, t in ((r.class_2013, "in 2013"), (r.class_now, "on IOM's pages now")) if isinstance(c, str)]
    same, apart = [t for c, t in others if c == r.rule], [f"{t} it is {ARTICLES[c]}" for c, t in others if c != r.rule]
    share = "all its members" if r.region_share == 1 else f"{words.percent(r.region_share)} of its members"
    return (f"the rule makes it {ARTICLES[r.rule]}" + (f", as {words.listing(same)}" if same else "")
            + f", since {share}{'' if r.basis == 'verified' else ', by unverified names,'} lie in {_where(r.region)}"
            + (f"; {words.listing(apart)}".replace("in 2013 it is", "in 2013 it was") if apart else ""))


def _where(regions: str) -> str:
    return " and as many in ".join("the Americas" if r == "Americas" else r for r in regions.split(taxonomy.BETWEEN))


def names(ids) -> str:
    """Mechanisms by their short names, in alphabetical order."""
    short = frames.identity().set_index("id").short
    return words.listing(map(_with_article, sorted(short[list(ids)])))


def _with_article(short: str) -> str:
    """Names of several words, and initials that are spelt out, take an article; acronyms read as words do not."""
    return f"the {short}" if " " in short or short == "IGC" else short


def _state(name: str) -> str:
    """A State's name as it stands in running text."""
    kind = name.startswith(("United ", "Republic of", "Democratic ", "Lao ", "Syrian ")) or name.endswith(("Republic", "Islands", "Federation", "Comoros", "Gambia", "Maldives", "Netherlands", "Philippines", "Bahamas"))
    return f"the {name}" if kind else name


def differing() -> str:
    """The mechanisms of the baseline whose class by the rule is not that of 2013, or not IOM's present one."""
    return names(taxonomy.disagreements(taxonomy.classes(BASELINE)).mechanism)


def differing_outside() -> str:
    """The same among the mechanisms outside the 25, by their latest members."""
    d = taxonomy.disagreements(taxonomy.classes(LATEST, taxonomy.THRESHOLD, sets.ISCMS))
    return names(d.mechanism[~d.mechanism.isin(sets.ids())])


MISSED = {"state_led": "not led by States", "standing": "not standing", "consultation": "not for consultation on migration", "met_more_than_once": "one meeting found"}


def left_out() -> str:
    """What the inclusion rule leaves out, each with the criteria that it misses."""
    m = frames.identity().query("verdict == 'out'")[["id", "short"]].merge(frames.criteria(), left_on="id", right_on="mechanism").sort_values("short")
    return words.listing(f"{_with_article(r['short'])} ({words.listing(said for c, said in MISSED.items() if not r[c])})" for r in m.to_dict("records"))


def since() -> str:
    """The mechanisms founded since the study."""
    d = landscape.placed()
    return names(d.id[d.relation == landscape.SINCE])


def threshold() -> str:
    """The threshold of the rule, as a percentage."""
    return words.percent(taxonomy.THRESHOLD)


def decimal(id: str, part: str = "value", digits: int = 2) -> str:
    """A finding in digits: its ``value``, ``low`` or ``high``, or the value of a variant by its name."""
    f = finding(id)
    return f"{getattr(f, part) if part in ('value', 'low', 'high') else f.variants[part]:.{digits}f}".replace("-", "−")


def range_of(id: str) -> str:
    """A finding's bounds, as percentages or in digits."""
    f = finding(id)
    return f"{100 * f.low:.0f} to {100 * f.high:.0f} per cent" if f.unit == "share" else f"{f.low:.1f} to {f.high:.1f}"


def one_decimal(id: str, part: str = "value") -> str:
    """A share as a percentage with one decimal: its ``value``, ``low`` or ``high``."""
    return f"{100 * getattr(finding(id), part):.1f} per cent"


def in_none(year: int, bound: str = "central") -> str:
    """UN member States in none of the 25, by name."""
    name = frames.states().set_index("iso3").name_en
    return words.listing(map(_state, sorted(name[s] for s in network.outside(year, sets.BASELINE, bound))))


def top(side: str, n: int = 1) -> str:
    """The ``n`` mechanisms or States with the highest betweenness now, in order."""
    b = network.betweenness(LATEST).query("side == @side").head(n).node
    name = frames.identity().set_index("id").short if side == "mechanism" else frames.states().set_index("iso3").name_en
    return words.listing(_with_article(name[i]) if side == "mechanism" else _state(name[i]) for i in b)


def at_edge(within: float = 0.05) -> str:
    """The mechanisms whose share lies within so much of the threshold."""
    c = taxonomy.classes(BASELINE)
    return names(c.mechanism[(c.region_share - taxonomy.THRESHOLD).abs() <= within])


def gained_theme() -> str:
    """The theme that has come onto most agendas since the study, with its counts then and now."""
    from ..measures import trends

    a, b = (trends.theme_spread(y).set_index("theme").n for y in (BASELINE, LATEST))
    then = a.reindex(b.index).fillna(0).astype(int)
    most = (b - then).idxmax()
    return f"{wording()['themes'][most]}, from {words.number(then[most])} agendas to {words.number(b[most])}"
