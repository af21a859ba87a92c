"""Make in other processes, into the store, what the render then takes from there.

Where nothing is kept yet, two processes run the chapters; two cores are used so, and the render's own process, whose later steps start many
programs, stays small. Where only the data changed, the render runs the chapters of analysis itself, while a process runs the others and then
makes what else rests on the data: the data package and what the explorer shows. What goes wrong in any of them is left to the render, which
makes the thing itself and says what failed."""
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
BESIDE = ("report/mechanisms/", "report/annexes/")
"""Chapters that a process runs beside the render where the data changed: about as much work as the others."""


class Child:
    """A process, and the end of a pipe at which it tells what it made, after each of its jobs."""

    def __init__(self, process, told):
        self.process, self.told, self.met = process, told, False

    def hear(self) -> bool:
        """Wait for its next word, and count what it made; false if there is none, as it ended or failed (the render meets what went wrong)."""
        try:
            store().join(self.told.recv())
        except EOFError:
            return False
        return True


def start(book: Book, site: bool) -> list[Child]:
    """Start to run all chapters (and to make what else the ``site`` shows), for :func:`end` to wait for; nothing if the store holds chapters
    already or is not to be read."""
    if store().fresh or (store().folder / "chapter").exists():
        return []
    children = _begin([(draw.library,)]) if site else []
    if _forks():
        _warm()
    pages = _pages(book)
    slow = [p for p in pages if p.startswith(TOGETHER)]
    there, back = (1, -1) if any(p.startswith(MODELS) for p in pages) else (0, 0)
    rest = [p for p in pages if p not in slow]
    return children + _begin([(models, there), (run, slow)], [(models, back), (run, rest), *([(explored, pages)] if site else [])])


def beside(book: Book, version: str, site: bool) -> list[Child]:
    """Start to run the chapters of ``BESIDE``, for :func:`meet` to wait for, and then to make what rests on the data alone, for :func:`end`;
    nothing if the data did not change or the store is not to be read."""
    if store().fresh or "data" not in store().made:
        return []
    pages = _pages(book)
    return _begin([(run, [p for p in pages if p.startswith(BESIDE)]), *([(packed, version), (explored, pages)] if site else [])])


def _pages(book: Book) -> dict[str, str]:
    return {c.path: c.page for c in book.chapters}


def _forks() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1  # elsewhere, or beside threads, a fork may hang


def _begin(*lists: list[tuple]) -> list[Child]:
    """A process for each list of jobs, functions with their arguments."""
    context = get_context("fork" if _forks() else "spawn")
    out = []
    for jobs in lists:
        told, tell = context.Pipe(duplex=False)
        process = context.Process(target=_do, args=(tell, jobs), daemon=True)
        process.start()
        tell.close()  # so that its end shows, however the process ends
        out.append(Child(process, told))
    return out


def _do(tell, jobs: list[tuple]) -> None:
    """As a process of its own: nothing on the terminal, and no collector of garbage, as in the render itself."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    gc.disable()
    for job, *args in jobs:
        store().made.clear()
        job(*args)
        tell.send(store().made)


def meet(children: list[Child]) -> None:
    """Wait, once, until what :func:`beside` gave has run its chapters: the first of its jobs."""
    for child in children:
        if not child.met:
            child.met = True
            child.hear()


def end(children: list[Child]) -> None:
    """Wait for what :func:`start` or :func:`beside` gave; whatever happens meanwhile, nothing runs on."""
    try:
        for child in children:
            while child.hear():
                pass
            child.process.join()
    finally:
        stop(children)


def stop(children: list[Child]) -> None:
    """End what still runs."""
    for child in children:
        child.process.terminate()


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


def models(step: int) -> None:
    """For the store's sake: the models of coherence, forward or backward, so that two processes meet half-way; none if there is no ``step``."""
    from ..measures import coherence

    for v in sorted(coherence.MODELS, key=lambda v: v.which)[::step] if step else ():  # those of the same memberships together: they share redraws
        coherence.row(v)


def run(paths: list[str]) -> None:
    """For the store's sake: run chapters and read them."""
    from . import chapters, pandoc
    from .execute import Runner

    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder) / "figures")
        for path in paths:
            chapters.parsed(path, chapters.run(root(), path, runner))
    pandoc.close()


def packed(version: str) -> None:
    """For the store's sake: the data package."""
    from . import site

    site.package(version)


def explored(pages: dict[str, str]) -> None:
    """For the store's sake: what the explorer shows."""
    from . import explore

    explore.content(pages)
