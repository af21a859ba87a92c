"""Membership spells and counts against answers worked out by hand."""
from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from analysis.dataset import spells
from analysis.dataset.load import mechanisms
from analysis.dataset.models import Mechanism
from analysis.measures import membership, taxonomy, trends

SRC = ["iom-rcp"]


def mechanism(rosters, joined=(), left=(), founded="2000") -> Mechanism:
    """A small mechanism of made-up lists: each roster is (year, States, complete, kind)."""
    return Mechanism.model_validate({
        "id": "toy", "core25": True, "class_2013": "RCP", "class_support": "high", "name_en": "Toy", "short": "Toy", "acronym": "TOY",
        "founded": {"date": founded, "event": "first meeting", "src": SRC},
        "status": {"value": "active", "evidence": "met", "src": SRC},
        "anchoring": {"name": "none", "nature": "none", "src": SRC},
        "formality": {"statutes_or_charter": False, "binding_outputs": False, "membership": "open", "rhythm": "annual", "levels": [], "src": SRC},
        "regions": [], "secretariats": [], "chairs": [], "agenda": [], "meetings": [], "linkages": [], "outputs": [], "gcm": [], "literature": [],
        "open_questions": [],
        "rosters": [{"as_of": str(y), "kind": kind, "complete": c, "states": s, "src": SRC} for y, s, c, kind in rosters],
        "joined": [{"state": s, "date": d, "src": SRC} for s, d in joined],
        "left": [{"state": s, "date": d, "src": SRC} for s, d in left],
    })


def spell(m: Mechanism, state: str):
    return [(r["entry_min"], r["entry"], r["exit"], r["exit_max"], r["basis"]) for r in spells.mechanism_spells(m) if r["state"] == state]


R = "roster"
CASES = {
    "in the founding list": (mechanism([(2000, ["FRA"], True, R)]), [(2000, 2000, None, None, "stated")]),
    "first seen later: between founding and first list": (mechanism([(2005, ["FRA"], True, R)]), [(2000, 2005, None, None, "inferred")]),
    "absent from a complete list, then in": (mechanism([(2003, ["DEU"], True, R), (2008, ["DEU", "FRA"], True, R)]), [(2003, 2008, None, None, "inferred")]),
    "an incomplete list says nothing of absence": (mechanism([(2003, ["DEU"], False, R), (2008, ["DEU", "FRA"], True, R)]), [(2000, 2008, None, None, "inferred")]),
    "a stated entry goes before the lists": (mechanism([(2000, ["DEU"], True, R), (2008, ["DEU", "FRA"], True, R)], joined=[("FRA", "2004")]), [(2004, 2004, None, None, "stated")]),
    "a stated entry, then absent from a complete list": (mechanism([(2010, ["DEU"], True, R)], joined=[("FRA", "2004")]), [(2004, 2004, 2004, 2010, "stated")]),
    "a list of the year of a stated entry is no exit": (mechanism([(2004, ["DEU"], True, R), (2008, ["DEU", "FRA"], True, R)], joined=[("FRA", "2004")]), [(2004, 2004, None, None, "stated")]),
    "gone from a complete list": (mechanism([(2000, ["FRA", "DEU"], True, R), (2010, ["DEU"], True, R)]), [(2000, 2000, 2000, 2010, "stated")]),
    "a partial list ends nothing": (mechanism([(2000, ["FRA", "DEU"], True, R), (2010, ["DEU"], False, R)]), [(2000, 2000, None, None, "stated")]),
    "an empty list ends nothing": (mechanism([(2000, ["FRA", "DEU"], True, R), (2010, [], True, "count-only")]), [(2000, 2000, None, None, "stated")]),
    "an attendance list ends nothing": (mechanism([(2000, ["FRA", "DEU"], True, R), (2010, ["DEU"], True, "attendance")]), [(2000, 2000, None, None, "stated")]),
    "a stated exit": (mechanism([(2000, ["FRA"], True, R)], left=[("FRA", "2012")]), [(2000, 2000, 2012, 2012, "stated")]),
    "back again": (mechanism([(2000, ["FRA", "DEU"], True, R), (2005, ["DEU"], True, R), (2010, ["FRA", "DEU"], True, R)]),
                   [(2000, 2000, 2000, 2005, "stated"), (2005, 2010, None, None, "inferred")]),
    "a stated exit and a stated return": (mechanism([(2000, ["FRA", "DEU"], True, R), (2010, ["FRA", "DEU"], True, R)], joined=[("FRA", "2020")], left=[("FRA", "2008")]),
                                          [(2000, 2000, 2008, 2008, "stated"), (2020, 2020, None, None, "stated")]),
    "out, back and out again": (mechanism([(2012, ["DEU"], True, R)], joined=[("FRA", "2003"), ("FRA", "2015")], left=[("FRA", "2008"), ("FRA", "2020")]),
                                [(2003, 2003, 2008, 2008, "stated"), (2015, 2015, 2020, 2020, "stated")]),
}


