"""Findings on coherence: shared tables and commitment to the same instruments."""
from __future__ import annotations

from .dataset import frames
from .findings import Result, declare
from .measures import coherence
from .measures.coherence import LABOUR, MATCHING, PRIMARY, VARIANTS, VOTE, VOTE_WITHOUT_EU

YEAR = 2020


def _coefficient() -> Result:
    d = coherence.models().set_index("model")
    first = d.loc[PRIMARY.label]
    return Result(float(first.estimate), variants={m: float(d.estimate[m]) for m in d.index if m != PRIMARY.label}, p=float(first.p))


def _excess(v=PRIMARY) -> Result:
    """How much larger the coefficient is than that of redrawn memberships; the redraws' middle 95 per cent bound it."""
    r = coherence.row(v)
    return Result(r["estimate"] - r["chance"], r["estimate"] - r["chance_high"], r["estimate"] - r["chance_low"])


def _above() -> Result:
    d = coherence.models().set_index("model")
    return Result(float(d.above[PRIMARY.label]), variants={m: float(d.above[m]) for m in d.index if m != PRIMARY.label})


def _beyond_chance(sign: int) -> int:
    """Models, the primary one among them, whose coefficient lies above (1) or below (-1) the middle 95 per cent of redraws."""
    d = coherence.models()
    return int((d.estimate > d.chance_high).sum() if sign > 0 else (d.estimate < d.chance_low).sum())


def _significant() -> int:
    d = coherence.models()
    d = d[~d.added & d.p_holm.notna()]
    return int(((d.p_holm < 0.05) & (d.estimate > 0)).sum())


def _mean(tables: int, column: str = "jaccard") -> float:
    return float(coherence.described().set_index("tables").loc[tables, column])


def _change(offset: int) -> Result:
    def at(d) -> float:
        return float(d.set_index("offset").effect[offset])

    main = coherence.change().set_index("offset")
    e, se = float(main.effect[offset]), float(main.se[offset])
    return Result(e, e - 1.96 * se, e + 1.96 * se, {
        "without matching on similarity": at(coherence.change(coherence.sets.BASELINE, coherence.UNMATCHED)),
        "first shared year certain": at(coherence.change(coherence.sets.BASELINE, coherence.MATCHED, True))})


def _vote() -> Result:
    m, r = coherence.fit(VOTE), coherence.row(VOTE_WITHOUT_EU)
    i = m.names.index("shared tables")
    return Result(float(m.coefficients[i]), variants={VOTE_WITHOUT_EU.label: r["estimate"]}, p=float(m.p[i]))


def _dissent(region: str | None = None) -> int:
    v = frames.gcm_vote()
    v = v[v.vote.isin(["no", "abstain"])]
    return len(v if region is None else v[v.state.map(frames.states().set_index("iso3").region) == region])


def _in(v) -> Result:
    r = coherence.row(v)
    return Result(r["estimate"], p=r["p"])


declare("coherence", "Jaccard similarity for each shared table", "association of shared tables with common commitments, primary model", "coherence.primary", _coefficient, YEAR)
declare("coherence_p", "p value", "p of the primary model", "coherence.primary", lambda: float(coherence.primary().p[0]), YEAR)
declare("coherence_chance", "Jaccard similarity for each shared table", "mean coefficient when memberships are redrawn at random", "coherence.placebo",
        lambda: Result(coherence.row(PRIMARY)["chance"], coherence.row(PRIMARY)["chance_low"], coherence.row(PRIMARY)["chance_high"]), YEAR)
declare("coherence_above", "share", "redraws whose coefficient is at least that observed", "coherence.placebo", _above, YEAR)
declare("coherence_excess", "Jaccard similarity for each shared table", "observed coefficient less that of redrawn memberships", "coherence.placebo", _excess, YEAR)
declare("coherence_activity", "Jaccard similarity for each shared table", "coefficient with both States' numbers of memberships held", "coherence.fit",
        lambda: _in(next(v for v in VARIANTS if v.activity)), YEAR)
declare("coherence_labour", "matching similarity for each shared table", "coefficient for labour instruments", "coherence.fit", lambda: _in(LABOUR), YEAR)
declare("coherence_matching_excess", "matching similarity for each shared table", "coefficient of simple matching less that of redrawn memberships", "coherence.placebo",
        lambda: _excess(MATCHING), YEAR)
declare("models_secondary", "models", "secondary models fixed beforehand", "coherence.models", lambda: sum(not v.added for v in VARIANTS), YEAR)
declare("models_significant", "models", "secondary models with a positive coefficient, p by Holm below 0.05", "coherence.models", _significant, YEAR)
declare("models_all", "models", "all models of similarity", "coherence.models", lambda: 1 + len(VARIANTS), YEAR)
declare("models_beyond", "models", "models with a coefficient above the middle 95 per cent of redraws", "coherence.models", lambda: _beyond_chance(1), YEAR)
declare("models_below", "models", "models with a coefficient below the middle 95 per cent of redraws", "coherence.models", lambda: _beyond_chance(-1), YEAR)
for _k, _s in ((0, "no table"), (1, "one table"), (3, "three tables or more")):
    declare(f"alike_{_k}", "Jaccard similarity", f"mean similarity of pairs that share {_s}", "coherence.described",
            lambda k=_k: _mean(k), YEAR)
    declare(f"joint_{_k}", "share", f"mean share of instruments to which both are party, pairs that share {_s}", "coherence.described",
            lambda k=_k: _mean(k, "joint_commitment"), YEAR)
declare("dyads", "pairs", "pairs of UN member States", "coherence.left_out", lambda: coherence.left_out()["all"], YEAR)
declare("dyads_undefined", "pairs", "pairs without a Jaccard similarity: neither is party to anything", "coherence.left_out", lambda: coherence.left_out()["undefined"], YEAR)
declare("dyads_used", "pairs", "pairs in the primary model", "coherence.left_out", lambda: coherence.left_out()["used"], YEAR)
declare("skewness", "skewness", "skewness of the number of shared tables", "coherence.skewness", lambda: coherence.skewness(), YEAR)
declare("change_before", "Jaccard similarity", "gap to comparison pairs six years before the first shared table", "coherence.change", lambda: _change(-coherence.BEFORE), YEAR)
declare("change_after", "Jaccard similarity", "gap to comparison pairs ten years after the first shared table", "coherence.change", lambda: _change(coherence.AFTER), YEAR)
declare("vote", "share of pairs for each shared table", "association of shared tables with voting alike on the Global Compact", "coherence.vote", _vote, coherence.VOTE_YEAR)
declare("vote_above", "share", "redraws whose coefficient of the vote is at least that observed", "coherence.placebo", lambda: coherence.row(VOTE)["above"], coherence.VOTE_YEAR)
declare("vote_dissent", "States", "voted against the Global Compact or abstained", "frames.gcm_vote", lambda: _dissent(), coherence.VOTE_YEAR, "UN member States")
declare("vote_europe", "States", "voted against the Global Compact or abstained, European", "frames.gcm_vote", lambda: _dissent("Europe"), coherence.VOTE_YEAR, "UN member States")
