"""Loading: the data holds; spoiled input is named with file, line, field and what is allowed."""
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import frames, load
from analysis.dataset.models import Interval, Mechanism, year_bounds
from conftest import ROOT, iscm

RCM = "data/mechanisms/rcm.yaml"


def line_of(root, file: str, text: str) -> int:
    return next(i for i, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), 1) if text in line)


def test_the_data_holds():
    found, problems = load.validate(ROOT)
    assert problems == []
    core = [m for m in found if m.core25]
    assert len(core) == 25
    assert sum(m.class_2013 == "RCP" for m in core) == 18


# (file, text to find, what to put there, start of the expected message after file and line)
SPOILED = [
    (RCM, "core25: true", "core25: perhaps", "core25: wrong kind of value; allowed: true or false"),
    (RCM, "class_2013: RCP", "class_2013: RPC", "class_2013: not in the vocabulary; allowed: 'RCP' or 'IRF' (found 'RPC')"),
    (RCM, "id: rcm", "id: rcn", "id: is 'rcn', the file is named 'rcm'"),
    (RCM, "date: 1996-03", "date: 1996-13", "founded.date"),
    (RCM, "src: [rcm-portal, rcm-about]", "src: []", "founded: a source key is needed in 'src'"),
    (RCM, "src: [rcm-portal, rcm-about]", "src: [no-such-key]", "founded.src.1: source 'no-such-key' is not in data/sources.yaml"),
    (RCM, "[BLZ, CAN, CRI, GTM, HND, MEX, NIC, PAN, SLV, USA]", "[BLZ, CAN, QQQ]", "rosters.1.states.3: 'QQQ' is not in data/reference/states.csv"),
    (RCM, "[BLZ, CAN, CRI, GTM, HND, MEX, NIC, PAN, SLV, USA]", "[BLZ, CAN, CAN]", "rosters.1: a State stands twice in the list"),
    (RCM, "[BLZ, CAN, CRI, GTM, HND, MEX, NIC, PAN, SLV, USA]", "[Belize]", "rosters.1.states.1"),
    (RCM, "kind: roster, circle: members, complete: true", "kind: roster, circle: members, complete: true, stated_total: 99",
     "rosters.1: the source states 99 members, the list has 10"),
    (RCM, "short:", "shrt:", "shrt: unknown field; allowed: id, core25"),
]


@pytest.mark.parametrize("file, old, new, expected", SPOILED, ids=[s[3][:40] for s in SPOILED])
def test_spoiled_data_is_named(project, file, old, new, expected):
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text, "the test no longer fits the data"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    at = line_of(project, file, new)
    _, problems = load.validate(project)
    shown = [str(p) for p in problems]
    assert any(s.startswith(f"{file}:{at}: {expected}") for s in shown), shown


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


def test_a_source_twice_is_named(project):
    path = project / "data/sources.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "  - {id: iom-rcp, type: webpage, title: again}\n", encoding="utf-8")
    _, problems = load.validate(project)
    assert any("'iom-rcp' stands twice" in str(p) for p in problems)


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
