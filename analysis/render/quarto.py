"""The Quarto engine: ``quarto render`` on the same book."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import swap
from .book import Book
from .pandoc import RenderError

FORMAT = {"html": "html", "pdf": "typst"}
RESULT = {"html": "index.html", "pdf": "iscm-report.pdf"}


class QuartoError(RenderError):
    """Quarto is missing or failed."""


def find() -> str | None:
    """The ``quarto`` on the path, else the one of this environment (``make quarto``)."""
    return shutil.which("quarto") or shutil.which("quarto", path=str(Path(sys.executable).parent))


def copy(book: Book, to: Path) -> Path:
    """What Quarto reads of a project, in a folder of its own: it writes beside its sources."""
    to.mkdir(parents=True, exist_ok=True)
    for part in sorted({"_quarto.yml", "data", *(Path(ch.path).parts[0] for ch in book.chapters)}):
        source = book.root / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, to / part)
    return to


def render(book: Book, to: tuple[str, ...]) -> None:
    """Render with Quarto into ``_book/``, all or nothing.

    Raises :class:`QuartoError`, or :class:`~analysis.render.pandoc.RenderError` while another render is under way; the last good output then stays."""
    quarto = find()
    if not quarto:
        raise QuartoError("quarto is not installed: run 'make quarto', or use the embedded engine (iscm render)")
    with swap.stage(book.root) as stage:
        copy(book, stage)
        env = {**os.environ, "QUARTO_PYTHON": sys.executable, "ISCM_ROOT": str(book.root)}
        for fmt in to:
            done = subprocess.run([quarto, "render", ".", "--to", FORMAT[fmt], "--no-clean"], cwd=stage, env=env)
            if done.returncode or not (stage / "_book" / RESULT[fmt]).exists():
                raise QuartoError(f"quarto render --to {FORMAT[fmt]} ended with {done.returncode}; what it says stands above")
        swap.put(stage / "_book", book.root / "_book", keep={"html", "pdf"} - set(to))
