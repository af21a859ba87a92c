"""Findings of the taxonomy: the rule beside other classes, and what distinguishes the classes."""
from __future__ import annotations

from .dataset import frames
from .dataset.frames import BASELINE, LATEST
from .findings import Result, declare
from .measures import sets, taxonomy

NEAR = (0.7, 0.8)
"""Thresholds on both sides of the rule's, as variants."""


def _classes(well: bool = False, year: int = BASELINE, threshold: float = taxonomy.THRESHOLD, grouping: str = "M49 regions"):
    c = taxonomy.classes(year, threshold, sets.BASELINE, grouping)
    return taxonomy.well_supported(c) if well else c


def _varied(value) -> Result:
    """A value of the classes under the rule, and under the other thresholds, groupings and the latest members."""
    return Result(value(_classes()), variants={
        **{f"threshold {t:.0%}": value(_classes(threshold=t)) for t in NEAR},
        **{g: value(_classes(grouping=g)) for g in taxonomy.GROUPINGS if g != "M49 regions"}, f"members of {LATEST}": value(_classes(year=LATEST))})


def _agrees(other: str, well: bool = False) -> Result:
    return _varied(lambda c: taxonomy.agreement(taxonomy.well_supported(c) if well else c, other)[0])


def _best(other: str) -> Result:
    s = taxonomy.sensitivity(BASELINE)
    best = s.loc[s[other].idxmax()]
    return Result(float(best[other]), statement=f"best agreement with the classes of 2013 over all thresholds (at {best.threshold:.0%})")


def _without_high(of: str) -> int:
    d = taxonomy.composition(BASELINE)
    return int((d.high[d.mechanism.map(sets.mechanisms().set_index("id").class_2013) == of] == 0).sum())


def _mean(dimension: str, of: str) -> float:
    return float(taxonomy.by_class(BASELINE).set_index("dimension").loc[dimension, of])


declare("threshold", "share", "share of members that the commonest region must hold by the rule", "taxonomy.classes", lambda: taxonomy.THRESHOLD, BASELINE)
declare("rule_irfs", "mechanisms", "interregional forums by the rule", "taxonomy.classes", lambda: _varied(lambda c: int((c.rule == "IRF").sum())), BASELINE)
declare("rule_agrees_2013", "mechanisms", "with the same class by the rule as in 2013", "taxonomy.agreement", lambda: _agrees("class_2013"), BASELINE)
declare("rule_agrees_well", "mechanisms", "the same, well-supported classes only", "taxonomy.agreement", lambda: _agrees("class_2013", True), BASELINE)
declare("rule_of_well", "mechanisms", "with a well-supported class of 2013", "taxonomy.agreement", lambda: taxonomy.agreement(_classes(True), "class_2013")[1], BASELINE)
declare("rule_agrees_now", "mechanisms", "with the same class by the rule as on IOM's pages now", "taxonomy.agreement", lambda: _agrees("class_now"), BASELINE)
declare("rule_of_now", "mechanisms", "with a present class on IOM's pages", "taxonomy.agreement", lambda: taxonomy.agreement(_classes(), "class_now")[1], BASELINE)
declare("one_class_2013", "mechanisms", "agreement with the classes of 2013 if all were called by the commonest", "taxonomy.by_one_class",
        lambda: taxonomy.by_one_class(_classes(), "class_2013"), BASELINE)
declare("one_class_now", "mechanisms", "the same, with IOM's present classes", "taxonomy.by_one_class", lambda: taxonomy.by_one_class(_classes(), "class_now"), BASELINE)
for _id, _other in (("kappa_2013", "class_2013"), ("kappa_now", "class_now")):
    declare(_id, "kappa", f"agreement of the rule with {'the classes of 2013' if _other == 'class_2013' else 'IOM’s present classes'} beyond chance", "taxonomy.kappa",
            lambda o=_other: _varied(lambda c: taxonomy.kappa(c, o)), BASELINE)
declare("moved_by_reach", "mechanisms", "that IOM has moved to another class, the one that the rule gives", "taxonomy.classes",
        lambda: _varied(lambda c: int((c.class_now.notna() & (c.class_now != c.class_2013) & (c.rule == c.class_now)).sum())), BASELINE)
declare("rule_best_2013", "share", "best agreement with the classes of 2013 over all thresholds", "taxonomy.sensitivity", lambda: _best("agrees_2013"), BASELINE)
declare("rule_worst_2013", "share", "least agreement with the classes of 2013 over all thresholds", "taxonomy.sensitivity",
        lambda: float(taxonomy.sensitivity(BASELINE).agrees_2013.min()), BASELINE)
declare("disagreements", "mechanisms", "whose class by the rule is not that of 2013, or not IOM's present one", "taxonomy.disagreements",
        lambda: _varied(lambda c: len(taxonomy.disagreements(c))), BASELINE)
for _c in ("RCP", "IRF"):
    declare(f"members_{_c}", "States", f"mean members, {_c}s with verified members", "taxonomy.by_class", lambda c=_c: _mean("members", c), BASELINE)
    declare(f"high_{_c}", "share", f"mean share of high-income States among members, {_c}s", "taxonomy.by_class", lambda c=_c: _mean("high", c), BASELINE)
    declare(f"no_high_{_c}", "mechanisms", f"{_c}s with verified members, none of them a high-income State", "taxonomy.composition", lambda c=_c: _without_high(c), BASELINE)
    declare(f"origin_{_c}", "share", f"mean share of States of origin among members, {_c}s", "taxonomy.by_class", lambda c=_c: _mean("origin", c), BASELINE)
    declare(f"pillar_{_c}", "share", f"share of {_c}s that are pillars of a wider body", "taxonomy.by_class", lambda c=_c: _mean("pillar", c), BASELINE)
    declare(f"annual_{_c}", "share", f"share of {_c}s with a yearly rhythm", "taxonomy.by_class", lambda c=_c: _mean("annual", c), BASELINE)
    declare(f"index_{_c}", "features", f"mean index of formality, {_c}s", "taxonomy.by_class", lambda c=_c: _mean("index", c), BASELINE)
    declare(f"breadth_{_c}", "themes", f"mean themes known by 2013, {_c}s", "taxonomy.by_class", lambda c=_c: _mean("themes", c), BASELINE)
declare("index_most", "features", "highest index of formality", "taxonomy.formality", lambda: int(taxonomy.formality()["index"].max()))
declare("index_least", "features", "lowest index of formality", "taxonomy.formality", lambda: int(taxonomy.formality()["index"].min()))


def _outside(verdict: str) -> int:
    m = frames.identity()
    return int((~m.core25 & (m.verdict == verdict)).sum())


declare("outside", "mechanisms", "outside the 25 judged by the inclusion rule", "frames.mechanisms", lambda: _outside("in") + _outside("out"), set=sets.EVERY)
declare("outside_in", "mechanisms", "outside the 25 that meet the inclusion rule", "frames.mechanisms", lambda: _outside("in"), set=sets.EVERY)
declare("outside_out", "mechanisms", "outside the 25 that do not", "frames.mechanisms", lambda: _outside("out"), set=sets.EVERY)
