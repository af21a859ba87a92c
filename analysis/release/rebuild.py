"""A release made from a commit in an empty folder, with nothing of the working tree: twice the same way, once to make and once to prove."""
from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from ..dataset.paths import root
from ..render.edition import git
from . import ReleaseError

DROPPED = ("ISCM_ROOT", "ISCM_CACHE", "ISCM_DOI", "ISCM_COMMIT", "ISCM_PREVIOUS", "SOURCE_DATE_EPOCH", "PYTHONPATH")
"""Settings of the caller that must not reach a release."""


def rebuild(out: Path, commit: str, epoch: str, doi: str, previous: dict | None, source: Path | None = None) -> None:
    """Make every file of a release but its checksums in ``out``, from the commit, or from a source ZIP where there is no repository.

    Nothing kept from other runs is used, unless ``ISCM_BUILD_CACHE`` names a cache, for trials.
    Raises :class:`ReleaseError`."""
    with tempfile.TemporaryDirectory(prefix="iscm-build-") as temp:
        copy = Path(temp) / "copy"
        _take(copy, commit, source)
        env = {k: v for k, v in os.environ.items() if k not in DROPPED}
        env |= {"ISCM_ROOT": str(copy), "ISCM_COMMIT": commit, "SOURCE_DATE_EPOCH": epoch, "ISCM_DOI": doi, "ISCM_PREVIOUS": json.dumps(previous),
                "ISCM_REPOSITORY": str(root()), "ISCM_CACHE": os.environ.get("ISCM_BUILD_CACHE", ""), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "TZ": "UTC"}
        done = subprocess.run([sys.executable, "-m", "analysis.release.assemble", str(out.resolve())], cwd=copy, env=env,
                              capture_output=True, text=True, encoding="utf-8", errors="replace")
        if done.returncode:
            raise ReleaseError(f"the build of {commit[:7] or source} failed:\n{done.stderr.strip()}")


def _take(copy: Path, commit: str, source: Path | None) -> None:
    if git(root(), "cat-file", "-t", commit) == "commit":
        done = subprocess.run(["git", "archive", "--format=tar", commit], cwd=root(), capture_output=True)
        if done.returncode:
            raise ReleaseError(f"the files of {commit} cannot be read: {done.stderr.decode('utf-8', 'replace').strip()}")
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            tar.extractall(copy, filter="data")
    elif source is not None and source.exists():
        with zipfile.ZipFile(source) as z:
            z.extractall(copy.parent / "unpacked")
            for info in z.infolist():
                (copy.parent / "unpacked" / info.filename).chmod(info.external_attr >> 16 or 0o644)
        next((copy.parent / "unpacked").iterdir()).rename(copy)
    else:
        raise ReleaseError(f"the commit {commit} is not in this repository, and there is no source ZIP to build from")


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 sum of each file of a release folder but ``SHA256SUMS`` itself."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file() and p.name != "SHA256SUMS"}
