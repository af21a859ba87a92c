"""What identifies an edition: version, commit, date, the suggested citation, the notices."""
from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from .book import Book

NOTICES = ("This is an independent study. It is not a publication of IOM or of any mechanism described in it.",
           "Names of States and territories, and boundaries on maps, imply no opinion on the status of any of them.",
           "Text and data: Creative Commons Attribution 4.0 (CC BY 4.0); code: MIT licence. Reference tables keep the licences of their makers.")


def facts(root: Path) -> dict[str, str]:
    """Version, commit and date of what is rendered. The date is that of the commit, or ``SOURCE_DATE_EPOCH``."""
    from importlib.metadata import version

    def git(*args):
        try:
            done = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True)
        except FileNotFoundError:
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""

    epoch = os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or "0"
    day = datetime.fromtimestamp(int(epoch), timezone.utc)
    v = version("iscm-report")
    return {"version": v, "commit": git("rev-parse", "--short", "HEAD") or "uncommitted", "epoch": epoch,
            "date": f"{day.day} {day:%B %Y}", "year": str(day.year)}


def citation(book: Book, f: dict) -> str:
    """The suggested citation."""
    b = book.meta["book"]
    return f"{b['author']} ({f['year']}). {b['title']}: {b['subtitle'][0].lower()}{b['subtitle'][1:]}. Version {f['version']}."
