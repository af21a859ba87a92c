"""Figures: one function each; a :class:`Figure` shows as vector SVG and keeps its specification and data."""
from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import pandas as pd
import vl_convert as vlc

from ..dataset import frames
from ..dataset.paths import root
from ..measures import membership, trends
from .wording import wording

RCP, IRF, INK, PALE = "#0072B2", "#D55E00", "#333333", "#e9e9e9"
LEVEL_COLOURS = {"ministerial": "#0072B2", "vice-ministerial": "#56B4E9", "senior-officials": "#009E73",
                 "technical": "#E69F00", "multi-stakeholder": "#CC79A7", "unspecified": "#999999"}
CLASS = alt.Scale(domain=["RCP", "IRF"], range=[RCP, IRF])
FOOT = "Source: the study's data; meetings are those found, not all held."


@dataclass
class Figure:
    name: str
    chart: alt.TopLevelMixin
    data: pd.DataFrame

    @property
    def spec(self) -> dict:
        """Vega-Lite specification."""
        return self.chart.to_dict()

    def svg(self) -> str:
        """The figure as SVG."""
        return vlc.vegalite_to_svg(self.spec)

    def _repr_mimebundle_(self, include=None, exclude=None):
        svg = self.svg()
        uri = base64.b64encode(svg.encode()).decode()
        return {"image/svg+xml": svg, "text/html": f'<img class="figure-svg" src="data:image/svg+xml;base64,{uri}" alt="">',
                "text/plain": f"Figure {self.name}"}


def _finish(name: str, chart, data: pd.DataFrame, title: str, subtitle: str, source: str = FOOT) -> Figure:
    chart = chart.properties(title=alt.TitleParams(title, subtitle=[subtitle, source], anchor="start", fontSize=14, subtitleFontSize=11,
                                                   subtitleColor="#555", color=INK, offset=10)).configure(
        font="Libertinus Serif, Georgia, serif", background="white").configure_view(stroke=None).configure_axis(
        labelColor=INK, titleColor=INK, gridColor="#eee", domainColor="#999", tickColor="#999", labelLimit=260).configure_legend(
        orient="top", title=None, labelColor=INK)
    return Figure(name, chart, data)


def _short() -> pd.Series:
    return frames.mechanism_frame().set_index("id").short


def timeline() -> Figure:
    """Mechanisms from founding to the last meeting found."""
    d = frames.mechanism_frame()[["short", "class_2013", "founded", "last_meeting", "status"]].copy()
    d["active"] = d.status == "active"
    base = alt.Chart(d).encode(y=alt.Y("short:N", sort=alt.EncodingSortField("founded"), title=None),
                               color=alt.Color("class_2013:N", scale=CLASS))
    bars = base.mark_rule(strokeWidth=5).encode(x=alt.X("founded:Q", title="year", axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1984, 2027])), x2="last_meeting:Q")
    dots = base.mark_point(size=70, filled=True, fill="white", strokeWidth=2).encode(
        x="last_meeting:Q", shape=alt.Shape("active:N", legend=None, scale=alt.Scale(domain=[True, False], range=["triangle-right", "circle"])))
    last = int(d[d.status != "active"].shape[0])
    return _finish("timeline", (bars + dots).properties(width=520, height=460), d,
                   f"Of {len(d)} mechanisms, {len(d) - last} show recent activity in the sources",
                   "Founding to last meeting found; triangle: active in the latest source; circle: silent, dormant or merged")


def alive() -> Figure:
    """Mechanisms that met within the last five years, by year and class."""
    d = trends.alive()
    peak = d.groupby("year").n.sum()
    c = alt.Chart(d).mark_area(opacity=.85).encode(
        x=alt.X("year:Q", title="year", axis=alt.Axis(format="d")), y=alt.Y("n:Q", title="mechanisms"),
        color=alt.Color("class_2013:N", scale=CLASS))
    return _finish("alive", c.properties(width=520, height=260), d, f"Activity peaked in {peak.idxmax()} with {peak.max()} mechanisms",
                   "Mechanisms with a meeting found in the year or the four before it")


