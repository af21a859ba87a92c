"""The embedded engine: IPython for cells, Pandoc for the document, Typst for the PDF, Pagefind for search."""
from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from . import pdf, site, tree
from .book import Book, expand
from .edition import facts
from .execute import Runner
from .pandoc import RenderError, missing, pandoc

READER = "markdown+pipe_tables-smart"
FOOTNOTE = re.compile(r"\[\^")  # footnote names are those of a chapter: each gets its chapter's number


def render(book: Book, to: tuple[str, ...], say: Callable[[str], None]) -> dict[str, float]:
    """Render the book into ``_book/``, all or nothing; gives the seconds each step took.

    Raises :class:`~analysis.render.execute.CellError` or :class:`~analysis.render.pandoc.RenderError`; the last good output then stays."""
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
            parts.append(FOOTNOTE.sub(rf"[^{len(parts)}-", runner.chapter(*expand(book.root, ch.path))))
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
            pdf.write(book, doc, chapters, n, stage, f)
            lap("typst")
        if "html" in to:
            say("the site")
            site.write(book, doc, chapters, n, stage, f)
            lap("site")
            say("search index")
            if not (find_spec("pagefind") and find_spec("pagefind_bin")):
                raise missing("Pagefind")
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
