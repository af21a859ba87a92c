"""Figures: one function each; a :class:`Figure` shows as vector SVG and keeps its specification and data."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import altair as alt
import pandas as pd

from ..dataset import frames
from ..dataset.load import outlines
from ..dataset.paths import root
from ..dataset.trace import cached
from ..measures import membership, sets, taxonomy, trends
from . import draw
from .wording import wording

alt.utils.schemapi.disable_debug_mode()  # a chart is held against the schema once, by the tests, and not in all its parts at every drawing
RCP, IRF, INK, SOFT, GRID, PALE = "#0072B2", "#D55E00", "#333333", "#666666", "#eeeeee", "#e9e9e9"
BLUES = ["#eff3ff", "#6baed6", "#08306b"]
LEVEL_COLOURS = {"ministerial": "#0072B2", "vice-ministerial": "#56B4E9", "senior-officials": "#009E73",
                 "technical": "#E69F00", "multi-stakeholder": "#CC79A7", "unspecified": "#999999"}
CLASS = alt.Scale(domain=["RCP", "IRF"], range=[RCP, IRF])
WHOLE = {"labelLimit": 0, "titleLimit": 0}
"""No label is cut off; and none need be measured for it, which takes a third of a drawing's time."""
FOOT = "Source: the study's data (Annex B); meetings are those found, not all held."