@pytest.mark.parametrize("name", CASES)
def test_spells_by_the_written_rule(name):
    m, expected = CASES[name]
    assert spell(m, "FRA") == expected


YEARS = st.integers(2000, 2026)
MOVES = st.lists(st.tuples(st.just("FRA"), YEARS.map(str)), max_size=3)


@given(st.lists(st.tuples(YEARS, st.sampled_from([["FRA", "DEU"], ["DEU"]]), st.booleans(), st.just(R)), max_size=5), MOVES, MOVES)
def test_spells_of_a_state_follow_each_other_whatever_is_stated(rosters, joined, left):
    found = spell(mechanism(rosters, joined, left), "FRA")
    last = 0
    for entry_min, entry, exit_, exit_max, _ in found:
        assert last is not None and last <= entry and 2000 <= entry_min <= entry
        assert exit_ is None or entry <= exit_ <= exit_max
        last = exit_
    if found and not joined:
        assert min(entry for _, entry, *_ in found) in {2000, *(y for y, states, *_ in rosters if "FRA" in states)}


# Counted by hand in the mechanisms' own lists.
HAND = {
    ("rcm", 2013): 11,  # ten of the 1999 list and the Dominican Republic
    ("rcm", 2026): 11,
    ("colombo-process", 2013): 11,  # ten founders of 2003 and Afghanistan
    ("colombo-process", 2026): 12,  # and Cambodia
    ("sacm", 2013): 12,
    ("sacm", 2026): 12,  # absence from the conference of 2025 is no exit
    ("midwa", 2013): 15,
    ("igad-rcp", 2013): 7,
    ("afml", 2026): 11,  # ten ASEAN States and Timor-Leste
}


def test_counts_by_hand():
    c = membership.counts().set_index(["mechanism", "year"]).members
    assert {k: int(c[k]) for k in HAND} == HAND


def test_who_joined_last():
    now = membership.members(membership.LATEST)
    assert "KHM" in set(now[now.mechanism == "colombo-process"].state)
    then = membership.members(2013)
    assert "KHM" not in set(then[then.mechanism == "colombo-process"].state)


def test_a_list_from_memory_counts_only_in_the_upper_bound():
    only_memory = {m.id for m in mechanisms() if m.core25 and not any(r.states and r.kind != "attendance" for r in m.rosters) and any(r.unverified for r in m.rosters)}
    assert only_memory, "nothing rests on memory: the rule is untested"
    for year in (2013, membership.LATEST):
        assert not only_memory & set(membership.members(year).mechanism)
        assert only_memory & set(membership.members(year, "upper").mechanism)


def test_the_bounds_enclose_the_estimate():
    c = membership.counts().dropna()
    assert (c.upper >= c.members).all()


def test_overlap_by_hand():
    d = membership.overlap(2013).set_index(["a", "b"])
    row = d.loc[("colombo-process", "abu-dhabi-dialogue")]
    sets = {k: set(g.state) for k, g in membership.members(2013).groupby("mechanism")}
    shared = {"AFG", "BGD", "CHN", "IND", "IDN", "NPL", "PAK", "PHL", "LKA", "THA", "VNM"} & sets["abu-dhabi-dialogue"]
    assert row.shared == len(shared)
    assert row.coefficient == pytest.approx(len(shared) / 11)
    assert (d.jaccard <= d.coefficient + 1e-12).all()


def test_reach_by_hand():
    r = taxonomy.reach(2013).set_index("mechanism")
    assert r.loc["rcm", "region"] == "Americas" and r.loc["rcm", "region_share"] == 1
    assert r.loc["rcm", "subregion_share"] == pytest.approx(9 / 11)  # all but Canada and the United States


def test_founding_and_life():
    f = trends.founded_by_year()
    at = lambda y: int(f[f.year == y].n.sum())
    assert at(1985) == 1 and at(membership.LATEST) == 25
    wide, narrow = trends.alive(10), trends.alive(3)
    both = wide.merge(narrow, on=["year", "class_2013"], suffixes=("_10", "_3"))
    assert (both.n_10 >= both.n_3).all()
    assert pd.Series(trends.alive().groupby("year").n.sum()).max() <= 25
