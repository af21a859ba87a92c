"""iscm diff: facts and findings that differ, for data folders, revisions and releases."""
from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from analysis import diff
from conftest import ROOT, iscm


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The data with three changes, in a project of its own."""
    root = tmp_path_factory.mktemp("changed")
    shutil.copytree(ROOT / "data", root / "data")
    igc = root / "data/mechanisms/igc.yaml"
    text = igc.read_text(encoding="utf-8")
    assert "founded: {date: '1985'" in text
    text = text.replace("founded: {date: '1985'", "founded: {date: '1986'").replace(
        "\nmeetings:\n", "\nmeetings:\n  - {date: '2012-04', level: senior-officials, title: A meeting for a trial, src: [igc-2009]}\n", 1)
    igc.write_text(text, encoding="utf-8")
    states = root / "data/reference/states.csv"
    states.write_text(states.read_text(encoding="utf-8").replace("Afghanistan", "Afganistan", 1), encoding="utf-8")
    return root


def test_facts_and_findings_that_differ(changed):
    done = iscm("diff", "data", str(changed), "--format", "json")
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    facts = {(c["file"], c["field"]): c for c in result["facts"]}
    founded = facts["data/mechanisms/igc.yaml", "founded.date"]
    assert (founded["kind"], founded["old"], founded["new"]) == ("changed", "1985", "1986") and "igc-2009" in founded["src"]
    meeting = facts["data/mechanisms/igc.yaml", "meetings[2012-04, A meeting for a trial]"]
    assert meeting["kind"] == "added" and meeting["src"] == ["igc-2009"]
    state = next(c for (file, field), c in facts.items() if file.endswith("states.csv"))
    assert state["kind"] == "changed" and state["new"] == "Afganistan" and len(facts) == 3
    moved = {m["id"]: m for m in result["findings"]}
    assert moved["meetings"]["new"]["value"] == moved["meetings"]["old"]["value"] + 1
    assert 0 < len(moved) < result["compared"]
    assert all(m["strength"] == (m["old"]["strength"] != m["new"]["strength"]) for m in moved.values())


def test_the_comparison_can_be_read(changed):
    text = iscm("diff", "data", str(changed)).stdout
    assert "- Facts: 1 added, 0 removed, 2 changed." in text
    assert "changed `founded.date`: 1985 → 1986 [igc-2009" in text
    assert "computed with the present code" in text and "| meetings found" in text


def test_no_change_and_errors_have_their_own_codes(tmp_path):
    done = iscm("diff", "data", str(ROOT))
    assert done.returncode == 0 and "Nothing changed" in done.stdout
    for side, reason in (("no-such-revision", "neither a folder nor a file nor a Git revision"), (str(tmp_path), "no data here"), (str(ROOT / "README.md"), "is not a ZIP file")):
        done = iscm("diff", "data", side)
        assert done.returncode == 2 and reason in done.stderr and "Traceback" not in done.stderr
    assert iscm("diff", "data", "data", "--format", "xml").returncode == 2


@pytest.mark.parametrize("file, old, new, expected", [
    ("mechanisms/igc.yaml", b"id: igc", b"id: igc # \xe9t", ":2: not UTF-8 text"),
    ("mechanisms/igc.yaml", b"date: '1985'", b"date: !!timestamp 2024-02-30", ": not valid YAML: day is out of range"),
    ("reference/states.csv", b"Afghanistan", b"Afghanist\xe9n", ":3: not UTF-8 text"),
    ("reference/bilateral_stock.csv.gz", None, None, ":1: cannot be unpacked"),
])
@pytest.mark.parametrize("first", [True, False])
def test_a_side_that_cannot_be_read_is_named_with_its_file(tmp_path, file, old, new, expected, first):
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    content = (data / file).read_bytes()
    (data / file).write_bytes(content.replace(old, new, 1) if old else content[:5000])
    done = iscm("diff", *((str(tmp_path), str(ROOT)) if first else (str(ROOT), str(tmp_path))))
    assert done.returncode == 2 and done.stderr.startswith(f"{tmp_path}: data/{file}:") and expected in done.stderr and not done.stdout, done.stderr


def test_a_day_without_quotation_marks_is_text_as_in_the_checks(tmp_path):
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    igc = data / "mechanisms/igc.yaml"
    igc.write_text(igc.read_text(encoding="utf-8").replace("founded: {date: '1985'", "founded: {date: 2024-02-30"), encoding="utf-8")
    (change,) = diff.facts(ROOT, tmp_path)
    assert (change.field, change.new) == ("founded.date", "2024-02-30")


def test_revisions_are_compared(changed, tmp_path):
    git = lambda *a: subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *a], cwd=tmp_path, check=True, capture_output=True)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copy(ROOT / "_quarto.yml", tmp_path)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    shutil.copytree(changed / "data", tmp_path / "data", dirs_exist_ok=True)
    git("commit", "-qam", "second")
    one = json.loads(iscm("diff", "HEAD~1", "HEAD", "--format", "json", root=tmp_path).stdout)
    assert len(one["facts"]) == 3 and one["findings"]
    assert json.loads(iscm("diff", "HEAD~1", "--format", "json", root=tmp_path).stdout)["new"] == "the working tree"
    assert iscm("diff", "HEAD", root=tmp_path).returncode == 0


def test_data_of_another_form_gives_its_facts_alone(changed, tmp_path):
    old = shutil.copytree(ROOT / "data", tmp_path / "data")
    path = old / "mechanisms/igc.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("core25: true", "core25: perhaps"), encoding="utf-8")
    result = diff.compare(str(tmp_path), str(changed))
    assert result["facts"] and not result["findings"]
    assert "does not hold under the present rules" in result["not computed"][0] and "core25" in result["not computed"][0]
    assert "could not be compared" in diff.advice(result) and "could not be computed" in diff.markdown(result)
    (old / "reference/states.csv").unlink()
    path.write_text(path.read_text(encoding="utf-8").replace("core25: perhaps", "core25: true"), encoding="utf-8")
    reason = diff.compare(str(tmp_path), str(changed))["not computed"][0]
    assert "data/reference/states.csv:1: the file does not exist" in reason and "iscm-diff-" not in reason, "no folder of one run, which release notes would hold"


def test_items_of_lists_are_matched_by_what_they_say():
    a = [{"date": "2001", "title": "One", "level": "technical", "src": ["x"]}, {"date": "2002", "title": "Two", "level": "technical", "src": ["x"]}]
    b = [{"date": "2002", "title": "Two", "level": "ministerial", "src": ["y"]}, dict(a[0])]
    found = list(diff._lists("f", "meetings", a, b, ()))
    assert {(c.field, c.kind) for c in found} == {("meetings[2002, Two].level", "changed"), ("meetings[2002, Two].src", "removed"), ("meetings[2002, Two].src", "added")}
    assert list(diff._lists("f", "states", ["KEN", "UGA"], ["UGA", "KEN"], ())) == [], "the order of a list of States says nothing"


def test_a_finding_beyond_its_bounds_or_of_other_strength_asks_for_reading():
    base = {"value": 10, "low": 8, "high": 12, "date": 2013, "strength": "robust", "statement": "s"}
    (inside,) = diff.moved({"f": base}, {"f": {**base, "value": 11}})
    (outside,) = diff.moved({"f": base}, {"f": {**base, "value": 13}})
    (worded,) = diff.moved({"f": base}, {"f": {**base, "strength": "weak"}})
    assert (inside.beyond, outside.beyond, worded.strength) == (False, True, True)
    assert diff.moved({"f": base}, {"f": dict(base)}) == []
    assert diff.moved({"f": {"value": 1, "statement": "s"}}, {"f": {"value": 2, "statement": "s"}})[0].beyond is False
