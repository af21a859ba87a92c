"""What stands around a figure in a page: the drawing inside the page's own text, and the files that may be taken away; and the addresses of
the pages to explore with, which every page lists."""
from __future__ import annotations

import html
import re
from pathlib import Path

from ..present.wording import wording

ID = re.compile(r'\b(id="|href="#|url\(#)')
COORDINATES = re.compile(r' (?:d|transform|x|y|x1|x2|y1|y2|width|height|points)="[^"]*"')
ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')  # a drawing is one image to assistive technology
DIGITS = re.compile(r"(\.\d)\d+")
FILES = (("svg", "SVG"), ("png", "PNG"), ("csv", "CSV"), ("vl.json", "Vega-Lite"))
DRAWING = re.compile(r"<!--drawing (\S+) (\S+) (.*?)-->")
EXPLORE = {k: f"explore/{k}.html" for k in ("state", "compare", "mechanisms", "map")}
EMPTY_HEAD = re.compile(r"<th[^>]*></th>")  # an empty cell heads nothing


def place(file: str, ident: str, alt: str) -> str:
    """Where a drawing will stand in a page, as :data:`DRAWING` finds it again: Pandoc need not carry it."""
    return f"<!--drawing {file} {ident} {html.escape(alt)}-->"


def inline_svg(svg: str, ident: str, alt: str) -> str:
    """An SVG drawing as part of a page: its text in the page's fonts, its ids its own, its meaning in ``alt``,
    its coordinates no finer than a tenth of a pixel."""
    head, rest = svg[svg.index("<svg"):].split(">", 1)
    rest = COORDINATES.sub(lambda m: DIGITS.sub(r"\1", m[0]), ROLES.sub("", rest))
    return f'{head} role="img" aria-label="{html.escape(alt)}">' + ID.sub(lambda m: f"{m[1]}{ident}-", rest)


def fill(body: str, stage: Path) -> str:
    """A page's body with its drawings, files of the stage, in their places."""
    def drawing(m: re.Match) -> str:
        file, ident, alt = m.groups()
        return inline_svg((stage / file).read_text(encoding="utf-8"), ident, html.unescape(alt))

    return DRAWING.sub(drawing, EMPTY_HEAD.sub("<td></td>", body))


def tools(ident: str, up: str, label: str) -> str:
    """The line below a figure: its files. Scripts add the data table and the choice among categories."""
    links = "".join(f'<li><a href="{up}figures/{ident}.{end}" download>{name}</a></li>' for end, name in FILES)
    return (f'<div class="tools" data-pagefind-ignore><details><summary>{wording()["site"]["download"]}'
            f'<span class="unseen"> {html.escape(label)}</span></summary><ul>{links}</ul></details></div>')