def founded() -> Figure:
    """Cumulative count of mechanisms founded."""
    d = trends.founded_by_year()
    c = alt.Chart(d).mark_line(interpolate="step-after", strokeWidth=3).encode(
        x=alt.X("year:Q", title="year", axis=alt.Axis(format="d")), y=alt.Y("n:Q", title="founded so far"),
        color=alt.Color("class_2013:N", scale=CLASS))
    m = frames.mechanism_frame()
    share = int(((m.founded >= 2000) & (m.founded < 2010)).sum())
    return _finish("founded", c.properties(width=520, height=240), d, f"{share} of the {len(m)} were founded between 2000 and 2009",
                   "Cumulative number of mechanisms of the 2013 baseline, by class of 2013")


def members() -> Figure:
    """Members per mechanism in 2013 and latest."""
    d = membership.counts().merge(frames.mechanism_frame()[["id", "short", "class_2013"]], left_on="mechanism", right_on="id").dropna(subset=["members"])
    d["date"] = d.year.map({2013: "2013", membership.LATEST: "latest"})
    d = d.astype({"members": int})
    base = alt.Chart(d).encode(y=alt.Y("short:N", sort="-x", title=None), x=alt.X("members:Q", title="member States"))
    line = base.mark_line(color="#bbb").encode(detail="short:N")
    dots = base.mark_point(size=70, filled=True).encode(color=alt.Color("class_2013:N", scale=CLASS),
                                                        shape=alt.Shape("date:N", scale=alt.Scale(domain=["2013", "latest"], range=["circle", "diamond"])))
    grew = d.pivot_table(index="short", columns="date", values="members").dropna()
    g = int((grew.latest > grew["2013"]).sum())
    return _finish("members", (line + dots).properties(width=480, height=400), d[["short", "class_2013", "date", "members"]],
                   f"{g} of {len(grew)} mechanisms with two verified lists have more members than in 2013",
                   "Member States by verified lists; mechanisms without one are left out")


def world_map() -> Figure:
    """How many mechanisms each State is a member of."""
    geo = json.loads((root() / "data/reference/world_110m.json").read_text())
    p = membership.per_state(membership.LATEST)
    st = frames.states()
    d = st.merge(p, left_on="iso3", right_on="state", how="left").fillna({"n": 0}).astype({"n": int})[["iso3", "name_en", "n"]]
    world = alt.Chart(alt.Data(values=geo, format=alt.DataFormat(type="topojson", feature="countries"))).mark_geoshape(
        stroke="white", strokeWidth=.4).transform_lookup(lookup="properties.a3", from_=alt.LookupData(d, "iso3", ["n"])).encode(
        color=alt.condition("isValid(datum.n) && datum.n > 0", alt.Color("n:Q", title="mechanisms", scale=alt.Scale(scheme="blues", domain=[0, int(d.n.max())])), alt.value(PALE)))
    shapes = {g["properties"].get("a3") for g in geo["objects"]["countries"]["geometries"]}
    cent = pd.read_csv(root() / "data/reference/centroids.csv")
    small = d[~d.iso3.isin(shapes)].merge(cent, on="iso3")
    dots = alt.Chart(small).mark_circle(size=26, stroke="#666", strokeWidth=.4).encode(
        longitude="lon:Q", latitude="lat:Q",
        color=alt.condition("datum.n > 0", alt.Color("n:Q", scale=alt.Scale(scheme="blues", domain=[0, int(d.n.max())])), alt.value(PALE)))
    return _finish("world_map", (world + dots).project("equalEarth").properties(width=640, height=330), d,
                   f"{int((d.n > 0).sum())} States and territories sit in at least one mechanism, none in more than {d.n.max()}",
                   f"Mechanisms of the 25 with a verified member list, {membership.LATEST}; grey: none known; dots: small States",
                   "Names and boundaries imply no opinion. Geometry: Natural Earth. " + FOOT.split(";")[0] + ".")


