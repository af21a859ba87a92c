"""Named findings: every computed statistic that the report's text states.

A finding is declared with what makes it; nothing is computed before it is asked for, so that a chapter rests only on the
data of the findings that it states. Each has its value, unit, set, date and measure, the bounds that the data leaves, its
values under other rules (robustness), and a strength in words by the scale of :func:`strength`."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from .dataset import frames
from .dataset.frames import BASELINE, LATEST
from .dataset.keep import kept
from .dataset.trace import cached
from .measures import linkages, membership, sets, taxonomy, trends


@dataclass(frozen=True)
class Finding:
    """A computed statistic; ``variants`` maps another rule, threshold or set to the value it gives."""

    id: str
    value: float
    unit: str
    statement: str
    measure: str
    set: str
    date: int
    low: float | None = None
    high: float | None = None
    variants: dict[str, float] = field(default_factory=dict)
    p: float | None = None
    strength: str = ""

    def as_dict(self) -> dict:
        """All fields as plain values."""
        return asdict(self)


FIRM, ROBUST, SENSITIVE, WEAK, UNVARIED = "firm", "robust", "sensitive", "weak", "not varied"
STEPS = ((0.02, FIRM), (0.15, ROBUST), (0.5, SENSITIVE))
"""How far bounds and variants may spread around the value, as a share of it, for each strength; beyond the last: weak."""


def strength(value: float, others: list[float], p: float | None = None) -> str:
    """The written scale. The spread is the largest distance of a bound or a variant from the value, relative to the value
    (for counts to 1 where the value is smaller): up to 2 per cent ``firm``, up to 15 ``robust``, up to 50
    ``sensitive``, beyond it ``weak``. A change of sign, or a test with p of 0.05 or more, is ``weak`` whatever the spread.
    What was put under no other rule has no strength and is ``not varied``."""
    if p is None and not others:
        return UNVARIED
    if (p is not None and p >= 0.05) or any(o * value < 0 for o in others):
        return WEAK
    scale = max(abs(value), 1.0) if float(value).is_integer() else abs(value)
    spread = max((abs(o - value) for o in others), default=0) / scale if scale else 0
    return next((name for most, name in STEPS if spread <= most), WEAK)


@dataclass(frozen=True)
class Result:
    """What a maker gives: the value, and what surrounds it."""

    value: float
    low: float | None = None
    high: float | None = None
    variants: dict[str, float] = field(default_factory=dict)
    p: float | None = None
    date: int | None = None
    statement: str | None = None


DECLARED: dict[str, tuple[Callable[[], Result | float], dict]] = {}


def declare(id: str, unit: str, statement: str, measure: str, make: Callable[[], Result | float], date: int = LATEST, set: str = sets.BASELINE) -> None:
    """Declare a finding; ``make`` gives its value, or a :class:`Result`. Raises ``ValueError`` for an id declared twice."""
    if id in DECLARED:
        raise ValueError(f"finding '{id}' is declared twice")
    DECLARED[id] = make, {"unit": unit, "statement": statement, "measure": measure, "date": date, "set": set}


@cached
@kept
def finding(id: str) -> Finding:
    """One finding. Raises ``KeyError`` for an unknown id."""
    make, about = DECLARED[id]
    r = make()
    if not isinstance(r, Result):
        r = Result(r)
    about = {**about, **({"date": r.date} if r.date is not None else {}), **({"statement": r.statement} if r.statement else {})}
    others = [float(o) for o in (r.low, r.high, *r.variants.values()) if o is not None]
    return Finding(id, r.value, low=r.low, high=r.high, variants=r.variants, p=r.p, strength=strength(float(r.value), others, r.p), **about)


def findings() -> dict[str, Finding]:
    """All findings by id, in the order in which they are declared."""
    return {id: finding(id) for id in DECLARED}


# The mechanisms and the sources

declare("mechanisms", "mechanisms", "mechanisms in the study", "frames.mechanisms", lambda: len(sets.mechanisms()))
for _c, _id in (("RCP", "rcps"), ("IRF", "irfs")):
    declare(_id, "mechanisms", f"counted as {_c}s in 2013", "frames.mechanisms", lambda c=_c: int((sets.mechanisms().class_2013 == c).sum()), BASELINE)
declare("described", "mechanisms", "mechanisms described in the data", "frames.mechanisms", lambda: len(frames.identity()), set=sets.EVERY)
declare("iscms", "mechanisms", "mechanisms that meet the inclusion rule", "sets.ids", lambda: len(sets.ids(sets.ISCMS)), set=sets.ISCMS)
declare("meetings", "meetings", "meetings found in sources", "frames.meetings", lambda: len(sets.only(frames.meetings())))
declare("sources", "sources", "sources recorded", "frames.sources", lambda: len(frames.sources()), set=sets.EVERY)
declare("un_members", "States", "UN member States", "frames.states", lambda: int((frames.states().un_member == "yes").sum()), set="the world")


# Founding and activity

def _founded(first: int, last: int) -> int:
    return int(sets.mechanisms().founded.between(first, last).sum())


for _y in (1990, 2000, BASELINE):
    declare(f"founded_{_y}", "mechanisms", f"founded by {_y}", "trends.founded_by_year", lambda y=_y: _founded(0, y), _y)
declare("founded_2000s", "mechanisms", "founded in 2000-2009", "trends.founded_by_year", lambda: _founded(2000, 2009), 2009)


def _alive(year: int, window: int = trends.WINDOW) -> int:
    t = trends.alive(window)
    return int(t[t.year == year].n.sum())


def _alive_peak() -> Result:
    by = trends.alive().groupby("year").n.sum()
    return Result(int(by.max()), date=int(by.idxmax()))


for _y in (BASELINE, LATEST):
    declare(f"alive_{_y}", "mechanisms", f"met within the five years to {_y}, as far as known", "trends.alive",
            lambda y=_y: Result(_alive(y), _alive(y, trends.NARROW), _alive(y, trends.WIDE)), _y)
declare("alive_peak", "mechanisms", "most mechanisms alive in one year", "trends.alive", _alive_peak)
declare("status_active", "mechanisms", "with an activity in the latest sources", "frames.mechanisms", lambda: int((sets.mechanisms().status == "active").sum()))
declare("status_silent", "mechanisms", "without a later activity found", "frames.mechanisms",
        lambda: int((sets.mechanisms().status == "no activity found since").sum()))
declare("status_stated", "mechanisms", "stated as dormant, ended or merged", "frames.mechanisms",
        lambda: int((~sets.mechanisms().status.isin(["active", "no activity found since"])).sum()))


# Members

def _un(pairs) -> int:
    states = frames.states()
    return len(set(pairs.state) & set(states[states.un_member == "yes"].iso3))


def _states(year: int) -> Result:
    n = _un(membership.members(year))
    return Result(n, n, _un(membership.members(year, "upper")))


for _y in (BASELINE, LATEST):
    declare(f"listed_{_y}", "mechanisms", f"with verified members for {_y}", "membership.counts",
            lambda y=_y: int(membership.counts().query("year == @y").members.notna().sum()), _y)
    declare(f"states_{_y}", "UN member States", "in at least one mechanism", "membership.members", lambda y=_y: _states(y), _y)
    declare(f"most_{_y}", "mechanisms", "most memberships of one State", "membership.per_state", lambda y=_y: int(membership.per_state(y).n.max()), _y)
    declare(f"median_{_y}", "mechanisms", "median memberships of a State in at least one", "membership.per_state",
            lambda y=_y: float(membership.per_state(y).n.median()), _y)


# Taxonomy

def _reach(of: str):
    r = taxonomy.reach(BASELINE)
    return r[r.mechanism.map(sets.mechanisms().set_index("id").class_2013) == of]


for _c in ("RCP", "IRF"):
    declare(f"reach_{_c}", "share", f"mean share of members in the commonest region, {_c}", "taxonomy.reach", lambda c=_c: float(_reach(c).region_share.mean()), BASELINE)
    declare(f"classed_{_c}", "mechanisms", f"{_c}s with verified members", "taxonomy.reach", lambda c=_c: len(_reach(c)), BASELINE)
declare("one_region_RCP", "mechanisms", "RCPs with all members in one region", "taxonomy.reach", lambda: int((_reach("RCP").region_share >= 0.999).sum()), BASELINE)


def _reclassed() -> int:
    m = sets.mechanisms()
    return int((m.class_now.notna() & (m.class_now != m.class_2013)).sum())


declare("reclassed", "mechanisms", "RCPs of 2013 that IOM now lists as IRFs", "frames.mechanisms", _reclassed)
for _v in ("none", "associated", "pillar"):
    declare(f"anchor_{_v}", "mechanisms", f"anchoring: {_v}", "frames.mechanisms", lambda v=_v: int((sets.mechanisms().anchoring == v).sum()))
for _v, _s in (("binding", "with outputs that bind"), ("statutes", "with statutes, a charter or a treaty base")):
    declare(_v, "mechanisms", _s, "frames.mechanisms", lambda v=_v: int(sets.mechanisms()[v].sum()))


# Themes

def _spread(theme: str, year: int) -> int:
    return int(trends.theme_spread(year).set_index("theme").n.get(theme, 0))


def _top_theme() -> Result:
    top = trends.theme_spread(LATEST).sort_values(["n", "theme"], ascending=[False, True]).iloc[0]
    return Result(int(top.n), statement=f"with the commonest theme ({top.theme})")


declare("themes", "themes", "themes in the vocabulary found on agendas", "trends.theme_spread", lambda: int(sets.only(frames.agenda()).theme.nunique()))
declare("theme_top", "mechanisms", "with the commonest theme", "trends.theme_spread", _top_theme)
declare("climate", "mechanisms", "with climate, environment or disasters on the agenda", "trends.theme_spread", lambda: _spread("climate-environment-disaster", LATEST))
declare("climate_2013", "mechanisms", "with climate, environment or disasters on the agenda in 2013", "trends.theme_spread",
        lambda: _spread("climate-environment-disaster", BASELINE), BASELINE)


# Outputs and linkages

def _outputs(kind: str | None = None) -> int:
    o = sets.only(frames.outputs())
    return len(o) if kind is None else int((o.kind == kind).sum())


def _gcm_linked() -> int:
    t = linkages.ties()
    return int(t[t.instrument == "gcm"].mechanism.nunique())


declare("outputs", "outputs", "outputs found", "frames.outputs", _outputs)
declare("agreements", "outputs", "outputs that are agreements: treaties, charters, memoranda or terms of reference", "frames.outputs", lambda: _outputs("agreement"))
declare("declarations", "outputs", "declarations", "frames.outputs", lambda: _outputs("declaration"))
declare("linkages", "linkages", "linkages found", "frames.linkages", lambda: len(sets.only(frames.linkages())))
declare("gcm_linked", "mechanisms", "with a linkage to the Global Compact for Migration", "frames.linkages", _gcm_linked)


from . import findings_coherence, findings_corridors, findings_linkages, findings_membership, findings_taxonomy, findings_trends  # noqa: E402,F401  (they declare their findings)
