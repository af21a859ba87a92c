"""Pandoc as a step of the embedded engine; what it gave for the same text and options is kept."""
from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from ..dataset.store import digest, file_digest, store


class RenderError(Exception):
    """A step of the render failed."""


def missing(tool: str) -> RenderError:
    """The error for a part of the environment that is not there."""
    return RenderError(f"{tool} is missing: remove .venv and run 'make report', which sets it up again from requirements.lock")


@lru_cache
def binary() -> str:
    """The path of Pandoc's program; raises :class:`RenderError` if it is missing."""
    try:
        import pypandoc

        return pypandoc.get_pandoc_path()
    except (ImportError, OSError) as exc:
        raise missing("Pandoc") from exc


WRITES = {"json": "parse", "html": "page"}
"""What a call makes, by its writer, where the caller does not say."""


def pandoc(args: list[str], text: str | Callable[[], str], cwd: Path, kind: str = "", name: str = "", files: dict[str, Path] | None = None,
           made_of: str = "") -> str:
    """Run Pandoc on ``text``; raises :class:`RenderError` with its message.

    ``files`` are options that name a file: its content counts, not where it lies. ``kind`` and ``name`` say what is made.
    A text that takes time to make is given as a function, with a digest of all that it is ``made_of``."""
    files = files or {}
    key = digest("pandoc", version("pypandoc_binary"), *args, *(x for o, p in files.items() for x in (o, file_digest(p))),
                 made_of or text)

    def run() -> bytes:
        given = text if isinstance(text, str) else text()
        done = subprocess.run([binary(), *args, *(f"{o}={p}" for o, p in files.items())], input=given, capture_output=True, text=True,
                              encoding="utf-8", cwd=cwd)
        if done.returncode or "not found" in done.stderr:
            raise RenderError(f"pandoc: {done.stderr.strip()}")
        return done.stdout.encode("utf-8")

    return store().remember(kind or WRITES.get(args[args.index("-t") + 1], "text"), key, run, name).decode("utf-8")
