"""Figures of the taxonomy: reach and the rule, its sensitivity, composition, formality."""
from __future__ import annotations

import altair as alt
import pandas as pd

from ..dataset.frames import BASELINE
from ..measures import sets, taxonomy
from .figures import CLASS, INK, IRF, RCP, SOFT, Figure, _finish, _short
from .words import number, percent

SOURCE = "Source: the study's data (Annex B)."

SURE = alt.Scale(domain=["verified list", "unverified names"], range=["circle", "diamond"])
AGREE = {"agrees_2013": ("class of 2013", "#0072B2", [1, 0]), "agrees_well_supported": ("class of 2013, well supported", "#56B4E9", [6, 3]),
         "agrees_now": ("IOM's present class", IRF, [2, 2])}
ROLES = {"origin": "#E69F00", "mixed": "#d9d9d9", "destination": "#0072B2"}
INCOMES = {"low": "#deebf7", "lower-middle": "#9ecae1", "upper-middle": "#4292c6", "high": "#08306b"}


def taxonomy_reach() -> Figure:
    """Share of members in the commonest region, with the threshold of the rule."""
    d = taxonomy.classes(BASELINE).sort_values(["region_share", "short"])
    d = d.assign(sure=d.basis.map({"verified": "verified list", "unverified": "unverified names"}), now=d.class_now.map(lambda c: "–" if pd.isna(c) else c))
    order = d.short.tolist()
    base = alt.Chart(d).encode(y=alt.Y("short:N", sort=order, title=None))
    scale = alt.Scale(domain=[.4, 1.09], zero=False, nice=False)
    x = alt.X("region_share:Q", title="share of members in the commonest M49 region", axis=alt.Axis(format=".0%", values=[.4, .5, .6, .7, .8, .9, 1]), scale=scale)
    dots = base.mark_point(size=85, filled=True, opacity=1).encode(x=x, color=alt.Color("class_2013:N", scale=CLASS), shape=alt.Shape("sure:N", scale=SURE))
    rule = alt.Chart(pd.DataFrame({"t": [taxonomy.THRESHOLD]})).mark_rule(color=INK, strokeDash=[4, 3]).encode(x=alt.X("t:Q", scale=scale))
    now = base.transform_calculate(at="1.06").mark_text(align="center", fontSize=11).encode(x=alt.X("at:Q", scale=scale), text="now:N", color=alt.ColorValue(
        SOFT, condition=[{"test": f"datum.now == '{c}'", "value": v} for c, v in (("RCP", RCP), ("IRF", IRF))]))
    irf = d.rule == "IRF"
    return _finish("taxonomy_reach", (rule + dots + now).properties(width=440, height=alt.Step(18)),
                   d[["short", "region", "region_share", "sure", "rule", "subtype", "class_2013", "class_now"]],
                   f"The rule makes {number(irf.sum())} of {len(d)} mechanisms interregional forums, the study counted {number((d.class_2013 == 'IRF').sum())}",
                   [f"Members of {BASELINE} by the commonest of five world regions; left of the line: IRF by the rule; colour: class of 2013;",
                    "at the right: IOM's present class (–: none found)"], SOURCE)


def taxonomy_sensitivity() -> Figure:
    """Agreement of the rule with other classes over thresholds."""
    s = taxonomy.sensitivity(BASELINE)
    d = s.melt("threshold", list(AGREE), "kind", "agrees").assign(label=lambda f: f.kind.map(lambda k: AGREE[k][0]))
    names, colours, dashes = zip(*AGREE.values())
    scale = alt.Scale(domain=[min(taxonomy.THRESHOLDS), max(taxonomy.THRESHOLDS)], zero=False, nice=False)
    base = alt.Chart(d).encode(x=alt.X("threshold:Q", title="threshold: share of members that one region must hold", axis=alt.Axis(format=".0%"), scale=scale),
                               y=alt.Y("agrees:Q", title="share with the same class", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[.5, 1], clamp=True)),
                               color=alt.Color("label:N", scale=alt.Scale(domain=names, range=colours)))
    lines = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45)).encode(strokeDash=alt.StrokeDash("label:N", scale=alt.Scale(domain=names, range=dashes), legend=None))
    rule = alt.Chart(pd.DataFrame({"t": [taxonomy.THRESHOLD]})).mark_rule(color=SOFT, strokeDash=[4, 3]).encode(x=alt.X("t:Q", scale=scale))
    low, high = s.agrees_2013.min(), s.agrees_2013.max()
    return _finish("taxonomy_sensitivity", (rule + lines).properties(width=520, height=240), s,
                   f"{'No' if high < 1 else 'A'} threshold reproduces the classes of 2013: between {percent(low)} and {percent(high)} agree",
                   ["Share of mechanisms whose class by the rule is that of the study, or IOM's;", f"upright line: the threshold used; members of {BASELINE}"], SOURCE)


