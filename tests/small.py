"""A book of few chapters on the real data: renders in seconds, and what it uses is known beforehand."""
from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

from conftest import ROOT, iscm

SETUP = '```{python}\n#| include: false\nfrom analysis.present import chapter, figures, tables\nn = chapter.n\n```\n'


def _review(id: str) -> str:
    return (f"# Review of {id} {{#sec-{id}}}\n\n{SETUP}\n`{{python}} chapter.mechanism('{id}').meetings_found.capitalize()` meetings were found [@iom-rcp].\n\n"
            f'```{{python}}\n#| label: fig-{id}\n#| fig-cap: "Meetings"\n#| fig-alt: "Dots by year."\nfigures.mechanism_timeline("{id}")\n```\n')


CHAPTERS = {
    "index.qmd": f"# Summary {{.unnumbered}}\n\n{SETUP}\nThere are `{{python}} n('rcps')` processes; see @sec-igc and @fig-meetings.\nThis is version `{{python}} chapter.version()`.\n",
    "report/trends.qmd": f'# Trends {{#sec-trends}}\n\n{SETUP}\n```{{python}}\n#| label: fig-meetings\n#| fig-cap: "Meetings"\n#| fig-alt: "Bars by year."\nfigures.meetings()\n```\n\nÉté, as a word [@iom-emm-irf; @iom-rcp].\n',
    "report/igc.qmd": _review("igc"),
    "report/rcm.qmd": _review("rcm"),
    "report/annexes/c-states.qmd": "# States {#sec-states}\n\nA text without cells.\n",
    "report/references.qmd": "# References {.unnumbered}\n\n::: {#refs}\n:::\n",
}
BOOK = """project: {type: book}
book:
  title: "A small book"
  subtitle: "A trial"
  author: "ISCM Report contributors"
  chapters: [index.qmd, report/trends.qmd, report/igc.qmd, report/rcm.qmd, report/references.qmd]
  appendices: [report/annexes/c-states.qmd]
lang: en-GB
"""
EPOCH = {"SOURCE_DATE_EPOCH": "1767225600", "ISCM_CACHE": ""}
MEETING = "\nmeetings:\n  - {date: '2012-04', level: senior-officials, title: A meeting for a trial, src: [igc-2009]}\n"


def write(root: Path) -> Path:
    """Put the small book into a folder, with the theme and the data as they are."""
    for name, text in CHAPTERS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "_quarto.yml").write_text(BOOK, encoding="utf-8")
    for part in ("report/theme", "data"):
        if not (root / part).exists():
            shutil.copytree(ROOT / part, root / part)
    return root


def render(root: Path, *args: str, **env: str):
    """Render a small book; its own cache unless told otherwise."""
    return iscm("render", *args, root=root, **{**EPOCH, **env})


def last(root: Path) -> dict:
    """What the last render made and kept."""
    return json.loads((root / "build/last-render.json").read_text(encoding="utf-8"))["last"]


def add_meeting(root: Path) -> None:
    """One meeting more, of the IGC."""
    path = root / "data/mechanisms/igc.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("\nmeetings:\n", MEETING, 1), encoding="utf-8")


def ended(process) -> bool:
    """Whether all processes of a render's group end; a program whose caller has ended takes a moment to end too."""
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
