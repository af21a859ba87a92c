"""A release made from a commit in an empty folder, with nothing of the working tree: twice the same way, once to make and once to prove."""
from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

from ..dataset.paths import root
from ..render.edition import git
from . import ReleaseError

DROPPED = ("ISCM_ROOT", "ISCM_CACHE", "ISCM_DOI", "ISCM_COMMIT", "ISCM_PREVIOUS", "SOURCE_DATE_EPOCH", "PYTHONPATH", "PYTHONSAFEPATH")
"""Settings of the caller that must not reach a release."""


def against(previous: dict | None, releases: Path) -> str:
    """What release notes are compared with: the commit of the last release, or its data ZIP in the folder of ``releases`` where that commit is not to be had; empty without either."""
    if previous is None:
        return ""
    if _has(previous["commit"]):
        return previous["commit"]
    data = releases / previous["version"] / f"iscm-report-{previous['version']}-data.zip"
    return str(data.resolve()) if data.is_file() else ""


def rebuild(out: Path, commit: str, epoch: str, doi: str, previous: dict | None, source: Path | None = None, compared: str = "", notes: Path | None = None) -> None:
    """Make every file of a release but its checksums in ``out``, from the commit, or from a source ZIP where there is no repository.

    The release notes are ``compared`` with what :func:`against` gives; where it gives nothing, those in the file ``notes`` are taken as they are.
    Nothing kept from other runs is used, unless ``ISCM_BUILD_CACHE`` names a cache, for trials.
    Raises :class:`ReleaseError`."""
    with tempfile.TemporaryDirectory(prefix="iscm-build-") as temp:
        copy = Path(temp) / "copy"
        _take(copy, commit, source)
        env = {k: v for k, v in os.environ.items() if k not in DROPPED}
        env |= {"ISCM_ROOT": str(copy), "ISCM_COMMIT": commit, "SOURCE_DATE_EPOCH": epoch, "ISCM_DOI": doi, "ISCM_PREVIOUS": json.dumps(previous),
                "ISCM_AGAINST": compared, "ISCM_NOTES": str(notes.resolve()) if notes else "",
                "ISCM_REPOSITORY": str(root()), "ISCM_CACHE": os.environ.get("ISCM_BUILD_CACHE", ""), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "TZ": "UTC"}
        done = subprocess.run([sys.executable, "-m", "analysis.release.assemble", str(out.resolve())], cwd=copy, env=env,
                              capture_output=True, text=True, encoding="utf-8", errors="replace")
        if done.returncode:
            raise ReleaseError(f"the build of {commit[:7] or source} failed:\n{done.stderr.strip()}")


def _has(commit: str) -> bool:
    """Whether the repository has the commit."""
    return git(root(), "cat-file", "-t", commit) == "commit"


def _take(copy: Path, commit: str, source: Path | None) -> None:
    if _has(commit):
        done = subprocess.run(["git", "archive", "--format=tar", commit], cwd=root(), capture_output=True)
        if done.returncode:
            raise ReleaseError(f"the files of {commit} cannot be read: {done.stderr.decode('utf-8', 'replace').strip()}")
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            tar.extractall(copy, filter="data")
    elif source is not None and source.is_file():
        _unzip(source, copy)
    else:
        raise ReleaseError(f"the commit {commit} is not in this repository, and there is no source ZIP to build from")


def _unzip(source: Path, copy: Path) -> None:
    """The one folder of a source ZIP."""
    aside = copy.parent / "unpacked"
    try:
        with zipfile.ZipFile(source) as z:
            for info in z.infolist():
                path = Path(z.extract(info, aside))  # whatever name the ZIP gives it, this lies inside
                if path.is_file():
                    path.chmod(info.external_attr >> 16 & 0o777 or 0o644)
        (folder,) = aside.iterdir()
        folder.rename(copy)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as exc:
        raise ReleaseError(f"{source}: is not a source ZIP, one folder with the files of a commit: {exc}") from exc
