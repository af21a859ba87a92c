"""Run chapters in a second process, into the store, while the render runs the others: only where nothing is kept yet.

What goes wrong there is left to the render, which runs the chapter itself and says what failed."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import store
from .book import Book

APART = ("report/mechanisms/", "report/02", "report/03", "report/annexes/b", "report/annexes/c")
"""Chapters that share no slow measure with the others."""


def start(book: Book) -> tuple[subprocess.Popen, list[str]] | None:
    """Begin with the chapters of :data:`APART`; nothing if the store holds chapters already or is not to be read."""
    if store().fresh or (store().folder / "chapter").exists() or (os.cpu_count() or 1) < 2:
        return None
    paths = [c.path for c in book.chapters if c.path.startswith(APART)]
    child = subprocess.Popen([sys.executable, "-m", "analysis.render.ahead", *paths], env={**os.environ, "ISCM_ROOT": str(book.root), "PYTHONUTF8": "1"},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2])
    return child, paths


def main(paths: list[str]) -> None:
    """Run chapters for the store's sake."""
    from . import chapters
    from .execute import Runner

    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder) / "figures")
        for path in paths:
            chapters.run(root(), path, runner)


if __name__ == "__main__":
    main(sys.argv[1:])
