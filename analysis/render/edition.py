"""What identifies an edition: version, commit, date, DOI, the suggested citation, the notices."""
from __future__ import annotations

import os
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataset.documents import text, version
from .cite import title

if TYPE_CHECKING:
    from .book import Book

NOTICES = ("This is an independent study. It is not a publication of IOM or of any mechanism described in it.",
           "Names of States and territories, and boundaries on maps, imply no opinion on the status of any of them.",
           "Text and data: Creative Commons Attribution 4.0 (CC BY 4.0); code: MIT licence. Reference tables keep the licences of their makers.")
SOURCES = ("_quarto.yml", "index.qmd", "report", "data", "analysis", "pyproject.toml", "requirements.lock", "CHANGELOG.md", "LICENSE", "CITATION.cff")
"""What an edition is made from. Its commit is the last that touched any of these; other commits do not change the report."""
MONTHS = "January February March April May June July August September October November December".split()


def git(root: Path, *args: str) -> str:
    """What a Git command prints; nothing if it fails, if Git is missing, or if the folder is not one of Git's."""
    try:
        done = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, encoding="utf-8", errors="replace",
                              env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"})
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def facts(root: Path) -> dict[str, str]:
    """Version, commit, date, DOI and address of what is rendered.

    The date is that of the commit, or ``SOURCE_DATE_EPOCH``; never the clock's, so that the same sources give the same bytes.
    ``ISCM_COMMIT`` names the commit where its files lie outside a repository.
    A DOI reserved for the edition comes from ``ISCM_DOI``, else from ``doi:`` under ``book:`` in ``_quarto.yml``."""
    commit, _, stamp = (os.environ.get("ISCM_COMMIT") or git(root, "log", "-1", "--format=%H %ct", "--", *SOURCES)).partition(" ")
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or stamp or "0"
    if not epoch.isdigit():
        raise ValueError(f"SOURCE_DATE_EPOCH: '{epoch}' is not a number of seconds since 1970")
    day = datetime.fromtimestamp(int(epoch), timezone.utc)
    dirty = bool(stamp) and bool(git(root, "status", "--porcelain", "--", *SOURCES))
    settings = text("_quarto.yml", root) if (root / "_quarto.yml").exists() else ""
    setting = lambda name: m[1] if (m := re.search(rf'^  {name}:\s*"?([^"\s#]+)"?', settings, re.M)) else ""
    return {"version": version(root), "commit": (commit[:7] + (" with changes not committed" if dirty else "")) or "not under version control",
            "revision": commit, "epoch": epoch, "date": f"{day.day} {MONTHS[day.month - 1]} {day.year}", "iso": f"{day:%Y-%m-%d}",
            "year": str(day.year), "doi": os.environ.get("ISCM_DOI") or setting("doi"), "url": setting("site-url")}


def citation(book: Book, f: dict, part: str = "") -> str:
    """The suggested citation, of the whole or of a ``part`` of it ("Figure 3.2")."""
    b = book.meta["book"]
    where = f" https://doi.org/{f['doi']}" if f.get("doi") else f" {f['url']}" if f.get("url") else ""
    return f"{b['author']} ({f['year']}). {part + ', in: ' if part else ''}{title(book)}. Version {f['version']}.{where}"
