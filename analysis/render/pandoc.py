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


ROOM = ("+RTS", "-A64M", "-RTS")
"""Pandoc collects garbage when so much was made: with its usual 8 MB it does so all the time on a long chapter."""
SERVER = Path(__file__).with_suffix(".lua")
_idle: list[subprocess.Popen] = []
"""Running programs that wait for the next text: a start costs more than most conversions."""


def _ask(source: str, target: str, wrap: str, columns: int, raw: bytes) -> str:
    program = _idle.pop() if _idle else subprocess.Popen([binary(), *ROOM, "lua", str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        program.stdin.write(f"{source} {target} {wrap} {columns} {len(raw)}\n".encode() + raw)
        program.stdin.flush()
        said, _, size = program.stdout.readline().decode().partition(" ")
        out = program.stdout.read(int(size)).decode("utf-8")
    except (OSError, ValueError) as exc:
        _end(program)
        raise RenderError(f"pandoc ended ({program.returncode}) while it read {source}") from exc
    _idle.append(program)
    if said != "ok":
        raise RenderError(f"pandoc: {out}")
    return out


def _end(program: subprocess.Popen) -> None:
    program.kill()
    program.communicate()


def close() -> None:
    """End the programs that wait: each takes its own folder away when nothing more can come."""
    for program in _idle:
        program.stdin.close()
    while _idle:
        program = _idle.pop()
        try:
            program.wait(5)
        except subprocess.TimeoutExpired:
            _end(program)


def convert(source: str, target: str, text: str | Callable[[], bytes], kind: str, name: str, made_of: str = "", wrap: str = "none", columns: int = 72,
            then: Callable[[str], str] = str) -> str:
    """A text in another format; raises :class:`RenderError` with Pandoc's message.

    ``kind`` and ``name`` say what is made. A text that takes time to make is given as a function that gives it in UTF-8, with a digest of all that it, and
    what is done to the outcome ``then``, is ``made_of``."""
    key = digest("convert", version("pypandoc_binary"), file_digest(SERVER), source, target, wrap, str(columns), made_of or text)
    return store().remember(kind, key, lambda: then(_ask(source, target, wrap, columns, text.encode("utf-8") if isinstance(text, str) else text())).encode("utf-8"), name).decode("utf-8")


def pandoc(args: list[str], text: str, cwd: Path, kind: str, name: str, files: dict[str, Path]) -> str:
    """Run Pandoc on ``text``; raises :class:`RenderError` with its message.

    ``files`` are options that name a file: its content counts, not where it lies. ``kind`` and ``name`` say what is made."""
    key = digest("pandoc", version("pypandoc_binary"), *args, *(x for o, p in files.items() for x in (o, file_digest(p))), text)

    def run() -> bytes:
        done = subprocess.run([binary(), *ROOM, *args, *(f"{o}={p}" for o, p in files.items())], input=text, capture_output=True, text=True, encoding="utf-8", cwd=cwd)
        if done.returncode or "not found" in done.stderr:
            raise RenderError(f"pandoc: {done.stderr.strip()}")
        return done.stdout.encode("utf-8")

    return store().remember(kind, key, run, name).decode("utf-8")
