"""The embedded engine: IPython for cells, Pandoc for the document, Typst for the PDF, Pagefind for search."""
from __future__ import annotations

import gc
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..dataset.store import digest, store
from ..dataset.trace import data_digest
from ..present import draw
from . import chapters as executed
from . import citations, pdf, site, swap, tree, uptodate
from .ahead import Work
from .book import Book
from .edition import facts
from .execute import Runner
from .pandoc import RenderError, binary, close, missing


def render(book: Book, to: tuple[str, ...], say: Callable[[str], None], inputs: str = "", work: Work | None = None) -> dict:
    """Render the book into ``_book/``, all or nothing, with the ``work`` of other processes; gives the seconds each step took and what was made or kept.

    Raises :class:`~analysis.render.execute.CellError` or :class:`~analysis.render.pandoc.RenderError`; the last good output then stays."""
    collects = gc.isenabled()
    gc.disable()  # large trees without cycles: looking for garbage in them costs more than all else that Python does here
    try:
        with swap.stage(book.root) as stage:
            return _render(book, to, say, inputs, work or Work(), stage)
    finally:
        if collects:
            gc.enable()


def _render(book: Book, to: tuple[str, ...], say: Callable[[str], None], inputs: str, work: Work, stage: Path) -> dict:
    took: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str):
        nonlocal clock
        now = time.perf_counter()
        took[name], clock = took.get(name, 0) + now - clock, now

    pool = ThreadPoolExecutor(2)
    aside = ThreadPoolExecutor(1)  # what the site alone waits for, one after the other, while Pandoc has one core for the citations
    f = facts(book.root)
    try:
        say("cells")
        binary()  # here, once: threads that import a missing package at the same time see it half-made
        executed.ready(book.root, (ch.path for ch in book.chapters))
        work.meet()
        runner = Runner(stage / "figures")
        trees: list[Future[str]] = []

        for ch in book.chapters:
            say(f"cells: {ch.path}")
            trees.append(pool.submit(executed.parsed, ch.path, executed.run(book.root, ch.path, runner)))
        waiting = aside.submit(work.end)
        lap("cells")
        say("Pandoc: reading and citations")
        doc, chapters = _read(book, trees)
        beside = [aside.submit(job, *args) for job, *args in ((_package, stage, f), (_bundle, stage), (site.figures, stage))] if "html" in to else []
        n = tree.number(chapters)
        heads = {blocks[0]["c"][1][0]: ch for ch, blocks in chapters}
        chapters = [(ch, tree.resolve(blocks, n, heads)) for ch, blocks in chapters]
        chapters = citations.resolve(chapters, book, stage)
        for ch, blocks in chapters:
            if ch.path.endswith("references.qmd"):
                tree.walk(blocks, lambda e: n.page.__setitem__(e["c"][0][0], ch.page) if e["c"][0][0].startswith("ref-") else None, {"Div"})
        doc["blocks"] = [b for _, blocks in chapters for b in blocks]
        marks = tree.marks(chapters, n)
        lap("pandoc")
        say(" and ".join({"html": "the site", "pdf": "the PDF"}[x] for x in to))
        jobs = []  # the PDF takes longest and starts first; what it waits for has both cores
        if "pdf" in to:
            jobs.append(pool.submit(pdf.write, pdf.source(book, doc, chapters, n, f, marks), book, stage, f))
        for job in beside:
            job.result()  # the site's pages link to it
        if "html" in to:
            jobs.append(pool.submit(_site, book, doc, chapters, n, stage, f, marks))
        for job in [*jobs, waiting, aside.submit(store().prune)]:
            job.result()
        lap("formats")
        numbers = {"labels": n.number, "headings": {p: [h[2:] for h in hs] for p, hs in n.headings.items()}}
        uptodate.write_beside(book.root / "build/numbers.json", json.dumps(numbers, indent=1, sort_keys=True))
        if "html" not in to:
            shutil.rmtree(stage / "figures")
        swap.put(stage, book.root / "_book", keep=set() if len(to) == 2 else {"pdf"} if "html" in to else {"html"})
        about = {"data": data_digest(), "seconds": {k: round(v, 2) for k, v in took.items()}, "made": {k: sorted(v) for k, v in store().made.items()}, "kept": {k: len(v) for k, v in store().kept.items() if v}}
        changed = uptodate.write(book.root, to, inputs or uptodate.inputs(book.root), about)
        lap("output")
    finally:
        work.stop()  # first: if something failed, a thread may wait for them
        for threads in (pool, aside):
            threads.shutdown(cancel_futures=True)
        close()
    return {"took": took, "changed": changed}


def _read(book: Book, trees: list[Future[str]]) -> tuple[dict, list]:
    """The chapters' trees, with identifiers that are unique in the book."""
    docs = [json.loads(t.result()) for t in trees]
    seen: set[str] = set()
    for ch, doc in zip(book.chapters, docs):
        heads = [b for b in doc["blocks"] if b["t"] == "Header" and b["c"][0] == 1]
        if len(heads) != 1 or doc["blocks"][0] is not heads[0]:
            raise RenderError(f"{ch.path}: a chapter needs one first-level heading, at its start")
        for b in doc["blocks"]:
            if b["t"] == "Header":
                ident, k = b["c"][1][0], 1
                while b["c"][1][0] in seen:
                    k += 1
                    b["c"][1][0] = f"{ident}-{k}"
                seen.add(b["c"][1][0])
    return {**docs[0], "meta": {}}, [(ch, d["blocks"]) for ch, d in zip(book.chapters, docs)]


def _package(stage: Path, f: dict) -> None:
    """The data package beside the site's pages."""
    (stage / f"iscm-report-{f['version']}-data.zip").write_bytes(site.package(f["version"]))


def _bundle(stage: Path) -> None:
    """The charts' library, one script for all pages."""
    (stage / "vega.js").write_bytes(draw.library())


def _search_key(stage: Path) -> str:
    """What the search index is known by: the pages, and the packages of the program that reads them."""
    pages = sorted(stage.rglob("*.html"))
    return digest("pagefind", _installed("pagefind"), _installed("pagefind_bin"), *(x for p in pages for x in (p.relative_to(stage).as_posix(), p.read_bytes())))


def _installed(package: str) -> str:
    """The version of a package, empty if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _site(book, doc, chapters, n, stage: Path, f: dict, marks: dict) -> None:
    site.write(book, doc, chapters, n, stage, f, marks)

    def index() -> bytes:
        try:
            from pagefind_bin import get_executable  # the program itself: the package's own way to it starts Python once more

            program = get_executable()
        except (ImportError, OSError) as exc:
            raise missing("Pagefind") from exc
        nice = ["nice", "-n", "19"] * bool(shutil.which("nice"))  # the PDF takes longer, and uses one core alone at its end: time enough for this
        done = subprocess.run([*nice, program, "--site", str(stage)], capture_output=True, text=True, encoding="utf-8", errors="replace")
        if done.returncode:
            raise RenderError(f"pagefind: {done.stderr.strip() or done.stdout.strip()}")
        return swap.pack(stage / "pagefind", level=0)

    packed = store().remember("search", _search_key(stage), index, "index")
    if not (stage / "pagefind").exists():
        swap.unpack(packed, stage / "pagefind")
