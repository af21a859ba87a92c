"""A chapter's Markdown with its cells run; a chapter is run again only when what it used has changed."""
from __future__ import annotations

import ast
import json
import re
import tempfile
from pathlib import Path

from ..dataset import trace
from ..dataset.code import code_digest, named
from ..dataset.store import digest
from .book import expand
from .execute import INLINE, Runner

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
    from ..dataset import frames  # noqa: F401  the frames must be known before the rest of data/ is told from them

    return digest("chapter", name, text, code_digest("analysis.render.execute", *modules(text)), trace.rest_digest())


def run(root: Path, name: str, runner: Runner) -> str:
    """The chapter's Markdown; its figures are put into the runner's folder. Raises :class:`~analysis.render.execute.CellError`."""
    text, at = expand(root, name)
    if not CELL.search(text) and not INLINE.search(text):
        return text + "\n"

    def make() -> bytes:
        with tempfile.TemporaryDirectory(dir=runner.figures.parent) as folder:
            markdown = runner.chapter(text, at, Path(folder))
            files = {p.name: p.read_text(encoding="utf-8") for p in sorted(Path(folder).iterdir())}
        return json.dumps({"markdown": markdown, "files": files}).encode("utf-8")

    done = json.loads(trace.remember("chapter", key(name, text), make, name))
    for file, content in done["files"].items():
        (runner.figures / file).write_text(content, encoding="utf-8")
    return done["markdown"]
