"""``iscm verify``: the sums of a release, and each file against one made again from its commit."""
from __future__ import annotations

import io
import json
import platform
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import file_digest
from . import ReleaseError
from .rebuild import rebuild, sums


@dataclass
class Proof:
    """``files``: for each file "identical", or where it differs; ``sums``: files whose sum does not hold; ``notes``: what limits the proof."""

    files: dict[str, str] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every sum holds and every file came out the same."""
        return not self.sums and all(v == "identical" for v in self.files.values())


def verify(folder: Path, say: Callable[[str], None]) -> Proof:
    """Prove a release. Raises :class:`ReleaseError` if it cannot be read or built."""
    try:
        made = json.loads((folder / "release.json").read_text(encoding="utf-8"))
        stated = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
        wanted = {k: made[k] for k in ("commit", "epoch", "doi", "previous")}
    except (OSError, ValueError, KeyError) as exc:
        raise ReleaseError(f"{folder} is not a release: {exc}") from exc
    proof, found = Proof(), sums(folder)
    for name in sorted({*stated, *found}):
        if stated.get(name) != found.get(name):
            proof.sums[name] = "missing" if name not in found else "not listed in SHA256SUMS" if name not in stated else "altered"
    here = {"lock": file_digest(root() / "requirements.lock"), "python": ".".join(platform.python_version_tuple()[:2]), "machine": platform.machine()}
    for key, what in (("lock", "another requirements.lock than this environment's"), ("python", f"Python {made.get('python')}, this is {here['python']}"),
                      ("machine", f"a {made.get('machine')} machine, this is {here['machine']}")):
        if made.get(key) != here[key]:
            proof.notes.append(f"the release was made with {what}: differences may come from that")
    with tempfile.TemporaryDirectory(prefix="iscm-verify-") as temp:
        say(f"building {made['version']} again from {wanted['commit'][:7]}")
        rebuild(Path(temp), **wanted, source=next(folder.glob("*-source.zip"), None))
        for name in sorted({*found, *sums(Path(temp))}):
            proof.files[name] = _compare(folder / name, Path(temp) / name)
    return proof


def _compare(kept: Path, again: Path) -> str:
    if not kept.exists() or not again.exists():
        return "is not in the release" if not kept.exists() else "was not made again"
    a, b = kept.read_bytes(), again.read_bytes()
    if a == b:
        return "identical"
    if kept.suffix == ".zip" and zipfile.is_zipfile(io.BytesIO(a)):
        one, two = (_entries(x) for x in (a, b))
        names = [n for n in sorted({*one, *two}) if one.get(n) != two.get(n)]
        return f"differs in {len(names)} of {len({*one, *two})} entries: {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else "differs in its order or dates only"
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"differs from byte {at:,} on ({len(a):,} and {len(b):,} bytes)"


def _entries(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as z:
        return {n: z.read(n) for n in z.namelist()}
