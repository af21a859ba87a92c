"""Figures of coherence: shared tables and common commitments."""
from __future__ import annotations

import altair as alt
import pandas as pd

from ..measures import coherence
from .figures import INK, Figure, _finish
from .words import number

SOURCE = "Source: treaty table and memberships of the study's data (Annexes A and B)."
ORANGE = "#E69F00"


def coherence_placebo() -> Figure:
    """Each model's coefficient beside those of redrawn memberships."""
    d = coherence.models().assign(label=lambda f: f.model.where(~f.added, f.model + " *").str.replace("primary", "PRIMARY MODEL"))
    order = d.label.tolist()
    d["place"] = "within"
    d.loc[d.estimate > d.chance_high, "place"] = "above"
    d.loc[d.estimate < d.chance_low, "place"] = "below"
    kinds = ["above", "within", "below"]
    base = alt.Chart(d).encode(y=alt.Y("label:N", sort=order, title=None))
    band = base.mark_bar(height=9, color="#c9c9c9").encode(x=alt.X("chance_low:Q", title="coefficient of shared tables"), x2="chance_high:Q")
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=INK, strokeDash=[3, 3]).encode(x="x:Q")
    dots = base.mark_point(size=85, filled=True, opacity=1, stroke="white").encode(
        x="estimate:Q", color=alt.Color("place:N", sort=kinds, scale=alt.Scale(domain=kinds, range=[ORANGE, "#08306b", "#009E73"])),
        shape=alt.Shape("place:N", sort=kinds, scale=alt.Scale(domain=kinds, range=["diamond", "circle", "triangle-down"])))
    first, above = d.iloc[0], int((d.estimate > d.chance_high).sum())
    return _finish("coherence_placebo", (zero + band + dots).properties(width=340, height=alt.Step(21)), d.drop(columns=["label"]),
                   "Shared tables go with common commitments, but " + ("no more than by chance" if first.estimate <= first.chance_high else "more than by chance"),
                   [f"Mark: observed coefficient, above, within or below what {coherence.REDRAWS} redraws of the memberships give (grey: middle 95 per",
                    f"cent). Above it in {number(above)} of {number(len(d))} models. * thought of after the first run"], SOURCE)


def coherence_change() -> Figure:
    """Gap to comparison pairs around the first shared table."""
    parts = {"fixed beforehand": coherence.change(), "without matching on similarity *": coherence.change(coherence.sets.BASELINE, coherence.UNMATCHED)}
    d = pd.concat([v.assign(kind=k, low=v.effect - 1.96 * v.se, high=v.effect + 1.96 * v.se) for k, v in parts.items()])
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(parts), range=["#08306b", ORANGE]))
    base = alt.Chart(d).encode(x=alt.X("offset:Q", title="years from the first shared table", axis=alt.Axis(values=sorted(d.offset.unique()))), color=colour)
    bars = base.mark_rule(opacity=.5).encode(y=alt.Y("low:Q", title="difference in Jaccard similarity"), y2="high:Q")
    line = base.mark_line(point=alt.OverlayMarkDef(size=60)).encode(y="effect:Q", strokeDash=alt.StrokeDash("kind:N", legend=None))
    rules = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=INK, strokeDash=[3, 3]).encode(y="y:Q")
    main = parts["fixed beforehand"].set_index("offset")
    more = main.effect[coherence.AFTER] > main.effect[-coherence.BEFORE] + 1.96 * main.se[-coherence.BEFORE]
    return _finish("coherence_change", (rules + bars + line).properties(width=480, height=250), d,
                   "After sharing a table, pairs stand further from like pairs than they did before" if more
                   else "Pairs differed from like pairs before they shared a table no less than after",
                   ["Similarity against the year before the first shared table, less that of like pairs without one.",
                    "Bars: 95 per cent intervals, States left out in turn. * thought of after the first run"], SOURCE)


FIGURES = {f.__name__: f for f in (coherence_placebo, coherence_change)}
