"""The PDF: Pandoc's document as Typst source in the book's template, compiled by the typst wheel."""
from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import typst
from pydantic_core import to_json

from ..dataset.store import digest, file_digest, store
from . import tree
from .book import Book
from .edition import NOTICES, citation
from .pandoc import RenderError, convert

STANDARD = "ua-1"


def write(source: str, book: Book, stage: Path, f: dict) -> None:
    """Write ``iscm-report.pdf``, set from its Typst source, into the stage. Raises :class:`~analysis.render.pandoc.RenderError`."""
    used = sorted(p for p in stage.rglob("figures/*.svg"))
    key = digest("pdf", version("typst"), STANDARD, f["epoch"], source, *(x for p in used for x in (p.name, file_digest(p))))
    made = store().remember("pdf", key, lambda: _compile(source, book, stage, f), "iscm-report.pdf")
    (stage / "iscm-report.pdf").write_bytes(made)


def source(book: Book, doc: dict, chapters, n: tree.Numbers, f: dict, marks: dict[str, tree.Mark]) -> str:
    """The whole book as Typst source. Raises :class:`~analysis.render.pandoc.RenderError`."""
    def body(chapter) -> str:
        ch, own = chapter
        return convert("json", "typst-citations", lambda: to_json({**doc, "blocks": tree.for_typst(own, n)}), "text", ch.path, marks[ch.page].made_of)

    with ThreadPoolExecutor(2) as pool:
        bodies = list(pool.map(body, chapters))
    out, part = [], None
    for (ch, _), text in zip(chapters, bodies):
        if ch.part != part and ch.part:
            out.append(f"#iscm-part([{ch.part}])\n")
        part = ch.part
        out.append(text)
    b = book.meta["book"]
    args = {"title": b["title"], "subtitle": b["subtitle"], "author": b["author"], "version": f["version"], "date": f["date"],
            "commit": f["commit"], "citation": citation(book, f), "notices": NOTICES}
    head = "\n".join(f"  {k}: {tree.typst_value(v)}," for k, v in args.items())
    template = (book.root / "report/theme/book.typ").read_text(encoding="utf-8")
    body_ = "\n".join(out)
    return f"{template}\n#let horizontalrule = line(length: 100%)\n#show: iscm-book.with(\n{head}\n)\n{body_}"


def _compile(source: str, book: Book, stage: Path, f: dict) -> bytes:
    file = stage / "book.typ"
    file.write_text(source, encoding="utf-8")
    try:
        return typst.compile(file, root=stage, ignore_system_fonts=True, timestamp=int(f["epoch"]), pdf_standards=[STANDARD])
    except Exception as exc:
        shutil.copy(file, book.root / "build" / "failed.typ")
        raise RenderError(f"typst: {exc}") from exc
    finally:
        file.unlink()
