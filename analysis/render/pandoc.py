"""Pandoc as a step of the embedded engine."""
from __future__ import annotations

import subprocess
from pathlib import Path


class RenderError(Exception):
    """A step of the render failed."""


def pandoc(args: list[str], text: str, cwd: Path) -> str:
    """Run Pandoc on ``text``; raises :class:`RenderError` with its message."""
    import pypandoc

    done = subprocess.run([pypandoc.get_pandoc_path(), *args], input=text, capture_output=True, text=True, encoding="utf-8", cwd=cwd)
    if done.returncode or "not found" in done.stderr:
        raise RenderError(f"pandoc: {done.stderr.strip()}")
    return done.stdout
