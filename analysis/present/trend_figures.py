"""Figures of trends: rhythm, Secretariats and anchoring, uptake of themes, the landscape then and now."""
from __future__ import annotations

import altair as alt
import pandas as pd

from ..dataset.frames import BASELINE, LATEST
from ..measures import sets, shared, trends
from .figures import CLASS, INK, Figure, _finish, _short
from .words import number, percent
from .wording import wording

SOURCE = "Source: the study's data (Annex B)."
FEWEST = 25
"""Pairs of mechanism and theme under observation below which the curve of uptake is not drawn."""
KINDS = {"IOM": "#0072B2", "regional-organisation": "#56B4E9", "ICMPD": "#009E73", "rotating-chair": "#E69F00", "state": "#F0E442", "UNHCR": "#CC79A7", "own": "#D55E00", "other": "#bbbbbb"}
TIES = {"pillar": "#08306b", "associated": "#6baed6", "none": "#d9d9d9"}
RELATIONS = {"of the 25": "#0072B2", "older, outside the study": "#999999", "founded since": "#E69F00"}


def rhythm() -> Figure:
    """Meetings held by the ordinals, and meetings found, in each numbered series."""
    d = trends.rhythm()
    m = sets.mechanisms().set_index("id")
    d = d.rename(columns={"first": "first_number", "last": "last_number"}).assign(series=d.mechanism.map(_short()) + ", " + d.level.map(wording()["levels"]), class_2013=d.mechanism.map(m.class_2013))
    order = d.sort_values("per_year", ascending=False).series.tolist()
    base = alt.Chart(d).encode(y=alt.Y("series:N", sort=order, title=None))
    bars = base.mark_bar(height=10, opacity=.35).encode(x=alt.X("implied:Q", title="meetings in the series", axis=alt.Axis(tickMinStep=5)), color=alt.Color("class_2013:N", scale=CLASS))
    found = base.mark_bar(height=10).encode(x="found:Q", color=alt.Color("class_2013:N", scale=CLASS))
    text = base.mark_text(align="left", dx=5, fontSize=11, color=INK).encode(x="implied:Q", text=alt.Text("per_year:Q", format=".1f"))
    return _finish("rhythm", (bars + found + text).properties(width=330, height=alt.Step(19)), d[["series", "class_2013", "first_number", "last_number", "years", "per_year", "found", "implied"]],
                   f"Of the meetings that the ordinals imply, the sources name {percent(d.found.sum() / d.implied.sum())}",
                   ["Series of meetings that sources number. Dark: found; pale: held between the first and the last number;",
                    "figures: meetings a year"])


