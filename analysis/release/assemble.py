"""Make the files of a release from the project folder this runs in; run by :mod:`.rebuild` as ``python -m analysis.release.assemble OUT``."""
from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path

from ..dataset.paths import root
from ..dataset.store import file_digest
from ..render import cite, report, swap
from ..render.edition import facts
from . import ReleaseError, metadata


def changes(text: str, version: str) -> str:
    """The part of a changelog that speaks of a version, without its heading; empty if there is none."""
    m = re.search(rf"^## \[?{re.escape(version)}\]?(?![\w.])[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return m[1].strip() if m else ""


def about(f: dict, previous: dict | None) -> dict:
    """What a release was made from and with: enough to make it again."""
    return {"version": f["version"], "commit": f["revision"], "date": f["iso"], "epoch": f["epoch"], "doi": f["doi"], "previous": previous,
            "lock": file_digest(root() / "requirements.lock"), "python": ".".join(platform.python_version_tuple()[:2]), "machine": platform.machine()}


def assemble(out: Path, previous: dict | None) -> None:
    """Write everything but the checksums into ``out``. Raises :class:`~analysis.render.report.Stopped` or :class:`ReleaseError`."""
    f = facts(root())
    name = f"iscm-report-{f['version']}"
    (out / f"{name}-source.zip").write_bytes(swap.pack(root(), f"{name}/"))
    book, _ = report.checked()
    report.make(("html", "pdf"), True, "", lambda text: None)
    shutil.copyfile(root() / "_book/iscm-report.pdf", out / f"{name}.pdf")
    (out / f"{name}-site.zip").write_bytes(swap.pack(root() / "_book", f"{name}-site/"))
    with tempfile.TemporaryDirectory() as temp:
        _figures(Path(temp) / "figures")
        (out / f"{name}-figures.zip").write_bytes(swap.pack(Path(temp) / "figures", f"{name}-figures/"))
        _data(Path(temp) / "data", book, f)
        (out / f"{name}-data.zip").write_bytes(swap.pack(Path(temp) / "data"))
    texts = {"CITATION.cff": metadata.cff(book, f), **cite.files(book, f), ".zenodo.json": metadata.zenodo(book, f),
             "release.json": json.dumps(about(f, previous), indent=1) + "\n", "RELEASE-NOTES.md": _notes(f, previous)}
    for file, text in texts.items():
        (out / file).write_bytes(text.encode("utf-8"))
    (out / "ro-crate-metadata.json").write_bytes(metadata.crate(book, f, out).encode("utf-8"))


def _figures(out: Path) -> None:
    from ..render import figures

    figures.write(figures.FIGURES, out)


def _data(out: Path, book, f: dict) -> None:
    """The data package, and beside it the files as people wrote them (``authored/``), from which all else is made."""
    from ..dataset.export import export

    export(out, f["version"])
    shutil.copytree(root() / "data", out / "authored")
    (out / "CITATION.cff").write_text(metadata.cff(book, f), encoding="utf-8")


def _notes(f: dict, previous: dict | None) -> str:
    from .. import diff

    own = changes((root() / "CHANGELOG.md").read_text(encoding="utf-8"), f["version"])
    out = [f"# Version {f['version']}, {f['date']}", "", own, ""]
    if previous is None:
        return "\n".join([*out, "This is the first release: there is no earlier one to compare with.", ""])
    compared = os.environ.get("ISCM_AGAINST", "")
    if not compared:  # a proof where neither the last release nor its commit is to be had: these are not compared, but their sum stands in other files
        kept = Path(os.environ.get("ISCM_NOTES", ""))
        return kept.read_text(encoding="utf-8", errors="replace") if kept.is_file() else ""
    names = {compared: f"version {previous['version']}", str(root()): f"version {f['version']}"}
    try:
        result = diff.compare(compared, str(root()))
    except diff.DiffError as exc:
        raise ReleaseError(f"the last release ({previous['version']}) cannot be compared with: {exc}") from exc
    failed = [f"{names.get(name, name)}: {reason}" for name, _, reason in (s.partition(": ") for s in result["not computed"])]  # no folder of this build
    text = diff.markdown({**result, "old": names[compared], "new": names[str(root())], "not computed": failed})
    return "\n".join([*out, text.replace("\n## ", "\n### ").replace("# What", "## What", 1)])


if __name__ == "__main__":
    try:
        assemble(Path(sys.argv[1]), json.loads(os.environ.get("ISCM_PREVIOUS") or "null"))
    except (report.Stopped, ReleaseError) as problem:
        sys.exit(str(problem))
