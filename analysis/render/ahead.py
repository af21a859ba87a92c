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
from multiprocessing import get_context
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import store
from ..present import draw
from .book import Book

TOGETHER = ("index", "report/04", "report/05", "report/annexes/a")
"""Chapters that share slow measures: those of one of the two processes."""


def start(book: Book) -> list:
    """Start to run all chapters into the store, for :func:`end` to wait for; nothing if it holds chapters already or is not to be read."""
    if store().fresh or (store().folder / "chapter").exists():
        return []
    pages = {c.path: c.page for c in book.chapters}
    slow = [p for p in pages if p.startswith(TOGETHER)]
    forks = sys.platform == "linux" and threading.active_count() == 1  # elsewhere, or beside threads, a fork may hang
    process = get_context("fork" if forks else "spawn").Process
    children = [process(target=draw.library, daemon=True)]
    children[0].start()
    if forks:
        _warm()
    for part in ((slow, 1), ([p for p in pages if p not in slow], -1, pages)):
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
    from . import chapters, execute, explore  # noqa: F401

    trace.rest_digest()
    code_digest(registry.__name__)
    frames.mechanism_frame()
    frames.membership()


def run(paths: list[str], step: int, pages: dict[str, str] | None = None) -> None:
    """For the store's sake: run chapters; before them the models of coherence, the slowest measure, in steps of 1 or -1, so that two
    processes meet half-way; after them what the explorer shows, if it is given the ``pages``."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    gc.disable()  # as in the render itself
    from ..measures import coherence
    from . import chapters, explore
    from .execute import Runner

    for v in sorted(coherence.MODELS, key=lambda v: v.which)[::step]:  # those of the same memberships together: they share redraws
        coherence.row(v)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder) / "figures")
        for path in paths:
            chapters.run(root(), path, runner)
    if pages:
        explore.content(pages)
