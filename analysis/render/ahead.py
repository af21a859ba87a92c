"""Run chapters, and make what else the render needs, in other processes: into the store, from where the render takes it.

They start before the sources are checked: the first imports meanwhile what both need, and then divides into two, which draw the chapters
from one box until it is empty, so that neither waits for long for the other, whatever changed. The render's own process, whose later steps
start many programs, stays small. What goes wrong in a process is left to the render, which makes the thing itself and says what failed."""
from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path

from ..dataset import trace
from ..dataset.store import store
from . import uptodate
from .book import Book, read
from .orphan import end_with
from .swap import AHEAD

TOGETHER = ("index", "report/04", "report/05", "report/annexes/a")
"""Chapters that share slow measures: one process runs them all."""
MODELS = "report/04"
"""The chapter that shows all models of coherence, the slowest measure."""
LONG, SMALL = "report/annexes/", "report/mechanisms/"
"""Chapters that take longest, for their long tables: those to be drawn first; and those that take little time each, the last."""


class Box:
    """Lots, each a group of a book's chapters, which several processes draw: each lot falls to one of them. Who draws waits until it is filled.

    A lot is one byte in a pipe, read at once or not at all, so that no lock is needed that a killed process could keep."""

    def __init__(self, context):
        self._take, self._put = context.Pipe(duplex=False)

    def fill(self, book: Book) -> None:
        """Put all lots in, and close: what they do not hold, the render runs afterwards."""
        os.write(self._put.fileno(), bytes(range(min(len(lots(book)), 256))))
        self.close()

    def close(self) -> None:
        """Put in no more; every process does so, that it ends for all, whoever is killed."""
        self._put.close()

    def draw(self, book: Book) -> Iterator[str]:
        """The chapters that fall to this process."""
        ours = lots(book)
        while lot := os.read(self._take.fileno(), 1):
            yield from ours[lot[0]]


def workplace(root: Path) -> Path:
    """A folder in ``build/`` for what a render's other processes write: if it is killed, the next render removes it (:func:`~analysis.render.swap.recover`)."""
    folder = root / "build" / f"{AHEAD}{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def lots(book: Book) -> list[list[str]]:
    """The paths of chapters that one process is to run, in the order in which they are drawn."""
    paths = [c.path for c in book.chapters]
    together = [p for p in paths if p.startswith(TOGETHER)]
    alone = sorted((p for p in paths if p not in together), key=lambda p: (p.startswith(SMALL), not p.startswith(LONG)))
    return [*([together] if together else []), *([p] for p in alone)]


class Child:
    """A process with its jobs, functions with their arguments; after each it tells through a pipe what it made and found. The first ``awaited`` of them
    are those whose outcome the render needs first. It starts ``twins`` of its own kind when it has imported what they need too."""

    def __init__(self, context, jobs: list[tuple], awaited: int):
        self.told, self._tell = context.Pipe(duplex=False)
        self.jobs, self.awaited, self.ended = jobs, awaited, False

    def start(self, context, root: Path, folder: Path, box: Box, twins: tuple[Child, ...] = (), heard: tuple = ()):
        """The process, started; it may write into the folder. It closes its copies of the ends ``heard``: if they stayed open, a process that
        speaks would wait for ever when the render that heard it has ended."""
        process = context.Process(target=_do, args=(root, folder, box, self._tell, self.jobs, [(t._tell, t.jobs) for t in twins], heard, os.getpid()))
        process.start()
        for child in (self, *twins):
            child._tell.close()  # so that its end shows, however the process ends
        return process

    def hear(self) -> None:
        """Its next word: count what it made, and take what it found. There is none when it has ended or failed (the render meets what went wrong)."""
        try:
            made, found = self.told.recv()
        except (EOFError, OSError):  # the second if it is killed while it speaks
            self.ended = True
            return
        store().join(made)
        trace.take(*found)
        self.awaited -= 1


