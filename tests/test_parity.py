"""The embedded engine against what a real Quarto made: ``parity/quarto.json``, made by ``parity/make.py``."""
from __future__ import annotations

import json
import shutil
import sys
import warnings

import pytest

from analysis.dataset import store
from analysis.render import book as books
from analysis.render import embedded as engine
from analysis.render import explore, pandoc, quarto, site
from conftest import ROOT

PARITY = ROOT / "tests/parity"
sys.path.insert(0, str(PARITY))

import make  # noqa: E402
import reading  # noqa: E402

MADE = json.loads((PARITY / "quarto.json").read_text(encoding="utf-8"))
AGAIN = "if that is meant, run tests/parity/make.py where Quarto is installed"


def rendered(root):
    """The frozen book as the embedded engine makes it, in a folder."""
    shutil.copytree(PARITY / "book", root, dirs_exist_ok=True)
    shutil.copytree(ROOT / "report/theme", root / "report/theme")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explore, "write", lambda *args: None)  # what the site has beyond Quarto: pages on the mechanisms,
        patch.setattr(site, "figure_files", lambda *args: None)  # and interactive charts, which these drawings are not
        engine.render(books.read(root), ("html", "pdf"), lambda step: None)
    return root


@pytest.fixture(scope="module")
def embedded(tmp_path_factory) -> dict:
    """What is told of the frozen book as the embedded engine makes it."""
    return make.frozen(rendered(tmp_path_factory.mktemp("parity") / "book"))


def inside(pages: dict) -> dict:
    """Pages without what Quarto itself numbers otherwise in each format: see 'Known differences' in CONTRIBUTING.md."""
    plain = {}
    for name, page in pages.items():
        numbered = page["headings"][0][1] is not None
        plain[name] = {**page, "refs": [[t, n if numbered or not t.startswith("sec-") else None] for t, n in page["refs"]]}
    return plain


def test_the_frozen_book_has_no_fault():
    assert books.lint(books.read(PARITY / "book")) == []


@pytest.mark.parametrize("page", sorted(MADE["frozen"]["pages"]))
def test_every_construct_of_the_dialect_reads_as_in_quarto(embedded, page):
    ours, theirs = inside(embedded["pages"])[page], inside(MADE["frozen"]["pages"])[page]
    for what in theirs:
        assert ours[what] == theirs[what], f"{page}: {what}; {AGAIN}"


def test_the_documents_have_the_same_captions(embedded):
    numbered = lambda captions: [c for c in captions if "aside" not in c[2] and "first" not in c[2]]  # unnumbered chapters, see above
    assert numbered(embedded["pdf"]) == numbered(MADE["frozen"]["pdf"])
    assert len(numbered(embedded["pdf"])) == 10


def test_the_report_is_numbered_as_quarto_numbered_it(book):
    """Chapters whose headings and labels are as they were are held to Quarto's numbers; the others are named in a warning."""
    ours = json.loads((book / "build/numbers.json").read_text(encoding="utf-8"))
    theirs, changed = MADE["report"], []
    inner = lambda number: number and number.partition(".")[2]  # a new chapter before this one moves only the first part
    for ch in books.read(ROOT).chapters:
        then = theirs.get(ch.page)
        if then is None or then["skeleton"] != reading.skeleton(ROOT, ch.path):
            changed.append(ch.path)
            continue
        assert [inner(n) for n, *_ in ours["headings"][ch.page]] == [inner(n) for _, n in then["headings"]], f"{ch.path}; {AGAIN}"
        assert {k: inner(ours["labels"][k]) for k in then["labels"]} == {k: inner(n) for k, n in then["labels"].items()}, f"{ch.path}; {AGAIN}"
    if [ch.page for ch in books.read(ROOT).chapters] == list(theirs):
        assert {p: h[0][0] for p, h in ours["headings"].items()} == {p: t["headings"][0][1] for p, t in theirs.items()}
    if changed:
        warnings.warn(f"{len(changed)} of {len(ours['headings'])} chapters are newer than tests/parity/quarto.json, made by Quarto {MADE['versions']['quarto']}: {', '.join(changed)}", stacklevel=1)


def test_live_quarto_makes_what_the_fixture_says(tmp_path):
    if not quarto.find():
        pytest.skip("needs Quarto, which is not installed")
    root = quarto.copy(books.read(PARITY / "book"), tmp_path / "book")
    quarto.render(books.read(root), ("html", "pdf"))
    assert make.frozen(root) == MADE["frozen"], f"Quarto {make.versions(quarto.find())} against {MADE['versions']}"


def test_quarto_gets_the_notices_that_the_embedded_engine_prints():
    from analysis.render.edition import NOTICES

    footer = " ".join(books.read(ROOT).meta["book"]["page-footer"]["center"].split())
    page = (ROOT / "report/theme/notices.typ").read_text(encoding="utf-8")
    assert footer == " ".join(NOTICES)
    assert all(notice in page for notice in NOTICES)


@pytest.mark.parametrize("tool", ["Pandoc", "Pagefind"])
def test_a_missing_tool_is_named_and_the_last_output_stays(tmp_path, monkeypatch, tool):
    monkeypatch.setenv("ISCM_CACHE", str(tmp_path / "cache"))  # nothing kept, so that every tool is needed
    monkeypatch.setitem(sys.modules, {"Pandoc": "pypandoc", "Pagefind": "pagefind_bin"}[tool], None)
    good = tmp_path / "book/_book"
    good.mkdir(parents=True)
    (good / "index.html").write_text("the last good output", encoding="utf-8")
    kept = (store.store, pandoc.binary)
    try:
        for f in kept:
            f.cache_clear()
        with pytest.raises(pandoc.RenderError, match=f"{tool} is missing: remove .venv"):
            rendered(tmp_path / "book")
    finally:
        for f in kept:
            f.cache_clear()
    assert [p.read_text(encoding="utf-8") for p in good.iterdir()] == ["the last good output"]
    assert not list((tmp_path / "book/build").glob("stage-*"))