def taxonomy_composition() -> Figure:
    """Composition by income group and by role in migration."""
    d = taxonomy.composition(BASELINE)
    d = d.assign(short=d.mechanism.map(_short()))
    order = d.sort_values(["high", "destination"], ascending=False).short.tolist()

    def panel(field: str, colours: dict, title: str, y) -> alt.Chart:
        long = d.melt("short", list(colours), field, "share").assign(rank=lambda f: f[field].map(list(colours).index))
        long[field] = long[field].str.replace("-", " ")
        names = [c.replace("-", " ") for c in colours]
        return alt.Chart(long, title=alt.TitleParams(title, fontSize=12, fontWeight="normal", color=INK, anchor="start")).mark_bar(stroke="white", strokeWidth=.5).encode(
            y=y, x=alt.X("share:Q", title=None, stack="normalize", axis=alt.Axis(format=".0%", values=[0, .5, 1])), order="rank:Q",
            color=alt.Color(f"{field}:N", scale=alt.Scale(domain=names, range=list(colours.values())), legend=alt.Legend(orient="bottom", columns=2))).properties(width=195, height=alt.Step(18))

    both = alt.hconcat(panel("income", INCOMES, "Income group", alt.Y("short:N", sort=order, title=None)),
                       panel("role", ROLES, "Role in migration", alt.Y("short:N", sort=order, title=None, axis=None)), spacing=18).resolve_scale(color="independent")
    groups = d[["high", "upper-middle", "lower-middle", "low"]]
    mixed = int((groups.max(axis=1) < taxonomy.THRESHOLD).sum())
    return _finish("taxonomy_composition", both, d.drop(columns="mechanism"),
                   f"In {number(mixed)} of {number(len(d))} mechanisms no income group holds {percent(taxonomy.THRESHOLD)} of the members",
                   f"Members of {BASELINE} by World Bank group of that year, and by emigrants against immigrants; verified lists only",
                   "Source: World Bank; UN DESA; the study's data (Annex B).")


def taxonomy_formality() -> Figure:
    """The features of the formality index."""
    f = taxonomy.formality()
    m = sets.mechanisms().set_index("id")
    names = {"statutes": "statutes or treaty", "closed": "closed membership", "pillar": "pillar of a body", "annual": "yearly meetings", "own_secretariat": "own or regional Secretariat"}
    f = f.assign(short=f.mechanism.map(_short()), class_2013=f.mechanism.map(m.class_2013))
    order = f.sort_values(["index", "class_2013", "short"], ascending=[False, False, True]).short.tolist()
    d = f.melt(["short", "class_2013", "index"], taxonomy.FEATURES, "feature", "has")
    d["feature"] = d.feature.map(names)
    y = alt.Y("short:N", sort=order, title=None)
    cells = alt.Chart(d[d.has == 1]).mark_square(size=150, opacity=1).encode(
        x=alt.X("feature:N", sort=list(names.values()), title=None, axis=alt.Axis(orient="top", labelAngle=-35, grid=True), scale=alt.Scale(domain=list(names.values()))), y=y,
        color=alt.Color("class_2013:N", scale=CLASS))
    total = alt.Chart(f.assign(feature="index")).mark_text(fontSize=12, dx=230).encode(y=y, x=alt.value(0), text="index:Q")
    top = f["index"].max()
    return _finish("taxonomy_formality", (cells + total).properties(width=210, height=alt.Step(18)), f[["short", "class_2013", *taxonomy.FEATURES, "index"]],
                   f"The index runs from {f['index'].min()} to {top}; {number((f['index'] <= 1).sum())} mechanisms have one or none",
                   "Features that a source states, and their sum; what no source states counts as absent", SOURCE)


FIGURES = {f.__name__: f for f in (taxonomy_reach, taxonomy_sensitivity, taxonomy_composition, taxonomy_formality)}
