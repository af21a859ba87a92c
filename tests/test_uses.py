"""The table of what rests on what tells the truth, and nothing can be used unseen."""
from __future__ import annotations

import re
import subprocess
import sys
import threading

import pytest

from analysis.dataset import frames, trace
from analysis.render import uses
from conftest import ROOT


def test_the_table_of_what_rests_on_what_is_that_of_the_traces(book):
    """After a change of chapters or figures: render, then ``python -m analysis.render.uses``."""
    text = (ROOT / "docs/regeneration.md").read_text(encoding="utf-8")
    stated = text[text.index(uses.BEGIN) + len(uses.BEGIN): text.index(uses.END)].strip()
    assert stated == uses.table(uses.rows(uses.of_figures(), uses.of_chapters()))


@pytest.mark.parametrize("path", sorted(p for d in ("measures", "present") for p in (ROOT / "analysis" / d).glob("*.py")) + sorted((ROOT / "analysis").glob("findings*.py")), ids=lambda p: p.name)
def test_results_are_remembered_only_where_their_use_is_noted(path):
    """``functools`` caches would hide which frames a remembered result rests on."""
    text = path.read_text(encoding="utf-8")
    if re.search(r"lru_cache|functools import cache\b|@cache\b", text):
        assert path.name == "draw.py", "use analysis.dataset.trace.cached"


def printed(code: str) -> str:
    """What Python prints that starts anew."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_frame_is_made_when_code_is_imported():
    """What a module computes from a frame while it is imported would be noted nowhere."""
    code = ("import analysis.dataset.trace as t; seen = []; real = t._hidden; t._hidden = lambda fn, a: (seen.append(fn.__name__), real(fn, a))[1];"
            "import analysis.present.registry, analysis.present.chapter, analysis.findings; print([s for s in seen if s in t._frames])")
    assert printed(code) == "[]"


def test_what_starts_threads_is_not_imported_before_processes_are_divided():
    """The library that draws runs threads from its import on; a process forked after that can wait for them for ever."""
    code = ("import sys; from importlib import import_module; from analysis.render import ahead, embedded, preview; [import_module(m) for m in preview.LIBRARIES];"
            "ahead._warm(); print('vl_convert' in sys.modules)")
    assert printed(code) == "False"


def test_what_two_threads_use_is_noted_apart():
    step, seen = threading.Barrier(2), {}

    def work(use):
        with trace.watch() as used:
            step.wait()
            use()
            step.wait()
        seen[use.__name__] = used

    threads = [threading.Thread(target=work, args=(use,)) for use in (frames.identity, frames.meetings)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert seen == {"identity": {"identity"}, "meetings": {"meetings"}}
