"""Reference tables: keys and codes resolve, totals agree with those that the sources state, tables agree with each other."""
from __future__ import annotations

import gzip
import typing

import pandas as pd
import pytest

from analysis.dataset import codebook, frames, load, models
from conftest import ROOT

REFERENCE = ROOT / "data/reference"
KEYS = {"states": ["iso3"], "income_groups": ["state", "year"], "population": ["iso3", "year"], "migrant_stock": ["iso3", "year"],
        "bilateral_stock": ["origin", "destination", "year"], "treaties": ["id"], "treaty_status": ["state", "treaty"], "gcm_vote": ["state"],
        "ideal_points": ["state", "year"], "organisations": ["id"], "organisation_members": ["organisation", "state", "from"],
        "organisation_others": ["organisation", "state", "role", "from"], "free_movement": ["organisation", "name"], "centroids": ["iso3"]}


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(next(REFERENCE.glob(f"{name}.csv*")), keep_default_na=False, na_values=[""], dtype={"iso_numeric": str})


def test_every_table_is_known_here_and_in_the_codebook():
    found = {p.name.split(".")[0] for p in REFERENCE.glob("*.csv*")}
    assert found == set(KEYS)
    assert found <= set(codebook.codebook()["resources"])


@pytest.mark.parametrize("name", KEYS)
def test_keys_resolve_and_none_stands_twice(name):
    d, states, known = table(name), set(table("states").iso3), set(load.sources(ROOT))
    assert not d.duplicated(KEYS[name]).any()
    for c in {"iso3", "state", "origin", "destination", "administered_by"} & set(d):
        assert set(d[c].dropna()) - states <= ({"OOO"} if c == "origin" else set()), c
    for c in {"src", "contested_src"} & set(d):
        assert {k for s in d[c].dropna() for k in s.split()} <= known, c
    for c, target in {"organisation": "organisations", "treaty": "treaties"}.items():
        if c in d:
            assert set(d[c]) <= set(table(target).id)


def test_the_codebook_describes_every_column_and_every_term():
    book = codebook.codebook()
    for name, make in frames.FRAMES.items():
        assert set(make().columns) == set(book["resources"][name]["fields"]), name
    for name in KEYS:
        d = table(name)
        assert list(d.columns) == list(book["resources"][name]["fields"]), name
        for f, v in book["resources"][name]["fields"].items():
            if "vocabulary" in v and isinstance(v.get("allowed"), list):
                assert set(d[f].dropna()) <= set(book["vocabularies"][v["vocabulary"]]), (name, f)
    known = set(load.sources(ROOT))
    for name, r in book["resources"].items():
        assert set(r["src"]) <= known, name
        for f, v in r["fields"].items():
            assert v["kind"] in book["vocabularies"]["field_kind"] and v["meaning_en"] and v["label_en"] and v["label_es"], (name, f)
    for name, terms in book["vocabularies"].items():
        for term, t in terms.items():
            assert all(t[k] for k in ("en", "es", "definition_en", "definition_es", "example")), (name, term)


VOCABULARIES = {"level": models.Level, "theme": models.Theme, "role": models.Role, "relation": models.Relation,
                "secretariat_kind": models.Secretariat, "roster_kind": models.Roster, "linkage_kind": models.Linkage, "output_kind": models.Output,
                "status": models.Status, "anchoring": models.Anchoring, "verdict": models.Inclusion}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_vocabularies_are_those_of_the_models(name):
    kind = VOCABULARIES[name]
    if isinstance(kind, type):
        field = {"status": "value", "anchoring": "nature", "verdict": "verdict"}.get(name, "kind")
        kind = kind.model_fields[field].annotation
    terms = set(codebook.codebook()["vocabularies"][name])
    assert set(typing.get_args(kind)) == terms - ({"observer"} if name == "role" else set())


def test_states():
    s = table("states").set_index("iso3")
    assert (s.un_member == "yes").sum() == 193
    assert set(s.index[s.un_member == "yes"]) == set(s.index[s.un_member_since.notna()])
    assert s.administered_by.dropna().map(s.un_member).eq("yes").all()
    assert s.index[s.administered_by.notna()].isin(s.index[s.un_member == "no"]).all()
    late = s.existed_from.dropna().drop(["BLR", "UKR"])  # members of the United Nations long before they were States of their own
    assert (late <= s.un_member_since[late.index].fillna(2100)).all()
    g = table("income_groups").pivot(index="state", columns="year", values="income_group").reindex(s.index)
    pd.testing.assert_series_equal(s.income_2013, g[2013], check_names=False)
    pd.testing.assert_series_equal(s.income_latest, g[2024], check_names=False)


WORLD = {1990: 153_916_063, 1995: 163_176_002, 2000: 174_566_152, 2005: 192_788_721, 2010: 221_020_392, 2015: 250_042_020, 2020: 275_284_032,
         2024: 304_021_813}
"""World totals of the 2024 edition, as the publisher's workbook has them."""


