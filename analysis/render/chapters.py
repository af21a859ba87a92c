"""A chapter's Markdown with its cells run, and its tree; a chapter is run again only when what it used has changed."""
from __future__ import annotations

import ast
import json
import re
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from pydantic_core import to_json

from ..dataset import trace
from ..dataset.code import code_digest, named
from ..dataset.store import digest
from . import tree
from .book import expand
from .execute import INLINE, Runner, pack, unpack
from .pandoc import convert

READER = "markdown+pipe_tables"

CELL = re.compile(r"^```\{python\}\n(.*?)^```", re.M | re.S)


def modules(text: str) -> tuple[str, ...]:
    """Modules of the package that a chapter's cells import; all that present things if a cell cannot be read."""
    try:
        found = {m for code in CELL.findall(text) for m in named(ast.parse(re.sub(r"^#\|.*$", "", code, flags=re.M)), "")}
    except SyntaxError:
        found = {f"analysis.present.{m}" for m in ("chapter", "figures", "tables")}
    return tuple(sorted(found))


def key(name: str, text: str) -> str:
    """What a chapter rests on besides the frames that it uses: its text, the code its cells call, and data read without a frame."""
    return digest("chapter", name, text, *_beside(text))


def _beside(text: str) -> tuple[str, str]:
    """The code that a chapter's cells call, and data read without a frame."""
    return code(text), trace.rest_digest()


def code(text: str) -> str:
    """A digest of the code that a chapter's cells call."""
    return code_digest("analysis.render.execute", *modules(text))


def ready(root: Path, names: Iterable[str]) -> None:
    """Find what the keys of chapters hold besides data: for a process with nothing else to do while others run them."""
    for name in names:
        code(expand(root, name)[0])


def run(root: Path, name: str, runner: Runner) -> str:
    """The chapter's Markdown; its figures are put into the runner's folder. Raises :class:`~analysis.render.execute.CellError`."""
    text, at = expand(root, name)
    if not CELL.search(text) and not INLINE.search(text):
        return text + "\n"

    def make() -> bytes:
        for module in modules(text):
            import_module(module)  # here: that a package is missing is no fault of the cell
        with tempfile.TemporaryDirectory(dir=runner.figures.parent) as folder:
            own = Path(folder) / "figures"
            own.mkdir()
            return pack(runner.chapter(text, at, own, digest(*_beside(text))), own)

    return unpack(trace.remember("chapter", key(name, text), make, name), runner.figures)


def parsed(name: str, text: str) -> str:
    """A chapter's Markdown as a Pandoc tree in JSON, with quotations as text. Raises :class:`~analysis.render.pandoc.RenderError`."""
    return convert(READER, "json", text, "parse", name, digest(code_digest("analysis.render.tree"), text), columns=20, then=_plain)


def _plain(text: str) -> str:
    doc = json.loads(text)
    return to_json({**doc, "blocks": tree.joined(tree.quotes(doc["blocks"]))}).decode("utf-8")
