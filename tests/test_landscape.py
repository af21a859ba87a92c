"""Taxonomy, uptake of themes, landscape and members: small cases worked out by hand, and what the chapters' words rest on."""
from __future__ import annotations

import re

import pandas as pd
import pytest

from analysis.dataset import frames
from analysis.dataset.frames import BASELINE, LATEST
from analysis.measures import landscape, membership, network, sets, taxonomy, trends
from analysis.present import membership_tables, taxonomy_words
from conftest import ROOT

# Eight mechanisms: the rule finds three forums; of these two were forums before, and one other forum it calls an RCP.
CLASSED = pd.DataFrame({"mechanism": list("abcdefgh"), "rule": ["IRF"] * 3 + ["RCP"] * 5,
                        "class_2013": ["IRF", "IRF", "RCP", "IRF", "RCP", "RCP", "RCP", "RCP"],
                        "class_now": ["IRF", "IRF", "IRF", None, None, "RCP", "RCP", "IRF"]})


def test_agreement_beyond_chance_by_hand():
    assert taxonomy.agreement(CLASSED, "class_2013") == (6, 8) and taxonomy.by_one_class(CLASSED, "class_2013") == 5
    # 6/8 agree; by chance 3/8 * 3/8 + 5/8 * 5/8 = 34/64 would
    assert taxonomy.kappa(CLASSED, "class_2013") == pytest.approx((48 - 34) / (64 - 34))
    # of six with a present class five agree; by chance 3/6 * 4/6 + 3/6 * 2/6 = 1/2 would
    assert taxonomy.kappa(CLASSED, "class_now") == pytest.approx((5 / 6 - 1 / 2) / (1 - 1 / 2))
    assert taxonomy.disagreements(CLASSED).mechanism.tolist() == ["c", "d", "h"]


def test_kappa_has_no_value_where_there_is_one_class():
    one = pd.DataFrame({"rule": ["RCP"] * 3, "class_now": ["RCP"] * 3})
    assert pd.isna(taxonomy.kappa(one, "class_now"))


def test_joining_two_regions_only_takes_forums_away():
    wide, narrow = (taxonomy.classes(BASELINE, taxonomy.THRESHOLD, sets.BASELINE, g).set_index("mechanism").rule for g in ("Asia and Oceania as one region", "M49 sub-regions"))
    rule = taxonomy.classes(BASELINE).set_index("mechanism").rule
    assert set(wide[wide == "IRF"].index) <= set(rule[rule == "IRF"].index) <= set(narrow[narrow == "IRF"].index)


def test_uptake_by_hand(monkeypatch):
    """One theme taken up after two years, one after four, one never in four: 1/3, then of the two left one."""
    pairs = pd.DataFrame([("m", "x", "later", 2), ("m", "y", "later", 4), ("m", "z", "never", 4), ("m", "v", "at the founding", 0), ("m", "w", "undated", 4)],
                         columns=["mechanism", "theme", "state", "years"])
    monkeypatch.setattr(trends, "theme_pairs", lambda name: pairs)
    c = trends.adoption_curve().set_index("years")
    assert c.at_risk.tolist() == [3, 3, 3, 2, 2] and c.taken_up.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 - 2 / 3 * 1 / 2])
    assert trends.theme_breadth().iloc[0].to_dict() == {"mechanism": "m", "start": 1, "now": 4, "undated": 1}


def test_secretariats_by_hand(monkeypatch):
    """IOM from 2000, a regional body from 2010, both without end: succeeded, or side by side; one without a first year is left out."""
    s = pd.DataFrame({"mechanism": ["sacm"] * 3, "kind": ["IOM", "regional-organisation", "own"], "from": [2000, 2010, None], "to": [None, None, None]}).astype({"from": float, "to": float})
    monkeypatch.setattr(trends.frames, "secretariats", lambda: s)
    at = lambda year, succession: set(trends.secretariats_by_year(sets.BASELINE, succession).query("year == @year").kind)
    assert at(2005, True) == {"IOM"} and at(2012, True) == {"regional-organisation"} and at(2012, False) == {"IOM", "regional-organisation"}


def test_every_theme_of_every_mechanism_has_one_state():
    p = trends.theme_pairs()
    assert len(p) == len(sets.ids()) * frames.agenda().theme.nunique() and not p.duplicated(["mechanism", "theme"]).any()
    assert (p.state != "never").sum() == len(sets.only(frames.agenda()).drop_duplicates(["mechanism", "theme"])) and (p.years >= 0).all()


def test_the_landscape_counts_every_mechanism_once():
    for by in ("class", "region"):
        known = landscape.placed()[by].notna().sum()
        assert landscape.foundings(by).to_numpy().sum() == landscape.fates(by).to_numpy().sum() == known
    d = landscape.placed().set_index("id")
    assert set(d.index) == sets.ids(sets.ISCMS) and d.loc["sacm", "region"] == "Americas" and d.loc["rabat-process", "region"] == landscape.ACROSS
    t = landscape.then_and_now().set_index("measure")
    assert t.loc["founded", "now"] == len(sets.ids()) and t.loc["alive", "now"] <= t.loc["founded", "now"]