def secretariats() -> Figure:
    """Secretariats by kind and anchoring, by year."""
    s, a = trends.secretariats_by_year(), trends.anchoring_by_year()
    w = wording()
    names = [w["secretariats"][k] for k in KINDS]
    s = s[s.year >= 1990].assign(kind=lambda f: f.kind.map(w["secretariats"]), rank=lambda f: f.kind.map(names.index))
    x = alt.X("year:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1989, LATEST + 1]))
    top = alt.Chart(s).mark_bar(width=8, stroke="white", strokeWidth=.4).encode(x=x, y=alt.Y("n:Q", title="Secretariats"), order="rank:Q", color=alt.Color(
        "kind:N", scale=alt.Scale(domain=names, range=list(KINDS.values())), legend=alt.Legend(columns=4))).properties(width=520, height=170)
    ties = [w["anchoring"][k] for k in TIES]
    a = a[a.year >= 1990].assign(anchoring=lambda f: f.anchoring.map(w["anchoring"]), rank=lambda f: f.anchoring.map(ties.index))
    low = alt.Chart(a).mark_bar(width=8, stroke="white", strokeWidth=.4).encode(x=x, y=alt.Y("n:Q", title="mechanisms"), order="rank:Q", color=alt.Color(
        "anchoring:N", scale=alt.Scale(domain=ties, range=list(TIES.values())), legend=alt.Legend(columns=3))).properties(width=520, height=140)
    now = a[a.year == LATEST].set_index("anchoring").n
    tied, every = int(now.sum() - now[w["anchoring"]["none"]]), int(now.sum())
    data = pd.concat([s.assign(what="Secretariats")[["what", "year", "kind", "n"]], a.rename(columns={"anchoring": "kind"}).assign(what="mechanisms by anchoring")[["what", "year", "kind", "n"]]])
    return _finish("secretariats", alt.vconcat(top, low).resolve_scale(color="independent"), data,
                   f"{number(tied).capitalize()} of {every} mechanisms are tied to a wider body",
                   ["Above: Secretariats whose first year is known, by kind (a mechanism may have two).", "Below: mechanisms by their tie with a wider body, as far as its first year is known"], SOURCE)


def adoption() -> Figure:
    """How fast mechanisms take up themes that they did not begin with."""
    c = trends.adoption_curve()
    each = pd.concat([trends.adoption_curve(sets.BASELINE, i).assign(without=i) for i in sorted(sets.ids())])
    c = c[c.at_risk >= FEWEST]
    band = each.groupby("years").taken_up.agg(["min", "max"]).reset_index()
    band = band[band.years.isin(c.years)]
    x = alt.X("years:Q", title="years since the founding")
    area = alt.Chart(band).mark_area(opacity=.35, color="#6baed6", interpolate="step-after").encode(x=x, y=alt.Y("min:Q", title="share of themes taken up", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, .8])), y2="max:Q")
    line = alt.Chart(c).mark_line(strokeWidth=2.5, color="#08306b", interpolate="step-after").encode(x=x, y="taken_up:Q")
    ten = c.set_index("years").taken_up.get(10, c.taken_up.iloc[-1])
    b = trends.theme_pairs().state.value_counts()
    return _finish("adoption", (area + line).properties(width=520, height=240), c.merge(band, on="years"),
                   f"Ten years on, {percent(ten)} of the themes not there at the founding had been taken up",
                   [f"Kaplan-Meier estimate over mechanisms and themes; {b.get('at the founding', 0)} known from the founding and {b.get('undated', 0)} undated are left out;",
                    f"band: any one mechanism left out; ends where fewer than {FEWEST} pairs are left"], SOURCE)


def landscape() -> Figure:
    """Mechanisms alive by year: the 25, others of their time, and those founded since."""
    m = sets.mechanisms(sets.ISCMS).set_index("id")
    kind = m.relation.map({"founded since": "founded since"}).fillna("older, outside the study").where(~m.core25, "of the 25")
    rows = [{"year": y, "kind": kind[i]} for y in range(1990, LATEST + 1) for i in shared.alive(y, trends.WINDOW, sets.ISCMS)]
    d = pd.DataFrame(rows).groupby(["year", "kind"]).size().rename("n").reset_index()
    d["rank"] = d.kind.map(list(RELATIONS).index)
    c = alt.Chart(d).mark_bar(width=9, stroke="white", strokeWidth=.4).encode(
        x=alt.X("year:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1989, LATEST + 1])), y=alt.Y("n:Q", title="mechanisms"), order="rank:Q",
        color=alt.Color("kind:N", scale=alt.Scale(domain=list(RELATIONS), range=list(RELATIONS.values()))))
    by = d.groupby("year").n.sum()
    own = d[d.kind == "of the 25"].set_index("year").n
    return _finish("landscape", c.properties(width=520, height=240), d[["year", "kind", "n"]],
                   f"{by[LATEST]} mechanisms are alive against {by[BASELINE]} in {BASELINE}; of the 25 it is {own[LATEST]} against {own[BASELINE]}",
                   ["All that meet the inclusion rule, with a meeting found in the year or the four before it;", "the latest years may still gain meetings"])


FIGURES = {f.__name__: f for f in (rhythm, secretariats, adoption, landscape)}
