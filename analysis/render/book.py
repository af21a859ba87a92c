"""The book as ``_quarto.yml`` lists it, and what can be checked before anything runs."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..dataset.load import CITE, Problem, sources

REF = re.compile(r"^(fig|tbl|sec)-")
HEAD_ID = re.compile(r"\{#([\w-]+)[^}]*\}\s*$")


@dataclass(frozen=True)
class Chapter:
    path: str
    part: str | None
    number: str | None
    title: str

    @property
    def page(self) -> str:
        return str(Path(self.path).with_suffix(".html"))


@dataclass(frozen=True)
class Book:
    root: Path
    meta: dict
    chapters: tuple[Chapter, ...]


def read(root: Path) -> Book:
    """Read ``_quarto.yml``: the order, parts and numbers of chapters as Quarto's book gives them."""
    meta = yaml.safe_load((root / "_quarto.yml").read_text(encoding="utf-8"))
    listed: list[tuple[str, str | None, bool]] = []
    for entry in meta["book"]["chapters"]:
        if isinstance(entry, str):
            listed.append((entry, None, False))
        else:
            listed += [(p, entry["part"], False) for p in entry["chapters"]]
    listed += [(p, "Annexes", True) for p in meta["book"].get("appendices", [])]
    chapters, n, a = [], 0, 0
    for path, part, appendix in listed:
        first = next(line for line in (root / path).read_text(encoding="utf-8").splitlines() if line.startswith("# "))
        number = None
        if ".unnumbered" not in first:
            if appendix:
                number, a = chr(ord("A") + a), a + 1
            else:
                n += 1
                number = str(n)
        chapters.append(Chapter(path, part, number, re.sub(r"\s*\{[^}]*\}\s*$", "", first[2:])))
    return Book(root, meta, tuple(chapters))


def _prose(text: str):
    """Lines of a chapter outside code cells, with their numbers; cell options come as ``('option', …)``."""
    fence = False
    for i, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fence = not fence and line.startswith("```{")
            continue
        yield i, line, fence


def lint(book: Book) -> list[Problem]:
    """Unresolved cross-references, unknown citations, doubled labels, figures without alt text."""
    labels: dict[str, str] = {}
    problems, wanted = [], []
    keys = sources(book.root)
    for ch in book.chapters:
        text = (book.root / ch.path).read_text(encoding="utf-8")
        cell: dict[str, int] = {}
        for i, line, code in _prose(text):
            found = []
            if code:
                if m := re.match(r"#\|\s*([\w-]+):\s*(.*)", line):
                    cell[m[1]] = i
                    if m[1] == "label":
                        found = [m[2].strip()]
                        cell["name"] = found[0]
            else:
                if str(cell.get("name", "")).startswith("fig-") and "fig-alt" not in cell:
                    problems.append(Problem(ch.path, cell["label"], f"fig-alt: the figure '{cell['name']}' has no alt text"))
                cell = {}
                if line.startswith("#") and (m := HEAD_ID.search(line)):
                    found = [m[1]]
                plain = re.sub(r"`[^`]*`|\]\([^)]*\)|<[^>]*>", "", line)
                wanted += [(ch.path, i, k) for k in CITE.findall(plain)]
            for label in found:
                if label in labels:
                    problems.append(Problem(ch.path, i, f"label: '{label}' stands already in {labels[label]}"))
                labels[label] = ch.path
    for path, i, key in wanted:
        if REF.match(key):
            if key not in labels:
                problems.append(Problem(path, i, f"cross-reference '@{key}' has no target"))
        elif key not in keys:
            problems.append(Problem(path, i, f"citation '@{key}' is not in data/sources.yaml"))
    return problems
