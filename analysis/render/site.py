"""The site: one page a chapter, in the book's page template, with sidebar and contents."""
from __future__ import annotations

import html
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template

from . import tree
from .book import Book, Chapter
from .edition import NOTICES, citation
from .pandoc import pandoc


def _sidebar(book: Book, here: Chapter) -> str:
    up, out, part = "../" * here.page.count("/"), [], None
    for ch in book.chapters:
        if ch.part != part:
            out.append(("</ul>" if out else "") + (f"<h2>{html.escape(ch.part)}</h2>" if ch.part else "") + "<ul>")
            part = ch.part
        elif not out:
            out.append("<ul>")
        mark = ' aria-current="page"' if ch is here else ""
        num = f'<span class="secno">{ch.number}</span> ' if ch.number else ""
        out.append(f'<li><a href="{up}{ch.page}"{mark}>{num}{html.escape(ch.title)}</a></li>')
    return "".join(out) + "</ul>"


def write(book: Book, doc: dict, chapters, n: tree.Numbers, stage: Path, f: dict) -> None:
    page = Template((book.root / "report/theme/page.html").read_text(encoding="utf-8"))
    shutil.copy(book.root / "report/theme/site.css", stage / "site.css")

    def one(i: int) -> None:
        ch, blocks = chapters[i]
        body = pandoc(["-f", "json", "-t", "html", "--wrap=none"], json.dumps({**doc, "blocks": tree.for_html(blocks, ch, n, stage)}), stage)
        up = "../" * ch.page.count("/")
        toc = "".join(f'<li class="l{d}"><a href="#{i_}">{html.escape(t)}</a></li>' for d, i_, _, t in n.headings[ch.page] if d in (2, 3))
        turn = [f'<a rel="{r}" href="{up}{c.page}">{a}{html.escape(c.title)}{z}</a>' if c else "<span></span>" for r, c, a, z in (
            ("prev", book.chapters[i - 1] if i else None, "← ", ""), ("next", book.chapters[i + 1] if i + 1 < len(book.chapters) else None, "", " →"))]
        out = stage / ch.page
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page.substitute(title=html.escape(ch.title), book=html.escape(book.meta["book"]["title"]), up=up, body=body,
                                       sidebar=_sidebar(book, ch), contents=f"<h2>On this page</h2><ul>{toc}</ul>" if toc else "", turn="".join(turn),
                                       version=f["version"], date=f["date"], citation=html.escape(citation(book, f)), notice=" ".join(NOTICES)), encoding="utf-8")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(len(chapters))))
