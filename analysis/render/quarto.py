"""The Quarto engine: ``quarto render`` on the same book."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .book import Book
from .embedded import _recover, _swap

FORMAT = {"html": "html", "pdf": "typst"}
RESULT = {"html": "index.html", "pdf": "iscm-report.pdf"}


class QuartoError(Exception):
    """Quarto is missing or failed."""


def find() -> str | None:
    """The ``quarto`` of this environment (``make quarto``), else the one on the path."""
    return shutil.which("quarto", path=str(Path(sys.executable).parent)) or shutil.which("quarto")


def render(book: Book, to: tuple[str, ...]) -> None:
    """Render with Quarto into ``_book/``, all or nothing.

    Quarto writes beside its sources, so it works on a copy of them. Raises :class:`QuartoError`; the last good output then stays."""
    quarto = find()
    if not quarto:
        raise QuartoError("quarto is not installed: run 'make quarto', or use the embedded engine (iscm render)")
    build = book.root / "build"
    build.mkdir(exist_ok=True)
    _recover(book.root)
    stage = Path(tempfile.mkdtemp(prefix="stage-", dir=build))
    try:
        for part in ("_quarto.yml", "index.qmd", "report", "data"):
            source = book.root / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, stage / part)
        env = {**os.environ, "QUARTO_PYTHON": sys.executable, "ISCM_ROOT": str(book.root)}
        for fmt in to:
            done = subprocess.run([quarto, "render", ".", "--to", FORMAT[fmt], "--no-clean"], cwd=stage, env=env)
            if done.returncode or not (stage / "_book" / RESULT[fmt]).exists():
                raise QuartoError(f"quarto render --to {FORMAT[fmt]} ended with {done.returncode}; what it says stands above")
        _swap(stage / "_book", book.root / "_book", keep={"html", "pdf"} - set(to))
    finally:
        shutil.rmtree(stage, ignore_errors=True)
