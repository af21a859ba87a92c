"""Run chapters in two processes, into the store, before the render takes them from there: only where nothing is kept yet.

Two processes use two cores, and leave the render's own process small, whose later steps start many programs. What goes wrong in them is
left to the render, which runs the chapter itself and says what failed."""
from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import store
from .book import Book

TOGETHER = ("index", "report/04", "report/05", "report/annexes/a")
"""Chapters that share the slow measures: those of one of the two processes."""


def run(book: Book) -> None:
    """Run all chapters into the store; nothing if it holds chapters already or is not to be read."""
    if store().fresh or (store().folder / "chapter").exists():
        return
    paths = [c.path for c in book.chapters]
    parts = [[p for p in paths if p.startswith(TOGETHER) is together] for together in (True, False)]
    env = {**os.environ, "ISCM_ROOT": str(book.root), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}  # a core each
    children = [subprocess.Popen([sys.executable, "-m", "analysis.render.ahead", *part], env=env, cwd=Path(__file__).parents[2],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for part in parts]
    try:
        for child in children:
            child.wait()
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()


def main(paths: list[str]) -> None:
    """Run chapters for the store's sake."""
    gc.disable()  # as in the render itself
    from ..present import draw
    from . import chapters
    from .execute import Runner

    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        runner = Runner(figures)
        for path in paths:
            chapters.run(root(), path, runner)
        for spec in sorted(figures.glob("*.vl.json")):  # the site offers each as a picture
            draw.png(json.loads(spec.read_text(encoding="utf-8")), spec.name.removesuffix(".vl.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
