"""Run chapters in two processes, into the store, before the render takes them from there: only where nothing is kept yet.

The charts' library is bundled meanwhile, by a third, while what both need is read.

Two processes use two cores, and leave the render's own process small, whose later steps start many programs. What goes wrong in them is
left to the render, which runs the chapter itself and says what failed."""
from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import store
from ..present import draw
from .book import Book

TOGETHER = ("index", "report/04", "report/05", "report/annexes/a")
"""Chapters that share the slow measures: those of one of the two processes."""


def start(book: Book) -> list:
    """Start to run all chapters into the store, for :func:`end` to wait for; nothing if it holds chapters already or is not to be read."""
    if store().fresh or (store().folder / "chapter").exists():
        return []
    paths = [c.path for c in book.chapters]
    parts = [[p for p in paths if p.startswith(TOGETHER) is together] for together in (True, False)]
    forks = sys.platform == "linux" and threading.active_count() == 1  # elsewhere, or beside threads, a fork may hang
    process = get_context("fork" if forks else "spawn").Process
    children = [process(target=draw.library, daemon=True)]
    children[0].start()
    if forks:
        _warm()
    for part in zip(parts, (bool, _models)):
        children.append(process(target=run, args=part, daemon=True))
        children[-1].start()
    return children


def end(children: list) -> None:
    """Wait for what :func:`start` gave; whatever happens meanwhile, nothing runs on."""
    try:
        for child in children:
            child.join()
    finally:
        for child in children:
            child.terminate()


def _warm() -> None:
    """Import, and read, what both processes need, so that it is there in each."""
    from ..dataset import frames, trace
    from ..dataset.code import code_digest
    from ..present import registry
    from . import chapters, execute  # noqa: F401

    trace.rest_digest()
    code_digest(registry.__name__)
    frames.mechanism_frame()
    frames.membership()


def _models() -> None:
    """The models of coherence, the slowest measure, the last first: the process with less to do makes those that the other, which
    begins with the first, then finds in the store."""
    from ..measures import coherence

    for v in reversed(coherence.VARIANTS):
        coherence.row(v)


def run(paths: list[str], first: Callable[[], object] = bool) -> None:
    """Run chapters for the store's sake, and something before them."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    gc.disable()  # as in the render itself
    from . import chapters
    from .execute import Runner

    first()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder) / "figures")
        for path in paths:
            chapters.run(root(), path, runner)
