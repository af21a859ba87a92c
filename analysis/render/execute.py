"""Run a chapter's cells in IPython and give back plain Pandoc Markdown."""
from __future__ import annotations

import ast
import atexit
import json
import re
import shutil
import tempfile
from functools import cached_property
from pathlib import Path

import yaml

from ..dataset import trace
from ..dataset.store import digest

INLINE = re.compile(r"`\{python\}\s+([^`]+)`")


class CellError(Exception):
    """A cell or inline expression failed; says file and line."""


def _expression(code: str) -> bool:
    """Whether a cell is one expression: then it leaves nothing for the cells after it."""
    try:
        return [type(x) for x in ast.parse(code).body] == [ast.Expr]
    except SyntaxError:
        return False


def pack(markdown: str, folder: Path) -> bytes:
    """Markdown and the text files beside it, as they are kept."""
    return json.dumps({"markdown": markdown, "files": {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.iterdir())}}).encode("utf-8")


def unpack(kept: bytes, folder: Path) -> str:
    """The Markdown of what :func:`pack` gave; the files are put into a folder."""
    done = json.loads(kept)
    for file, content in done["files"].items():
        (folder / file).write_text(content, encoding="utf-8")
    return done["markdown"]


class Runner:
    """One namespace a chapter; figures are written as SVG into a folder."""

    def __init__(self, figures: Path):
        self.figures = figures
        figures.mkdir(parents=True, exist_ok=True)

    @cached_property
    def shell(self):
        """What runs the cells, made when the first is to be run."""
        from IPython.core.displayhook import DisplayHook
        from IPython.core.interactiveshell import InteractiveShell

        class Keep(DisplayHook):
            """Keeps a cell's result without showing it: it is formatted once, below."""

            def __call__(self, result=None):
                self.fill_exec_result(result)

        shell = InteractiveShell.instance(displayhook_class=Keep)
        atexit.unregister(shell.atexit_operations)  # it has no history to save, and looks through all memory for garbage
        self.clean = dict(shell.user_ns)
        return shell

    def chapter(self, text: str, at: list[str], figures: Path, base: str | None = None) -> str:
        """The Markdown of a chapter with the cells' output in place; ``at`` says where each line comes from. Raises :class:`CellError`.

        With ``base``, a digest of what the chapter's cells rest on besides data, a cell that is one expression is kept by itself: when
        data change, a chapter makes again only the figures and tables that the change touches."""
        self.folder, self.base = figures, base
        names = self.shell.user_ns
        names.clear()
        names.update(self.clean)
        out, lines, i = [], text.splitlines(), 0
        while i < len(lines):
            if lines[i].startswith("```{python}"):
                start = i + 1
                end = next((j for j in range(start, len(lines)) if lines[j].startswith("```")), None)
                if end is None:
                    raise CellError(f"{at[i]}: the cell has no end")
                out.append(self._cell(lines[start:end], at[start]))
                i = end + 1
            else:
                out.append(INLINE.sub(lambda m, here=at[i]: self._inline(m[1], here), lines[i]))
                i += 1
        return "\n".join(out) + "\n"

    def _inline(self, code: str, at: str) -> str:
        try:
            return str(eval(code, self.shell.user_ns))  # the book's own expressions, run as Quarto runs them
        except Exception as exc:
            raise CellError(f"{at}: `{code}` failed: {type(exc).__name__}: {exc}") from exc

    def _cell(self, body: list[str], at: str) -> str:
        opts = yaml.safe_load("\n".join(b[2:].strip() for b in body if b.startswith("#|")) or "{}")
        code = "\n".join(b for b in body if not b.startswith("#|"))
        if opts.get("include") is False or self.base is None or not _expression(code):
            if self.base:
                self.base = digest(self.base, code)  # later cells may use what this one leaves
            return self._shown(opts, code, at)

        def make() -> bytes:
            outer, self.folder = self.folder, Path(tempfile.mkdtemp(dir=self.folder.parent))
            try:
                markdown = self._shown(opts, code, at)
                return pack(markdown, self.folder)
            finally:
                shutil.rmtree(self.folder)
                self.folder = outer

        return unpack(trace.remember("cell", digest(self.base, *body), make, opts.get("label", code)), self.folder)

    def _shown(self, opts: dict, code: str, at: str) -> str:
        """What a cell shows, as Markdown; its files are put into the folder."""
        from IPython.utils.capture import capture_output

        with capture_output(display=False):
            done = self.shell.run_cell(code, store_history=False)
        error = done.error_in_exec or done.error_before_exec
        if error:
            raise CellError(f"{at}: the cell failed: {type(error).__name__}: {error}")
        if opts.get("include") is False or done.result is None:
            return ""
        data, _ = self.shell.display_formatter.format(done.result)
        label = opts.get("label", "")
        if "image/svg+xml" in data:
            if hasattr(done.result, "save"):  # a figure of ours, with its files; any other drawing is its SVG
                done.result.save(self.folder, label or "figure", data["image/svg+xml"])
            else:
                (self.folder / f"{label or 'figure'}.svg").write_text(data["image/svg+xml"], encoding="utf-8")
            alt = str(opts.get("fig-alt", "")).replace('"', "'")
            body_md, caption = f'![](figures/{label or "figure"}.svg){{alt="{alt}"}}', opts.get("fig-cap", "")
        elif "text/markdown" in data:
            body_md, caption = data["text/markdown"], opts.get("tbl-cap", "")
        else:
            raise CellError(f"{at}: the cell gives neither a figure nor a table")
        if not label:
            return body_md
        return f"::: {{#{label} .float}}\n{body_md}\n\n::: {{.caption}}\n{caption}\n:::\n:::\n"
