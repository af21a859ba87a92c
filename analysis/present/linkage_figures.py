"""Figures of linkages: mechanisms by instruments."""
from __future__ import annotations

import altair as alt

from ..measures import linkages, sets
from .figures import IRF, RCP, Figure, _finish, _short

ORDER = ("treaty", "global-compact", "regional-agreement", "regional-policy", "economic-body")


def linkage_matrix() -> Figure:
    """Mechanisms by instruments and bodies that at least two of them name."""
    m = sets.mechanisms().set_index("id")
    d = linkages.matrix()
    d = d[d.group.isin(ORDER)].assign(short=lambda f: f.mechanism.map(_short()), class_2013=lambda f: f.mechanism.map(m.class_2013))
    often = d.groupby("label").mechanism.nunique()
    d = d[d.label.map(often) >= 2]
    columns = d.drop_duplicates("label").assign(rank=lambda f: f.group.map(ORDER.index), n=lambda f: -f.label.map(often)).sort_values(["rank", "n", "label"]).label.tolist()
    rows = m.sort_values(["class_2013", "founded"], ascending=[False, True]).short.tolist()
    d["strong"] = d.kinds.str.contains("contributes|led|implements").map({True: "contributes, led to, implements", False: "refers to, institutional tie"})
    c = alt.Chart(d).mark_point(filled=True, size=95, opacity=1).encode(
        x=alt.X("label:N", sort=columns, title=None, axis=alt.Axis(labelAngle=-70, orient="top", grid=True)), y=alt.Y("short:N", sort=rows, title=None, axis=alt.Axis(grid=True)),
        color=alt.Color("class_2013:N", scale=alt.Scale(domain=["RCP", "IRF"], range=[RCP, IRF])),
        shape=alt.Shape("strong:N", scale=alt.Scale(domain=["contributes, led to, implements", "refers to, institutional tie"], range=["square", "circle"])))
    top = often.idxmax()
    return _finish("linkage_matrix", c.properties(width=370, height=400), d[["short", "class_2013", "label", "group", "kinds"]],
                   f"Named by most mechanisms ({often.max()} of {len(m)}): the {top}",
                   ["Linkages found with instruments and economic bodies that two or more mechanisms name.",
                    "From left: treaties, compacts, regional agreements, regional policies, economic bodies."], "Source: the study's data (Annex B); linkages are those found.")


FIGURES = {f.__name__: f for f in (linkage_matrix,)}