def test_migrant_stocks_add_up():
    m, b = table("migrant_stock"), table("bilateral_stock")
    assert m.groupby("year").stock.sum().to_dict() == WORLD
    assert m[m.year == 2020].groupby(m.iso3.map(table("states").set_index("iso3").region)).stock.sum()["Africa"] == pytest.approx(25.3e6, abs=5e4)
    sums = b.groupby(["destination", "year"]).stock.sum()
    pd.testing.assert_series_equal(sums, m[m.stock > 0].set_index(["iso3", "year"]).stock.rename_axis(sums.index.names).sort_index())
    assert (m.stock_female <= m.stock).all() and (b.stock > 0).all() and (b.origin != b.destination).all()
    named = b[(b.year == 2024) & (b.origin == "OOO")].stock.sum() / WORLD[2024]
    assert named == pytest.approx(0.073, abs=5e-4)


def test_the_compressed_table_carries_no_time():
    raw = (REFERENCE / "bilateral_stock.csv.gz").read_bytes()
    assert raw[4:8] == bytes(4), "the time stamp of the compressed file is not zero"
    assert gzip.decompress(raw).startswith(b"origin,destination,year,stock\n")


def test_population():
    p = table("population").set_index(["iso3", "year"]).population
    for state, n in {"USA": 345_426_571, "IND": 1_450_935_791, "CHN": 1_419_321_277, "MEX": 130_861_007}.items():
        assert p[state, 2024] == n
    members = set(table("states").query("un_member == 'yes'").iso3)
    assert all((s, y) in p.index for s in members for y in range(1990, 2025))
    assert p.loc[:, 2023].sum() == pytest.approx(8.09e9, rel=0.01)


def test_the_vote_on_the_global_compact():
    v = table("gcm_vote")
    assert v.vote.value_counts().to_dict() == {"yes": 152, "no": 5, "abstain": 12, "absent": 24}
    assert set(v.state) == set(table("states").query("un_member == 'yes'").iso3)
    assert set(v[v.contested_value.notna()].state) == {"SVK", "SVN"}


STATED = {"REF1951": 146, "REF1967": 147, "STL1954": 99, "ICRMW1990": 59, "PALERMO_TIP2000": 181, "PALERMO_SOM2000": 151, "ILO_C097": 54, "ILO_C181": 37}
"""Parties that are States, as the depositary or the organisation states them at the cut-off (the European Union left out)."""


def test_treaty_status_rests_on_what_it_says():
    t = table("treaty_status")
    assert len(t) == t.state.nunique() * 11
    memory = t.verified == "memory"
    assert (t[memory].status == "missing").all() and not (t[~memory].status == "missing").any()
    assert t[memory].src.isna().all() and t[~memory & (t.status != "not applicable")].src.notna().all()
    assert (t[t.status == "not party"].verified == "inferred").all() and (t[t.status == "party"].verified.isin(["dataset", "source"])).all()
    acts = t[t.status.isin(["party", "left"])]
    assert acts.year.notna().all() and acts.year_basis.notna().all()
    assert (acts.date.str[:4].astype(int) == acts.year).all()
    opened = t.treaty.map(table("treaties").set_index("id").opened)
    assert (acts.year >= opened[acts.index]).all()
    cut = table("treaties").set_index("id").cut_off.astype(str)
    assert (t.cut_off.astype(str) == t.treaty.map(cut)).all()


@pytest.mark.parametrize("treaty", STATED)
def test_parties_never_exceed_the_total_that_is_stated(treaty):
    t = table("treaty_status").query("treaty == @treaty")
    parties, open_ = (t.status == "party").sum(), (t.status == "missing").sum()
    assert parties <= STATED[treaty]
    assert parties + open_ >= STATED[treaty] - 3, "more parties are unknown than the table admits"


def test_organisations():
    m, o, s = table("organisation_members"), table("organisations").set_index("id"), table("states").set_index("iso3")
    assert (m.to.isna() | (m.to >= m["from"])).all()
    assert set(m.verified) <= {"dataset", "source"} and m.src.notna().all()
    for _, g in m.sort_values("from").groupby(["organisation", "state"]):
        assert (g["from"].iloc[1:].values >= g.to.iloc[:-1].values).all(), g
    counts = m[m.to.isna()].organisation.value_counts()
    unverified = table("organisation_others").query("role == 'member' and to.isna()").organisation.value_counts()
    for k, n in o.members_stated.dropna().items():
        assert counts[k] + unverified.get(k, 0) == n, k
    assert {"BFA", "MLI", "NER"} <= set(m[(m.organisation == "ecowas") & (m.to == 2025)].state)
    assert m[(m.organisation == "eu") & (m.state == "GBR")].to.item() == 2020
    for k in ("eccas", "igad"):
        assert (m[(m.organisation == k)].to == 2025).any()
    assert set(table("organisation_others").role) == set(codebook.codebook()["vocabularies"]["organisation_role"])
    assert s.index.isin(m.state).sum() > 190
