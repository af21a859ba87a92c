"""The real output: links, captions, references and text of the site and of the PDF."""
from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
import typst
from pypdf import PdfReader

from analysis.render import book as books
from analysis.render import tree
from analysis.render.pandoc import convert
from conftest import ROOT, iscm

BOOK = books.read(ROOT)


class Page(HTMLParser):
    """Ids, links, headings, figures and text of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.assets, self.text, self.svgs, self.tables, self.stack = [], [], [], [], [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if "id" in a:
            self.ids.append(a["id"])
        if tag == "a" and "href" in a:
            self.links.append(a["href"])
        for key in ("src", "href"):
            if key in a and tag in ("img", "script", "link"):
                self.assets.append(a[key])
        if tag == "svg":
            self.svgs.append(a)
        self.tables += tag == "table"

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def pages(book) -> dict[str, Page]:
    return {c.page: Page((book / "_book" / c.page).read_text(encoding="utf-8")) for c in BOOK.chapters}


@pytest.fixture(scope="module")
def numbers(book) -> dict:
    return json.loads((book / "build/numbers.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pdf(book) -> PdfReader:
    return PdfReader(book / "_book/iscm-report.pdf")


@pytest.fixture(scope="module")
def pdf_text(pdf) -> str:
    return re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pdf.pages))


def test_every_link_inside_the_site_leads_somewhere(book, pages):
    for name, page in pages.items():
        here = (book / "_book" / name).parent
        for link in [*page.links, *page.assets]:
            if re.match(r"(https?|mailto|data):", link):
                continue
            path, anchor = urldefrag(unquote(link))
            target = (here / path).resolve() if path else (book / "_book" / name)
            assert target.exists(), f"{name}: {link}"
            if anchor:
                key = target.relative_to((book / "_book").resolve()).as_posix()
                assert anchor in pages[key].ids, f"{name}: {link}"


def test_no_page_asks_another_host_for_anything(pages):
    for name, page in pages.items():
        assert not [a for a in page.assets if re.match(r"(https?:)?//", a)], name


def test_ids_are_unique_on_each_page(pages):
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), (name, [i for i in page.ids if page.ids.count(i) > 1][:5])


def test_every_figure_has_its_alt_text(pages):
    wanted = {o["fig-alt"][0] for c in BOOK.chapters for _, o in books.cells((ROOT / c.path).read_text(encoding="utf-8")) if "fig-alt" in o}
    shown = {s["aria-label"] for p in pages.values() for s in p.svgs if s.get("role") == "img"}
    assert wanted == shown


def test_floats_stand_with_number_and_caption(pages, numbers, pdf_text):
    """Each figure and table is numbered once in the site and in the PDF."""
    labels = {k: v for k, v in numbers["labels"].items() if k[:4] in ("fig-", "tbl-")}
    assert len(labels) > 60
    site = {k: " ".join(" ".join(p.text).split()) for k, p in pages.items()}
    for label, number in labels.items():
        words = f"{'Figure' if label.startswith('fig') else 'Table'} {number}."
        assert any(words in t for t in site.values()), label
        assert words in pdf_text.replace("\u00a0", " "), label


def test_nothing_is_left_unresolved(pages, pdf_text):
    for text in [*(" ".join(p.text) for p in pages.values()), pdf_text]:
        for trace in ("{python}", "@fig-", "@tbl-", "@sec-", "[@", ":::", "<NA>"):
            assert trace not in text, trace
        assert not re.search(r"\b(nan|NaN|NaT)\b", text)


def test_cited_sources_stand_in_the_references_and_link_there(pages):
    refs = next(p for n, p in pages.items() if n.endswith("references.html"))
    entries = {i for i in refs.ids if i.startswith("ref-")}
    assert len(entries) > 400
    cited = {urldefrag(link)[1] for p in pages.values() for link in p.links if "#ref-" in link}
    assert cited == entries


def test_computed_numbers_reach_both_formats(pages, pdf_text):
    from analysis.present import chapter

    text = " ".join(" ".join(pages["index.html"].text).split())
    for value in (chapter.n("meetings"), chapter.n("sources"), chapter.n("alive_2013")):
        assert value in text and value in pdf_text


def test_the_pdf_is_a_proper_document(pdf, pdf_text):
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en-GB" and root["/MarkInfo"]["/Marked"]
    assert "Inter-State consultation mechanisms on migration" in pdf.metadata.title
    assert pdf.metadata.author == "ISCM Report contributors"
    marks = [o.title for o in pdf.outline if not isinstance(o, list)]
    assert {"The study", "Case reviews", "Annexes"} <= {m.strip() for m in marks}
    for phrase in ("Suggested citation", "not a publication of IOM", "imply no opinion"):
        assert phrase in pdf_text
    fonts = {f for p in pdf.pages for f in (p["/Resources"].get("/Font") or {})}
    assert fonts


def test_the_pdf_embeds_its_fonts_and_is_small(pdf, book):
    for page in pdf.pages:
        for font in (page["/Resources"].get("/Font") or {}).values():
            for d in font.get_object()["/DescendantFonts"]:
                assert any(k.startswith("/FontFile") for k in d.get_object()["/FontDescriptor"])
    assert (book / "_book/iscm-report.pdf").stat().st_size < 8_000_000


@pytest.mark.parametrize("rows, step", [(3, 1), (12, 5), (20, 13)])
def test_the_height_of_a_table_is_told_without_laying_it_out(tmp_path, rows, step):
    """Against what Typst measures, in the book's own template: within a line and a tenth."""
    words = "migration governance of the members and their Secretariat; " * 5
    table = "| Name | What |\n|--|----------|\n" + "".join(f"| a State | {words[: 1 + step * i]} |\n" for i in range(rows))
    tree_of = json.loads(convert("markdown+pipe_tables", "json", table, "parse", "trial", columns=20))
    body = convert("json", "typst", json.dumps(tree_of), "text", "trial")
    template = (ROOT / "report/theme/book.typ").read_text(encoding="utf-8")
    (tmp_path / "trial.typ").write_text(template + '\n#show: iscm-book.with(title: "T", subtitle: "S")\n#context [#metadata(measure({\n'
                                        f'set figure(outlined: false)\nshow figure: it => it.body\nshow table: set align(left)\n[{body}]}}, width: 158mm).height.mm()) <tall>]\n', encoding="utf-8")
    measured, = json.loads(typst.query(tmp_path / "trial.typ", "<tall>", root=tmp_path, ignore_system_fonts=True, field="value"))
    assert tree.height(tree_of["blocks"][0]) == pytest.approx(measured, abs=3.6 + measured / 10)