TEXT = {"labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11.5, **WHOLE}
CONFIG = {"font": "Libertinus Serif, Georgia, serif", "background": "white", "aria": False, "view": {"stroke": None}, "header": WHOLE,
          "axis": {**TEXT, "titleFontSize": 11.5, "gridColor": GRID, "domainColor": SOFT, "tickColor": SOFT}, "legend": {**TEXT, "orient": "top", "title": None}}


@dataclass
class Figure:
    name: str
    chart: alt.TopLevelMixin = field(repr=False)
    data: pd.DataFrame = field(repr=False)
    head: dict = field(repr=False)
    foot: dict = field(repr=False)

    @cached_property
    def spec(self) -> dict:
        """Vega-Lite specification: the chart in the frame that all figures share, put around it here since the library would copy it at each step."""
        chart = self.chart.to_dict(validate=False)
        top = {k: chart.pop(k) for k in ("$schema", "config", "datasets", "params") if k in chart}
        top["config"] = {**CONFIG, "view": {**top["config"]["view"], **CONFIG["view"]}}
        if '"name": "world"' in json.dumps(chart):
            top.setdefault("datasets", {})["world"] = _world()
        return {**top, "title": self.head, "vconcat": [{**chart, "title": self.foot}]}

    def svg(self) -> str:
        """The figure as SVG."""
        return draw.svg(self.spec, self.name)

    def save(self, folder: Path, name: str, svg: str | None = None) -> None:
        """Write the drawing, its specification and its data: ``name``.svg, .vl.json and .csv."""
        (folder / f"{name}.svg").write_text(svg or self.svg(), encoding="utf-8")
        (folder / f"{name}.vl.json").write_text(json.dumps(self.spec, ensure_ascii=False), encoding="utf-8")
        self.data.to_csv(folder / f"{name}.csv", index=False)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/svg+xml": self.svg(), "text/plain": f"Figure {self.name}"}


def _finish(name: str, chart, data: pd.DataFrame, title: str, subtitle: str, source: str = FOOT) -> Figure:
    """The frame all figures share: the finding as title, the measure below it, source and date at the foot."""
    foot = {"text": f"{source} Latest: {membership.LATEST}.", "orient": "bottom", "anchor": "start", "frame": "bounds", "fontSize": 10.5, "fontWeight": "normal",
            "color": SOFT, "offset": 10}
    head = {"text": title, "subtitle": subtitle, "anchor": "start", "fontSize": 15, "subtitleFontSize": 12, "subtitleColor": SOFT, "color": INK, "offset": 8}
    return Figure(name, chart, data, head, foot)


@cached
def _world() -> dict:
    """The outlines of the world's countries (TopoJSON, object ``countries``, ISO codes in ``a3``)."""
    return outlines()


def _short() -> pd.Series:
    return frames.identity().set_index("id").short


def timeline() -> Figure:
    """Mechanisms from founding to the last meeting found."""
    d = sets.met()[["short", "class_2013", "founded", "last_meeting", "status", "src"]].copy()
    d["state"] = d.status.map({"active": "active", "no activity found since": "silent"}).fillna("stated as dormant or merged")
    base = alt.Chart(d).encode(y=alt.Y("short:N", sort=alt.EncodingSortField("founded"), title=None))
    x = alt.X("last_meeting:Q")
    bars = base.mark_rule(strokeWidth=5).encode(x=alt.X("founded:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1984, 2027])),
                                                x2="last_meeting:Q", color=alt.Color("class_2013:N", scale=CLASS))
    dots = base.mark_point(size=80, filled=True, fill=INK, opacity=1).encode(
        x=x, shape=alt.Shape("state:N", scale=alt.Scale(domain=["active", "silent", "stated as dormant or merged"], range=["triangle-right", "circle", "square"])))
    n = int((d.status == "active").sum())
    return _finish("timeline", (bars + dots).properties(width=500, height=460), d,
                   f"Of {len(d)} mechanisms, {n} show recent activity in the sources",
                   "From founding to the last meeting found; the end mark says what the latest source shows")


def alive() -> Figure:
    """Mechanisms that met within the last five years, by year and class."""
    d = trends.alive()
    peak = d.groupby("year").n.sum()
    now = d[d.year == d.year.max()].set_index("class_2013").n
    c = alt.Chart(d).mark_bar(width=9).encode(
        x=alt.X("year:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1984, membership.LATEST + 1])), y=alt.Y("n:Q", title="mechanisms"),
        color=alt.Color("class_2013:N", scale=CLASS), order=alt.Order("class_2013:N", sort="descending"))
    return _finish("alive", c.properties(width=520, height=250), d,
                   f"Activity peaked in {peak.idxmax()} with {peak.max()} mechanisms and stands at {int(now.sum())}",
                   "Mechanisms with a meeting found in the year or the four before it; the latest years may still gain meetings")


def members() -> Figure:
    """Members per mechanism in 2013 and latest."""
    d = membership.counts().merge(sets.mechanisms()[["id", "short", "class_2013"]], left_on="mechanism", right_on="id").dropna(subset=["members"])
    d["date"] = d.year.map({2013: "2013", membership.LATEST: "latest"})
    d = d.astype({"members": int})
    base = alt.Chart(d).encode(y=alt.Y("short:N", sort="-x", title=None), x=alt.X("members:Q", title="member States"))
    line = base.mark_line(color="#bbb").encode(detail="short:N")
    dots = base.mark_point(size=70, filled=True).encode(color=alt.Color("class_2013:N", scale=CLASS),
                                                        shape=alt.Shape("date:N", scale=alt.Scale(domain=["2013", "latest"], range=["circle", "diamond"])))
    grew = d.pivot_table(index="short", columns="date", values="members").dropna()
    more, fewer = (int((grew.latest.sub(grew["2013"]).mul(k) > 0).sum()) for k in (1, -1))
    return _finish("members", (line + dots).properties(width=430, height=400), d[["short", "class_2013", "date", "members"]],
                   f"Of {len(grew)} mechanisms {more} have more verified members than in 2013, {fewer} have fewer",
                   "Member States by verified lists; mechanisms without one are left out", "Source: the study's data (Annex B).")


def world_map() -> Figure:
    """How many mechanisms each State is a member of."""
    p = membership.per_state(membership.LATEST)
    st = frames.states()
    d = st.merge(p, left_on="iso3", right_on="state", how="left").fillna({"n": 0}).astype({"n": int})[["iso3", "name_en", "n"]]
    top = int(d.n.max())
    scale = alt.Scale(range=["#c6dbef", "#4292c6", "#08306b"], domain=[1, top])
    world = alt.Chart(alt.NamedData("world", format=alt.DataFormat(type="topojson", feature="countries"))).mark_geoshape(
        stroke="white", strokeWidth=.4).transform_lookup(lookup="properties.a3", from_=alt.LookupData(d, "iso3", ["n", "name_en"])).encode(
        tooltip=["name_en:N", "n:Q"],
        color=alt.condition("isValid(datum.n) && datum.n > 0", alt.Color("n:Q", title="mechanisms", scale=scale, legend=alt.Legend(title="mechanisms", values=list(range(1, top + 1)), format="d", gradientLength=180)), alt.value(PALE)))
    shapes = {g["properties"].get("a3") for g in _world()["objects"]["countries"]["geometries"]}
    cent = pd.read_csv(root() / "data/reference/centroids.csv")
    small = d[~d.iso3.isin(shapes) & (d.n > 0)].merge(cent, on="iso3")
    dots = alt.Chart(small).mark_circle(size=34, opacity=1, stroke=INK, strokeWidth=.5).encode(
        longitude="lon:Q", latitude="lat:Q",
        color=alt.condition("datum.n > 0", alt.Color("n:Q", scale=scale), alt.value(PALE)))
    return _finish("world_map", (world + dots).project("equalEarth", scale=117, translate=[320, 155]).properties(width=640, height=292), d,
                   f"{int((d.n > 0).sum())} States and territories sit in at least one mechanism, none in more than {d.n.max()}",
                   f"Mechanisms of the 25 with a verified member list, {membership.LATEST}; grey: none known; dots: small States",
                   "Names and boundaries imply no opinion. Geometry: Natural Earth. " + FOOT.split(";")[0] + ".")


def timeline_map() -> Figure:
    """The timeline beside the map: the parameter ``pick`` (an id) shows the members of one mechanism alone."""
    m = sets.met(sets.ISCMS).dropna(subset=["last_meeting"])
    m = m.assign(cls=m.class_2013.fillna(m.class_now).fillna("not classed"))[["id", "short", "cls", "founded", "last_meeting"]]
    p = membership.members(membership.LATEST, "central", sets.ISCMS)
    d = frames.states().merge(p.groupby("state").mechanism.agg(list).rename("ids"), left_on="iso3", right_index=True, how="left")
    d["ids"] = d.ids.map(lambda v: v if isinstance(v, list) else [])
    short = frames.identity().set_index("id").short
    d = d.assign(n=d.ids.map(len), names=d.ids.map(lambda v: ", ".join(sorted(short[i] for i in v)) or "none known"), ids=d.ids.map(lambda v: f"|{'|'.join(v)}|"))
    d = d[["iso3", "name_en", "n", "names", "ids"]]
    pick = alt.param("pick", value=None)
    bars = alt.Chart(m).mark_bar(height=8).encode(
        y=alt.Y("short:N", sort=alt.EncodingSortField("founded"), title=None), x=alt.X("founded:Q", title=None, axis=alt.Axis(format="d", tickCount=5), scale=alt.Scale(domain=[1984, 2027])),
        x2="last_meeting:Q", color=alt.Color("cls:N", scale=alt.Scale(domain=["RCP", "IRF", "not classed"], range=[RCP, IRF, "#999999"])), opacity=alt.condition("pick === null || datum.id === pick", alt.value(1), alt.value(.15)), detail="id:N")
    colour = alt.Color("n:Q", legend=alt.Legend(title="mechanisms", format="d", tickMinStep=1, gradientLength=180),
                       scale=alt.Scale(range=["#c6dbef", "#4292c6", "#08306b"], domain=[1, int(d.n.max())]),
                       condition=[{"test": "pick !== null && indexof(datum.ids, '|' + pick + '|') >= 0", "value": "#009E73"},
                                  {"test": "pick !== null || !(datum.n > 0)", "value": PALE}])
    tips = [alt.Tooltip("name_en:N", title=wording()["fields"]["name_en"]), alt.Tooltip("names:N", title=wording()["fields"]["names"])]
    world = alt.Chart(alt.NamedData("world", format=alt.DataFormat(type="topojson", feature="countries"))).mark_geoshape(stroke="white", strokeWidth=.4).transform_lookup(
        lookup="properties.a3", from_=alt.LookupData(d, "iso3", ["n", "ids", "names", "name_en"])).encode(color=colour, tooltip=tips)
    shapes = {g["properties"].get("a3") for g in _world()["objects"]["countries"]["geometries"]}
    small = d[~d.iso3.isin(shapes) & (d.n > 0)].merge(pd.read_csv(root() / "data/reference/centroids.csv"), on="iso3")
    dots = alt.Chart(small).mark_circle(size=34, opacity=1, stroke=INK, strokeWidth=.5).encode(longitude="lon:Q", latitude="lat:Q", color=colour, tooltip=tips)
    map_ = (world + dots).project("equalEarth", scale=117, translate=[320, 155]).properties(width=640, height=292)
    both = alt.hconcat(bars.properties(width=220, height=alt.Step(13)), map_).resolve_scale(color="independent").add_params(pick)
    return _finish("timeline_map", both, d.drop(columns="ids"), f"{len(m)} mechanisms in time and {int((d.n > 0).sum())} States and territories at their tables",
                   "All mechanisms that meet the inclusion rule, from founding to the last meeting found; class of 2013, else IOM's present one; grey States: none known",
                   "Names and boundaries imply no opinion. Geometry: Natural Earth. " + FOOT.split(";")[0] + ".")


def overlap() -> Figure:
    """Overlap coefficient of memberships, latest."""
    d = membership.overlap(membership.LATEST)
    home = taxonomy.reach(membership.LATEST).set_index("mechanism")
    order = home.sort_values(["region", "subregion"]).index.map(_short()).tolist()  # neighbours stand together
    s = _short()
    d = d.assign(a=d.a.map(s), b=d.b.map(s))
    shown = d[d.a != d.b]
    c = alt.Chart(shown).mark_rect(stroke="white").encode(
        x=alt.X("a:N", title=None, sort=order, axis=alt.Axis(labelAngle=-60)), y=alt.Y("b:N", title=None, sort=order),
        color=alt.Color("coefficient:Q", scale=alt.Scale(range=BLUES, domain=[0, 1]), legend=alt.Legend(title="share of the smaller membership", gradientLength=180, format=".0%", values=[0, .5, 1])))
    full = int((shown.coefficient >= 0.999).sum() / 2)
    none = int((shown.shared == 0).sum() / 2)
    return _finish("overlap", c.properties(width=400, height=400), d, f"{none} of {len(shown) // 2} pairs of mechanisms share no member; in {full} one lies within the other",
                   f"Members in common as a share of the smaller membership, {membership.LATEST}; ordered by region")


def agenda() -> Figure:
    """Themes on each agenda by first known year."""
    t = trends.theme_adoption()
    kinds = ["at the founding", "by 2013", "after 2013"]
    d = t.assign(short=t.mechanism.map(_short()), theme=t.theme.map(wording()["themes"]),
                 when=t.apply(lambda r: kinds[0] if r.at_founding else kinds[1] if r["first"] <= 2013 else kinds[2], axis=1))
    themes_ = d.theme.value_counts().index.tolist()
    order = sets.mechanisms().sort_values("founded").short.tolist()
    c = alt.Chart(d).mark_rect(stroke="white", strokeWidth=1.5).encode(
        x=alt.X("theme:N", title=None, sort=themes_, axis=alt.Axis(labelAngle=-50)), y=alt.Y("short:N", title=None, sort=order),
        color=alt.Color("when:N", sort=kinds, scale=alt.Scale(domain=kinds, range=["#08306b", "#4292c6", "#E69F00"])))
    after = int((d.when == kinds[2]).sum())
    return _finish("agenda", c.properties(width=420, height=430), d[["short", "theme", "first", "when"]],
                   f"{after} of {len(d)} themes found on agendas were taken up after 2013",
                   "First year a theme is known on an agenda; mechanisms by founding, themes by spread; white: not found")


def meetings() -> Figure:
    """Meetings found by year and level."""
    d = trends.meetings_by_year()
    c = alt.Chart(d[d.year >= 1985].assign(level=lambda f: f.level.map(wording()["levels"]))).mark_bar(width=9).encode(
        x=alt.X("year:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1984, membership.LATEST + 1])), y=alt.Y("n:Q", title="meetings found"),
        color=alt.Color("level:N", scale=alt.Scale(domain=[wording()["levels"][k] for k in LEVEL_COLOURS], range=list(LEVEL_COLOURS.values()))))
    by = d.groupby("year").n.sum()
    return _finish("meetings", c.properties(width=520, height=260), d, f"The sources name most meetings for {by.idxmax()}",
                   "Meetings found by year and by level as the source's wording gives it")


@cached
def mechanism_timeline(id: str) -> Figure:
    """Meetings found of one mechanism, by year and level."""
    d = frames.of("meetings", id)[["year", "date", "level", "place", "title", "src"]].copy()
    labels = wording()["levels"]
    d["shown"] = d.level.map(labels)
    m = frames.of("mechanisms", id).iloc[0]
    c = alt.Chart(d).mark_circle(size=95, opacity=.8).encode(
        x=alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1), scale=alt.Scale(domain=[int(min(m.founded, d.year.min())) - 1, 2027])),
        y=alt.Y("shown:N", title=None, sort=list(labels.values())), yOffset=alt.YOffset("jitter:O"),
        color=alt.Color("level:N", legend=None, scale=alt.Scale(domain=list(LEVEL_COLOURS), range=list(LEVEL_COLOURS.values()))))
    d["jitter"] = d.groupby(["year", "level"]).cumcount()
    stacked = int(d.jitter.max()) + 1  # meetings of one level and year stand one above the other, close together
    return _finish(f"timeline-{id}", c.properties(width=520, height=alt.Step(26 if stacked == 1 else 12)), d,
                   f"{m.short}: {len(d)} meetings found, {d.year.min()} to {d.year.max()}", "Each dot is a meeting; level as the source's wording gives it")


FIGURES = {f.__name__: f for f in (timeline, alive, members, world_map, timeline_map, overlap, agenda, meetings)}
