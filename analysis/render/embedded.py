"""The embedded engine: IPython for cells, Pandoc for the document, Typst for the PDF, Pagefind for search."""
from __future__ import annotations

import fcntl
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from string import Template

from . import tree
from .book import Book, Chapter
from .execute import Runner

NOTICES = ("This is an independent study. It is not a publication of IOM or of any mechanism described in it.",
           "Names of States and territories, and boundaries on maps, imply no opinion on the status of any of them.",
           "Text and data: Creative Commons Attribution 4.0 (CC BY 4.0); code: MIT licence. Reference tables keep the licences of their makers.")
READER = "markdown+pipe_tables-smart"
FOOTNOTE = re.compile(r"\[\^")  # footnote names are those of a chapter: each gets its chapter's number


class RenderError(Exception):
    """A step of the render failed."""


def pandoc(args: list[str], text: str, cwd: Path) -> str:
    """Run Pandoc on ``text``; raises :class:`RenderError` with its message."""
    import pypandoc

    done = subprocess.run([pypandoc.get_pandoc_path(), *args], input=text, capture_output=True, text=True, encoding="utf-8", cwd=cwd)
    if done.returncode or "not found" in done.stderr:
        raise RenderError(f"pandoc: {done.stderr.strip()}")
    return done.stdout


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


def render(book: Book, to: tuple[str, ...], say: Callable[[str], None]) -> dict[str, float]:
    """Render the book into ``_book/``, all or nothing; gives the seconds each step took.

    Raises :class:`~analysis.render.execute.CellError` or :class:`RenderError`; the last good output then stays."""
    took: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str):
        nonlocal clock
        now = time.perf_counter()
        took[name] = took.get(name, 0) + now - clock
        clock = now

    build = book.root / "build"
    build.mkdir(exist_ok=True)
    lock = open(build / "render.lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise RenderError("another render of this folder is under way; wait for it to end") from exc
    _recover(book.root)
    stage = Path(tempfile.mkdtemp(prefix="stage-", dir=build))
    try:
        runner = Runner(stage / "figures")
        lap("imports")
        parts = []
        for ch in book.chapters:
            say(f"cells: {ch.path}")
            parts.append(FOOTNOTE.sub(rf"[^{len(parts)}-", runner.chapter(book.root / ch.path, ch.path)))
        lap("cells")
        say("Pandoc: one reading")
        doc = json.loads(pandoc(["-f", READER, "-t", "json", "--columns=20"], "\n\n".join(parts), stage))
        chapters = list(zip(book.chapters, tree.split(doc["blocks"])))
        if len(chapters) != len(book.chapters) or len(tree.split(doc["blocks"])) != len(book.chapters):
            raise RenderError("each chapter needs one first-level heading, at its start")
        n = tree.number(chapters)
        heads = {blocks[0]["c"][1][0]: ch for ch, blocks in chapters}
        doc["blocks"] = tree.resolve([b for _, blocks in chapters for b in blocks], n, heads)
        doc["meta"] = {"link-citations": {"t": "MetaBool", "c": True}, "lang": {"t": "MetaString", "c": "en-GB"}}
        say("Pandoc: citations")
        doc = json.loads(pandoc(["-f", "json", "-t", "json", "--citeproc", f"--bibliography={book.root / 'data/sources.yaml'}"], json.dumps(doc), stage))
        chapters = list(zip(book.chapters, tree.split(doc["blocks"])))
        refs = next((ch.page for ch in book.chapters if ch.path.endswith("references.qmd")), "index.html")
        tree.walk(doc["blocks"], lambda e: n.page.__setitem__(e["c"][0][0], refs) if e["t"] == "Div" and e["c"][0][0].startswith("ref-") else None)
        lap("pandoc")
        f = facts(book.root)
        if "pdf" in to:
            say("Typst: the PDF")
            _pdf(book, doc, chapters, n, stage, f)
            lap("typst")
        if "html" in to:
            say("the site")
            _site(book, doc, chapters, n, stage, f)
            lap("site")
            say("search index")
            done = subprocess.run([sys.executable, "-m", "pagefind", "--site", str(stage)], capture_output=True, text=True)
            if done.returncode:
                raise RenderError(f"pagefind: {done.stderr.strip() or done.stdout.strip()}")
            lap("search")
        numbers = {"labels": n.number, "headings": {p: [h[2:] for h in hs] for p, hs in n.headings.items()}}
        (build / "numbers.json").write_text(json.dumps(numbers, indent=1, sort_keys=True), encoding="utf-8")
        if "html" not in to:
            shutil.rmtree(stage / "figures")
        _swap(stage, book.root / "_book", keep=set() if len(to) == 2 else {"pdf"} if "html" in to else {"html"})
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        lock.close()
    return took


def _recover(root: Path) -> None:
    """Undo what a killed render left: its working folders, and an output moved aside but not yet replaced."""
    for left in (root / "build").glob("stage-*"):
        shutil.rmtree(left, ignore_errors=True)
    old = root / "_book.old"
    if old.exists() and not (root / "_book").exists():
        old.rename(root / "_book")


def _swap(stage: Path, book: Path, keep: set[str]) -> None:
    """Put the finished output in place; with one format only, the other format's last output is kept."""
    if book.exists() and keep:
        for item in book.iterdir():
            is_pdf = item.suffix == ".pdf"
            if (is_pdf and "pdf" in keep or not is_pdf and "html" in keep) and not (stage / item.name).exists():
                (shutil.copytree if item.is_dir() else shutil.copy2)(item, stage / item.name)
    old = book.with_name("_book.old")
    shutil.rmtree(old, ignore_errors=True)
    if book.exists():
        book.rename(old)
    stage.chmod(0o755)
    stage.rename(book)
    shutil.rmtree(old, ignore_errors=True)


def _pdf(book: Book, doc: dict, chapters, n: tree.Numbers, stage: Path, f: dict) -> None:
    import typst

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


def _site(book: Book, doc: dict, chapters, n: tree.Numbers, stage: Path, f: dict) -> None:
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
