"""Pandoc's document tree: numbering, cross-references, and what each format needs of them."""
from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic_core import to_json

from ..dataset.code import code_digest
from ..dataset.store import digest
from .book import REF, Chapter
from .furniture import place, tools

WORD = {"fig": "Figure", "tbl": "Table"}


LEAVES = {"Str", "Space", "SoftBreak", "LineBreak", "Code", "CodeBlock", "Math", "RawInline", "RawBlock", "HorizontalRule",
          "AlignDefault", "AlignLeft", "AlignRight", "AlignCenter", "ColWidth", "ColWidthDefault"}
"""Elements with nothing inside: most of a document."""
TEXT = {"Para", "Plain", "Table"}
"""Blocks that hold no headings or divisions, but in notes (a cell of the dialect's tables is one line)."""
BLOCKS = {"Div", "Header"}


def walk(node, fn, kinds: frozenset[str] | set[str]):
    """Replace elements of some kinds: ``fn(element)`` gives None to go on, or a list of elements to put in its place.

    Of blocks alone, those inside notes and tables are left as they are."""
    return _walk(node, fn, kinds, (LEAVES | TEXT if kinds <= BLOCKS else LEAVES) - kinds)


def _walk(node, fn, kinds, closed):
    """:func:`walk`, which does not look into elements that are ``closed``."""
    if type(node) is dict:
        return {k: _walk(v, fn, kinds, closed) for k, v in node.items()}
    if type(node) is not list:
        return node
    out = []
    for item in node:
        if type(item) is dict:
            kind = item.get("t")
            if kind in closed:
                out.append(item)
                continue
            if kind in kinds:
                new = fn(item)
                if new is not None:
                    out += new
                    continue
            out.append({"t": kind, "c": _walk(item["c"], fn, kinds, closed)} if kind and "c" in item else _walk(item, fn, kinds, closed))
        elif type(item) is list and item and type(item[0]) is not str:  # attributes and addresses begin with a text
            out.append(_walk(item, fn, kinds, closed))
        else:
            out.append(item)
    return out


def text(inlines) -> str:
    """Plain text of inlines."""
    out = []

    def see(e):
        if e["t"] == "Str":
            out.append(e["c"])
        elif e["t"] in ("Space", "SoftBreak"):
            out.append(" ")
        return None

    walk(inlines, see, {"Str", "Space", "SoftBreak"})
    return "".join(out)


MARKS = {"SingleQuote": "‘’", "DoubleQuote": "“”"}


def quotes(blocks: list) -> list:
    """Quotations as text between their marks, so that nothing after needs to know of them."""
    def see(e):
        left, right = ({"t": "Str", "c": c} for c in MARKS[e["c"][0]["t"]])
        return [left, *walk(e["c"][1], see, {"Quoted"}), right]

    return walk(blocks, see, {"Quoted"})


GAPS = {"Space", "SoftBreak"}


def joined(nodes: list) -> list:
    """Words and the gaps between them as one text, which all writers give the same where lines are not wrapped: a third as much to read, to walk
    and to write. What stands in a citation is left to the style's program."""
    out, run = [], []
    for item in nodes:
        kind = item.get("t") if type(item) is dict else None
        if kind == "Str" or kind in GAPS:
            run.append(item["c"] if kind == "Str" else " ")
            continue
        if run:
            out.append({"t": "Str", "c": "".join(run)})
            run = []
        if kind not in LEAVES and kind != "Cite" and type(inside := item.get("c") if kind else item) is list:
            item = {"t": kind, "c": joined(inside)} if kind else joined(inside)
        out.append(item)
    return [*out, {"t": "Str", "c": "".join(run)}] if run else out


def words(s: str) -> list:
    """A string as Pandoc inlines."""
    return [{"t": "Str", "c": s}]


@dataclass
class Numbers:
    """Label → number ('3.2'), label → page, and the headings of each page."""

    number: dict[str, str] = field(default_factory=dict)
    page: dict[str, str] = field(default_factory=dict)
    headings: dict[str, list] = field(default_factory=dict)
    floats: list = field(default_factory=list)


DRAWING = re.compile(rb'"(figures/[^"]+\.svg)"')


class Mark(NamedTuple):
    """By what a chapter's forms are kept: a digest of its blocks, the book's numbers and this code; and the drawings it shows."""

    made_of: str
    drawings: tuple[str, ...]


def marks(chapters: list[tuple[Chapter, list]], n: Numbers) -> dict[str, Mark]:
    """The mark of each chapter, by its page."""
    book = digest(code_digest("analysis.render.tree"), json.dumps([n.number, n.page], sort_keys=True))
    texts = {ch.page: to_json(blocks) for ch, blocks in chapters}
    return {page: Mark(digest(book, page, t), tuple(sorted({d.decode("utf-8") for d in DRAWING.findall(t)}))) for page, t in texts.items()}


def split(blocks: list) -> list[list]:
    """The blocks of the whole book, cut at each first-level heading."""
    out: list[list] = []
    for b in blocks:
        if b["t"] == "Header" and b["c"][0] == 1:
            out.append([])
        out[-1].append(b)
    return out


