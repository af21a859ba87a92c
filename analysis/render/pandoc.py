"""Pandoc as a step of the embedded engine."""
from __future__ import annotations

import subprocess
from pathlib import Path


class RenderError(Exception):
    """A step of the render failed."""


def missing(tool: str) -> RenderError:
    """The error for a part of the environment that is not there."""
    return RenderError(f"{tool} is missing: .venv is incomplete; delete it and run 'make report', which sets it up again")


def pandoc(args: list[str], text: str, cwd: Path) -> str:
    """Run Pandoc on ``text``; raises :class:`RenderError` with its message."""
    try:
        import pypandoc

        program = pypandoc.get_pandoc_path()
    except (ImportError, OSError) as exc:
        raise missing("Pandoc") from exc
    done = subprocess.run([program, *args], input=text, capture_output=True, text=True, encoding="utf-8", cwd=cwd)
    if done.returncode or "not found" in done.stderr:
        raise RenderError(f"pandoc: {done.stderr.strip()}")
    return done.stdout
