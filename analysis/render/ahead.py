"""Make in other processes, into the store, what the render then takes from there.

Where nothing is kept yet, two processes run the chapters; two cores are used so, and the render's own process, whose later steps start many
programs, stays small. Where only the data changed, the chapters that it reaches are few and the render runs them itself, while a process
makes what else rests on the data: the data package and what the explorer shows. What goes wrong in any of them is left to the render,
which makes the thing itself and says what failed."""
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
MODELS = "report/04"
"""The chapter that shows all models of coherence, the slowest measure."""


def start(book: Book, site: bool) -> list:
    """Start to run all chapters (and to make what else the ``site`` shows), for :func:`end` to wait for; nothing if the store holds chapters
    already or is not to be read."""
    if store().fresh or (store().folder / "chapter").exists():
        return []
    children = _begin((draw.library,)) if site else []
    if _forks():
        _warm()
    pages = _pages(book)
    slow = [p for p in pages if p.startswith(TOGETHER)]
    there, back = (1, -1) if any(p.startswith(MODELS) for p in pages) else (0, 0)
    return children + _begin((run, slow, there), (run, [p for p in pages if p not in slow], back, pages if site else None))


def beside(book: Book, version: str) -> list:
    """Start to make what rests on the data alone, for :func:`end` to wait for; nothing if the data did not change or the store is not to be read."""
    return [] if store().fresh or "data" not in store().made else _begin((data, _pages(book), version))


def _pages(book: Book) -> dict[str, str]:
    return {c.path: c.page for c in book.chapters}


def _forks() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1  # elsewhere, or beside threads, a fork may hang


def _begin(*jobs: tuple) -> list:
    """A process for each job, a function with its arguments."""
    made = [get_context("fork" if _forks() else "spawn").Process(target=do, args=args, daemon=True) for do, *args in jobs]
    for process in made:
        process.start()
    return made


def end(children: list) -> None:
    """Wait for what :func:`start` or :func:`beside` gave; whatever happens meanwhile, nothing runs on."""
    try:
        for child in children:
            child.join()
    finally:
        stop(children)


def stop(children: list) -> None:
    """End what still runs."""
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


def _silent() -> None:
    """As a process of its own: nothing on the terminal, and no collector of garbage, as in the render itself."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    gc.disable()


def data(pages: dict[str, str], version: str) -> None:
    """For the store's sake: what rests on the data alone."""
    _silent()
    from . import explore, site

    site.package(version)
    explore.content(pages)


def run(paths: list[str], step: int, pages: dict[str, str] | None = None) -> None:
    """For the store's sake: run chapters; before them, if there is a ``step``, the models of coherence, forward or backward, so that two
    processes meet half-way; after them what the explorer shows, if it is given the ``pages``."""
    _silent()
    from ..measures import coherence
    from . import chapters, explore
    from .execute import Runner

    if step:
        for v in sorted(coherence.MODELS, key=lambda v: v.which)[::step]:  # those of the same memberships together: they share redraws
            coherence.row(v)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder) / "figures")
        for path in paths:
            chapters.run(root(), path, runner)
    if pages:
        explore.content(pages)
