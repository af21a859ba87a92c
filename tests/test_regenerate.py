"""What is made again after a change, and that nothing half-made is left, whatever happens to a render."""
from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import small
from analysis.dataset import code, keep, trace
from analysis.dataset.store import FORMAT, Store
from analysis.present import draw
from analysis.render import embedded, swap, uptodate
from conftest import ROOT, iscm


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small book rendered once; its path has spaces and letters outside ASCII."""
    root = small.write(tmp_path_factory.mktemp("regenerate") / "projet d'été, essai")
    done = small.render(root)
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def project(made, tmp_path):
    """A copy of the rendered book, with its cache and output, that a test may spoil."""
    return shutil.copytree(made, tmp_path / "à côté", symlinks=True)


def outputs(root):
    return {k: v for f in uptodate.outputs(root / "_book").values() for k, v in f.items()}


def test_nothing_changed_is_said_and_nothing_is_written(project):
    before = {p: p.stat().st_mtime_ns for p in (project / "_book").rglob("*")}
    done = small.render(project)
    assert done.returncode == 0 and "nothing changed since the last render" in done.stdout
    assert {p: p.stat().st_mtime_ns for p in (project / "_book").rglob("*")} == before


def test_the_search_index_is_made_again_by_another_pagefind(tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("a page", encoding="utf-8")
    keys = set()
    for versions in ({}, {"pagefind": "1.5.2"}, {"pagefind": "1.5.2", "pagefind_bin": "1.5.2"}, {"pagefind": "1.5.2", "pagefind_bin": "1.6.0"}):
        monkeypatch.setattr(embedded, "_installed", lambda package: versions.get(package, ""))
        keys.add(embedded._search_key(tmp_path))
    assert len(keys) == 4
    monkeypatch.undo()
    assert embedded._installed("pagefind") and embedded._installed("no-such-package") == ""


@pytest.mark.parametrize("name", ["index.html", "iscm-report.pdf", "site.css"])
def test_an_output_that_was_lost_or_altered_is_made_again(project, name):
    whole = outputs(project)
    path = project / "_book" / name
    path.unlink() if name == "site.css" else path.write_bytes(b"spoiled")
    assert "made again" in small.render(project).stdout
    assert outputs(project) == whole


def test_one_meeting_more_touches_what_uses_meetings_and_nothing_else(project):
    before = outputs(project)
    small.add_meeting(project)
    done = small.render(project)
    assert done.returncode == 0, done.stderr
    again = small.last(project)["made"]
    assert again["chapter"] == ["report/igc.qmd", "report/trends.qmd"]  # not the other review, and no text without meetings
    assert set(again["figure"]) >= {"meetings.svg", "timeline-igc.svg"} and "timeline-rcm.svg" not in again["figure"]
    assert again["pdf"] == ["iscm-report.pdf"]
    changed = {k for k, v in outputs(project).items() if before.get(k) != v}
    assert {"iscm-report.pdf", "report/trends.html", "report/igc.html"} <= changed
    assert not changed & {"index.html", "report/rcm.html", "report/references.html", "report/annexes/c-states.html", "figures/fig-rcm.svg"}
    cold = small.write(project.with_name("cold"))
    small.add_meeting(cold)
    assert small.render(cold).returncode == 0
    assert outputs(cold) == outputs(project), "what was made again in part is what would be made from nothing"


def test_a_change_of_looks_runs_no_cell_and_draws_nothing(project):
    css = project / "report/theme/site.css"
    css.write_text(css.read_text(encoding="utf-8") + "\n.trial{color:red}\n", encoding="utf-8")
    assert small.render(project).returncode == 0
    assert not {"chapter", "figure", "page", "pdf", "parse"} & set(small.last(project)["made"])
    assert small.last(project)["changed"] == ["site.css"]


def test_a_change_of_text_runs_that_chapter_alone(project):
    path = project / "report/rcm.qmd"
    path.write_text(path.read_text(encoding="utf-8") + "\nOne sentence more.\n", encoding="utf-8")
    assert small.render(project, "--to", "html").returncode == 0
    again = small.last(project)["made"]
    assert again["chapter"] == ["report/rcm.qmd"] and len(again["page"]) == 1 and "pdf" not in again and "citations" not in again


def test_the_code_counts_with_all_that_it_imports(tmp_path, monkeypatch):
    package = shutil.copytree(ROOT / "analysis", tmp_path / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "PACKAGE", package)
    caches = (code._file, code._imports, code.closure, code.code_digest)
    ask = lambda: [c.cache_clear() for c in caches] and [code.code_digest(m) for m in ("analysis.present.tables", "analysis.dataset.models")]
    try:
        before = ask()
        (package / "present/words.py").write_text((package / "present/words.py").read_text(encoding="utf-8") + "\n# new\n", encoding="utf-8")
        after = ask()
        wording = package / "present/wording/en.yaml"
        wording.write_text(wording.read_text(encoding="utf-8") + "\n# new\n", encoding="utf-8")
        last = ask()
    finally:
        [c.cache_clear() for c in caches]
    assert before[0] != after[0] != last[0] and before[1] == after[1] == last[1]


def test_the_charts_library_of_the_environment_is_taken_if_it_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(draw, "LIBRARY", tmp_path / "share")
    monkeypatch.setattr(draw, "store", lambda: Store(tmp_path / "cache"))
    monkeypatch.setattr(draw, "_bundle", lambda: b"bundled at set-up")
    assert draw.library(set_up=True) == b"bundled at set-up"
    monkeypatch.setattr(draw, "_bundle", lambda: b"bundled again")
    assert draw.library() == b"bundled at set-up" and not (tmp_path / "cache").exists()
    kept, = (p for p in (tmp_path / "share").rglob("*") if p.is_file())
    kept.write_bytes(kept.read_bytes()[:-1])
    assert draw.library() == b"bundled again" and (tmp_path / "cache").exists()


def test_one_meeting_more_needs_little_in_the_renders_own_process(project):
    """Other processes run the chapters from before the check on; what draws and counts is not imported a second time beside them."""
    small.add_meeting(project)
    code = ("import os, sys; from analysis import cli; leave = cli._leave;"
            "cli._leave = lambda code: (print([m for m in ('pandas', 'altair', 'IPython') if m in sys.modules]), leave(code)); sys.argv = ['iscm', 'render']; cli.main()")
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, env={**os.environ, "ISCM_ROOT": str(project), **small.EPOCH})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert "report/igc.qmd" in small.last(project)["made"]["chapter"]


def test_digests_found_by_another_process_count_for_the_same_data_alone(monkeypatch):
    monkeypatch.setattr(trace, "_digests", {})
    trace.take("of other data", {"meetings": "stale"})
    assert trace.content_of("meetings") != "stale"
    trace.take(trace.data_digest(), {"meetings": "found elsewhere", "": "the rest"})
    assert (trace.content_of("meetings"), trace.rest_digest()) == ("found elsewhere", "the rest")


@pytest.mark.parametrize("spoil", ["deleted", "truncated", "of another version", "with other content", "empty"])
def test_a_spoiled_cache_is_made_again_and_never_trusted(project, spoil):
    whole = outputs(project)
    for path in [p for p in (project / "build/cache").rglob("*") if p.is_file()]:
        raw = path.read_bytes()
        head, _, body = raw.partition(b"\n")
        path.unlink() if spoil == "deleted" else path.write_bytes(
            {"truncated": raw[:-3], "of another version": raw.replace(FORMAT, b"iscm 0", 1), "with other content": head + b"\n" + b"x" + body[1:] + b"y", "empty": b""}[spoil])
    shutil.rmtree(project / "_book")
    done = small.render(project)
    assert done.returncode == 0, done.stderr
    assert outputs(project) == whole
    assert len(small.last(project)["made"]["chapter"]) == 4 and "chapter" not in small.last(project)["kept"]


@pytest.mark.parametrize("record", [[], {"html": []}, {"html": {"inputs": "x"}}, {"pdf": {"inputs": 1, "outputs": {}}}, {"html": {"inputs": "x", "outputs": {}}}])
def test_a_record_of_the_last_render_that_is_none_is_not_read(tmp_path, record):
    (tmp_path / "build").mkdir()
    for last in (None, [], {}):
        (tmp_path / uptodate.MANIFEST).write_text(json.dumps({"format": uptodate.FORMAT, "formats": record, "last": last}))
        assert bool(uptodate.read(tmp_path)) == (last == {} and record == {"html": {"inputs": "x", "outputs": {}}})


def test_fresh_makes_everything_again(project):
    whole = outputs(project)
    assert small.render(project, "--fresh").returncode == 0
    assert len(small.last(project)["made"]["chapter"]) == 4 and not small.last(project)["kept"].get("figure")
    assert outputs(project) == whole


def test_a_cache_that_cannot_be_written_is_said_once(project):
    whole = outputs(project)
    done = small.render(project, "--fresh", ISCM_CACHE="/proc/iscm-cache")
    assert done.returncode == 0 and done.stderr.count("cannot be written") == 1
    assert outputs(project) == whole


def test_entries_of_a_cache_that_cannot_be_written_are_still_read(tmp_path, monkeypatch, capsys):
    Store(tmp_path).put("kind", "key", b"body")

    def refuse(*args, **kw):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr(os, "utime", refuse)
    s = Store(tmp_path)
    assert s.remember("kind", "key", lambda: b"other") == b"body"
    assert s.remember("kind", "new", lambda: b"made") == b"made" == s.remember("kind", "new", lambda: b"made")
    assert capsys.readouterr().err.count("Read-only file system") == 1


def test_the_cache_lets_go_of_what_was_unused_for_longest(tmp_path):
    s = Store(tmp_path)
    for i in range(4):
        s.put("kind", f"key{i}", os.urandom(1000))
        os.utime(s._path("kind", f"key{i}"), (i, i))
    s.get("kind", "key0")
    s.prune(2200)
    assert [s.get("kind", f"key{i}") is not None for i in range(4)] == [True, False, False, True]


# Faults

def start(root, **env):
    return subprocess.Popen([sys.executable, "-m", "analysis.cli", "render"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                            env={**os.environ, "ISCM_ROOT": str(root), **small.EPOCH, **env})


def test_a_render_that_stops_leaves_no_process_and_no_folder(project, tmp_path):
    """Whether the check fails, while other processes wait to run chapters, or one of the chapters does."""
    temp = tmp_path / "temp"
    temp.mkdir()
    path = project / "data/mechanisms/igc.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("\nmeetings:\n", "\nmeetings:\n  - {date: never}\n", 1), encoding="utf-8")
    invalid = start(project, TMPDIR=str(temp))
    said = invalid.communicate()[1].decode()  # ends when all have closed their end, or none was left
    assert invalid.returncode == 1 and "igc.yaml" in said
    path.write_text(good, encoding="utf-8")
    small.add_meeting(project)
    chapter = project / "report/rcm.qmd"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\n`{python} 1 / 0`\n", encoding="utf-8")
    failed = start(project, TMPDIR=str(temp))
    said = failed.communicate()[1].decode()
    assert failed.returncode == 1 and "ZeroDivisionError" in said
    for process in (invalid, failed):
        assert small.ended(process)
    assert not list(temp.iterdir())


SPEAKS = "ahead.end_with = lambda parent: None; ahead.run = lambda place, box: store().made.update(x=['x' * 1000000])"
"""Work that tells more than a pipe holds, where the system does not end a process with its parent."""


@pytest.mark.parametrize("job", ["ahead.run = lambda place, box: time.sleep(60)", SPEAKS])
def test_the_processes_of_a_render_that_is_killed_alone_end_with_it(project, tmp_path, job):
    temp = tmp_path / "temp"
    temp.mkdir()
    small.add_meeting(project)
    text = f"import time; from pathlib import Path; from analysis.dataset.store import store; from analysis.render import ahead; {job}\n" \
           "ahead.Work().start(Path('.').resolve(), '1', False); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", text], cwd=project, start_new_session=True, env={**os.environ, "ISCM_ROOT": str(project), "TMPDIR": str(temp), **small.EPOCH})
    while not list((project / "build").glob("ahead-*")):
        time.sleep(0.01)
    time.sleep(1)
    assert process.poll() is None
    process.kill()
    process.wait()
    assert small.ended(process) and not list(temp.iterdir())
    done = small.render(project)
    assert done.returncode == 0 and not [p for p in (project / "build").iterdir() if p.name.startswith(("ahead-", "stage-"))]


def test_a_render_killed_at_any_moment_leaves_the_last_good_output(project):
    old = outputs(project)
    other = shutil.copytree(project, project.with_name("other"))
    for root in (project, other):
        for name in ("report/igc.qmd", "report/rcm.qmd"):
            (root / name).write_text((root / name).read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    begin = time.perf_counter()
    assert small.render(other).returncode == 0
    whole, new = time.perf_counter() - begin, outputs(other)
    chance = random.Random(6)
    for moment in [chance.uniform(0.1, 1.05) for _ in range(6)]:
        process = start(project)
        time.sleep(moment * whole)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert outputs(project) in (old, new), "neither the old nor the new output, but something between"
    done = small.render(project)
    assert done.returncode == 0, done.stderr
    assert outputs(project) == new
    assert not list((project / "build").glob("stage-*")) and not (project / "_book.old").exists()


def test_nothing_of_the_last_output_is_left_once_the_new_one_is_in_place(tmp_path):
    with swap.stage(tmp_path) as stage:  # killed from here on, a render has made all, and the next one does nothing
        for folder, text in ((tmp_path / "_book", "old"), (stage, "new")):
            folder.mkdir(exist_ok=True)
            (folder / "index.html").write_text(text)
        swap.put(stage, tmp_path / "_book", keep=set())
        assert sorted(p.name for p in [*tmp_path.iterdir(), *(tmp_path / "build").iterdir()]) == ["_book", "build", "render.lock"]
        assert (tmp_path / "_book/index.html").read_text() == "new"


def test_of_two_renders_at_once_one_goes_on(project):
    small.add_meeting(project)
    pair = [start(project), start(project)]
    ends = [(p.communicate(timeout=300)[1].decode(), p.returncode) for p in pair]
    assert sorted(code for _, code in ends) in ([0, 1], [0, 0])  # [0, 0]: one had ended before the other began
    assert all("another render of this folder is under way" in text for text, code in ends if code)
    assert "nothing changed" in small.render(project).stdout


@pytest.mark.parametrize("module, said", [("typst", "the package typst is missing"), ("altair", "the package altair is missing"), ("pypandoc", "Pandoc is missing")])
def test_a_missing_package_is_named_with_what_to_do(project, tmp_path, module, said):
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / f"{module}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{module}'\", name='{module}')", encoding="utf-8")
    before = outputs(project)
    done = small.render(project, "--fresh", PYTHONPATH=os.pathsep.join([str(tmp_path / "fake"), os.environ.get("PYTHONPATH", "")]))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert said in done.stderr and "make report" in done.stderr
    assert outputs(project) == before


def test_the_locale_does_not_matter(project):
    whole = outputs(project)
    done = small.render(project, "--fresh", LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="")
    assert done.returncode == 0, done.stderr
    assert outputs(project) == whole


def test_a_wrong_epoch_is_named(project):
    done = small.render(project, SOURCE_DATE_EPOCH="yesterday")
    assert done.returncode == 1 and "SOURCE_DATE_EPOCH: 'yesterday'" in done.stderr and "Traceback" not in done.stderr


# Figures

def test_figures_are_written_again_only_where_they_changed(project):
    out = project / "build/figures"
    draw = lambda: iscm("figures", "meetings", "members", "--out", str(out), root=project, **small.EPOCH)
    first = draw()
    assert first.returncode == 0 and "(meetings, members written" in first.stdout, first.stderr
    assert "(none written" in draw().stdout
    (out / "members.csv").unlink()
    assert "(members written" in draw().stdout
    small.add_meeting(project)
    assert "(meetings written" in draw().stdout
    assert not list(out.glob(".part-*"))


# Keeping by content

def test_content_tells_values_apart():
    a = pd.DataFrame({"x": [1, 2], "y": ["a", None]})
    same, other = a.copy(), a.assign(x=[1, 3])
    assert keep.content(a) == keep.content(same) != keep.content(other)
    assert keep.content(a) != keep.content(a.rename(columns={"x": "z"})) and keep.content(a) != keep.content(a.astype({"x": float}))
    assert keep.content(pd.DataFrame({"x": [["a"], ["b"]]})) != keep.content(pd.DataFrame({"x": [["a"], ["c"]]}))
    assert keep.content(np.zeros((2, 3))) != keep.content(np.zeros((3, 2))) and keep.content(1) != keep.content(1.0) != keep.content("1")
    assert keep.content(["ab", "c"]) != keep.content(["a", "bc"])
    with pytest.raises(TypeError, match="content of a object"):
        keep.content(object())


def test_a_kept_result_rests_on_its_arguments_and_on_the_frames_inside(tmp_path, monkeypatch):
    s = Store(tmp_path)
    monkeypatch.setattr(trace, "store", lambda: s)
    calls, state = [], {"rows": 1}

    @trace.frame
    def trial() -> pd.DataFrame:
        return pd.DataFrame({"a": range(state["rows"])})

    monkeypatch.setattr(trace, "content_of", lambda name: str(state["rows"]))

    @keep.kept
    def slow(x):
        calls.append(x)
        return x + len(trial())

    slow.__wrapped__.__module__ = "analysis.measures.trends"
    with trace.watch() as used:
        assert slow(1) == 2 == slow(1)
    assert used == {"test_regenerate.trial"} and calls == [1]
    with trace.watch() as used:
        slow(1)
    assert used == {"test_regenerate.trial"}, "a result that was found tells too what it rests on"
    slow(2)
    state["rows"] = 5
    trial.cache_clear()
    assert slow(1) == 6 and calls == [1, 2, 1]


def test_uses_are_noted_through_every_remembered_step():
    from analysis.dataset import frames
    from analysis.measures import membership
    from analysis.present import chapter

    for _ in range(2):  # made, then remembered
        with trace.watch() as used:
            chapter.mechanism("igc")
        assert "of(meetings, igc)" in used and "membership" in used and "meetings" not in used
    with trace.watch() as used:
        membership.counts()
    assert "membership" in used and "meetings" not in used
    with trace.watch() as outer:
        with trace.watch() as inner:
            frames.meetings()
        frames.states()
    assert inner == {"meetings"} and outer == {"meetings", "states"}
