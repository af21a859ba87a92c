"""Loading: the data holds; spoiled input is named with file, line, field and what is allowed."""
from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.dataset import frames, load, provenance
from analysis.dataset.documents import Loader
from analysis.dataset.models import Interval, Mechanism, year_bounds
from analysis.measures import trends
from conftest import ROOT, copy_project, iscm

RCM = "data/mechanisms/rcm.yaml"


def test_an_author_is_a_body_or_a_person():
    """Where a copy lies, who carried it and with whom it was made stand in fields of their own: the author is what a citation prints."""
    places = re.compile(r" \((?:Addis Ababa|Bangladesh|Gambia|India|Malaysia)\)$")
    names = [(k, a.get("literal", "")) for k, e in load.sources(ROOT).items() for a in e.get("author", [])]
    assert [(k, n) for k, n in names if re.search(r"[(/]| via |\bcopy\b|\bmirror\b|^[A-Z]\. ", places.sub("", n))] == []
    assert [(k, n) for k, n in names if len(n) > 62] == []


def test_the_data_holds():
    found, problems = load.validate(ROOT)
    assert problems == []
    core = [m for m in found if m.core25]
    assert len(core) == 25
    assert sum(m.class_2013 == "RCP" for m in core) == 18


def test_the_examples_for_contributors_are_valid_data(tmp_path):
    examples = dict(re.findall(r"^```yaml (\w+)\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M | re.S))
    assert set(examples) == {"source", "meetings", "joined", "rosters", "mechanism"}
    shutil.copytree(ROOT / "data", tmp_path / "data")
    with open(tmp_path / "data/sources.yaml", "a", encoding="utf-8") as fh:
        fh.write("  " + examples["source"])
    file = tmp_path / "data/mechanisms/example-dialogue.yaml"
    file.write_text(examples["mechanism"], encoding="utf-8")
    found, problems = load.validate(tmp_path)
    assert problems == [] and "example-dialogue" in {m.id for m in found}
    for field in ("meetings", "joined", "rosters"):
        text = re.sub(rf"^{field}:.*\n(  - .*\n)*", f"{field}:\n  {examples[field]}", examples["mechanism"], flags=re.M)
        assert text.count(examples[field]) == 1
        file.write_text(text, encoding="utf-8")
        assert load.validate(tmp_path)[1] == [], field


# (file, text to find, what to put there, start of the expected message after file and line)
FOUNDED, MEETING = "founded: {date: 1996-03,", "  - {date: "
LIST = "[BLZ, CAN, CRI, GTM, HND, MEX, NIC, PAN, SLV, USA]"
SPOILED = [
    (RCM, "core25: true", "core25: perhaps", "core25: wrong kind of value; allowed: true or false"),
    (RCM, "core25: true", "core25: false", "file: core25: false needs relation and inclusion"),
    (RCM, "class_2013: RCP", "class_2013: RPC", "class_2013: not in the vocabulary; allowed: 'RCP' or 'IRF' (found 'RPC')"),
    (RCM, "class_support: very-high", "class_support: sure", "class_support: not in the vocabulary; allowed: 'very-high'"),
    (RCM, "id: rcm", "id: rcn", "id: is 'rcn', the file is named 'rcm'"),
    (RCM, "id: rcm", "id: R C M", "id: not in the form; allowed:"),
    (RCM, FOUNDED, "founded: {date: 1996-13,", "founded.date: not a date; allowed: 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD'"),
    (RCM, FOUNDED, "founded: {date: 1996-02-31,", "founded.date: there is no such day"),
    (RCM, FOUNDED, "founded: {date: 1066,", "founded.date: the year is out of range; allowed: 1900 to 2100"),
    (RCM, FOUNDED, "founded: {date: spring,", "founded.date: not a date"),
    (RCM, FOUNDED, "founded: {date: 2031,", "founded.date: 2031 lies after the latest year"),
    (RCM, FOUNDED, "founded: {date: {earliest: 1999, latest: 1996},", "founded.date: 'earliest' lies after 'latest'"),
    (RCM, FOUNDED, "founded: {date: {earliest: 1999},", "founded.date.latest: is missing; allowed: a value"),
    (RCM, FOUNDED, "founded: {date: [1996],", "founded.date: wrong kind of value; allowed: text"),
    (RCM, FOUNDED, "founded: {", "founded.date: is missing"),
    (RCM, "event: 'first meeting of the Conference", "evnt: 'first meeting of the Conference", "founded.evnt: unknown field; allowed: src, note, memory, date, place, event, contested"),
    (RCM, "src: [rcm-portal, rcm-about, un-a51-90]", "src: []", "founded: a source key is needed in 'src'"),
    (RCM, "src: [rcm-portal, rcm-about, un-a51-90]", "src: [no-such-key]", "founded.src.1: source 'no-such-key' is not in data/sources.yaml"),
    (RCM, "src: [rcm-portal, rcm-about, un-a51-90]", "src: rcm-portal", "founded.src: wrong kind of value; allowed: a list"),
    (RCM, "status: {value: active", "status: {value: alive", "status.value: not in the vocabulary; allowed: 'active'"),
    (RCM, "nature: none", "nature: loose", "anchoring.nature: not in the vocabulary; allowed: 'none', 'associated' or 'pillar'"),
    (RCM, "membership: closed", "membership: shut", "formality.membership: not in the vocabulary; allowed: 'closed', 'open' or 'unclear'"),
    (RCM, "binding_outputs: false", "binding_outputs: sometimes", "formality.binding_outputs: wrong kind of value; allowed: true or false"),
    (RCM, "levels: [vice-ministerial, technical", "levels: [royal, technical", "formality.levels.1: not in the vocabulary; allowed: 'ministerial'"),
    (RCM, "kind: IOM, from: '2001'", "kind: UN, from: '2001'", "secretariats.1.kind: not in the vocabulary; allowed: 'IOM'"),
    (RCM, "who: GTM, from: '2002', to: '2002'", "who: GTM, from: '2002', to: '1999'", "chairs.1: 'to' lies before 'from'; allowed: the same year or a later one"),
    (RCM, "who: GTM, from: '2002'", "who: '', from: '2002'", "chairs.1.who: wrong kind of value; allowed: some text"),
    (RCM, LIST, "[BLZ, CAN, QQQ]", "rosters.1.states.3: 'QQQ' is not in data/reference/states.csv"),
    (RCM, LIST, "[BLZ, CAN, CAN]", "rosters.1: a State stands twice in the list; allowed: each once"),
    (RCM, LIST, "[Belize]", "rosters.1.states.1: not a code; allowed: three capital letters"),
    (RCM, LIST, "[BLZ, SSD]", "rosters.1.states.2: SSD exists from 2011 on"),
    (RCM, LIST, LIST + ", unverified: [BLZ]", "rosters.1: a State stands both under 'states' and 'unverified'"),
    (RCM, "kind: roster, circle: members, complete: true", "kind: roster, circle: members, complete: true, stated_total: 99",
     "rosters.1: the source states 99 members, the list has 10"),
    (RCM, "kind: roster, circle", "kind: hearsay, circle", "rosters.1.kind: not in the vocabulary; allowed: 'roster', 'attendance'"),
    (RCM, "circle: members, complete: true", "circle: members, complete: nearly", "rosters.1.complete: wrong kind of value; allowed: true or false"),
    (RCM, "joined:\n  - {state: DOM", "joined:\n  - {state: DOMI", "joined.1.state: not a code"),
    (RCM, "joined:\n  - {state: DOM", "joined:\n  - {state: ZZZ", "joined.1.state: 'ZZZ' is not in data/reference/states.csv"),
    (RCM, "left: []", "left: [{state: DOM, date: '1997', src: [rcm-iv-en]}]", "left.1.date: DOM left before it joined"),
    (RCM, "left: []", "left: [{state: DOM, date: '2003', src: [rcm-iv-en]}, {state: DOM, date: '2005', src: [rcm-iv-en]}]", "left.2.date: DOM left twice without joining between"),
    (RCM, "left: []", "left: []\nfollows: [{organisation: nato, src: [rcm-iv-en]}]", "follows.1.organisation: 'nato' is not in data/reference/organisations.csv"),
    (RCM, "theme: migrant-rights", "theme: rights", "agenda.2.theme: not in the vocabulary; allowed: 'asylum-refugees-protection'"),
    (RCM, "theme: health, from: '2020'", "theme: health, from: '2020', to: {earliest: 2018, latest: 2019}", "agenda.13: 'to' lies before 'from'"),
    (RCM, "left: []", "left:", "left: wrong kind of value; allowed: a list"),
    (RCM, "left: []", "left: []\nleft: []", "not valid YAML: 'left' stands twice; allowed: once"),
    (RCM, "left: []", "left: [", "not valid YAML"),
    (RCM, "short:", "shrt:", "shrt: unknown field; allowed: id, core25"),
    (RCM, "regions: [", "regions: [{a: b}, ", "regions.1: wrong kind of value; allowed: text"),
    ("data/mechanisms/pidc.yaml", "verdict: in", "verdict: out", "inclusion: the four criteria all hold, so the verdict is 'in'"),
    ("data/mechanisms/pidc.yaml", "relation: existed", "relation: was there", "relation: not in the vocabulary; allowed: 'existed in 2013 but not in the study'"),
    ("data/mechanisms/apc.yaml", "{to: Bangkok Declaration", "{to: The Bangkok Declaration", "linkages.3: a path to a regional instrument, 'The Bangkok Declaration on Irregular Migration (1999)', "
     "which no entries under 'paths' of data/instruments.yaml judge; allowed: one entry"),
    ("data/reference/gcm_vote.csv", "AFG,absent", "AFG,maybe", "vote: not in the vocabulary; allowed: absent, abstain, no, yes (found 'maybe')"),
    ("data/reference/gcm_vote.csv", "AFG,absent", "AFX,absent", "state: not a State or territory of states.csv"),
    ("data/reference/gcm_vote.csv", "AFG,absent,unvotes-2021", "AFG,absent,nobody", "src: source 'nobody' is not in data/sources.yaml"),
    ("data/reference/gcm_vote.csv", "AFG,absent,", "AFG,absent,,,,,", "9 values; allowed: 5, one a column"),
    ("data/reference/migrant_stock.csv", "ABW,1990,14444", "ABW,1990,many", "stock: not a whole number; allowed: digits (found 'many')"),
    ("data/reference/gcm_vote.csv", "state,vote", "state,voted", "columns: vote, voted differ(s) from the codebook"),
]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A project of one mechanism and one spoiled file: gives a function of the file and its text that validates it."""
    root = tmp_path_factory.mktemp("alone")
    (root / "data").mkdir()
    for part in ("sources.yaml", "codebook.yaml", "study.yaml", "instruments.yaml", "chronology.yaml", "provenance"):
        (root / "data" / part).symlink_to(ROOT / "data" / part)

    def validate(file: str, text: str, tables: bool = False):
        for part in ("mechanisms", "reference"):
            shutil.rmtree(root / "data" / part, ignore_errors=True)
            (root / "data" / part).mkdir()
        for table in (ROOT / "data/reference").iterdir():
            (root / "data/reference" / table.name).symlink_to(table)
        if "/mechanisms/" not in file:
            (root / RCM).symlink_to(ROOT / RCM)
        (root / file).unlink(missing_ok=True)
        (root / file).write_text(text, encoding="utf-8", newline="")
        return load.validate(root, tables=tables)

    return validate


@pytest.mark.parametrize("file, old, new, expected", SPOILED, ids=[f"{i} {s[3][:40]}" for i, s in enumerate(SPOILED)])
def test_spoiled_data_is_named(alone, file, old, new, expected):
    with open(ROOT / file, newline="", encoding="utf-8") as fh:
        text = fh.read()
    assert old in text, "the test no longer fits the data"
    at = text[: text.index(old)].count("\n") + 1
    _, problems = alone(file, text.replace(old, new, 1), tables="/reference/" in file or "paths" in expected)
    shown = [str(p) for p in problems]
    lines = {at, at + new.count("\n")}
    if expected.startswith(("file:", "core25: false")):
        lines = {2}  # a fault of the whole file lies at its first field
    if expected == "not valid YAML":
        lines = {at, at + 1, at + 2}  # what is open is missed where the next entry begins
    assert any(s.startswith(tuple(f"{file}:{n}: {expected}" for n in lines)) for s in shown), shown


def rewrite(file: str, old: bytes, new: bytes):
    """A function that spoils a project: it puts ``new`` where the file first says ``old``."""
    def spoil(root):
        content = (root / file).read_bytes()
        assert old in content, "the test no longer fits the data"
        (root / file).write_bytes(content.replace(old, new, 1))

    return spoil


def lose(file: str):
    return lambda root: (root / file).unlink()


NO_TEXT = "not UTF-8 text (invalid continuation byte, found the byte 0xe9); allowed: UTF-8"
WORLD, STOCK = "data/reference/world_110m.json", "data/reference/bilateral_stock.csv.gz"
UNREADABLE = [
    (lambda root: (root / STOCK).write_bytes((root / STOCK).read_bytes()[:5000]), f"{STOCK}:1: cannot be unpacked"),
    (lambda root: (root / STOCK).write_bytes(b"origin,destination\n"), f"{STOCK}:1: cannot be unpacked (Not a gzipped file"),
    (rewrite(RCM, b"id: rcm\n", b"id: rcm # \xe9t\n"), f"{RCM}:2: {NO_TEXT}"),
    (rewrite("data/sources.yaml", b"references:\n", b"references: # \xe9t\n"), f"data/sources.yaml:3: {NO_TEXT}"),
    (rewrite("data/reference/population.csv", b"ABW,1990", b"AB\xe9,1990"), f"data/reference/population.csv:2: {NO_TEXT}"),
    (rewrite("data/provenance/followed.csv", b"mark,", b"m\xe9k,"), f"data/provenance/followed.csv:1: {NO_TEXT}"),
    (rewrite("index.qmd", b"# ", b"# \xe9t "), f"index.qmd:1: {NO_TEXT}"),
    (rewrite("_quarto.yml", b"lang:", b"l\xe9ng:"), "_quarto.yml:"),
    (lambda root: (root / "data/mechanisms/foo.yaml").mkdir(), "data/mechanisms/foo.yaml:1: is a folder; allowed: a file"),
    (rewrite(RCM, b"left: []", b"? [a, b]\n: c"), f"{RCM}:47: not valid YAML: a key is no single value; allowed: text"),
    (rewrite(RCM, b"left: []", b"left: &x [*x]"), f"{RCM}:47: not valid YAML: an alias stands within what it names"),
    (rewrite(RCM, b"left: []", b"left: !!int many"), f"{RCM}:47: not valid YAML: invalid literal for int()"),
    (rewrite(RCM, b"left: []", b"left: [] # \x07"), f"{RCM}:47: not valid YAML: control characters are not allowed"),
    (rewrite(RCM, b"left: []", b"left: " + 3000 * b"[" + 3000 * b"]"), f"{RCM}:1: not valid YAML: lists or fields lie too deep"),
    (rewrite("data/study.yaml", b"latest: 2026", b"latest: 2026\na: &x [*x]"), "data/study.yaml:4: not valid YAML: an alias stands within what it names"),
    (lose("data/reference/population.csv"), "data/reference/population.csv:1: the file does not exist"),
    (lose("data/reference/income_groups.csv"), "data/reference/income_groups.csv:1: the file does not exist"),
    (lose("data/reference/centroids.csv"), "data/reference/centroids.csv:1: the file does not exist"),
    (lose("data/reference/organisations.csv"), "data/reference/organisations.csv:1: the file does not exist"),
    (lose("data/provenance/audit-2026-11.csv"), "data/provenance/audit-2026-11.csv:1: the file does not exist"),
    (lose(WORLD), f"{WORLD}:1: the file does not exist"),
    (rewrite(WORLD, b"{", b"["), f"{WORLD}:1: no outlines of countries (JSONDecodeError"),
    (rewrite(WORLD, b'"countries"', b'"oceans"'), f"{WORLD}:1: no outlines of countries (KeyError"),
    (lambda root: (root / "pyproject.toml").write_text('[project]\nversion = "1.0.0\n', encoding="utf-8"), "pyproject.toml:2: not valid TOML: "),
    (lambda root: (root / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8"), "pyproject.toml:1: version: is missing under [project]"),
    (lambda root: (root / "data/reference/states.csv").write_text("", encoding="utf-8"), "data/reference/states.csv:1: iso3: is missing; allowed: the columns iso3"),
    (rewrite("_quarto.yml", b"  subtitle:", b"  undertitle:"), "_quarto.yml:1: book: subtitle: is missing; allowed: a value"),
    (lambda root: [p.unlink() for p in (root / "data/mechanisms").glob("*.yaml")], "data/mechanisms/:1: holds no mechanism; allowed: at least one YAML file"),
    (lambda root: (root / "data/sources.yaml").write_text("references: {}\n", encoding="utf-8"), "data/sources.yaml:1: references: wrong kind of value; allowed: a list"),
]


@pytest.fixture(scope="module")
def spoilable(tmp_path_factory):
    """One copy of the project for all files to spoil: gives a function that makes it whole, spoils it, and returns its root."""
    root = copy_project(tmp_path_factory.mktemp("spoilable") / "project")

    def spoilt(spoil):
        (root / "pyproject.toml").unlink(missing_ok=True)
        shutil.rmtree(root / "data")
        shutil.copytree(ROOT / "data", root / "data")
        for name in ("index.qmd", "_quarto.yml"):
            shutil.copy(ROOT / name, root / name)
        spoil(root)
        return root

    return spoilt


@pytest.mark.parametrize("spoil, expected", UNREADABLE, ids=[f"{i} {e[:60]}" for i, (_, e) in enumerate(UNREADABLE)])
def test_a_file_that_cannot_be_read_is_named(spoilable, spoil, expected):
    done = iscm("check", root=spoilable(spoil))
    first, *rest = done.stderr.splitlines()
    assert done.returncode == 1 and first.startswith(expected) and rest == ["1 problem(s). Nothing was written."], done.stderr


@pytest.mark.parametrize("spoil, expected", [UNREADABLE[i] for i in (0, 6, 7, 15, 23)])
def test_a_render_names_it_too_and_writes_nothing(spoilable, spoil, expected):
    root = spoilable(spoil)
    done = iscm("render", root=root)
    assert done.returncode == 1 and done.stderr.startswith(expected) and "Traceback" not in done.stderr and not (root / "_book").exists(), done.stderr


SETTINGS = [
    ("latest: 2026", "latest: abc", "3: latest: wrong kind of value; allowed: a whole number (found 'abc')"),
    ("latest: 2026", "latest: 2027", "3: latest: the sources were last read in 2026; allowed: up to that year (found 2027)"),
    ("latest: 2026", "latest: 2013", "3: latest: not after the baseline; allowed: from 2014 on (found 2013)"),
    ("baseline: 2013", "baseline: '2013'", "2: baseline: wrong kind of value; allowed: a whole number (found '2013')"),
    ("baseline: 2013", "baseline: 2014", "2: baseline: not the year that class_2013 and relation speak of; allowed: 2013 (found 2014)"),
    ("blocs: [ACP States", "bloc: [ACP States", "15: bloc_forums.1.blocs: is missing; allowed: a value"),
    ("src: [iom-pafom-old]", "src: [no-such-key]", "10: excluded.1.src.1: source 'no-such-key' is not in data/sources.yaml; allowed: a key that is"),
]


@pytest.mark.parametrize("old, new, expected", SETTINGS)
def test_settings_of_the_study_that_do_not_hold_are_named(spoilable, old, new, expected):
    _, problems = load.validate(spoilable(rewrite("data/study.yaml", old.encode(), new.encode())))
    assert f"data/study.yaml:{expected}" in map(str, problems)


ENTRIES = [
    ("author: IGC", "author: not a list of names; allowed: for each {literal: a body} or {family: a name, given: a name} (found 'IGC')"),
    ("author: [{name: IGC}]", "author: not a list of names"),
    ("issued: {date-parts: [[abc]]}", "issued: not a date; allowed: {date-parts: [[year]]}"),
    ("issued: {date-parts: [[2026, 13]]}", "issued: not a date"),
    ("accessed: '2026'", "accessed: not a date"),
    ("custom: {red: in full}", "custom.read: is missing; allowed: a value"),
    ("publisher: [IOM]", "publisher: wrong kind of value; allowed: text"),
]


@pytest.mark.parametrize("field, expected", ENTRIES)
def test_a_field_of_a_source_that_does_not_hold_is_named(alone, field, expected):
    text = (ROOT / "data/sources.yaml").read_text(encoding="utf-8")
    _, problems = alone("data/sources.yaml", f"{text}  - {{id: new, type: webpage, title: New, {field}}}\n", tables=True)
    assert str(problems[0]).startswith(f"data/sources.yaml:{text.count(chr(10)) + 1}: {expected}")


def test_of_many_problems_of_one_kind_some_are_shown_and_the_rest_counted(spoilable):
    lines = (ROOT / "data/reference/states.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    done = iscm("check", root=spoilable(lambda root: (root / "data/reference/states.csv").write_text("".join(lines[:20]), encoding="utf-8")))
    shown = done.stderr.splitlines()
    assert done.returncode == 1 and len(shown) < 100
    more = sum(int(s.split()[2].replace(",", "")) for s in shown if s.startswith("… and "))
    assert more > 100_000 and shown[-1] == f"{more + sum(not s.startswith('… and ') for s in shown[:-1])} problem(s). Nothing was written."


def test_all_problems_come_at_once_and_nothing_is_written(project):
    for name, old, new in (("rcm", "core25: true", "core25: perhaps"), ("midsa", "core25: true", "core25: perhaps")):
        path = project / f"data/mechanisms/{name}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (project / "data/mechanisms/igc.yaml").write_text("id: [igc\n", encoding="utf-8")
    done = iscm("check", root=project)
    assert done.returncode == 1
    for name in ("rcm", "midsa"):
        assert f"data/mechanisms/{name}.yaml:" in done.stderr
    assert "igc.yaml:2: not valid YAML" in done.stderr or "igc.yaml:1: not valid YAML" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("file", ["data/sources.yaml", "data/study.yaml", "data/codebook.yaml", "data/chronology.yaml", "data/instruments.yaml", "_quarto.yml"])
@pytest.mark.parametrize("command", ["check", "render"])
def test_a_file_that_is_no_yaml_is_named_with_its_line(project, file, command):
    path = project / file
    text = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(f"{text}\nx: [y\n: z\n", encoding="utf-8")
    done = iscm(command, root=project)
    line = text.count("\n") + 1
    assert done.returncode == 1 and re.search(rf"^{re.escape(file)}:({line + 1}|{line + 2}|{line + 3}): ", done.stderr, re.M), done.stderr
    assert "Traceback" not in done.stderr and not (project / "_book").exists()


def test_an_event_needs_a_date_words_and_a_known_source(project):
    path = project / "data/chronology.yaml"
    text = path.read_text(encoding="utf-8").rstrip("\n")
    n, line = text.count("- {date"), text.count("\n") + 2
    for entry, expected in (("date: '2026', what: nothing at all, src: [no-such-key]", "src.1: source 'no-such-key' is not in data/sources.yaml; allowed: a key that is"),
                            ("date: '2026', src: [iom-rcp]", "what: is missing; allowed: a value"),
                            ("date: soon, what: nothing at all, src: [iom-rcp]", "date: not a date; allowed: 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD' (found 'soon')"),
                            ("date: '2026', what: nothing at all, src: iom-rcp", "src: wrong kind of value; allowed: a list (found 'iom-rcp')")):
        path.write_text(f"{text}\n  - {{{entry}}}\n", encoding="utf-8")
        assert [*map(str, load.validate(project)[1])] == [f"data/chronology.yaml:{line}: events.{n + 1}.{expected}"]


@pytest.mark.parametrize("old, new, expected", [
    ("group: treaty, formal: true", "group: treatise, formal: true", "file: the group 'treatise' of refugee-convention is not among the groups; allowed: treaty"),
    ("words: [palermo", "words: ['^(palermo'", "instruments.2.words: '^(palermo' is no regular expression"),
    ("shown: true", "show: true", "paths.1.shown: is missing; allowed: a value"),
])
def test_an_instrument_that_does_not_hold_is_named(spoilable, old, new, expected):
    _, problems = load.validate(spoilable(rewrite("data/instruments.yaml", old.encode(), new.encode())))
    assert problems[0].file == "data/instruments.yaml" and problems[0].text.startswith(expected), problems


def test_a_source_twice_is_named(project):
    path = project / "data/sources.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "  - {id: iom-rcp, type: webpage, title: again}\n", encoding="utf-8")
    _, problems = load.validate(project)
    assert any("'iom-rcp' stands twice" in str(p) for p in problems)


def test_an_address_that_is_none_is_named(alone):
    lines = (ROOT / "data/sources.yaml").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if "URL: 'https" in line)
    lines[at] = re.sub(r"URL: '[^']*'", "URL: ''", lines[at])
    _, problems = alone("data/sources.yaml", "\n".join(lines) + "\n", tables=True)
    assert [str(p) for p in problems if "URL" in p.text] == [f"data/sources.yaml:{at + 1}: URL: not an address; allowed: one that begins with http, or no URL (found '')"]


def test_a_language_that_is_none_and_a_field_that_is_none_are_named(alone):
    text = (ROOT / "data/sources.yaml").read_text(encoding="utf-8").replace(", language: es,", ", language: Spanish, and more: null,", 1)
    _, problems = alone("data/sources.yaml", text, tables=True)
    assert [re.search(r": (language: not a code of a language|and more: unknown field; allowed: id, type, )", str(p))[1][:8] for p in problems] == ["language", "and more"]


def test_titles_in_other_languages_say_so():
    """By words that English does not have; what the project describes in English, such as "(Arabic)", is English."""
    words = re.compile(r"\b(?:de la|del|sobre|para|sur les|des|pour|sulla|della|und|über|migración|migrações|conférence|réunion|reunião)\b", re.I)  # other languages
    assert [e["id"] for e in load.sources(ROOT).values() if words.search(e["title"]) and "language" not in e] == []


def test_memory_stays_out_of_the_frames():
    facts = [f for m in load.mechanisms() for attr in ("meetings", "agenda", "linkages", "outputs") for f in getattr(m, attr)]
    assert any(f.memory for f in facts), "the data marks nothing as memory: the rule is untested"
    kept = sum(len(x()) for x in (frames.meetings, frames.agenda, frames.linkages, frames.outputs))
    assert kept == sum(not f.memory for f in facts)
    for frame in (frames.meetings(), frames.agenda(), frames.linkages(), frames.outputs(), frames.secretariats(), frames.chairs()):
        assert (frame.src.str.len() > 0).all()


def test_the_editor_schema_is_current():
    stored = json.loads((ROOT / "data/schema/mechanism.schema.json").read_text(encoding="utf-8"))
    assert stored == Mechanism.model_json_schema(by_alias=True), "run: iscm schema"


years = st.integers(1900, 2100)


@given(years, years)
def test_intervals_keep_their_order(a, b):
    if a <= b:
        assert year_bounds(Interval(earliest=str(a), latest=str(b))) == (a, b)
    else:
        with pytest.raises(ValueError, match="'earliest' lies after 'latest'"):
            Interval(earliest=str(a), latest=str(b))


def scalars(text: str):
    """Every value of a YAML file: its path and where it stands (start, end, line)."""
    def walk(node, at):
        if isinstance(node, yaml.MappingNode):
            for k, v in node.value:
                yield from walk(v, (*at, k.value))
        elif isinstance(node, yaml.SequenceNode):
            for i, v in enumerate(node.value):
                yield from walk(v, (*at, i))
        else:
            yield at, node.start_mark.index, node.end_mark.index, node.start_mark.line + 1

    return list(walk(yaml.compose(text, yaml.SafeLoader), ()))


FILES = sorted((ROOT / "data/mechanisms").glob("*.yaml"))
PLACES = {f.name: scalars(f.read_text(encoding="utf-8")) for f in (ROOT / "data/mechanisms/rcm.yaml", ROOT / "data/mechanisms/pidc.yaml", ROOT / "data/mechanisms/rabat-process.yaml")}
JUNK = st.sampled_from(["", "''", "7", "-1", "zzz", "QQQ", "null", "[]", "{}", "2099", "1850-99", "true", "[1, 2]", "{a: b}", "'@'", "1.5", "2013-02-30", "'  '"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(sorted(PLACES)), junk=JUNK)
def test_any_single_corruption_is_named_where_it_stands_or_is_a_value(alone, data, name, junk):
    at, start, end, line = data.draw(st.sampled_from(PLACES[name]))
    text = (ROOT / "data/mechanisms" / name).read_text(encoding="utf-8")
    found, problems = alone(f"data/mechanisms/{name}", text[:start] + junk + text[end:])
    assert all(p.file == f"data/mechanisms/{name}" for p in problems)
    if problems:
        assert any(p.line == line or p.line == 2 or abs(p.line - line) <= 1 for p in problems), (at, junk, [str(p) for p in problems])
        assert all("allowed:" in p.text or "not valid YAML" in p.text or "is '" in p.text for p in problems), [str(p) for p in problems]
    else:
        doc, kept = yaml.load(text[:start] + junk + text[end:], Loader), found[0].model_dump(by_alias=True)
        for step in at:
            if isinstance(step, int) and step >= len(doc):
                assert len(kept) == len(doc)  # nothing at the end of a list is one entry less
                return
            doc, kept = doc[step], kept[step]
        assert kept == doc or str(kept) == str(doc), (at, junk, kept)


@pytest.mark.parametrize("name", provenance.AUDITS)
def test_an_audit_is_the_sample_drawn_and_every_doubt_has_a_remark(name):
    rows = provenance.audit(name)
    core = {m.id: m.core25 for m in load.mechanisms()}
    assert [r["number"] for r in rows] == [str(i) for i in range(1, 101)]
    assert sum(core[r["mechanism"]] for r in rows) == 70
    assert all(r["verdict"] in provenance.VERDICTS and (r["verdict"] == "in full" or r["remark"]) for r in rows)
    drawn = subprocess.run([sys.executable, str(ROOT / "scripts/audit_sample.py"), name], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "ISCM_ROOT": str(ROOT)})
    if drawn.returncode:
        pytest.skip("the history of the repository is not here")
    assert [{k: r[k] for k in ("number", "mechanism", "path", "fact", "sources")} for r in rows] == list(csv.DictReader(io.StringIO(drawn.stdout)))


def test_the_last_audit_is_read_where_none_is_named_and_an_unknown_one_refused():
    assert provenance.audit() == provenance.audit(provenance.AUDITS[-1]) != provenance.audit(provenance.AUDITS[0])
    with pytest.raises(ValueError, match="2026-11b"):
        provenance.audit("2025")


def test_a_fact_counts_as_followed_as_long_as_it_reads_as_it_did():
    facts = {provenance.mark(m.id, f): (m, f) for m in load.mechanisms() for _, f in provenance.sourced(m)}
    rows = provenance.followed()
    for key, r in rows.items():
        assert r["verdict"] == "in full" or r["verdict"] == "open" and r["remark"], r
        sample = r["remark"].removeprefix("in the sample ")
        if r["verdict"] == "in full" and not r["seen"]:
            assert any(a["mechanism"] == r["mechanism"] and a["verdict"] == "in full" for a in provenance.audit(sample)), r
        if key in facts:
            assert facts[key][0].id == r["mechanism"] and set(r["seen"].split()) <= set(facts[key][1].src), r
    counts = [provenance.in_full(core) for core in (True, False)]
    assert sum(n for n, _ in counts) == sum(k in rows and rows[k]["verdict"] == "in full" for k in facts) and sum(n for _, n in counts) == len(facts)

    m, fact = next((m, f) for k, (m, f) in facts.items() if k in rows and rows[k]["seen"] and f.src == rows[k]["seen"].split())
    assert provenance.mark(m.id, fact) != provenance.mark(m.id, fact.model_copy(update={"src": fact.src[:-1] + ["igc-2009"]}))
    path = next(path for path, f in provenance.sourced(m) if f is fact)
    assert provenance.trail(m.id, path)[-1] == f"    followed {rows[provenance.mark(m.id, fact)]['on']}: every part seen in {', '.join(fact.src)}"


def test_what_is_still_to_be_followed_is_listed():
    done = subprocess.run([sys.executable, str(ROOT / "scripts/followed.py"), "manila-process"], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "ISCM_ROOT": str(ROOT)})
    listed = [r["path"] for r in csv.DictReader(io.StringIO(done.stdout))]
    m = next(m for m in load.mechanisms() if m.id == "manila-process")
    assert listed == [path for path, f in provenance.sourced(m) if provenance.mark(m.id, f) not in provenance.followed()]


def test_the_status_of_a_mechanism_follows_the_rule():
    """Active: a meeting lately, else by a recent source of another kind; silent: none, else of the frame."""
    assert max("{}-{:02}".format(*e["accessed"]["date-parts"][0]) for e in load.sources().values() if "accessed" in e) == trends.CLOSED
    since = f"{int(trends.CLOSED[:4]) - trends.STATUS_MEETING}{trends.CLOSED[4:]}"
    by_source, of_frame = {"igc"}, {"euromed", "midcom"}
    for m in load.mechanisms():
        recent = [x for x in m.meetings if not x.memory and frames._iso(x.date) >= since]
        if m.status.value == "active":
            assert bool(recent) != (m.id in by_source), m.id
        elif m.status.value == "no activity found since":
            assert bool(recent) == (m.id in of_frame) and m.status.since, m.id


def test_every_difference_from_the_evidence_is_explained():
    with open(ROOT / "data/provenance/import-audit.csv", newline="", encoding="utf-8") as fh:
        rows = list(csv.DictReader(fh))
    assert len({r["evidence"] for r in rows}) == 50
    differing = [r for r in rows if r["in_evidence"] != r["in_data"]]
    assert differing and all(r["why"] for r in differing), [r for r in differing if not r["why"]]
    found = {m.id: m for m in load.mechanisms()}
    lost = [(r["evidence"], r["item"]) for r in rows if r["item"] in Mechanism.model_fields and r["evidence"] in found
            and len(getattr(found[r["evidence"]], r["item"])) < int(r["in_data"])]
    assert lost == [], "what is taken out has to be told in the table"
    gone = {r["evidence"] for r in rows} - set(found)
    assert gone == {"midna", "asean-migration", "asia-eu-labour-dialogue"}, "left out, split or merged, and nothing else"
