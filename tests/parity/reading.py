"""What a rendered book says of itself, read from its HTML pages and its PDF: the same for both engines."""
from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
from pathlib import Path

from analysis.render import book as books
from analysis.render.tree import text, walk

NUMBER = re.compile(r"(?:^|(?<=\s))(\d+|[A-Z])((?:\.\d+)*)\b")
CAPTION = re.compile(r"^(Figure|Table)[ \u00a0]([A-Z]?[\d.]*\d)[.:] (?!.*\. \.)(.+)$", re.M)
KINDS = ("note", "tip", "warning", "caution", "important")


def tree(page: Path) -> list:
    """The main part of a page as Pandoc's blocks."""
    import pypandoc

    main = re.search(r"<main\b.*?</main>", page.read_text(encoding="utf-8"), re.S)[0]
    main = re.sub(r'<section id="cite".*?</section>', "", main, flags=re.S)  # furniture of our site, like what is cut below
    main = re.sub(r"<(header|nav|svg)\b.*?</\1>", lambda m: "".join(re.findall(r"<h1\b.*?</h1>", m[0], re.S)), main, flags=re.S)
    done = subprocess.run([pypandoc.get_pandoc_path(), "-f", "html", "-t", "json"], input=main, capture_output=True, text=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)["blocks"]


def number(label: str) -> str | None:
    """The number in a label such as ``Figure 3.1``, ``Appendix A`` or ``2.1``; None without one."""
    m = NUMBER.search(label.replace("\u00a0", " "))
    return m[1] + m[2] if m else None


def _plain(inlines) -> str:
    def see(e):
        if e["t"] == "Link" and {"xref", "quarto-xref"} & set(e["c"][0][1]):
            return [{"t": "Str", "c": "→"}]  # where it leads stands in ``refs``
        if e["t"] == "Note" or e["t"] == "Span" and "screen-reader-only" in e["c"][0][1]:
            return []
        return None

    return re.sub(r"\s+", " ", text(walk(inlines, see, {"Link", "Note", "Span"})).replace("\u00a0", " ")).strip()


def page(path: Path, heads: dict[str, str]) -> dict:
    """Headings with numbers, floats with numbers and captions, references with numbers, citations, notes, callouts and paragraphs of a page.

    ``heads`` gives the identifier of each chapter's heading by page: Quarto links to a chapter's page, not to its heading."""
    out: dict = {"headings": [], "floats": {}, "refs": [], "citations": [], "notes": 0, "callouts": [], "text": []}

    def see(e):
        kind, c = e["t"], e["c"] if "c" in e else None
        if kind == "Header":
            whole = _plain(c[2])
            secno = number(re.sub(r"^Appendix ", "", whole)) if re.match(r"(Appendix [A-Z]\b|\d|[A-Z](\.\d+)* )", whole) else None
            title = re.sub(r"^(Appendix )?" + re.escape(secno) + r"( —)?\s*", "", whole) if secno else whole
            out["headings"].append([c[0], secno, title])
        elif kind == "Link" and {"xref", "quarto-xref"} & set(c[0][1]):
            target = c[2][0].rpartition("#")[2] if "#" in c[2][0] else heads[c[2][0].rpartition("/")[2]]
            out["refs"].append([target, number(re.sub(r"\bAppendix\b", "", text(c[1])))])
        elif kind == "Span" and "citation" in c[0][1]:
            out["citations"] += dict(c[0][2])["cites"].split()
        elif kind == "Note":
            out["notes"] += 1
        elif kind == "Div" and (box := next((k for k in KINDS if f"callout-{k}" in c[0][1]), None)):
            out["callouts"].append([box])
        elif kind == "Div" and {"callout-title", "callout-title-container"} & set(c[0][1]):
            out["callouts"][-1].append(_plain(c[1]))
            return []
        elif kind == "Div" and {"csl-bib-body", "quarto-title-meta", "turn"} & set(c[0][1]):
            return []
        elif kind == "Para" and (line := _plain(c)):
            out["text"].append(line)
        return None

    walk(tree(path), see, {"Header", "Link", "Span", "Note", "Div", "Para"})
    firsts = [h for h in out["headings"] if h[0] == 1]
    out["headings"] = [h for h in out["headings"] if h not in firsts[:-1]]  # Quarto puts the book's title over its first page
    raw = path.read_text(encoding="utf-8")
    for ident, body in re.findall(r'<(?:div|figure) id="((?:fig|tbl)-[^"]+)"[^>]*>.*?<figcaption[^>]*>(.*?)</figcaption>', raw, re.S):
        label = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", body))).strip()
        m = re.match(r"(?:Figure|Table) ([A-Z]?[\d.]*\d)[.:] (.*)", label)
        out["floats"][ident] = [m[1], m[2]]
    return out


def site(root: Path) -> dict[str, dict]:
    """Every page of a rendered book, by page."""
    book = books.read(root)
    heads = {}
    for ch in book.chapters:
        first = next(line for _, line in books.prose((root / ch.path).read_text(encoding="utf-8")) if line.startswith("# "))
        heads[Path(ch.page).name] = books.HEAD_ID.search(first)[1]
    return {ch.page: page(root / "_book" / ch.page, heads) for ch in book.chapters}


def pdf(root: Path) -> list:
    """Captions of the PDF in order, as kind, number and text."""
    from pypdf import PdfReader

    pages = "\n".join(p.extract_text() for p in PdfReader(root / "_book/iscm-report.pdf").pages)
    return [[kind, number, caption.strip()] for kind, number, caption in CAPTION.findall(pages)]


def skeleton(root: Path, chapter: str) -> str:
    """Digest of what numbers a chapter: its headings, labels and their order, not its words."""
    source, _ = books.expand(root, chapter)
    parts = [line for _, line in books.prose(source) if line.startswith("#")]
    parts += [label for _, options in books.cells(source) if (label := options.get("label", ("",))[0])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
