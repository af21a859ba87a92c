"""Citations of the whole book in one run of Pandoc's citeproc, on the citations alone.

The style must set citations in the text (author and date), as the book's does: what stands around a citation then does not
change it, so that the run depends only on which citations there are and on the bibliography. It is one run for all chapters since
years get letters (2018a) by the whole list.

A title in another language than the book's (``language`` of the entry) keeps its case and is marked with that language in the list."""
from __future__ import annotations

import json
from pathlib import Path

from ..dataset.load import sources
from . import tree
from .book import Book
from .pandoc import convert, pandoc


def resolve(chapters: list, book: Book, cwd: Path) -> list:
    """The chapters with each citation set, and the list of references in the division ``refs``."""
    cites: dict[str, dict] = {}
    written: dict[int, str] = {}  # by the element itself: the chapters stay as they are until each citation is placed

    def collect(e):
        plain = _placeless([e])
        written[id(e)] = key = json.dumps(plain, sort_keys=True)
        cites[key] = plain[0]
        return [e]

    for _, blocks in chapters:
        tree.walk(blocks, collect, {"Cite"})
    keys = sorted(cites)
    meta = {"link-citations": {"t": "MetaBool", "c": True}, "lang": {"t": "MetaString", "c": book.meta.get("lang", "en-GB")}}
    skeleton = {"pandoc-api-version": _api(), "meta": meta, "blocks": [{"t": "Para", "c": [cites[k]]} for k in keys]}
    cited = {c["citationId"] for k in keys for c in cites[k]["c"][0]}
    # As JSON, which is read in half the time, and in which an address is an address: two hyphens in it are not a dash.
    listed_in = cwd / "cited.json"
    entries = {k: e for k, e in sources(book.root).items() if k in cited}
    foreign = {f"ref-{k}": e["language"] for k, e in entries.items() if "language" in e}
    listed_in.write_text(json.dumps([{**e, "title": f'<span class="nocase">{e["title"]}</span>'} if "language" in e else e for e in entries.values()]), encoding="utf-8")
    files = {"--bibliography": listed_in, **({"--csl": book.root / book.meta["csl"]} if "csl" in book.meta else {})}
    done = json.loads(pandoc(["-f", "json", "-t", "json", "--citeproc"], json.dumps(skeleton), cwd, "citations", "whole book", files))
    listed_in.unlink()
    set_ = dict(zip(keys, (_placeless(b["c"]) for b in done["blocks"] if b["t"] == "Para")))
    listed = [_marked(b, foreign) for b in done["blocks"] if b["t"] == "Div" and b["c"][0][0] == "refs"]

    def place(e):
        if e["t"] == "Cite":
            return set_[written[id(e)]]
        return listed if e["c"][0][0] == "refs" else None

    return [(ch, tree.walk(blocks, place, {"Cite", "Div"})) for ch, blocks in chapters]


def _marked(refs: dict, foreign: dict[str, str]) -> dict:
    """The list of references with the language of each foreign title, by the mark that keeps the title's case."""
    def entry(e):
        if e["c"][0][0] in foreign:
            lang = foreign[e["c"][0][0]]
            return [{"t": "Div", "c": [e["c"][0], tree.walk(e["c"][1], lambda x: [{"t": "Span", "c": [["", [], [["lang", lang]]], x["c"][1]]}]
                                                            if "nocase" in x["c"][0][1] else None, {"Span"})]}]
        return None

    return {**refs, "c": [refs["c"][0], tree.walk(refs["c"][1], entry, {"Div"})]}


def _placeless(inlines: list) -> list:
    """Citations without the numbers that say where they stand: nothing after this step reads them."""
    return tree.walk(inlines, lambda e: [{"t": "Cite", "c": [[{**c, "citationNoteNum": 0, "citationHash": 0} for c in e["c"][0]], e["c"][1]]}], {"Cite"})


def _api() -> list[int]:
    return json.loads(convert("markdown", "json", "", "parse", "nothing"))["pandoc-api-version"]
