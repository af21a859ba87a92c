"""Coherence, corridors and linkages as the report uses them: the same result however it is computed, and words that the data bears out."""
from __future__ import annotations

import numpy as np
import pytest

from analysis.dataset import frames
from analysis.dataset.instruments import listed
from analysis.findings import FIRM, ROBUST, SENSITIVE, UNVARIED, WEAK, finding, strength
from analysis.measures import coherence, corridors, linkages, sets, shared
from analysis.measures.coherence import PRIMARY


def test_the_primary_model_is_the_same_on_two_runs_and_with_two_processes():
    """130 permutations: three blocks, so that two processes share them."""
    coherence.fit.cache_clear()
    one = coherence.fit(PRIMARY, 130)
    coherence.fit.cache_clear()
    for other in (coherence.fit(PRIMARY, 130), coherence.fit(PRIMARY, 130, 2)):
        assert other is not one
        for field in ("coefficients", "t", "p", "permuted", "permuted_n"):
            np.testing.assert_array_equal(getattr(other, field), getattr(one, field))


@pytest.mark.parametrize("variant", [PRIMARY, *(v for v in coherence.VARIANTS if v.binary or v.activity or v.measure == "kappa")], ids=lambda v: v.label)
def test_a_redraw_is_regressed_as_the_observed_memberships_are(variant):
    """The coefficient by projection equals that of a plain regression on the redrawn tables."""
    outcome, x = coherence.design(variant)
    i = np.triu_indices(len(outcome), 1)
    drawn = coherence._drawn(coherence.last_year(), variant.which, 2)[1].astype(float)
    columns = np.column_stack([drawn > 0 if variant.binary else drawn, np.ones(len(drawn)), *(m[i] for k, m in x.items() if k != "shared tables")]).astype(float)
    ok = ~np.isnan(columns).any(axis=1) & ~np.isnan(outcome[i])
    plain = np.linalg.lstsq(columns[ok], outcome[i][ok], rcond=None)[0][0]
    assert coherence.placebo(variant, 2)[1] == pytest.approx(plain, rel=1e-6)
    observed = np.column_stack([x["shared tables"][i], columns[:, 1:]])[ok]
    assert coherence.fit(variant, 1).coefficients[0] == pytest.approx(np.linalg.lstsq(observed, outcome[i][ok], rcond=None)[0][0], rel=1e-6)


def test_the_secondary_models_are_those_fixed_beforehand():
    """Twelve stand in the annex; what was added later is marked, and outside the correction."""
    assert sum(not v.added for v in coherence.VARIANTS) == 12
    assert {v.label for v in coherence.VARIANTS if v.added} == {"any shared table (0 or 1)", "joint commitment alone", "with both States' numbers of memberships"}


def test_pairs_left_out_add_up():
    d = coherence.left_out()
    states = len(coherence.un_states())
    assert d["all"] == states * (states - 1) // 2 and 0 < d["undefined"] < d["all"] - d["used"] + d["undefined"] and d["used"] < d["all"]
    party = coherence.party(coherence.last_year())
    none = int(((party == 1).sum(axis=1) == 0).sum())
    assert d["undefined"] >= none * (none - 1) // 2


@pytest.mark.parametrize("value, others, p, expected", [
    (10, [], None, UNVARIED), (10, [10], None, FIRM), (10, [11], None, ROBUST), (10, [14], None, SENSITIVE), (10, [16], None, WEAK),
    (0.5, [0.56], None, ROBUST), (0.1, [-0.1], None, WEAK), (0.1, [], 0.05, WEAK), (0.1, [0.1], 0.01, FIRM), (0, [1], None, WEAK),
])
def test_the_scale_of_strength(value, others, p, expected):
    assert strength(value, others, p) == expected


def test_each_path_has_its_judgement_and_each_judgement_its_path():
    t = linkages.to_agreement(sets.EVERY)
    assert t.why.str.len().gt(10).all() and len(t) == len(listed()["paths"])
    with pytest.raises(ValueError, match="data/instruments.yaml.*igc, 'Some Treaty'"):
        linkages._judged("igc", "Some Treaty")


def test_what_the_report_says_in_words():
    """Chapter 4, the summary and the conclusion say these things in words: if data come to say otherwise, the text has to be written anew."""
    main = coherence.fit(PRIMARY, 1).coefficients[0]
    chance = coherence.placebo(PRIMARY)
    assert 0 < main <= np.quantile(chance, 0.975), "shared tables go with common commitments, no more than by chance"
    all_ = coherence.models().set_index("model")
    assert set(all_.index[all_.estimate > all_.chance_high]) == {"simple matching", "labour instruments", "without pairs within the European Union"}, "few models stand above"
    assert (all_.chance["labour instruments"] < 0) and (all_.estimate < all_.chance_low).sum() < 4, "labour negative in both; few below, most within"
    assert coherence.fit(coherence.LABOUR, 1).coefficients[0] < 0, "labour is the exception"
    assert finding("models_significant").value == finding("models_secondary").value - 1, "all other models agree"
    activity = next(v for v in coherence.VARIANTS if v.activity)
    held = all_.loc[activity.label]
    assert held.chance_low <= held.estimate <= held.chance_high, "with both States' activity held the coefficient is about what redraws give"
    change = coherence.change().set_index("offset")
    for offset in range(0, coherence.AFTER + 1, coherence.STEP):
        assert change.effect[offset] <= change.effect[-coherence.BEFORE] + 1.96 * change.se[-coherence.BEFORE], "nothing after is larger than what came before"
    assert finding("vote").value < 0 and 0.025 < finding("vote_above").value < 0.975, "pairs with more tables voted alike less often, as redraws do"
    year = corridors.years()[-1]
    region, d = frames.states().set_index("iso3").region, corridors.stocks(year)
    apart = d[(d.origin.map(region) == "Americas") ^ (d.destination.map(region) == "Americas")]
    others = shared.at_table(year).drop(columns="bali-process")
    assert apart.stock[corridors.seats(apart, others).any(axis=1)].sum() / apart.stock.sum() < 0.05, "between the Americas and other regions nearly all by the Bali Process"
    assert corridors.by_mechanism(year).mechanism[0] == "bali-process" and not shared.at_table(2015)["bali-process"].any(), "the widest table, in the later year only"
    idle = corridors.largest(year)
    assert corridors.seats(idle, shared.at_table(year, window=40)).any(axis=1).any(), "some uncovered pairs sit in a mechanism that has not met lately"
    shown = linkages.anchored_paths().set_index("anchoring")
    assert shown.shown.sum() > shown.formal_shown.sum() == shown.formal_shown["none"] == 1, "one stated part in a binding text, by a mechanism that stands alone"
    assert shown.with_formal["pillar"] > 0 == shown.formal_shown["pillar"], "the pillars with a binding text have no stated part"
