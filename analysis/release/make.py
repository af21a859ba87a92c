"""``iscm release``: refuse with every reason, or make ``dist/VERSION`` as a whole."""
from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml

from ..dataset.paths import root
from ..render import report
from ..render.edition import facts, git
from . import ReleaseError
from .assemble import changes
from .rebuild import rebuild, sums

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
DOI = re.compile(r"10\.\d{4,9}/\S+")


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def earlier() -> dict[str, str]:
    """The versions that exist, each with its commit: release folders, and tags ``v1.2.0``."""
    found = {t[1:]: git(root(), "rev-list", "-n1", t) for t in git(root(), "tag", "--list", "v*").splitlines() if VERSION.fullmatch(t[1:])}
    for folder in (root() / "dist").glob("*"):
        if VERSION.fullmatch(folder.name):
            try:
                found[folder.name] = json.loads((folder / "release.json").read_text(encoding="utf-8"))["commit"]
            except (OSError, ValueError, KeyError):
                found.setdefault(folder.name, "")
    return found


def objections(version: str, doi: str = "") -> list[str]:
    """Every reason against a release of this version; none if it can be made."""
    if not VERSION.fullmatch(version):
        return [f"version: '{version}' is not three numbers; allowed: 1.2.0"]
    found = []
    if doi and not DOI.fullmatch(doi):
        found.append(f"doi: '{doi}' is not a DOI; allowed: 10.5281/zenodo.1234567 (without an address before it)")
    if not git(root(), "rev-parse", "HEAD"):
        return [*found, "this folder is not under version control: a release is made from a commit"]
    if dirty := git(root(), "status", "--porcelain").splitlines():
        found.append(f"{len(dirty)} file(s) differ from the last commit ({', '.join(s.split(maxsplit=1)[1] for s in dirty[:5])}{', …' if len(dirty) > 5 else ''}): commit or remove them")
    known = earlier()
    if version in known:
        found.append(f"version {version} exists: a version is never made twice")
    elif known and _number(version) < _number(last := max(known, key=_number)):
        found.append(f"version {version} goes backwards: the last is {last}")
    for file, stated in (("pyproject.toml", tomllib.loads((root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]),
                         ("CITATION.cff", str(yaml.safe_load((root() / "CITATION.cff").read_text(encoding="utf-8")).get("version")))):
        if stated != version:
            found.append(f"{file}: says version {stated}; set it to {version} and commit")
    if not changes((root() / "CHANGELOG.md").read_text(encoding="utf-8"), version):
        found.append(f"CHANGELOG.md: has nothing under '## {version}'; say what changed and commit")
    try:
        report.checked()
    except report.Stopped as exc:
        found.append(f"the data or the chapters do not hold:\n{exc}")
    return found


def release(version: str, doi: str, say: Callable[[str], None]) -> Path:
    """Make the release and give its folder. Raises :class:`ReleaseError` with every reason; ``dist/`` then has nothing new."""
    if reasons := objections(version, doi):
        raise ReleaseError("\n".join([*reasons, f"No release: {len(reasons)} reason(s)."]))
    f = facts(root())
    before = {v: c for v, c in earlier().items() if c}
    last = max(before, key=_number, default=None)
    dist = root() / "dist"
    dist.mkdir(exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".part-", dir=dist))
    try:
        say(f"building {version} from {f['revision'][:7]} in a clean copy")
        rebuild(stage, f["revision"], f["epoch"], doi or f["doi"], {"version": last, "commit": before[last]} if last else None)
        (stage / "SHA256SUMS").write_bytes("".join(f"{d}  {n}\n" for n, d in sums(stage).items()).encode())
        stage.chmod(0o755)
        stage.rename(dist / version)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return dist / version
