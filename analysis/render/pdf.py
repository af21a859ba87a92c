"""The PDF: Pandoc's document as Typst source in the book's template, compiled by the typst wheel."""
from __future__ import annotations

import json
import shutil
from pathlib import Path

from . import tree
from .book import Book
from .edition import NOTICES, citation
from .pandoc import RenderError, missing, pandoc


def write(book: Book, doc: dict, chapters, n: tree.Numbers, stage: Path, f: dict) -> None:
    try:
        import typst
    except ImportError as exc:
        raise missing("Typst") from exc

    blocks, part = [], None
    for ch, own in chapters:
        if ch.part != part and ch.part:
            blocks.append({"t": "RawBlock", "c": ["typst", f"#iscm-part([{ch.part}])"]})
        part = ch.part
        blocks += tree.for_typst(own, n)
    body = pandoc(["-f", "json", "-t", "typst-citations", "--wrap=none"], json.dumps({**doc, "blocks": blocks}), stage)
    b = book.meta["book"]
    args = {"title": b["title"], "subtitle": b["subtitle"], "author": b["author"], "version": f["version"], "date": f["date"],
            "commit": f["commit"], "citation": citation(book, f), "notices": NOTICES}
    head = "\n".join(f"  {k}: {tree.typst_value(v)}," for k, v in args.items())
    source = stage / "book.typ"
    template = (book.root / "report/theme/book.typ").read_text(encoding="utf-8")
    rule = "#let horizontalrule = line(length: 100%)\n"
    source.write_text(f"{template}\n{rule}#show: iscm-book.with(\n{head}\n)\n{body}", encoding="utf-8")
    try:
        typst.compile(source, output=stage / "iscm-report.pdf", root=stage, ignore_system_fonts=True, timestamp=int(f["epoch"]), pdf_standards=["ua-1"])
    except Exception as exc:
        shutil.copy(source, book.root / "build" / "failed.typ")
        raise RenderError(f"typst: {exc}") from exc
    source.unlink()
