"""The site: one page a chapter in the book's page template, the pages to explore with, and the files of each figure."""
from __future__ import annotations

import html
import io
import json
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from string import Template

from pydantic_core import to_json

from ..dataset import trace
from ..dataset.code import code_digest
from ..dataset.store import digest, file_digest, store
from ..present import draw
from ..present.interactive import interactive
from ..present.wording import wording
from . import cite, swap, tree
from .book import Book, Chapter
from .edition import NOTICES, citation
from .furniture import EXPLORE, fill
from .pandoc import convert

THEME = ("site.css", "explore.js")
WORLD = "$world"


def _link(up: str, page: str, text: str, here: str) -> str:
    mark = ' aria-current="page"' if page == here else ""
    return f'<li><a href="{up}{page}"{mark}>{text}</a></li>'


def _sidebar(book: Book, here: str) -> str:
    """The book's parts and chapters, with the pages to explore with after the first, partless ones."""
    up, w = "../" * here.count("/"), wording()["site"]
    groups: list[tuple[str | None, list[str]]] = []
    for ch in book.chapters:
        if not groups or groups[-1][0] != ch.part:
            groups.append((ch.part, []))
        number = f'<span class="secno">{ch.number}</span> ' if ch.number else ""
        groups[-1][1].append(_link(up, ch.page, number + html.escape(ch.title), here))
    groups.insert(1, (w["explore"], [_link(up, page, html.escape(w[key]), here) for key, page in EXPLORE.items()]))
    return "".join((f"<h2>{html.escape(part)}</h2>" if part else "") + f"<ul>{''.join(links)}</ul>" for part, links in groups)


def _kind(page: str) -> str:
    """What the style sheet calls a page: its folder, ``index``, or ``references``."""
    return "references" if page.endswith("references.html") else page.split("/")[0] if "/" in page else "index"


def _page(template: Template, book: Book, f: dict, page: str, title: str, body: str, data: str = "", contents: str = "", turn: str = "", scripts: str = "") -> str:
    """One whole page from the template."""
    up, w = "../" * page.count("/"), wording()["site"]
    title = html.escape(title)
    return template.substitute(
        {f"w_{k}": html.escape(v) for k, v in w.items()}, title=title, kind=_kind(page), book=html.escape(book.meta["book"]["title"]), up=up, body=body, turn=turn,
        sidebar=_sidebar(book, page), contents=contents, scripts="".join(f'\n<script defer src="{up}{s}"></script>' for s in scripts.split()),
        data=f'<a href="{up}{data}">{w["data"]}</a>' if data else "", version=f["version"], date=f["date"], commit=f["commit"],
        citation=(f"“{title}”. " if page != "index.html" else "") + html.escape(citation(book, f)), notice=" ".join(NOTICES))


def chapter_page(template: Template, book: Book, doc: dict, chapters, n: tree.Numbers, stage: Path, f: dict, i: int, mark: tree.Mark, data: str = "") -> str:
    """The page of chapter ``i``: depends on its blocks, its figures' drawings, the numbers, the book and the edition alone."""
    ch, blocks = chapters[i]
    body = convert("json", "html", lambda: to_json({**doc, "blocks": tree.for_html(blocks, ch, n)}), "page", ch.path,
                   digest(mark.made_of, code_digest("analysis.render.furniture"), *(file_digest(stage / d) for d in mark.drawings)), then=lambda text: fill(text, stage))
    w = wording()["site"]
    up = "../" * ch.page.count("/")
    toc = "".join(f'<li class="l{d}"><a href="#{i_}">{html.escape(t)}</a></li>' for d, i_, _, t in n.headings[ch.page] if d in (2, 3))
    around: list[tuple[str, Chapter | None, str, str]] = [
        ("prev", book.chapters[i - 1] if i else None, "← ", ""), ("next", book.chapters[i + 1] if i + 1 < len(book.chapters) else None, "", " →")]
    turn = "".join(f'<a rel="{r}" href="{up}{c.page}">{a}{html.escape(c.title)}{z}</a>' if c else "<span></span>" for r, c, a, z in around)
    return _page(template, book, f, ch.page, ch.title, body, data, f"<h2>{w['on_page']}</h2><ul>{toc}</ul>" if toc else "", turn)


def _script(target: str, value) -> str:
    """A value as a script that assigns it: what a page opened from a file can load."""
    return f"{target}={json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"


def _lift_world(node, found: list) -> None:
    """Take the geometry of the world out of a specification, where the name of the shared one then stands."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(value, dict) and value.get("type") == "Topology":
            found.append(value)
            node[key] = WORLD
        else:
            _lift_world(value, found)


def _coarse(world: dict, grid: int = 2500) -> dict:
    """A topology on a grid of so many steps: on a page's map a step is a quarter of a pixel, and the file less than half as large."""
    scale = world["transform"]["scale"]
    k = [span / grid / s for span, s in zip((360, 180), scale)]
    arcs = []
    for arc in world["arcs"]:
        at, last, steps = [0, 0], [0, 0], []
        for i, move in enumerate(arc):
            at = [a + m for a, m in zip(at, move)]
            here = [round(a / f) for a, f in zip(at, k)]
            step = [h - p for h, p in zip(here, last)]
            if i in (0, len(arc) - 1) or step != [0, 0]:
                steps.append(step)
                last = here
        arcs.append(steps)
    return {**world, "transform": {**world["transform"], "scale": [s * f for s, f in zip(scale, k)]}, "arcs": arcs}


