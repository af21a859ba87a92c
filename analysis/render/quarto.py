"""The Quarto engine: ``quarto render`` on the same book."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys

from .book import Book


class QuartoError(Exception):
    """Quarto is missing or failed."""


def render(book: Book, to: tuple[str, ...]) -> None:
    """Render with Quarto; raises :class:`QuartoError`."""
    quarto = shutil.which("quarto")
    if not quarto:
        raise QuartoError("quarto is not installed: run 'make quarto', or use the embedded engine (iscm render)")
    env = {**os.environ, "QUARTO_PYTHON": sys.executable}
    for fmt in to:
        done = subprocess.run([quarto, "render", ".", "--to", {"html": "html", "pdf": "typst"}[fmt]], cwd=book.root, env=env)
        if done.returncode:
            raise QuartoError(f"quarto ended with {done.returncode}")
