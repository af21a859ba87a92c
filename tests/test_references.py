"""The list of references in a rendered book: titles in other languages are marked as such in both formats."""
from __future__ import annotations

import re

import pypdf
import pytest

import small

FOREIGN = {
    "voa-2020": ("es", "Costa Rica se compromete a proteger migrantes"),  # other languages
    "rtp-2006": ("pt", "Diálogo euro-árabe"),
    "jdc-2018": ("fr", "Le Dialogue 5+5 souligne"),
    "mvcr-bmp-2009": ("cs", "Přijetí Pražské"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = small.write(tmp_path_factory.mktemp("references"))
    chapter = root / "report/trends.qmd"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\nFour more [" + "; ".join(f"@{k}" for k in FOREIGN) + "].\n", encoding="utf-8")
    done = small.render(root)
    assert done.returncode == 0, done.stderr
    return root


def test_a_title_in_another_language_is_marked_in_the_site(root):
    page = (root / "_book/report/references.html").read_text(encoding="utf-8")
    entries = dict(re.findall(r'<div id="ref-([^"]+)".*?>(.*?)</div>', page, re.S))
    assert set(FOREIGN) < set(entries)
    for key, entry in entries.items():
        marked = re.findall(r'<span lang="(\w+)">(.*?)</span>', entry, re.S)
        if key in FOREIGN:
            (lang, title), = marked
            assert (lang, title.startswith(FOREIGN[key][1])) == (FOREIGN[key][0], True), entry
        else:
            assert marked == [], entry
    assert "nocase" not in page


def test_a_title_in_another_language_is_marked_in_the_pdf(root):
    reader = pypdf.PdfReader(root / "_book/iscm-report.pdf")
    marked = b"".join(page.get_contents().get_data() for page in reader.pages)
    assert {lang.decode() for lang in re.findall(rb"/Lang ?\(([^)]*)\)", marked)} - {"en-GB"} == {lang for lang, _ in FOREIGN.values()}


def test_a_quotation_mark_after_a_bracket_or_figure_is_closed_in_the_pdf(root):
    """Titles stand in single quotation marks, whatever they end with."""
    text = " ".join("".join(page.extract_text() for page in pypdf.PdfReader(root / "_book/iscm-report.pdf").pages).split())
    assert "(XXV CRM)’." in text and not re.search(r"[)\d][‘′]\.", text)