def test_one_format_keeps_the_other(book):
    before = (book / "_book/iscm-report.pdf").read_bytes()
    (book / "_book/index.html").unlink()  # otherwise there is nothing to do
    done = iscm("render", "--to", "html", root=book, SOURCE_DATE_EPOCH="1767225600")
    assert done.returncode == 0, done.stderr
    assert "embedded: html in" in done.stdout and "_book" in done.stdout
    assert (book / "_book/iscm-report.pdf").read_bytes() == before
    assert (book / "_book/index.html").exists()


def test_the_same_sources_give_the_same_pdf_and_pages(book, tmp_path):
    from conftest import copy_project

    other = copy_project(tmp_path / "elsewhere")
    assert iscm("render", root=other, SOURCE_DATE_EPOCH="1767225600", ISCM_CACHE="").returncode == 0  # cold: nothing kept
    for name in ["iscm-report.pdf", *(c.page for c in BOOK.chapters)]:
        assert (other / "_book" / name).read_bytes() == (book / "_book" / name).read_bytes(), name


def test_figures_and_tables_on_the_command_line(tmp_path):
    done = iscm("figures", "alive", "world_map", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{n}.{e}" for n in ("alive", "world_map") for e in ("svg", "png", "vl.json", "csv"))
    assert (tmp_path / "alive.svg").read_text(encoding="utf-8").startswith("<svg")
    listed = iscm("table").stdout
    assert "overview" in listed and "meetings" in listed
    rows = json.loads(iscm("table", "overview", "--format", "json").stdout)
    assert len(rows) == 25
    assert iscm("table", "overview", "--format", "csv").stdout.count("\n") == 26
    assert iscm("table", "overview", "--format", "md").stdout.startswith("| Mechanism |")
    bad = iscm("table", "no_such")
    assert bad.returncode == 1 and "there are: overview" in bad.stderr
    bad = iscm("figures", "no_such", "--out", str(tmp_path / "x"))
    assert bad.returncode == 1 and not (tmp_path / "x").exists()


def test_findings_on_the_command_line():
    found = {f["id"]: f for f in json.loads(iscm("findings", "--format", "json").stdout)}
    assert found["mechanisms"]["value"] == 25 and found["rcps"]["value"] == 18 and found["irfs"]["value"] == 7
    assert all({"statement", "measure", "set", "date"} <= set(f) for f in found.values())