CALLOUTS = ("note", "tip", "warning", "caution", "important")


def callouts(blocks: list) -> list:
    """Quarto's callouts as a box with a title: the ``title`` given, else a heading at the start, else the kind."""
    def see(e):
        kind = next((c[8:] for c in e["c"][0][1] if c.startswith("callout-") and c[8:] in CALLOUTS), None)
        if kind is None:
            return None
        (ident, _, kv), body = e["c"]
        given = dict(kv).get("title")
        if given:
            title = words(given)
        elif body and body[0]["t"] == "Header":
            title, body = body[0]["c"][2], body[1:]
        else:
            title = words(kind.capitalize())
        head = {"t": "Div", "c": [["", ["callout-title"], []], [{"t": "Para", "c": title}]]}
        return [{"t": "Div", "c": [[ident, ["callout", f"callout-{kind}"], []], [head, *walk(body, see, {"Div"})]]}]

    return walk(blocks, see, {"Div"})


def shown(e, target: str) -> bool:
    """Whether an element is meant for a format: ``.content-visible`` and ``.content-hidden``, ``when-format`` and ``unless-format``."""
    if e["t"] not in ("Div", "Span") or not {"content-visible", "content-hidden"} & set(e["c"][0][1]):
        return True
    kv = dict(e["c"][0][2])
    holds = kv.get("when-format", target) == target and kv.get("unless-format") != target
    return holds == ("content-visible" in e["c"][0][1])


def number(chapters: list[tuple[Chapter, list]]) -> Numbers:
    """Number headings, figures and tables as Quarto's book does; headings get their number in place."""
    n = Numbers()
    for ch, blocks in chapters:
        blocks[:] = callouts(blocks)  # first, as the title of a callout is no heading of the book
        count = {"fig": 0, "tbl": 0}
        level = [0] * 7
        n.headings[ch.page] = []
        prefix = f"{ch.number}." if ch.number else ""

        def see(e):
            if e["t"] == "Header":
                depth, (ident, classes, kv), inl = e["c"]
                num = None
                if depth == 1:
                    num = ch.number
                elif ch.number and "unnumbered" not in classes:
                    level[depth] += 1
                    level[depth + 1:] = [0] * (6 - depth)
                    num = ".".join([ch.number, *map(str, level[2:depth + 1])])
                n.page[ident] = ch.page
                if num:
                    n.number[ident] = num
                n.headings[ch.page].append((depth, ident, num, text(inl)))
                if num:
                    e["c"][2] = [{"t": "Span", "c": [["", ["secno"], []], [{"t": "Str", "c": num}]]}, {"t": "Space"}, *inl]
            else:
                (ident, classes, kv), body = e["c"]
                if ident:
                    n.page[ident] = ch.page
                if "float" in classes:
                    kind = ident[:3]
                    count[kind] += 1
                    n.number[ident] = f"{prefix}{count[kind]}"
                    n.floats.append((kind, ident, n.number[ident], text(body[-1]["c"][1]), ch.page))
            return None

        walk(blocks, see, {"Header", "Div"})
        n.page[ch.page] = ch.page
    return n


def resolve(blocks: list, n: Numbers, chapters: dict[str, Chapter]) -> list:
    """Cross-reference citations become links with the number as text."""
    def one(key: str) -> dict:
        num = n.number.get(key)
        if key[:3] == "sec":
            ch = chapters.get(key)
            if num is None:
                label = ch.title if ch else "Section"
            else:
                label = ("Section" if not ch else "Appendix" if num[0].isalpha() else "Chapter") + f" {num}"
        else:
            label = f"{WORD[key[:3]]} {num}"
        return {"t": "Link", "c": [["", ["xref"], []], [{"t": "Str", "c": label.replace(" ", "\u00a0")}], ["#" + key, ""]]}

    def see(e):
        if REF.match(e["c"][0][0]["citationId"]):
            out = []
            for c in e["c"][0]:
                out += [*([{"t": "Str", "c": ","}, {"t": "Space"}] if out else []), one(c["citationId"])]
            return out
        return None

    return walk(blocks, see, {"Cite"})


def _float(e):
    (ident, _, _), body = e["c"]
    return ident, body[:-1], body[-1]["c"]


def _caption(ident, caption, n, bold):
    lead = {"t": "Strong", "c": words(f"{WORD[ident[:3]]} {n.number[ident]}.")} if bold else {"t": "Str", "c": ""}
    first = caption[1][0]["c"] if caption[1] else []
    return [{"t": "Plain", "c": [lead, {"t": "Space"}, *first]}]


ADDRESS = re.compile(r"https?://(?!doi\.org)(?:www\.)?([^/]+)")
HTML = {"Div", "Span", "Link"}
"""Kinds of element that the site has in another form."""


