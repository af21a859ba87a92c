"""The data package as its users meet it: valid, complete, with examples that run; and the way from a value to its sources."""
from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from analysis.dataset import codebook, export, frames, load
from analysis.dataset.provenance import trail
from conftest import iscm


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "package"
    export.export(out, "9.9.9")
    return out


def test_the_package_is_valid_frictionless(package):
    from frictionless import Package

    report = Package(str(package / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])[:5]


def test_every_frame_is_in_it_as_csv_and_parquet_alike(package):
    named = [r["name"] for r in json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["resources"]]
    assert named == list(frames.FRAMES)
    for name in named:
        csv = pd.read_csv(package / "data" / f"{name}.csv", low_memory=False)
        parquet = pd.read_parquet(package / "parquet" / f"{name}.parquet")
        assert list(csv.columns) == list(parquet.columns) and len(csv) == len(parquet) == len(frames.FRAMES[name]())


def test_each_table_names_its_licence_and_each_field_its_meaning(package):
    for r in json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        assert r["licenses"][0]["name"], r["name"]
        assert all(len(f["description"]) > 3 for f in r["schema"]["fields"])


def test_the_codebook_covers_every_column_and_every_term():
    book = codebook.codebook()
    for name, make in frames.FRAMES.items():
        assert set(make().columns) == set(book["resources"][name]["fields"]), name
    terms = codebook.terms()
    assert (terms[["en", "es", "definition_en", "definition_es"]].map(lambda v: isinstance(v, str) and len(v) > 0)).all().all()
    assert set(frames.agenda().theme) <= set(book["vocabularies"]["theme"])


def test_the_sources_come_along(package):
    csl = json.loads((package / "sources.json").read_text(encoding="utf-8"))
    assert {e["id"] for e in csl} == set(load.sources())
    assert (package / "sources.bib").read_text(encoding="utf-8").count("\n@") >= len(csl) - 1


def test_the_python_and_sql_examples_run_and_agree(package):
    done = subprocess.run([sys.executable, "-c", export.EXAMPLES["python"]], cwd=package, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines() if len(line.split()) == 2 and len(line.split()[0]) == 3}
    import duckdb

    rows = duckdb.sql(export.EXAMPLES["sql"].replace("'parquet/", f"'{package}/parquet/")).fetchall()
    assert len(rows) == 10 and sorted(shown.values(), reverse=True) == [n for _, n in rows]


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_the_r_example_runs(package):
    assert subprocess.run(["Rscript", "-e", export.EXAMPLES["r"]], cwd=package, capture_output=True).returncode == 0


def test_a_folder_with_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("kept", encoding="utf-8")
    done = iscm("export", "--out", str(tmp_path / "mine"))
    assert done.returncode == 1 and "holds no datapackage.json" in done.stderr
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_two_exports_are_the_same_bytes(package, tmp_path):
    export.export(tmp_path / "again", "9.9.9")
    files = sorted(p.relative_to(package) for p in package.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(tmp_path / "again") for p in (tmp_path / "again").rglob("*") if p.is_file())
    for f in files:
        assert (package / f).read_bytes() == (tmp_path / "again" / f).read_bytes(), f


def test_the_way_from_a_value_to_its_sources():
    lines = trail("rcm", "founded")
    assert lines[0].startswith("founded: date 1996-03") and any("http" in line and "read:" in line for line in lines[1:])
    with pytest.raises(LookupError, match="no mechanism 'nowhere'; there are: abu-dhabi-dialogue"):
        trail("nowhere")
    with pytest.raises(LookupError, match="has no sourced field 'colour'"):
        trail("rcm", "colour")
    done = iscm("source", "rcm", "meetings.1")
    assert done.returncode == 0 and done.stdout.startswith("meetings.1:")
