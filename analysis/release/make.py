"""``iscm release``: refuse with every reason, or make ``dist/VERSION`` as a whole."""
from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

from ..dataset import documents
from ..dataset.documents import DataError
from ..dataset.paths import root
from ..render import report
from ..render.edition import SOURCES, facts, git
from . import ReleaseError
from .assemble import changes
from .rebuild import against, rebuild
from .record import A_DOI, DOI, VERSION, contents, read


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def earlier() -> dict[str, str]:
    """The versions that exist, each with its commit (empty, if its folder says none): release folders, and tags ``v1.2.0``."""
    found = {t[1:]: git(root(), "rev-list", "-n1", t) for t in git(root(), "tag", "--list", "v*").splitlines() if VERSION.fullmatch(t[1:])}
    for folder in (root() / "dist").glob("*"):
        if VERSION.fullmatch(folder.name):
            try:
                found[folder.name] = read(folder)["commit"]
            except ReleaseError:
                found.setdefault(folder.name, "")
    return found


def _text(file: str) -> str:
    """A file of the project, empty if it is not there."""
    path = root() / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def objections(version: str, doi: str = "") -> list[str]:
    """Every reason against a release of this version; none if it can be made."""
    if not VERSION.fullmatch(version):
        return [f"version: '{version}' is not three numbers; allowed: 1.2.0"]
    found = []
    if (doi := doi or facts(root())["doi"]) and not DOI.fullmatch(doi):
        found.append(f"doi: '{doi}' is not a DOI; allowed: {A_DOI}")
    if not git(root(), "rev-parse", "HEAD"):
        return [*found, "this folder is not under version control: a release is made from a commit"]
    if dirty := git(root(), "status", "--porcelain").splitlines():
        found.append(f"{len(dirty)} file(s) differ from the last commit ({', '.join(s.split(maxsplit=1)[1] for s in dirty[:5])}{', …' if len(dirty) > 5 else ''}): commit or remove them")
    known = earlier()
    if version in known:
        found.append(f"version {version} exists: a version is never made twice")
    elif known and _number(version) < _number(last := max(known, key=_number)):
        found.append(f"version {version} goes backwards: the last is {last}")
    elif known and not known[last]:
        found.append(f"dist/{last}: its release.json does not say which commit it was made from, so that nothing can be compared with it; mend or remove it")
    elif known and not against({"version": last, "commit": known[last]}, root() / "dist"):
        found.append(f"the last release ({last}) cannot be compared with: neither its commit {known[last]} nor dist/{last}/iscm-report-{last}-data.zip is here")
    for file, version_in in (("pyproject.toml", lambda: documents.version(root())), ("CITATION.cff", lambda: yaml.safe_load(_text("CITATION.cff"))["version"])):
        try:
            stated = f"says version {version_in()}"
        except (DataError, ValueError, LookupError, TypeError, yaml.YAMLError):
            stated = "says no version"
        if stated != f"says version {version}":
            found.append(f"{file}: {stated}; set it to {version} and commit")
    if not changes(_text("CHANGELOG.md"), version):
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
    commit, epoch = git(root(), "log", "-1", "--format=%H %ct", "--", *SOURCES).split()  # whatever commit and date the caller's settings name
    known, dist = earlier(), root() / "dist"
    previous = {"version": (last := max(known, key=_number)), "commit": known[last]} if known else None
    dist.mkdir(exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".part-", dir=dist))
    try:
        say(f"building {version} from {commit[:7]} in a clean copy")
        rebuild(stage, commit, epoch, doi or facts(root())["doi"], previous, compared=against(previous, dist))
        (stage / "SHA256SUMS").write_bytes("".join(f"{d}  {n}\n" for n, d in contents(stage).items()).encode())
        stage.chmod(0o755)
        stage.rename(dist / version)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return dist / version
