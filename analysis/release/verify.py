"""``iscm verify``: the sums of a release, and each file against one made again from its commit."""
from __future__ import annotations

import io
import platform
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import file_digest
from ..render.edition import git
from .rebuild import against, rebuild
from .record import contents, listed, read

NOTES = "RELEASE-NOTES.md"


@dataclass
class Proof:
    """``files``: for each file "identical", or where it differs, or "not compared" and what that needs; ``sums``: what does not hold against ``SHA256SUMS``; ``notes``: what limits the proof."""

    files: dict[str, str] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every sum holds and every file came out the same."""
        return not self.sums and all(v == "identical" for v in self.files.values())


def verify(folder: Path, say: Callable[[str], None]) -> Proof:
    """Prove a release. Raises :class:`ReleaseError` if it cannot be read or built."""
    made, stated, found = read(folder), listed(folder), contents(folder)
    proof = Proof(sums=_sums(stated, found), notes=_limits(made))
    commit, previous = made["commit"], made["previous"]
    epoch = git(root(), "log", "-1", "--format=%ct", commit) or made["epoch"]
    compared = against(previous, folder.resolve().parent)
    if previous and compared not in ("", previous["commit"]):
        proof.notes.append(f"the commit of the release {previous['version']} is not here: {NOTES} compares with the data of that release, which lies beside this one")
    with tempfile.TemporaryDirectory(prefix="iscm-verify-") as temp:
        say(f"building {made['version']} again from {commit[:7]}")
        rebuild(Path(temp), commit, epoch, made["doi"], previous, folder / f"iscm-report-{made['version']}-source.zip", compared, folder / NOTES)
        again = contents(Path(temp))
        proof.files = {name: _compare(name, folder, found, Path(temp), again) for name in sorted({*found, *again})}
    if previous and not compared:
        proof.files[NOTES] = f"not compared: needs the release {previous['version']} beside this one, as {previous['version']}/, or a repository with its commit {previous['commit'][:7]}"
    return proof


def _sums(stated: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    """What lies in a release folder otherwise than ``SHA256SUMS`` states."""
    why = lambda name: "missing" if name not in found else "not listed in SHA256SUMS" if name not in stated else found[name] if " " in found[name] else "altered"
    return {name: why(name) for name in sorted({*stated, *found}) if stated.get(name) != found.get(name)}


def _limits(made: dict) -> list[str]:
    """In what this environment is another than the one the release was made with."""
    here = {"lock": file_digest(root() / "requirements.lock"), "python": ".".join(platform.python_version_tuple()[:2]), "machine": platform.machine()}
    what = {"lock": "another requirements.lock than this environment's", "python": f"Python {made['python']}, this is {here['python']}",
            "machine": f"a {made['machine']} machine, this is {here['machine']}"}
    return [f"the release was made with {what[key]}: differences may come from that" for key in here if made[key] != here[key]]


def _compare(name: str, folder: Path, found: dict[str, str], temp: Path, again: dict[str, str]) -> str:
    if name not in found or name not in again:
        return "is not in the release" if name not in found else "was not made again"
    if found[name] == again[name]:
        return "identical"
    return found[name] if " " in found[name] else _difference((folder / name).read_bytes(), (temp / name).read_bytes())


def _difference(a: bytes, b: bytes) -> str:
    """Where two files differ: in which entries, if both are ZIP files that can be read, else from which byte on."""
    try:
        one, two = _entries(a), _entries(b)
    except Exception:  # no ZIP, or one that is damaged, which shows in many ways
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        return f"differs from byte {at:,} on ({len(a):,} and {len(b):,} bytes)"
    names = [n for n in sorted({*one, *two}) if one.get(n) != two.get(n)]
    return f"differs in {len(names)} of {len({*one, *two})} entries: {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else "differs in its order or dates only"


def _entries(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as z:
        return {n: z.read(n) for n in z.namelist()}
