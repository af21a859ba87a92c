"""Measures against small cases worked out by hand, and properties that hold whatever the data."""
from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from analysis.dataset import frames
from analysis.measures import coherence, corridors, linkages, network, sets, shared, shares, taxonomy, trends
from analysis.present import words

# Two mechanisms, four States: A and B meet in m1; B, C and D in m2.
PAIRS = pd.DataFrame([("m1", "A"), ("m1", "B"), ("m2", "B"), ("m2", "C"), ("m2", "D")], columns=["mechanism", "state"])
SEATS = pd.crosstab(PAIRS.state, PAIRS.mechanism).astype(bool)


def test_shared_tables_by_hand():
    n = pd.DataFrame(shared.count(SEATS), index=SEATS.index, columns=SEATS.index)
    assert n.loc["A", "B"] == 1 and n.loc["A", "C"] == 0 and n.loc["C", "D"] == 1 and n.loc["B", "B"] == 0
    assert int(n.to_numpy().sum()) == 2 * 4


def test_the_network_by_hand():
    g = network.two_mode(PAIRS)
    states = network.projection(g, "state")
    assert set(map(frozenset, states.edges)) == {frozenset(p) for p in ("AB", "BC", "BD", "CD")}
    assert network.projection(g, "mechanism")["m1"]["m2"]["weight"] == 1
    b = nx.algorithms.bipartite.betweenness_centrality(g, network.side(g, "mechanism"))
    assert max((s for s in "ABCD"), key=b.get) == "B" and b["A"] == b["C"] == b["D"] == 0


def test_seats_at_both_ends_of_a_corridor():
    c = pd.DataFrame({"origin": ["A", "A", "C", "X"], "destination": ["B", "C", "D", "A"], "stock": [10, 20, 30, 40]})
    s = corridors.seats(c, SEATS)
    assert s.tolist() == [[True, False], [False, False], [False, True], [False, False]]


@pytest.mark.parametrize("hits, of", [(95, 100), (0, 5), (7, 7), (1, 1000)])
def test_wilsons_ends_are_those_shares_from_which_the_sample_is_just_so_far_off(hits, of):
    for end in shares.wilson(hits, of):
        assert abs(end - hits / of) == pytest.approx(shares.Z * (end * (1 - end) / of) ** 0.5, abs=1e-12)
    assert shares.wilson(95, 100) == pytest.approx((0.8882, 0.9785), abs=1e-4)  # as tables of the interval have it
    with pytest.raises(ValueError):
        shares.wilson(1, 0)


def test_coverage_adds_up():
    year = corridors.nearest(2013)
    m = corridors.by_mechanism(year)
    whole = corridors.coverage(year)
    assert m.alone.max() <= whole + 1e-12 <= m.alone.sum() + 1e-12
    assert m.added.sum() <= whole + 1e-12 and (m.added <= m.alone + 1e-12).all()
    size = corridors.by_size(year)
    assert size.share.is_monotonic_increasing and size.share.iloc[-1] == pytest.approx(whole)
    low, high = corridors.bounds(year)
    assert low <= whole <= high
    region = corridors.by_region(year)
    assert (region.stock * region.share).sum() / region.stock.sum() == pytest.approx(whole)
    assert corridors.coverage(year, blocs=False) <= whole
    assert corridors.coverage(year, window=3) <= whole <= corridors.coverage(year, window=10)


def test_the_largest_corridors_are_uncovered_and_in_order():
    year = corridors.nearest(2013)
    d = corridors.largest(year)
    assert d.stock.is_monotonic_decreasing
    assert not corridors.seats(d, shared.at_table(year)).any()


def test_territories_sit_with_their_state():
    assert shared.administered()["NCL"] == "FRA"
    assert "NCL" not in shared.states()
    c = corridors.stocks(2015)
    assert not set(c.origin) & set(shared.administered())
    assert corridors.stocks(2015, "apart").stock.sum() > c.stock.sum()


def test_the_rule_is_the_threshold():
    for t in (0.6, taxonomy.THRESHOLD):
        c = taxonomy.classes(2013, t)
        assert ((c.rule == "IRF") == (c.region_share < t)).all()
    c = taxonomy.classes(2013)
    assert taxonomy.confusion(c, "class_2013").to_numpy().sum() == c.class_2013.notna().sum()
    agree, of = taxonomy.agreement(c, "class_2013")
    assert agree == np.trace(taxonomy.confusion(c, "class_2013").to_numpy()) and of == len(c)


