"""The book as ``_quarto.yml`` lists it, and what can be checked before anything runs."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..dataset.documents import DataError, Problem, document, text
from ..dataset.load import CITE, sources

REF = re.compile(r"^(fig|tbl|sec)-")
OPTION = re.compile(r"#\|\s*([\w-]+):\s*(.*)")
HEAD_ID = re.compile(r"\{#([\w-]+)[^}]*\}\s*$")
MIXED = re.compile(r"(@(?:fig|tbl|sec)-[\w-]+)\s*(?:\[@|;\s*@(?!fig-|tbl-|sec-))")
NOTE = re.compile(r"\[\^([^\]]+)\]:")
FORMATS = re.compile(r"\b(?:when|unless)-format=\"?([\w-]+)")
IMAGE = re.compile(r"!\[[^\]]*\]\(|<img\b")
NEEDED = ("title", "subtitle", "author", "chapters")
INCLUDE = re.compile(r"^\{\{<\s*include\s+(\S+)\s*>\}\}\s*$")


@dataclass(frozen=True)
class Chapter:
    path: str
    part: str | None
    number: str | None
    title: str

    @cached_property
    def page(self) -> str:
        return str(Path(self.path).with_suffix(".html"))


@dataclass(frozen=True)
class Book:
    root: Path
    meta: dict
    chapters: tuple[Chapter, ...]


def read(root: Path) -> Book:
    """Read ``_quarto.yml``: the order, parts and numbers of chapters as Quarto's book gives them.

    Raises :class:`~analysis.dataset.load.DataError` if a chapter is missing or does not start with a first-level heading."""
    meta = document("_quarto.yml", ("book", "lang"), root)
    if missing := [k for k in NEEDED if not (isinstance(meta["book"], dict) and meta["book"].get(k))]:
        raise DataError([Problem("_quarto.yml", 1, f"book: {', '.join(missing)}: is missing; allowed: a value")])
    listed: list[tuple[str, str | None, bool]] = []
    for entry in meta["book"]["chapters"]:
        if isinstance(entry, str):
            listed.append((entry, None, False))
        else:
            listed += [(p, entry["part"], False) for p in entry["chapters"]]
    listed += [(p, "Annexes", True) for p in meta["book"].get("appendices", [])]
    chapters, problems, n, a = [], [], 0, 0
    for path, part, appendix in listed:
        if not (root / path).exists():
            problems.append(Problem("_quarto.yml", 1, f"chapters: the file {path} does not exist"))
            continue
        try:
            first = next((t for _, t in prose(text(path, root)) if t.strip()), "")
        except DataError as exc:
            problems += exc.problems
            continue
        if not first.startswith("# "):
            problems.append(Problem(path, 1, "a chapter starts with one first-level heading"))
        number = None
        if ".unnumbered" not in first:
            if appendix:
                number, a = chr(ord("A") + a), a + 1
            else:
                n += 1
                number = str(n)
        chapters.append(Chapter(path, part, number, re.sub(r"\s*\{[^}]*\}\s*$", "", first[2:])))
    if problems:
        raise DataError(problems)
    return Book(root, meta, tuple(chapters))


def expand(root: Path, name: str, inside: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """A chapter's text with the files that it includes in place, and where each line comes from, as ``file:line``.

    A path is relative to the chapter, as in Quarto; with a leading slash, to the project. Raises ``DataError`` for a file that is missing or includes itself."""
    lines, at = [], []
    for i, line in enumerate(text(name, root).splitlines(), 1):
        m = INCLUDE.match(line)
        if not m:
            lines.append(line)
            at.append(f"{name}:{i}")
            continue
        target = m[1][1:] if m[1].startswith("/") else os.path.normpath(Path(inside[0] if inside else name).parent / m[1]).replace(os.sep, "/")
        if target in (name, *inside):
            raise DataError([Problem(name, i, f"include: {target} includes itself")])
        if not (root / target).is_file():
            raise DataError([Problem(name, i, f"include: the file {target} does not exist")])
        more, where = expand(root, target, (*inside, name))
        lines.append(more)
        at += where
    return "\n".join(lines) + "\n" * (not inside), at


def prose(text: str):
    """Lines of a chapter outside fenced blocks, each with its number."""
    fence = False
    for i, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fence = not fence
        elif not fence:
            yield i, line


def cells(text: str):
    """Python cells of a chapter: the line each starts at, and its options with value and line."""
    start, options = 0, {}
    for i, line in enumerate(text.splitlines(), 1):
        if start and line.startswith("```"):
            yield start, options
            start, options = 0, {}
        elif line.startswith("```{python}"):
            start = i
        elif start and (m := OPTION.match(line)):
            options[m[1]] = m[2].strip().strip("\"'"), i


def lint(book: Book) -> list[Problem]:
    """Unresolved cross-references, unknown citations, doubled labels and footnotes, floats without caption or alt text, images that no cell makes, and what the engines read differently."""
    labels: dict[str, str] = {}
    problems, wanted = [], []
    keys = sources(book.root)

    def define(label: str, path: str, line: int):
        if label in labels:
            problems.append(Problem(path, line, f"{'footnote' if label.startswith('^') else 'label'}: '{label}' stands already in {labels[label]}"))
        labels.setdefault(label, path)

    for ch in book.chapters:
        try:
            text, at = expand(book.root, ch.path)
        except DataError as exc:
            problems += exc.problems
            continue
        where = lambda i: (at[i - 1].rpartition(":")[0], int(at[i - 1].rpartition(":")[2]))
        has_cell = False
        for start, options in cells(text):
            has_cell = True
            label, i = options.get("label", ("", start))
            if label:
                define(label, *where(i))
            for kind, option, what in (("fig-", "fig-cap", "caption"), ("fig-", "fig-alt", "alt text"), ("tbl-", "tbl-cap", "caption")):
                if label.startswith(kind) and not options.get(option, ("",))[0]:
                    problems.append(Problem(*where(i), f"{option}: '{label}' has no {what}"))
        for i, line in prose(text):
            if line.startswith("#") and (m := HEAD_ID.search(line)):
                define(m[1], *where(i))
            if "`{python}" in line and not has_cell:
                problems.append(Problem(*where(i), "an inline expression needs a setup cell in the same chapter"))
            if m := NOTE.match(line):
                define("^" + m[1], *where(i))  # Quarto's PDF is one document: a name used twice shows one text twice
            if m := MIXED.search(line):
                problems.append(Problem(*where(i), f"citation right after '{m[1]}': Quarto takes both for one and loses the source; put a word between them"))
            if (m := FORMATS.search(line)) and m[1] not in ("html", "typst"):
                problems.append(Problem(*where(i), f"format '{m[1]}' is unknown; allowed: html, typst"))
            if IMAGE.search(re.sub(r"`[^`]*`", "", line)):
                problems.append(Problem(*where(i), "an image: a chapter shows figures that a cell makes, labelled fig-…, so that each has its data; a picture file would be missing in the output"))
            plain = re.sub(r"`[^`]*`|\]\([^)]*\)|<[^>]*>", "", line)
            wanted += [(*where(i), k.rstrip("-")) for k in CITE.findall(plain)]
    for path, i, key in wanted:
        if REF.match(key):
            if key not in labels:
                problems.append(Problem(path, i, f"cross-reference '@{key}' has no target"))
        elif key not in keys:
            problems.append(Problem(path, i, f"citation '@{key}' is not in data/sources.yaml"))
    return problems