def _sources() -> dict[str, str]:
    """Who published each source, and when."""
    from ..dataset import frames

    s = frames.sources().fillna({"author": ""})
    return {key: author + ("" if year != year else f" ({int(year)})") for key, author, year in zip(s.key, s.author, s.year)}


def figure_files(folder: Path, name: str) -> None:
    """Beside a figure's .svg, .vl.json and .csv: its picture, and its specification and data as a script for the page.

    Maps share the geometry, in ``world.js``."""
    drawn = (folder / f"{name}.vl.json").read_text(encoding="utf-8")
    spec = json.loads(drawn)
    (folder / f"{name}.png").write_bytes(draw.png((folder / f"{name}.svg").read_text(encoding="utf-8"), name))
    table = (folder / f"{name}.csv").read_text(encoding="utf-8")

    def make() -> bytes:
        import pandas as pd

        live, choices = interactive(spec, _sources())
        worlds: list = []
        _lift_world(live, worlds)
        data = pd.read_csv(io.StringIO(table), dtype=str, keep_default_na=False)
        fields = wording()["fields"]
        payload = {"spec": live, "world": bool(worlds), "choices": choices, "columns": [fields.get(c, c) for c in data.columns], "rows": data.to_numpy().tolist()}
        scripts = [_script("ISCM.world", _coarse(world)) for world in worlds[:1]]
        return json.dumps([_script(f"ISCM.figures[{json.dumps(name)}]", payload), *scripts]).encode("utf-8")

    key = digest("script", name, code_digest("analysis.render.site"), drawn, table)
    for file, script in zip((f"{name}.js", "world.js"), json.loads(trace.remember("script", key, make, name))):
        (folder / file).write_text(script, encoding="utf-8")


def explorer(stage: Path, book: Book) -> list[tuple[str, str, str, str]]:
    """The pages to explore with (page, title, body, scripts), their files put into the stage; made again only when what they use changed."""
    theme, pages = book.root / "report/theme", {c.path: c.page for c in book.chapters}

    def make() -> bytes:
        from . import explore

        with tempfile.TemporaryDirectory() as temp:
            (Path(temp) / "figures").mkdir()
            bodies: list = []
            explore.write(Path(temp), theme, pages, lambda *page: bodies.append(page))
            (Path(temp) / "pages.json").write_text(json.dumps(bodies), encoding="utf-8")
            return swap.pack(Path(temp), level=0)

    templates = (x for p in sorted((theme / "explore").iterdir()) for x in (p.name, file_digest(p)))
    key = digest("explore", code_digest("analysis.render.explore"), trace.rest_digest(), draw.base(), json.dumps(pages), *templates)
    swap.unpack(trace.remember("explore", key, make, "pages to explore with"), stage)
    listed = stage / "pages.json"
    bodies = json.loads(listed.read_text(encoding="utf-8"))
    listed.unlink()
    return bodies


def package(version: str) -> bytes:
    """The data package as a ZIP file, kept."""
    def make() -> bytes:
        from ..dataset.export import export

        with tempfile.TemporaryDirectory() as folder:
            export(Path(folder) / "data", version)
            return swap.pack(Path(folder) / "data")

    return trace.remember("package", digest("package", version, code_digest("analysis.dataset.export"), trace.rest_digest()), make, "data")


def figures(stage: Path) -> None:
    """:func:`figure_files` of each figure drawn so far that has none yet."""
    for p in sorted((stage / "figures").glob("*.svg")):
        if not p.with_suffix(".png").exists():
            figure_files(p.parent, p.stem)


def write(book: Book, doc: dict, chapters, n: tree.Numbers, stage: Path, f: dict, marks: dict[str, tree.Mark]) -> None:
    """Write the site into ``stage``, where the figures' files stand already."""
    theme = book.root / "report/theme"
    template = Template((theme / "page.html").read_text(encoding="utf-8"))
    for name in THEME:
        shutil.copy(theme / name, stage / name)
    shutil.copytree(theme / "fonts", stage / "fonts", dirs_exist_ok=True)
    words = json.dumps(wording()["script"], ensure_ascii=False)
    (stage / "site.js").write_text(f"const ISCM={{words:{words}}};\n" + (theme / "site.js").read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in cite.files(book, f).items():
        (stage / name).write_text(text, encoding="utf-8", newline="")
    data = next((p.name for p in stage.glob("*data*.zip")), "")

    def put(page: str, text: str) -> None:
        file = stage / page
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    for page, title, body, scripts in explorer(stage, book):
        put(page, _page(template, book, f, page, title, body, data, scripts=scripts))
    jobs = [lambda i=i: put(chapters[i][0].page, chapter_page(template, book, doc, chapters, n, stage, f, i, marks[chapters[i][0].page], data)) for i in range(len(chapters))]
    jobs.append(lambda: figures(stage))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()
