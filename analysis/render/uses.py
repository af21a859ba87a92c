"""What each chapter and figure rests on, as a table for ``docs/regeneration.md``; run ``python -m analysis.render.uses`` to write it again."""
from __future__ import annotations

import re
from pathlib import Path

from ..dataset import trace
from ..dataset.paths import root
from . import book as books
from . import chapters

BEGIN, END = "<!-- uses: begin -->", "<!-- uses: end -->"


def of_figures() -> dict[str, set[str]]:
    """Figure → the frames and files that it uses when it is drawn."""
    from ..present.registry import FIGURES

    out = {}
    for name, make in FIGURES.items():
        with trace.watch() as used:
            make()
        out[name] = set(used)
    return out


def of_chapters() -> dict[str, set[str]]:
    """Chapter → the frames and files that it used when it was last run as it stands. Raises ``LookupError`` if one was not."""
    out = {}
    for ch in books.read(root()).chapters:
        text, _ = chapters.expand(root(), ch.path)
        if chapters.CELL.search(text) or chapters.INLINE.search(text):
            used = trace.uses(chapters.key(ch.path, text))
            if used is None:
                raise LookupError(f"{ch.path} has not been run as it stands: render first")
            out[ch.path] = set(used)
    return out


def rows(figures: dict[str, set[str]], chapters_: dict[str, set[str]]) -> dict[str, set[str]]:
    """Both as one mapping; case reviews are one row where they rest on the same, each on the rows of its own mechanism."""
    out: dict[str, set[str]] = {}
    for path, used in chapters_.items():
        id = Path(path).stem
        general = {re.sub(rf"\b{re.escape(id)}\b", "ID", u) if "/mechanisms/" in path else u for u in used}
        name = "report/mechanisms/ID.qmd" if "/mechanisms/" in path else path
        out[name] = out.get(name, set()) | general
    short = lambda used: {u if u.endswith(", ID)") else re.sub(r"^(measures\.[\w.]+)\(.*\)$", r"\1", re.sub(r"^of\((\w+), .*\)$", r"of(\1, …)", u)) for u in used}
    return {**{f"chapter `{k}`": short(v) for k, v in out.items()}, **{f"figure `{k}`": short(v) for k, v in figures.items()}}


def table(found: dict[str, set[str]]) -> str:
    """The Markdown table."""
    lines = ["| What is made | Frames and files that it rests on |", "|---|---|"]
    return "\n".join(lines + [f"| {k} | {', '.join(f'`{u}`' for u in sorted(v)) or 'none'} |" for k, v in found.items()])


def main() -> None:
    """Write the table into the document."""
    file = root() / "docs/regeneration.md"
    text = file.read_text(encoding="utf-8")
    new = table(rows(of_figures(), of_chapters()))
    file.write_text(text[: text.index(BEGIN) + len(BEGIN)] + f"\n{new}\n" + text[text.index(END):], encoding="utf-8")


if __name__ == "__main__":
    main()
