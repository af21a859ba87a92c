"""Tables of the taxonomy: the rule's classes beside others, sensitivity, dimensions."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.frames import BASELINE
from ..measures import taxonomy
from .tables import Table

DIMENSIONS = {"members": "Member States (mean)", "region_share": "Share in the commonest region", "high": "Share of high-income States", "origin": "Share of States of origin",
              "destination": "Share of States of destination", "themes": "Themes known by 2013 (mean)", "pillar": "Share that are pillars of a wider body",
              "annual": "Share with a yearly rhythm", "index": "Index of formality (mean, of five)"}
COUNTS = ("members", "themes", "index")


def _percent(v) -> str:
    return "–" if v is None or pd.isna(v) else f"{100 * v:.0f} %"


def _count(v) -> str:
    return "–" if pd.isna(v) else str(int(v))


def rule_classes() -> Table:
    """The rule's class and sub-type beside the class of 2013 and IOM's present one."""
    d = taxonomy.classes(BASELINE).sort_values(["region_share", "short"])
    apart = d.mechanism.isin(taxonomy.disagreements(d).mechanism)
    return Table("rule_classes", pd.DataFrame({
        "Mechanism": d.short, "Commonest region": d.region, "Share": [_percent(v) + ("" if b == "verified" else " (u)") for v, b in zip(d.region_share, d.basis)],
        "Rule": d.rule, "Sub-type": d.subtype, "2013": d.class_2013, "Support": d.class_support.str.replace("-", " "), "IOM now": d.class_now,
        "Differs": apart.map({True: "yes", False: "no"})}), (23, 13, 9, 6, 17, 6, 10, 6, 8))


def confusion() -> Table:
    """The rule's class by the class of 2013 (all, and well supported) and by IOM's present class."""
    c = taxonomy.classes(BASELINE)
    rows = []
    for label, d, other in (("Class of 2013, all", c, "class_2013"), ("Class of 2013, well supported", taxonomy.well_supported(c), "class_2013"), ("IOM's present class", c, "class_now")):
        t, (agree, of) = taxonomy.confusion(d, other), taxonomy.agreement(d, other)
        rows.append({"Beside": label, "RCP by both": t.loc["RCP", "RCP"], "IRF by both": t.loc["IRF", "IRF"], "Rule IRF, other RCP": t.loc["IRF", "RCP"], "Rule RCP, other IRF": t.loc["RCP", "IRF"],
                     "Agree": f"{agree} of {of}", "One class for all": f"{taxonomy.by_one_class(d, other)} of {of}", "Kappa": f"{taxonomy.kappa(d, other):.2f}"})
    return Table("confusion", pd.DataFrame(rows), (26, 8, 8, 10, 10, 10, 10, 8))


def sensitivity() -> Table:
    """Agreement over thresholds, and under other ways to draw regions."""
    s, g = taxonomy.sensitivity(BASELINE), taxonomy.by_grouping(BASELINE)
    first = list(taxonomy.GROUPINGS)[0]
    d = pd.concat([s.assign(rule=s.threshold.map(lambda t: f"{first}, {t:.0%}".replace("%", " %"))), g[g.grouping != first].assign(rule=lambda f: f.grouping + f", {taxonomy.THRESHOLD:.0%}".replace("%", " %"))])
    used = f"{first}, {taxonomy.THRESHOLD:.0%}".replace("%", " %")
    return Table("sensitivity", pd.DataFrame({"Rule": d.rule.where(d.rule != used, d.rule + " (used)"), "IRFs": d.irfs, "Class of 2013": d.agrees_2013.map(_percent), "of these, well supported": d.agrees_well_supported.map(_percent),
                                              "IOM's present class": d.agrees_now.map(_percent)}), (36, 6, 12, 14, 14))


def by_class() -> Table:
    """Means of the dimensions by class of 2013."""
    d = taxonomy.by_class(BASELINE)
    show = lambda k, v: f"{v:.1f}" if k in COUNTS else _percent(v)
    return Table("by_class", pd.DataFrame({"Dimension": d.dimension.map(DIMENSIONS), "RCPs": [show(k, v) for k, v in zip(d.dimension, d.RCP)], "IRFs": [show(k, v) for k, v in zip(d.dimension, d.IRF)],
                                           "Rests on (RCPs, IRFs)": [f"{a}, {b}" for a, b in zip(d.RCP_n, d.IRF_n)]}), (40, 10, 10, 20))


def dimensions() -> Table:
    """Every computed dimension of each mechanism."""
    d = taxonomy.dimensions(BASELINE)
    short = frames.identity().set_index("id").short
    return Table("dimensions", pd.DataFrame({
        "Mechanism": d.mechanism.map(short), "Members": d.members.map(_count), "Region": d.region_share.map(_percent), "Smallest group": d.small_share.map(_percent), "High income": d.high.map(_percent),
        "Origin": d.origin.map(_percent), "Destination": d.destination.map(_percent), "Themes": d.themes.map(_count), "Anchoring": d.anchoring.map({"pillar": "pillar", "associated": "associated", "none": "alone"}),
        "Rhythm": d.rhythm, "Index": d["index"].map(_count)}).sort_values("Mechanism"), (21, 9, 8, 9, 8, 8, 12, 9, 11, 10, 7))


TABLES = {f.__name__: f for f in (rule_classes, confusion, sensitivity, by_class, dimensions)}