class Work:
    """What other processes do for this render: nothing, unless it is started."""

    def __init__(self):
        self.children: list[Child] = []
        self._processes: list = []
        self._folder: Path | None = None
        self._box: Box | None = None

    def start(self, root: Path, version: str, site: bool) -> Work:
        """The same, started; with nothing to do where that would not help or the store is not to be read."""
        cold = not (store().folder / "chapter").exists()
        if store().fresh or os.name != "posix" or not (cold or uptodate.read(root).get("last", {}).get("data") != trace.data_digest()):
            return self
        try:
            self._folder = workplace(root)
        except OSError:
            return self  # the render says that it cannot write
        forks = sys.platform == "linux" and threading.active_count() == 1 and "vl_convert" not in sys.modules  # elsewhere, or beside threads, a fork may hang
        context = get_context("fork" if forks else "spawn")
        self._box = box = Box(context)
        first, second = [[(models, step), (run, box)] if cold else [(run, box)] for step in (1, -1)]
        late = [[(packed, version), (pictured,)], [(explored,), (pictured,)]] if site else [[], []]
        pair = tuple(Child(context, [*jobs, *more], len(jobs)) for jobs, more in zip((first, second), late))
        crews = [(pair[0], (pair[1],))] if forks else [(child, ()) for child in pair]
        if cold and site:
            crews.insert(0, (Child(context, [(bundled,)], 0), ()))
        self.children = [c for child, twins in crews for c in (child, *twins)]
        heard = tuple(c.told for c in self.children) if forks else ()
        for child, twins in crews:
            self._processes.append(child.start(context, root, self._folder, box, twins, heard))
        return self

    def begin(self, book: Book) -> None:
        """Let them run the chapters, as the sources hold."""
        if self._box:
            self._box.fill(book)

    def meet(self) -> None:
        """Wait until they have run theirs."""
        self._listen(lambda child: child.awaited > 0)

    def _listen(self, wanted: Callable[[Child], bool]) -> None:
        """Hear those that are ``wanted``, whoever speaks first, until none is: one that is not heard may keep another waiting."""
        while waiting := {child.told: child for child in self.children if not child.ended and wanted(child)}:
            for told in wait(list(waiting)):
                waiting[told].hear()

    def end(self) -> None:
        """Wait until they have done all."""
        self._listen(lambda child: True)

    def stop(self) -> None:
        """End what still runs, and leave nothing of it."""
        for process in self._processes:
            process.terminate()
            process.join(5)
            process.kill()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


def _do(root: Path, folder: Path, box: Box, tell, jobs: list[tuple], twins: list[tuple], others: tuple, parent: int) -> None:
    """As a process of its own: nothing on the terminal, and no collector of garbage, as in the render itself; it ends with its ``parent``."""
    end_with(parent)
    tempfile.tempdir = str(folder)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    gc.disable()
    for end in (box, *others):
        end.close()  # the ends of pipes at which others speak or hear: what is at its end shows when all have closed it
    book = read(root)
    if twins:
        _warm()
    started = [get_context("fork").Process(target=_do, args=(root, folder, box, *twin, [], (tell,), os.getpid())) for twin in twins]
    signal.signal(signal.SIGTERM, lambda *_: _end(started))
    for process, (told, _) in zip(started, twins):
        process.start()
        told.close()
    place = Place(book, folder / str(os.getpid()))
    try:
        for job, *args in jobs:
            store().made.clear()
            job(place, *args)
            tell.send((store().made, trace.found()))
    finally:
        tell.close()  # before it waits for a twin
    for process in started:
        process.join()


def _end(processes: list) -> None:
    """End these, if they were started, and at once this one."""
    for process in processes:
        if process.pid:
            process.kill()
    os._exit(1)


def _warm() -> None:
    """Import, and read, what both processes need, so that it is there in each."""
    import IPython.core.interactiveshell  # noqa: F401

    from ..dataset import frames
    from ..dataset.code import code_digest
    from ..present import registry
    from . import chapters, execute, explore  # noqa: F401

    trace.rest_digest()
    code_digest(registry.__name__)
    frames.mechanism_frame()
    frames.membership()


@dataclass(frozen=True)
class Place:
    """Where a process works: on which book, and in which folder of its own. What it makes, it makes for the store's sake."""

    book: Book
    folder: Path


def models(place: Place, step: int) -> None:
    """The models of coherence, forward or backward, so that two processes meet half-way; none if no chapter shows them."""
    from ..measures import coherence

    shown = any(c.path.startswith(MODELS) for c in place.book.chapters)
    for v in sorted(coherence.MODELS, key=lambda v: v.which)[::step] if shown else ():  # those of the same memberships together: they share redraws
        coherence.row(v)


def run(place: Place, box: Box) -> None:
    """Run chapters, and have them read meanwhile."""
    from . import chapters, pandoc
    from .execute import Runner

    pandoc.binary()  # before there are threads
    runner = Runner(place.folder / "figures")
    with ThreadPoolExecutor(1) as pool:
        for done in [pool.submit(chapters.parsed, path, chapters.run(place.book.root, path, runner)) for path in box.draw(place.book)]:
            done.result()
    pandoc.close()


def pictured(place: Place) -> None:
    """The files of the figures in the chapters that it ran."""
    from . import site

    site.figures(place.folder)


def packed(place: Place, version: str) -> None:
    """The data package."""
    from . import site

    site.package(version)


def explored(place: Place) -> None:
    """The pages to explore with."""
    from . import site

    site.explorer(place.folder, place.book)


def bundled(place: Place) -> None:
    """The charts' library."""
    from ..present import draw

    draw.library()
