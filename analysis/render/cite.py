"""The suggested citation in the forms that reference managers take."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .book import Book

KEYWORDS = ["migration governance", "regional consultative processes", "interregional forums", "inter-State consultation mechanisms on migration"]


def title(book: Book) -> str:
    """Title and subtitle as one."""
    b = book.meta["book"]
    return f"{b['title']}: {b['subtitle'][0].lower()}{b['subtitle'][1:]}"


def address(f: dict) -> str:
    """Where the edition lies: its DOI if it has one, else the site's address, else nothing."""
    return f"https://doi.org/{f['doi']}" if f["doi"] else f["url"]


def csl(book: Book, f: dict) -> list[dict]:
    """CSL-JSON: one entry."""
    y, m, d = map(int, f["iso"].split("-"))
    entry = {"id": f"iscm-report-{f['version']}", "type": "report", "title": title(book), "author": [{"literal": book.meta["book"]["author"]}],
             "issued": {"date-parts": [[y, m, d]]}, "version": f["version"], "language": "en-GB", "note": f"Version {f['version']}"}
    return [{**entry, **({"DOI": f["doi"]} if f["doi"] else {}), **({"URL": address(f)} if address(f) else {})}]


def bibtex(book: Book, f: dict) -> str:
    """BibTeX: one entry; the name is one author, not a list of words."""
    rows = {"title": "{" + title(book) + "}", "author": "{" + book.meta["book"]["author"] + "}", "year": f["year"], "month": str(int(f["iso"][5:7])),
            "version": f["version"], "note": f"Version {f['version']}", "language": "en-GB", "doi": f["doi"], "url": address(f)}
    lines = [f"  {k} = {{{v}}}," for k, v in rows.items() if v]
    return "\n".join([f"@techreport{{iscm-report-{f['version']},", *lines, "  institution = {" + book.meta["book"]["author"] + "}", "}"]) + "\n"


def ris(book: Book, f: dict) -> str:
    """RIS: one record. The comma after the author's name says that it is an organisation's."""
    rows = [("TY", "RPRT"), ("ID", f"iscm-report-{f['version']}"), ("TI", title(book)), ("AU", book.meta["book"]["author"] + ","), ("PY", f["year"]),
            ("DA", f["iso"].replace("-", "/")), ("ET", f"Version {f['version']}"), ("LA", "en-GB"), ("DO", f["doi"]), ("UR", address(f)),
            *(("KW", k) for k in KEYWORDS), ("ER", "")]
    return "".join(f"{k}  - {v}".rstrip(" ") + ("\r\n" if k != "ER" else " \r\n") for k, v in rows if v or k == "ER")


def files(book: Book, f: dict) -> dict[str, str]:
    """The citation as files, by name: BibTeX, RIS and CSL-JSON."""
    return {"citation.bib": bibtex(book, f), "citation.ris": ris(book, f), "citation.json": json.dumps(csl(book, f), ensure_ascii=False, indent=1) + "\n"}
