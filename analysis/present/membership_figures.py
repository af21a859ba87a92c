"""Figures of membership: who sits where, by sub-region."""
from __future__ import annotations

import altair as alt

from ..dataset import frames
from ..dataset.frames import LATEST
from ..measures import membership, network
from .figures import INK, Figure, _finish, _short
from .words import number

REGIONS = ["Africa", "Europe", "Asia", "Oceania", "Americas"]


def seats() -> Figure:
    """The two-mode network as a matrix: mechanisms by M49 groupings, members in each."""
    st = frames.states().set_index("iso3")
    small = st.intermediate_region.fillna(st.subregion)
    p = membership.members(LATEST)
    p = p.assign(grouping=p.state.map(small), region=p.state.map(st.region), short=p.mechanism.map(_short()))
    total = st[st.un_member == "yes"].groupby(small).size()
    d = p.groupby(["short", "mechanism", "grouping", "region"]).size().rename("n").reset_index()
    d["share"] = (d.n / d.grouping.map(total)).clip(upper=1)
    columns = d.drop_duplicates("grouping").assign(rank=lambda f: f.region.map(REGIONS.index)).sort_values(["rank", "grouping"]).grouping.tolist()
    place = {g: i for i, g in enumerate(columns)}
    rows = d.assign(at=d.grouping.map(place) * d.n).groupby("short")[["at", "n"]].sum().pipe(lambda f: f["at"] / f.n).sort_values().index.tolist()
    base = alt.Chart(d).encode(x=alt.X("grouping:N", sort=columns, title=None, axis=alt.Axis(labelAngle=-55, orient="top")), y=alt.Y("short:N", sort=rows, title=None))
    cells = base.mark_rect(stroke="white").encode(color=alt.Color("share:Q", scale=alt.Scale(range=["#deebf7", "#6baed6", "#08306b"], domain=[0, 1]), legend=alt.Legend(
        title="share of the UN member States there", orient="bottom", format=".0%", gradientLength=180, values=[0, .5, 1])))
    text = base.mark_text(fontSize=9.5).encode(text="n:Q", color=alt.condition("datum.share > .6", alt.value("white"), alt.value(INK)))
    b = network.bridges(LATEST)
    one = int((b.regions == 1).sum())
    return _finish("seats", alt.hconcat((cells + text).properties(width=395, height=alt.Step(18))).resolve_scale(color="independent"), d[["short", "grouping", "region", "n"]],
                   f"{number(one).capitalize()} of {len(b)} mechanisms stay within one world region; the others tie regions together",
                   f"Members by M49 grouping, from Africa (left) over Europe, Asia and Oceania to the Americas; verified lists, {LATEST}", "Source: the study's data (Annex B).")


FIGURES = {f.__name__: f for f in (seats,)}
