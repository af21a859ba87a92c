"""Figures of the coverage of migration corridors."""
from __future__ import annotations

import altair as alt
import pandas as pd

from ..measures import corridors, sets
from .figures import BLUES, CLASS, INK, IRF, RCP, SOFT, Figure, _finish, _short
from .words import percent

SOURCE = "Source: UN DESA, International Migrant Stock 2024; the study's data (Annex B)."
LINES = {"all, upper bound": ("upper bound of memberships", "#999999"), "all": ("all mechanisms", INK), "RCP": ("RCPs alone", RCP), "IRF": ("IRFs alone", IRF)}


def last() -> int:
    """The last year with stocks."""
    return corridors.years()[-1]


def _apart(values: pd.Series, gap: float) -> list[float]:
    """Places for labels beside values, from the lowest up: at the value, or so much above the label below it."""
    out: list[float] = []
    for v in values:
        out.append(max(v, out[-1] + gap) if out else v)
    return out


def corridor_coverage(height: int = 280) -> Figure:
    """Coverage of migrants by year, with the upper bound of memberships."""
    d = corridors.by_year()
    d = d[d.forums.isin(LINES) & (d.year >= 2000)].assign(line=lambda f: f.forums.map(lambda k: LINES[k][0]))
    names, colours = [v[0] for v in LINES.values()], [v[1] for v in LINES.values()]
    base = alt.Chart(d).encode(x=alt.X("year:Q", title=None, axis=alt.Axis(format="d", values=sorted(d.year.unique())), scale=alt.Scale(domain=[1999, 2025])),
                               y=alt.Y("share:Q", title="share of migrants of known origin", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1])),
                               color=alt.Color("line:N", scale=alt.Scale(domain=names, range=colours), legend=None))
    lines = base.mark_line(strokeWidth=2.5, point=True).encode(strokeDash=alt.condition("datum.forums == 'all, upper bound'", alt.value([5, 4]), alt.value([1, 0])))
    ends = d[d.year == last()].sort_values(["share", "line"], key=lambda c: c if c.name == "share" else c.map(names[::-1].index))
    labels = base.properties(data=ends.assign(at=_apart(ends.share, 15 / height))).mark_text(align="left", dx=9, fontSize=11.5).encode(text="line:N", y="at:Q")
    wide = d[d.forums.isin(["all", "all, upper bound"])].pivot(index="year", columns="forums", values="share").reset_index().rename(columns={"all": "low", "all, upper bound": "high"})
    band = alt.Chart(wide).mark_area(opacity=.5, color="#e3e3e3").encode(x="year:Q", y="low:Q", y2="high:Q")
    share = wide.set_index("year").low
    return _finish("corridor_coverage", (band + lines + labels).properties(width=410, height=height), d[["year", "forums", "share"]],
                   f"By verified lists {percent(share[last()])} of migrants had a shared table in {last()}",
                   ["Share of migrants of known origin whose States of origin and residence sat in one mechanism that was alive.",
                    "Early years are undercounted: most lists of members are known late. Grey: memberships not verified."], SOURCE)


def corridor_size() -> Figure:
    """Coverage by the size of the largest table counted."""
    d = pd.concat([corridors.by_size(y).assign(year=str(y)) for y in (2015, last())])
    end = int(d["size"].max()) + 4
    d = pd.concat([d, d.groupby("year").share.max().reset_index().assign(size=end)])
    small = d[(d.year == str(last())) & (d["size"] <= 20)].share.max()
    whole = d[d.year == str(last())].share.max()
    base = alt.Chart(d).encode(x=alt.X("size:Q", title="tables of at most so many members", scale=alt.Scale(domain=[0, end + 8])),
                               y=alt.Y("share:Q", title="share of migrants of known origin", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, .8])),
                               color=alt.Color("year:N", scale=alt.Scale(domain=["2015", str(last())], range=["#56B4E9", "#08306b"]), legend=None))
    c = base.mark_line(interpolate="step-after", strokeWidth=2.5) + base.transform_filter(f"datum.size == {end}").mark_text(align="left", dx=6, fontSize=12).encode(text="year:N")
    return _finish("corridor_size", c.properties(width=500, height=230), d,
                   f"Tables of up to twenty members cover {percent(small)}, all {percent(whole)}",
                   f"Coverage if only mechanisms up to a size count, 2015 and {last()}", SOURCE)


def corridor_mechanisms() -> Figure:
    """What each mechanism covers alone, and what it adds to the others."""
    d = corridors.by_mechanism(last())
    d = d[d.members > 0].merge(sets.mechanisms()[["id", "class_2013"]], left_on="mechanism", right_on="id").assign(short=lambda f: f.mechanism.map(_short()))
    order = d.sort_values("alone", ascending=False).short.tolist()
    base = alt.Chart(d).encode(y=alt.Y("short:N", sort=order, title=None))
    bars = base.mark_bar(height=6, opacity=.35).encode(x=alt.X("alone:Q", title="share of migrants of known origin", axis=alt.Axis(format=".0%", values=[0, .05, .1, .15, .2, .25, .3])),
                                                      color=alt.Color("class_2013:N", scale=CLASS))
    added = base.mark_bar(height=12).encode(x="added:Q", color=alt.Color("class_2013:N", scale=CLASS))
    most = d.sort_values("added").iloc[-1]
    return _finish("corridor_mechanisms", (bars + added).properties(width=380, height=alt.Step(22)), d[["short", "class_2013", "members", "alone", "added"]],
                   f"The {most.short} adds most: {percent(most.added)} of migrants have no other table",
                   f"Pale: share covered by the mechanism alone; dark: share that no other covers, {last()}; alive, with verified members", SOURCE)


def corridor_regions() -> Figure:
    """Coverage of each pair of regions."""
    d = corridors.by_region(last()).assign(millions=lambda f: f.stock / 1e6)
    regions = ["Africa", "Europe", "Asia", "Oceania", "Americas"]
    base = alt.Chart(d).encode(x=alt.X("destination:N", sort=regions, title="region of residence", axis=alt.Axis(labelAngle=0, orient="top")),
                               y=alt.Y("origin:N", sort=regions, title="region of origin"))
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=alt.Color("share:Q", scale=alt.Scale(range=BLUES, domain=[0, 1]), legend=alt.Legend(
        title="covered", format=".0%", gradientLength=160, values=[0, .5, 1], orient="right")))
    dark = alt.condition("datum.share > .55", alt.value("white"), alt.value(INK))
    text = base.mark_text(fontSize=13, dy=-6).encode(text=alt.Text("share:Q", format=".0%"), color=dark)
    stock = base.mark_text(fontSize=10, dy=9).encode(text=alt.Text("millions:Q", format=",.1f"), color=alt.condition("datum.share > .55", alt.value("white"), alt.value(SOFT)))
    few = d[d.share < .1]
    return _finish("corridor_regions", (cells + text + stock).properties(width=420, height=270), d,
                   f"In {len(few)} of {len(d)} pairs of regions fewer than one migrant in ten has a table",
                   f"Share with a shared table; below it, millions of migrants of known origin, {last()}", SOURCE)


FIGURES = {f.__name__: f for f in (corridor_coverage, corridor_size, corridor_mechanisms, corridor_regions)}