def overlap() -> Figure:
    """Overlap coefficient of memberships, latest."""
    d = membership.overlap(membership.LATEST)
    s = _short()
    d = d.assign(a=d.a.map(s), b=d.b.map(s))
    shown = d[d.a != d.b]
    c = alt.Chart(shown).mark_rect().encode(
        x=alt.X("a:N", title=None, axis=alt.Axis(labelAngle=-60)), y=alt.Y("b:N", title=None),
        color=alt.Color("coefficient:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=alt.Legend(title="overlap")))
    full = int((shown.coefficient >= 0.999).sum() / 2)
    none = int((shown.shared == 0).sum() / 2)
    return _finish("overlap", c.properties(width=430, height=430), d, f"{none} pairs of mechanisms share no member; in {full} one lies wholly within the other",
                   "Members in common as a share of the smaller membership")


def agenda() -> Figure:
    """Themes on each agenda by first known year."""
    t = trends.theme_adoption()
    d = t.assign(short=t.mechanism.map(_short()), theme=t.theme.map(wording()["themes"]),
                 when=t.apply(lambda r: "at the founding" if r.at_founding else "by 2013" if r["first"] <= 2013 else "after 2013", axis=1))
    c = alt.Chart(d).mark_rect(stroke="white").encode(
        x=alt.X("theme:N", title=None, sort="-color", axis=alt.Axis(labelAngle=-55)), y=alt.Y("short:N", title=None),
        color=alt.Color("when:N", scale=alt.Scale(domain=["at the founding", "by 2013", "after 2013"], range=["#08306b", "#4292c6", "#E69F00"])))
    after = int((d.when == "after 2013").sum())
    return _finish("agenda", c.properties(width=430, height=420), d[["short", "theme", "first", "when"]],
                   f"{after} of {len(d)} themes found on agendas were taken up after 2013", "First year a theme is known on the agenda of each mechanism")


def meetings() -> Figure:
    """Meetings found by year and level."""
    d = trends.meetings_by_year()
    c = alt.Chart(d[d.year >= 1985]).mark_bar().encode(
        x=alt.X("year:O", title="year", axis=alt.Axis(values=list(range(1985, 2027, 5)), labelAngle=0)), y=alt.Y("n:Q", title="meetings found"),
        color=alt.Color("level:N", scale=alt.Scale(domain=list(LEVEL_COLOURS), range=list(LEVEL_COLOURS.values()))))
    by = d.groupby("year").n.sum()
    return _finish("meetings", c.properties(width=520, height=260), d, f"The sources name most meetings for {by.idxmax()}",
                   "Meetings found by year and by level as the source's wording gives it")


def themes() -> Figure:
    """Spread of each theme in 2013 and latest."""
    a, b = trends.theme_spread(2013), trends.theme_spread(membership.LATEST)
    d = pd.concat([a.assign(date="2013"), b.assign(date="latest")])
    d["theme"] = d.theme.map(wording()["themes"])
    base = alt.Chart(d).encode(y=alt.Y("theme:N", sort="-x", title=None), x=alt.X("n:Q", title="mechanisms"))
    c = base.mark_line(color="#bbb").encode(detail="theme:N") + base.mark_point(filled=True, size=80).encode(
        color=alt.Color("date:N", scale=alt.Scale(domain=["2013", "latest"], range=["#56B4E9", "#08306b"])))
    g = d.pivot_table(index="theme", columns="date", values="n").fillna(0)
    top = (g.latest - g["2013"]).idxmax()
    return _finish("themes", c.properties(width=460, height=340), d, f"The widest gain since 2013: {top}",
                   "Mechanisms with each theme on the agenda, as far as known")


@lru_cache
def mechanism_timeline(id: str) -> Figure:
    """Meetings found of one mechanism, by year and level."""
    k = frames.meetings()
    d = k[k.mechanism == id][["year", "date", "level", "place", "title"]].copy()
    labels = wording()["levels"]
    d["shown"] = d.level.map(labels)
    m = frames.mechanism_frame().set_index("id").loc[id]
    c = alt.Chart(d).mark_circle(size=95, opacity=.8).encode(
        x=alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1), scale=alt.Scale(domain=[int(min(m.founded, d.year.min())) - 1, 2027])),
        y=alt.Y("shown:N", title=None, sort=list(labels.values())), yOffset=alt.YOffset("jitter:O"),
        color=alt.Color("level:N", legend=None, scale=alt.Scale(domain=list(LEVEL_COLOURS), range=list(LEVEL_COLOURS.values()))))
    d["jitter"] = d.groupby(["year", "level"]).cumcount()
    return _finish(f"timeline-{id}", c.properties(width=520, height=alt.Step(26)), d,
                   f"{m.short}: {len(d)} meetings found, {d.year.min()} to {d.year.max()}", "Each dot is a meeting; level as the source's wording gives it")


FIGURES = {f.__name__: f for f in (timeline, alive, founded, members, world_map, overlap, agenda, meetings, themes)}