def for_html(blocks: list, ch: Chapter, n: Numbers) -> list:
    """Floats as ``figure`` with the place of the drawing inside; links to other pages get their page, relative to this one; of an
    address that stands as its own text the host is shown, which halves what it weighs: print shows all of it."""
    up = "../" * ch.page.count("/")

    def see(e):
        if not shown(e, "html"):
            return []
        if e["t"] == "Div" and "float" in e["c"][0][1]:
            ident, body, cap = _float(e)
            body = walk(body, see, HTML)
            raw = lambda s: {"t": "RawBlock", "c": ["html", s]}
            kind = ident[:3]
            head = [raw("<figcaption>"), *_caption(ident, cap, n, True), raw("</figcaption>")]
            if kind == "tbl":
                inner = [*head, raw(f'<div class="scroll" tabindex="0" role="region" aria-label="{WORD[kind]} {n.number[ident]}">'), *body, raw("</div>")]
            else:
                image = body[0]["c"][0]["c"]
                label = f"{WORD[kind]} {n.number[ident]}"
                drawing = place(image[2][0], ident, dict(image[0][2])["alt"])
                inner = [raw(f'<div class="scroll chart" tabindex="0" role="region" aria-label="{label}">{drawing}</div>'), *head, raw(tools(ident, up, label))]
            return [raw(f'<figure id="{ident}" class="float {kind}">'), *inner, raw("</figure>")]
        if e["t"] == "Link" and e["c"][2][0].startswith("#"):
            key = e["c"][2][0][1:]
            page = n.page.get(key, ch.page)
            e = copy.deepcopy(e)
            if page != ch.page:
                e["c"][2][0] = f"{up}{page}#{key}"
            e["c"][1] = walk(e["c"][1], see, HTML)
            return [e]
        if e["t"] == "Link" and (host := ADDRESS.match(e["c"][2][0])) and text(e["c"][1]) == e["c"][2][0]:
            return [{"t": "Link", "c": [e["c"][0], [{"t": "Str", "c": host[1]}], e["c"][2]]}]
        return None

    return walk(blocks, see, HTML)


def typst_value(value) -> str:
    """A string or a sequence of strings as a Typst literal."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "(" + "".join(typst_value(v) + ", " for v in value) + ")"


LINE, ROW, LETTER = 3.5, 0.75, 1.45
"""Millimetres in a table of the PDF: from line to line, what a row takes besides, and about the width of a letter."""
WIDE, TALL = 158, 110
"""Millimetres: the width of the text, and the height from which a table may break between rows."""


def height(table: dict) -> float:
    """About the height of a table in the PDF, in millimetres, by its letters: to have it laid out for that would cost as much as to print it."""
    shares = [w["c"] if w["t"] == "ColWidth" else 1 / len(table["c"][2]) for _, w in table["c"][2]]
    rows = [*table["c"][3][1], *(r for body in table["c"][4] for r in body[3])]
    lines = lambda cell, share: -(-LETTER * len(text(cell[4])) // (share * WIDE))
    return sum(ROW + LINE * max(1, *(lines(c, s) for c, s in zip(row[1], shares))) for row in rows)


TYPST = {"Div", "Span", "Str"}
"""Kinds of element that the PDF has in another form."""


def for_typst(blocks: list, n: Numbers) -> list:
    """Floats as Typst figures with the book's own numbers; page links stay inside the document; words of another language are marked, which Pandoc leaves out."""
    raw = lambda s: {"t": "RawBlock", "c": ["typst", s]}
    quoted = typst_value

    def see(e):
        if not shown(e, "typst"):
            return []
        if e["t"] == "Str" and "’" in e["c"]:  # Pandoc writes it straight, and Typst would guess: after a figure it takes it for a prime
            return [x for part in e["c"].split("’") for x in ({"t": "RawInline", "c": ["typst", "’"]}, {"t": "Str", "c": part}) if x["c"]][1:]
        if e["t"] == "Span" and (lang := dict(e["c"][0][2]).get("lang")):
            mark = lambda s: {"t": "RawInline", "c": ["typst", s]}
            return [mark(f"#text(lang: {quoted(lang)}, region: none)["), *walk(e["c"][1], see, TYPST), mark("]")]
        if e["t"] == "Div" and "callout" in e["c"][0][1]:
            (ident, classes, _), (title, *rest) = e["c"]
            return [raw(f"#iscm-callout({quoted(classes[1][8:])}, ["), *title["c"][1], raw("], ["), *walk(rest, see, TYPST), raw("])" + (f" <{ident}>" if ident else ""))]
        if e["t"] == "Div" and "float" in e["c"][0][1]:
            ident, body, cap = _float(e)
            if ident[:3] == "fig":
                image = body[0]["c"][0]
                alt = dict(image["c"][0][2]).get("alt", "")
                inner = [raw(f"#image({quoted(image['c'][2][0])}, alt: {quoted(alt)}, width: 100%)")]
            else:
                inner = walk(body, see, TYPST)
            long = ", long: true" if any(b["t"] == "Table" and height(b) > TALL for b in body) else ""
            return [raw(f'#iscm-float("{ident[:3]}", "{WORD[ident[:3]]} {n.number[ident]}", ['), *inner, raw("], ["), *_caption(ident, cap, n, False), raw(f"]{long}) <{ident}>")]
        return None

    return walk(blocks, see, TYPST)
