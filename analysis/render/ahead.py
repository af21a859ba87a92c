"""Run chapters, and make what else the render needs, in other processes: into the store, from where the render takes it.

The chapters are divided as they go: each process draws the next from one box until it is empty, so that none waits for long for another,
whatever changed. Where nothing is kept yet, two processes draw, and the render's own process, whose later steps start many programs, stays
small. Where only the data changed since the last render, one process and the render draw. What goes wrong in a process is left to the
render, which makes the thing itself and says what failed."""
from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import store
from ..dataset.trace import data_digest
from ..present import draw
from . import uptodate
from .book import Book

TOGETHER = ("index", "report/04", "report/05", "report/annexes/a")
"""Chapters that share slow measures: one process runs them all."""
MODELS = "report/04"
"""The chapter that shows all models of coherence, the slowest measure."""
LONG, SMALL = "report/annexes/", "report/mechanisms/"
"""Chapters that take longest, for their long tables: those to be drawn first; and those that take little time each, the last."""


class Box:
    """Lots, each a group of chapters, which several processes draw: each lot falls to one of them.

    A lot is one byte in a pipe, read at once or not at all, so that no lock is needed that a killed process could keep."""

    def __init__(self, context, paths: list[str]):
        together = [p for p in paths if p.startswith(TOGETHER)]
        alone = sorted((p for p in paths if p not in together), key=lambda p: (p.startswith(SMALL), not p.startswith(LONG)))
        self.lots = [*([together] if together else []), *([p] for p in alone)]
        self._pipe, put = context.Pipe(duplex=False)
        os.write(put.fileno(), bytes(range(min(len(self.lots), 256))))  # what is not drawn, the render runs afterwards
        put.close()

    def draw(self) -> Iterator[str]:
        """The chapters that fall to this process."""
        while lot := os.read(self._pipe.fileno(), 1):
            yield from self.lots[lot[0]]


class Child:
    """A process with its jobs, functions with their arguments; after each it tells through a pipe what it made. The first ``awaited`` of them
    are those whose outcome the render needs first."""

    def __init__(self, context, jobs: list[tuple], awaited: int):
        told, tell = context.Pipe(duplex=False)
        self.process = context.Process(target=_do, args=(tell, jobs), daemon=True)
        self.process.start()
        tell.close()  # so that its end shows, however the process ends
        self.told, self.awaited = told, awaited

    def hear(self) -> bool:
        """Wait for its next word, and count what it made; false if there is none, as it ended or failed (the render meets what went wrong)."""
        try:
            store().join(self.told.recv())
        except EOFError:
            return False
        self.awaited -= 1
        return True


class Work:
    """What other processes do for this render; nothing where they would not help or the store is not to be read."""

    def __init__(self, book: Book, version: str, site: bool):
        self.children: list[Child] = []
        self._box: Box | None = None
        pages = {c.path: c.page for c in book.chapters}
        cold = not (store().folder / "chapter").exists()
        if store().fresh or os.name != "posix" or not (cold or uptodate.read(book.root).get("last", {}).get("data") != data_digest()):
            return
        forks = sys.platform == "linux" and threading.active_count() == 1 and "vl_convert" not in sys.modules  # elsewhere, or beside threads, a fork may hang
        context = get_context("fork" if forks else "spawn")
        box = Box(context, list(pages))
        if not cold:
            self._box = box
            self.children = [Child(context, [(run, box), *([(packed, version), (explored, pages)] if site else [])], 1)]
            return
        if site:
            self.children = [Child(context, [(draw.library,)], 0)]
        if forks:
            _warm()
        there, back = (1, -1) if any(p.startswith(MODELS) for p in pages) else (0, 0)
        self.children += [Child(context, [(models, there), (run, box)], 2),
                          Child(context, [(models, back), (run, box), *([(explored, pages)] if site else [])], 2)]

    def share(self) -> Iterator[str]:
        """The chapters that the render is to run itself, beside the others."""
        return self._box.draw() if self._box else iter(())

    def meet(self) -> None:
        """Wait until the others have run theirs."""
        for child in self.children:
            while child.awaited > 0 and child.hear():
                pass

    def end(self) -> None:
        """Wait for all; whatever happens meanwhile, nothing runs on."""
        try:
            for child in self.children:
                while child.hear():
                    pass
                child.process.join()
        finally:
            self.stop()

    def stop(self) -> None:
        """End what still runs."""
        for child in self.children:
            child.process.terminate()


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


def run(box: Box) -> None:
    """For the store's sake: run chapters, and have them read meanwhile."""
    from . import chapters, pandoc
    from .execute import Runner

    pandoc.binary()  # before there are threads
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        runner = Runner(Path(folder) / "figures")
        for done in [pool.submit(chapters.parsed, path, chapters.run(root(), path, runner)) for path in box.draw()]:
            done.result()
    pandoc.close()


def packed(version: str) -> None:
    """For the store's sake: the data package."""
    from . import site

    site.package(version)


def explored(pages: dict[str, str]) -> None:
    """For the store's sake: what the explorer shows."""
    from . import explore

    explore.content(pages)