def test_bridges_by_hand(monkeypatch):
    """France, Germany and Morocco at one table, Germany and Poland at another: two of three pairs of the first cross regions, none of the second."""
    pairs = pd.DataFrame([("m1", "FRA"), ("m1", "DEU"), ("m1", "MAR"), ("m2", "DEU"), ("m2", "POL")], columns=["mechanism", "state"])
    monkeypatch.setattr(network.membership, "members", lambda *a: pairs)
    b = network.bridges.__wrapped__(BASELINE).set_index("mechanism")
    assert b.regions.to_dict() == {"m1": 2, "m2": 1} and b.region_pairs.to_dict() == pytest.approx({"m1": 2 / 3, "m2": 0})
    r = network.reach_of_states.__wrapped__(BASELINE).set_index("state")
    assert r.partners.to_dict() == {"FRA": 2, "DEU": 3, "MAR": 2, "POL": 1} and r.other_regions.to_dict() == {"FRA": 1, "DEU": 1, "MAR": 2, "POL": 0}


def test_a_list_of_another_circle_verifies_no_members():
    """The list of a group within the Bali Process, of 2011, verifies none of its members; the list of its members counts from the later bound of its date."""
    groups = frames.lists().query("mechanism == 'bali-process' and kind == 'roster' and n > 0")
    assert groups[groups.circle == "Ad Hoc Group"].as_of.min() == 2011 and "bali-process" not in membership.known(2017)
    listed = groups[groups.circle == "members"].iloc[0]
    assert (listed.as_of_min, listed.as_of) == (2013, 2018) and "bali-process" in membership.known(2018)


def test_states_and_their_spells_agree_with_the_members():
    s = membership_tables.state_spells()
    central = sets.only(membership.members(LATEST, "central", sets.ISCMS), sets.ISCMS)
    shown = s[s.kind == "member"][["mechanism", "state"]].drop_duplicates()
    shown = shown[shown.mechanism.isin(membership.known(LATEST, sets.ISCMS))]
    assert set(shown.itertuples(index=False, name=None)) == set(central[["mechanism", "state"]].itertuples(index=False, name=None))


def test_chapter_2_discusses_each_mechanism_where_the_classes_differ():
    text = (ROOT / "report/02-taxonomy.qmd").read_text(encoding="utf-8")
    assert set(taxonomy.disagreements(taxonomy.classes(BASELINE)).mechanism) <= set(re.findall(r'w\.judged\("([^"]+)"\)', text))


def test_words_of_the_chapters_hold():
    """What chapters 2 and 3 say in words without a number; if one fails, the data has changed and the sentence has to."""
    c = taxonomy.classes(BASELINE)
    assert taxonomy.agreement(c, "class_2013")[0] <= taxonomy.by_one_class(c, "class_2013"), "no better than one class for all"
    assert taxonomy.kappa(c, "class_now") > taxonomy.kappa(c, "class_2013"), "better with IOM's present classes"
    s = taxonomy.sensitivity(BASELINE).set_index("threshold")
    assert s.agrees_2013.max() < 1, "no threshold reproduces the classes"
    assert s.agrees_2013.idxmax() < taxonomy.THRESHOLD <= s.agrees_now.idxmax(), "a lower threshold for 2013, a higher one for IOM"
    c = c.set_index("mechanism")
    assert (c.region_share - taxonomy.THRESHOLD).abs()[["budapest-process", "euromed"]].max() < 0.05, "close to the threshold"
    for grouping, ids, rule in (("Asia and Oceania as one region", ["apc", "bali-process"], "RCP"), ("M49 sub-regions", ["abu-dhabi-dialogue"], "IRF")):
        assert set(taxonomy.classes(BASELINE, taxonomy.THRESHOLD, sets.BASELINE, grouping).set_index("mechanism").rule[ids]) == {rule}, grouping
    d = taxonomy.by_class(BASELINE).set_index("dimension")
    assert d.IRF.members > 2 * d.RCP.members and d.IRF.pillar > 2 * d.RCP.pillar and d.IRF.annual < d.RCP.annual, "size, anchoring and rhythm"
    each = taxonomy.dimensions(BASELINE)
    of = each.groupby(each.mechanism.map(sets.mechanisms().set_index("id").class_2013)).themes
    assert of.min().RCP <= of.min().IRF and of.max().IRF <= of.max().RCP, "each IRF within the range of the RCPs in breadth"
    assert abs(d.IRF.themes / d.RCP.themes - 1) < 0.3 and abs(d.IRF["index"] - d.RCP["index"]) < 1, "breadth and formality do little"
    assert trends.adoption_curve(sets.ISCMS).set_index("years").taken_up[20] < trends.adoption_curve().set_index("years").taken_up[20], "lower for all"
    b = network.betweenness(LATEST)
    tops = {side: b[b.side == side].head(membership_tables.TOP).node for side in ("mechanism", "state")}
    assert (network.bridges(LATEST).set_index("mechanism").regions[tops["mechanism"]] > 1).mean() > 0.5, "most at the top span regions"
    seats = membership.per_state(LATEST).set_index("state").n
    assert seats[tops["state"]].min() < seats.max() / 2, "States of both kinds among the bridges"


def test_judged_says_what_agrees_and_what_does_not():
    text = taxonomy_words.judged("rcm")
    assert text.startswith("the rule makes it an RCP, as in 2013 and on IOM's pages now") and "it was" not in text
