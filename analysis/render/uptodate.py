"""Whether the last complete output still stands for the present sources. Imports nothing slow: this is the way taken most often."""
from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from ..dataset.code import libraries
from ..dataset.store import digest, file_digest
from .edition import SOURCES, facts

FORMAT = 1
MANIFEST = "build/last-render.json"
FORMATS = ("html", "pdf")


def files(root: Path, parts=SOURCES) -> list[Path]:
    """Every source file, sorted; what tools leave beside them is not one."""
    found = []
    for part in parts:
        path = root / part
        found += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts and p.suffix != ".pyc"]
    return sorted(found)


def inputs(root: Path) -> str:
    """A digest of everything that the output is made from: sources, code, libraries, facts of the edition."""
    code = Path(__file__).resolve().parents[1]
    own = [] if code.is_relative_to(root) else files(code.parent, (code.name,))
    parts = [str(FORMAT), libraries(), json.dumps(facts(root), sort_keys=True)]
    for path in [*files(root), *own]:
        parts += [path.name if path in own else path.relative_to(root).as_posix(), file_digest(path)]
    return digest(*parts)


def outputs(folder: Path) -> dict[str, dict[str, str]]:
    """The files of an output folder with their digests, by format."""
    found: dict[str, dict[str, str]] = {f: {} for f in FORMATS}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            found["pdf" if path.parent == folder and path.suffix == ".pdf" else "html"][path.relative_to(folder).as_posix()] = file_digest(path)
    return found


def read(root: Path) -> dict:
    """The record of the last render; empty if there is none that can be trusted."""
    try:
        last = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return last if isinstance(last, dict) and last.get("format") == FORMAT and isinstance(last.get("last"), dict) and _are_records(last.get("formats")) else {}


def _are_records(formats) -> bool:
    return isinstance(formats, dict) and all(isinstance(v, dict) and isinstance(v.get("inputs"), str) and isinstance(v.get("outputs"), dict) for v in formats.values())


def stale(root: Path, to: tuple[str, ...], now: str) -> tuple[str, ...]:
    """Those of the formats ``to`` whose last output is not that of the inputs ``now``, or is no longer whole."""
    last, there = read(root).get("formats", {}), outputs(root / "_book")
    def fine(f: str) -> bool:
        return last.get(f, {}).get("inputs") == now and bool(there[f]) and last[f]["outputs"] == there[f]

    return tuple(f for f in to if not fine(f))


def write(root: Path, to: tuple[str, ...], now: str, about: dict) -> list[str]:
    """Record a finished render of the formats ``to``; gives the output files that are not as they were before."""
    before, there = read(root).get("formats", {}), outputs(root / "_book")
    changed = sorted(name for f in to for name, d in there[f].items() if before.get(f, {}).get("outputs", {}).get(name) != d)
    formats = {**before, **{f: {"inputs": now, "outputs": there[f]} for f in to}}
    write_beside(root / MANIFEST, json.dumps({"format": FORMAT, "formats": formats, "last": {**about, "changed": changed}}, indent=1))
    return changed


def write_beside(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as fh:
        fh.write(text)
    os.chmod(name, 0o644)
    os.replace(name, path)