def test_where_two_regions_are_equally_common_both_are_named_whatever_the_order():
    for v in (list("BABAC"), list("ABABC")):
        assert taxonomy.commonest(pd.Series(v)) == ("A; B", 0.4)
    assert taxonomy.commonest(pd.Series(list("CCA"))) == ("C", pytest.approx(2 / 3))
    r = taxonomy.reach(2013).set_index("mechanism")
    assert r.region["five-plus-five"] == "Africa; Europe" and r.subregion["abu-dhabi-dialogue"] == "Southern Asia; Western Asia"


def test_composition_is_of_shares():
    d = taxonomy.composition(2013)
    assert d[["high", "upper-middle", "lower-middle", "low"]].sum(axis=1).to_numpy() == pytest.approx(1)
    assert d[["origin", "destination", "mixed"]].sum(axis=1).to_numpy() == pytest.approx(1)


def test_world_shares_and_who_is_outside_agree():
    for name in (sets.BASELINE, sets.ISCMS):
        out = network.outside(2013, name)
        assert network.world_shares(2013, name)["states"] == pytest.approx(1 - len(out) / len(coherence.un_states()))


def test_memory_is_missing_in_commitments():
    s = frames.treaty_status()
    forgotten = s[(s.status == "missing") & s.state.isin(coherence.un_states())]
    p = coherence.party(coherence.last_year())
    checked = [(r.state, r.treaty) for r in forgotten.itertuples() if r.treaty in p.columns]
    assert checked and all(np.isnan(p.loc[a, t]) for a, t in checked)


def test_a_year_from_memory_is_missing_in_commitments(monkeypatch):
    s = frames.treaty_status()
    row = (s.state == "FRA") & (s.treaty == "REF1951")
    monkeypatch.setattr(frames, "treaty_status", lambda: s.assign(year_basis=s.year_basis.mask(row, "memory")))
    since = coherence._since.__wrapped__()
    assert np.isnan(since.loc["FRA", "REF1951"]) and since.loc["FRA", "REF1967"] == 1971


def test_commitment_only_grows_but_for_what_is_unknown():
    early, late = coherence.party(2000), coherence.party(2020)
    both = late[early.columns]
    assert ((both >= early) | both.isna() | early.isna()).all().all()
    assert late.loc["FRA", "REF1951"] == 1 and coherence.party(1950, None, 2020).loc["FRA", "REF1951"] == 0


def test_holm_by_hand():
    assert coherence.holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])


def test_change_starts_from_the_base_year_for_all():
    d = coherence.change()
    assert set(d.offset) == set(range(-coherence.BEFORE, coherence.AFTER + 1, coherence.STEP))
    assert (d.se > 0).all() and (d.pairs > 100).all()


def test_linkages_name_what_they_name():
    t = linkages.ties(sets.EVERY)
    assert (t.instrument == "other").sum() <= 5
    gcm = t[t.instrument == "gcm"]
    assert gcm.to.str.contains("ompact").all() and not (gcm.to == "Global Compact on Refugees").any()
    formal = linkages.to_agreement()
    assert "sacm" in set(formal[formal.formal].mechanism) and "rcm" not in set(formal.mechanism)


def test_rhythm_counts_what_was_held_between_numbers():
    r = trends.rhythm()
    assert (r.implied >= r.found).all() and (r.per_year > 0).all()
    row = r[(r.mechanism == "bali-process") & (r.level == "ministerial")].iloc[0]
    assert (row["first"], row["last"]) == (1, 8) and row.per_year == pytest.approx(7 / row.years)


def test_adoption_curve_is_a_survival_curve():
    c = trends.adoption_curve()
    assert c.taken_up.is_monotonic_increasing and c.taken_up.between(0, 1).all() and c.at_risk.is_monotonic_decreasing
    t = trends.theme_adoption()
    assert c.adopted.sum() == (~t.at_founding).sum()
    first = c[c.adopted > 0].iloc[0]
    assert first.taken_up == pytest.approx(first.adopted / first.at_risk)


def test_anchoring_by_year_ends_where_the_mechanisms_stand():
    now = trends.anchoring_by_year().query("year == @frames.LATEST").set_index("anchoring").n
    assert now.to_dict() == sets.mechanisms().anchoring.value_counts().to_dict()


@pytest.mark.parametrize("iso, said", [("2018-11", "November 2018"), ("2018-11-16", "16 November 2018"), ("2014/2019", "2014 to 2019"),
                                       ("2025-02/2025-03", "February to March 2025"), ("2020-12/2021-06", "December 2020 to June 2021"), ("2018-11/2018", "November 2018 to 2018")])
def test_dates_are_said_as_one_reads_them(iso, said):
    assert words.date(iso) == said
