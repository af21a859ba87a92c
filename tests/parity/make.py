"""Make ``quarto.json``: what a real Quarto makes of the frozen book beside this script and of the report itself.

    .venv/bin/python tests/parity/make.py [--book FOLDER]

Quarto must be on the path or in ``.venv`` (``make quarto``). Both books are rendered in both formats, which takes minutes.
``--book`` takes a report that Quarto has rendered already (a project folder with ``_book/``) instead of rendering it again.

The frozen book in ``book/`` has every construct of the dialect, and never changes with the report: both engines must read it alike in all that
``reading.page`` tells. Of the report itself the numbers are kept, each chapter with a digest of its headings and labels, so that the test can
say which chapters have changed since and hold the others to Quarto. Run this again after a change of the dialect, the book or Quarto.
"""
from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import reading  # noqa: E402

from analysis.render import book as books  # noqa: E402
from analysis.render import quarto  # noqa: E402


def versions(program: str) -> dict[str, str]:
    """Versions of Quarto and of the Pandoc and Typst that it brings."""
    def ask(*args: str) -> str:
        done = subprocess.run([program, *args], capture_output=True, text=True, check=True)
        found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        if not found:
            sys.exit(f"quarto {' '.join(args)} names no version")
        return found[0]

    return {"quarto": ask("--version"), "pandoc": ask("pandoc", "--version"), "typst": ask("typst", "--version")}


def frozen(root: Path) -> dict:
    """All that is told of the frozen book, rendered in ``root``."""
    return {"pages": reading.site(root), "pdf": reading.pdf(root)}


def report(root: Path) -> dict:
    """Of each chapter of the report: digest, headings with numbers, number of each label, count of citations."""
    pages = reading.site(root)
    return {ch.page: {"skeleton": reading.skeleton(root, ch.path), "headings": [h[:2] for h in pages[ch.page]["headings"]],
                      "labels": {k: v[0] for k, v in pages[ch.page]["floats"].items()}, "citations": len(pages[ch.page]["citations"])}
            for ch in books.read(root).chapters}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--book", type=Path, help="the report, rendered by Quarto already")
    args = parser.parse_args()
    program = quarto.find()
    if not program:
        sys.exit("quarto is not installed: run 'make quarto'")
    made = {"versions": versions(program)}  # first: a Quarto that does not answer is known before minutes have passed
    with tempfile.TemporaryDirectory() as temp:
        small = shutil.copytree(HERE / "book", Path(temp) / "book")
        quarto.render(books.read(small), ("html", "pdf"))
        big = args.book or quarto.copy(books.read(ROOT), Path(temp) / "report")
        if not args.book:
            quarto.render(books.read(big), ("html",))
        made |= {"frozen": frozen(small), "report": report(big)}
    (HERE / "quarto.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{HERE / 'quarto.json'}: {len(made['report'])} chapters of the report")


if __name__ == "__main__":
    main()
