"""Findings of trends: rhythm, Secretariats, anchoring, uptake of themes, the landscape then and now."""
from __future__ import annotations

from .dataset import frames
from .dataset.frames import BASELINE, LATEST
from .findings import Result, declare
from .measures import landscape, sets, shared, trends
from .measures.trends import NARROW, WIDE, WINDOW

LATER = 20
SOONER = 10
"""Years after the founding at which the curve of uptake is read."""


def _alive(year: int, name: str = sets.ISCMS) -> Result:
    n = lambda window: len(shared.alive(year, window, name))
    return Result(n(WINDOW), n(NARROW), n(WIDE))


def _rate(level: str) -> Result:
    r = trends.rhythm()
    r = r[r.level == level]
    return Result(float(r.per_year.median()), float(r.per_year.min()), float(r.per_year.max()))


def _taken_up(years: int) -> Result:
    at = lambda name, without: float(trends.adoption_curve(name, without).set_index("years").taken_up[years])
    each = [at(sets.BASELINE, i) for i in sorted(sets.ids())]
    return Result(at(sets.BASELINE, ""), min(each), max(each), {"all that meet the inclusion rule": at(sets.ISCMS, "")})


def _kind(kind: str, year: int) -> Result:
    """Where a later Secretariat ends an earlier one, and, as the upper bound, where both go on."""
    def n(succession: bool) -> int:
        s = trends.secretariats_by_year(sets.BASELINE, succession)
        return int(s[(s.kind == kind) & (s.year == year)].n.sum())

    return Result(n(True), n(True), n(False))


def _anchored(year: int) -> float:
    a = trends.anchoring_by_year()
    a = a[a.year == year].set_index("anchoring").n
    return float(1 - a["none"] / a.sum())


def _breadth(column: str) -> Result:
    """Mean themes; the undated may have been there from the founding, or not have been."""
    b = trends.theme_breadth()
    return Result(float(b[column].mean()), *((float(b.start.mean()), float((b.start + b.undated).mean())) if column == "start" else (float((b.now - b.undated).mean()), float(b.now.mean()))))


def _founded(test) -> int:
    d = landscape.placed()
    return int(test(d).sum())


declare("since_2013", "mechanisms", "that meet the inclusion rule and were founded since", "landscape.placed", lambda: _founded(lambda d: d.relation == landscape.SINCE), set=sets.ISCMS)
declare("since_africa", "mechanisms", "founded since, with their members in Africa", "landscape.placed",
        lambda: _founded(lambda d: (d.relation == landscape.SINCE) & (d.region == "Africa")), set=sets.ISCMS)
declare("since_alive", "mechanisms", "founded since and active in the latest sources", "landscape.placed",
        lambda: _founded(lambda d: (d.relation == landscape.SINCE) & (d.status == "active")), set=sets.ISCMS)
declare("since_anchored", "mechanisms", "founded since and tied to a wider body", "landscape.placed",
        lambda: _founded(lambda d: (d.relation == landscape.SINCE) & (d.id.map(sets.mechanisms(sets.ISCMS).set_index("id").anchoring) != "none")), set=sets.ISCMS)
declare("anchored_later", "mechanisms", "tied to a wider body in a later year than that of the founding", "trends.anchoring_by_year",
        lambda: int((sets.mechanisms().anchored_since > sets.mechanisms().founded).sum()))
for _r, _id in (("Africa", "africa"), ("Asia", "asia"), ("Europe", "europe"), ("Americas", "americas"), (landscape.ACROSS, "across")):
    declare(f"placed_{_id}", "mechanisms", f"that lie in {_r}" if _r != landscape.ACROSS else "that lie across regions", "landscape.placed", lambda r=_r: _founded(lambda d: d.region == r), set=sets.ISCMS)
declare("peak_decade", "mechanisms", "founded in 2000-2009, of all that meet the inclusion rule", "landscape.foundings", lambda: _founded(lambda d: d.period == "2000s"), 2009, sets.ISCMS)
for _y in (BASELINE, LATEST):
    declare(f"iscms_alive_{_y}", "mechanisms", f"of all that meet the inclusion rule, met within the five years to {_y}", "shared.alive", lambda y=_y: _alive(y), _y, sets.ISCMS)
for _c in ("RCP", "IRF"):
    declare(f"active_{_c}", "mechanisms", f"{_c}s of 2013 active in the latest sources", "trends.status_by_class",
            lambda c=_c: int(trends.status_by_class().query("`class` == @c and status == 'active'").n.sum()))
declare("numbered", "series", "series of meetings that sources number", "trends.rhythm", lambda: len(trends.rhythm()))
declare("numbered_found", "share", "of the meetings that their ordinals imply, found", "trends.rhythm",
        lambda: Result(float(trends.rhythm().found.sum() / trends.rhythm().implied.sum()),
                       variants={"all that meet the inclusion rule": float(trends.rhythm(sets.ISCMS).found.sum() / trends.rhythm(sets.ISCMS).implied.sum())}))
declare("ministerial_rate", "meetings a year", "median of the ministerial series", "trends.rhythm", lambda: _rate("ministerial"))
declare("officials_rate", "meetings a year", "median of the series of senior officials", "trends.rhythm", lambda: _rate("senior-officials"))
for _k, _id in (("IOM", "iom"), ("regional-organisation", "regional"), ("ICMPD", "icmpd"), ("own", "own")):
    for _y in (2000, BASELINE, LATEST):
        declare(f"secretariat_{_id}_{_y}", "Secretariats", f"of the kind {_k}, first year known", "trends.secretariats_by_year", lambda k=_k, y=_y: _kind(k, y), _y)
declare("secretariats_undated", "Secretariats", "without a known first year, and so in no count by year", "frames.secretariats",
        lambda: int(sets.only(frames.secretariats())["from"].isna().sum()))
for _y in (2000, BASELINE, LATEST):
    declare(f"anchored_{_y}", "share", "of the mechanisms founded by then, tied to a wider body", "trends.anchoring_by_year", lambda y=_y: _anchored(y), _y)
declare("breadth_start", "themes", "mean themes known from the founding", "trends.theme_breadth", lambda: _breadth("start"))
declare("breadth_now", "themes", "mean themes known by now", "trends.theme_breadth", lambda: _breadth("now"))
declare("taken_up_10", "share", "of the themes not there at the founding, taken up within ten years", "trends.adoption_curve", lambda: _taken_up(SOONER))
declare("taken_up_20", "share", "the same, within twenty years", "trends.adoption_curve", lambda: _taken_up(LATER))
declare("themes_since", "share", "of the themes with a first year, taken up after 2013", "trends.theme_adoption",
        lambda: float((lambda t: (~t.at_founding & (t["first"] > BASELINE)).mean())(trends.theme_adoption())))
