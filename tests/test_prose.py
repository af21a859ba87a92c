"""The chapters as text: numbers are computed or cited, sentences stand one to a line, every mechanism has its review."""
from __future__ import annotations

import math
import re
import subprocess

import pytest

from analysis.dataset.load import CITE, mechanisms
from analysis.present import tables
from analysis.render import book as books
from conftest import ROOT, need

BOOK = books.read(ROOT)
PAGES = [c.path for c in BOOK.chapters]
WORDS = ("three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty "
         "fifty sixty seventy eighty ninety hundred thousand million dozen third fourth fifth sixth seventh eighth ninth tenth half").split()
NUMBER = re.compile(r"\d|\b(?:" + "|".join(WORDS) + r")\b", re.I)
# Names and dates that are no counts: the study's own reference year, names with figures in them.
NAMES = re.compile(r"5\+5|\bM49\b|\bTuxtla II\b|Agenda 2030|\b(?:(?:study|baseline|class(?:es)?|list|RCPs|count|RCP|year|end) of 2013|2013 (?:study|baseline|class|list)s?|(?:[Ii]n|[Bb]y|[Ss]ince|[Aa]fter|[Bb]efore|[Uu]ntil|[Ff]or|and) 2013)\b"
                   r"|CC BY 4\.0|Research Series No\. 45|ISO 3166|first to third|\bG[78]\b|UTF-8|\bA4\b")
# A gap in the record has no source to cite; it may be named by its date.
ABSENCE = re.compile(r"\b(?:not found|was found|not known|(?:is|are|also) (?:an? |the )?(?:main |first )?open\b|open questions?|Open (?:is|are)|Also open|not (?:be )?verified|missing from)")


def sentences(path: str):
    for i, line in books.prose((ROOT / path).read_text(encoding="utf-8")):
        if line.strip() and not line.startswith(("#", ":::")):
            yield i, line


def words(path: str, before: str = "") -> int:
    """Words of a chapter's prose with its notes: no headings, citations and cells; an inline value counts one. Only what stands ``before`` a
    heading, if one is named."""
    end = next((i for i, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1) if before and line.startswith(before)), math.inf)
    n = 0
    for at, line in sentences(path):
        if at > end:
            break
        line = re.sub(r"`\{python\}[^`]*`", "x", line)
        line = re.sub(r"\s*\[[^\[\]]*@[^\]]*\]|\[\^[\w-]+\]:?|\{[^}]*\}|\]\([^)]*\)", " ", line)
        n += len(re.findall(r"[^\W_][\w'’.+-]*", line))
    return n


def bare_numbers(line: str) -> list[str]:
    """Numbers in a sentence that are neither computed, nor cited, nor part of a name or cross-reference."""
    cited = any(not books.REF.match(k) for k in CITE.findall(re.sub(r"`[^`]*`", "", line)))
    if cited or ABSENCE.search(line):
        return []
    plain = re.sub(r"`[^`]*`|@[\w-]+|\{[^}]*\}|\]\([^)]*\)|<[^>]*>", " ", line)
    return NUMBER.findall(NAMES.sub(" ", plain))


@pytest.mark.parametrize("line, found", [
    ("There are 25 mechanisms.", True),
    ("There are seven forums.", True),
    ("There are `{python} n('irfs')` forums.", False),
    ("There were 23 of them [@iom-rcp].", False),
    ("@fig-alive shows 23.", True),
    ("What happened in 2014 was not found.", False),
    ("In 2014 three States left.", True),
    ("The 5+5 Dialogue has two Chairs.", False),
])
def test_the_guard_itself(line, found):
    assert bool(bare_numbers(line)) is found


@pytest.mark.parametrize("path", PAGES)
def test_numbers_are_computed_or_cited(path):
    assert [(i, bare_numbers(s), s) for i, s in sentences(path) if bare_numbers(s)] == []


@pytest.mark.parametrize("path", PAGES)
def test_one_sentence_a_line(path):
    ends = re.compile(r"[a-z)\]][.?!] [A-Z]")
    known = re.compile(r"\b(?:No|St|vol|pp|al|e\.g|i\.e)\. ")
    found = [(i, s) for i, s in sentences(path) if ends.search(known.sub(" ", re.sub(r"`[^`]*`|\[@[^\]]*\]", "x", s))) and not s.startswith("- ")]
    assert found == []


def test_references_hold():
    assert [str(p) for p in books.lint(BOOK)] == []


def test_every_mechanism_of_2013_has_its_review():
    assert {m.id for m in mechanisms() if m.core25} == {p.split("/")[-1][:-4] for p in PAGES if "/mechanisms/" in p}


@pytest.mark.parametrize("path", [p for p in PAGES if "/mechanisms/" in p])
def test_a_review_has_its_parts_and_its_sources(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    heads = [re.sub(r"\s*\{.*", "", h) for h in re.findall(r"^## (.*)$", text, re.M)]
    assert heads == ["Background", "Evolution of the agenda", "Linkages with multilateral agreements", "Developments since 2013", "Place in the taxonomy",
                     "Meetings found"]
    id = path.split("/")[-1][:-4]
    own = {k for m in mechanisms() if m.id == id for k in str(m.model_dump()).replace("'", " ").replace(",", " ").replace("]", " ").replace("[", " ").split()}
    cited = {k for k in CITE.findall(text) if not books.REF.match(k)}
    assert len(cited & own) >= 4, "a review rests on the sources of its own data"


@pytest.mark.parametrize("path", [p for p in PAGES if "/mechanisms/" in p])
def test_a_review_is_short(path):
    """At most 700 words before the list of meetings; less than 350 only where the review says that the record is thin."""
    text = (ROOT / path).read_text(encoding="utf-8")
    said = words(path, "## Meetings found")
    assert said <= 700
    assert said >= 350 or "The evidence is thin" in text or "therefore short" in text


def test_a_place_in_a_review_names_few_sources():
    """A reader can follow up to three sources; more are set where each bears its part of the sentence."""
    found = [(p, i, c) for p in PAGES if "/mechanisms/" in p or p == "index.qmd" for i, s in sentences(p) for c in re.findall(r"\[(?:[^\[\]]*)@[^\]]*\]", s) if c.count("@") > 3]
    assert found == []


def test_alt_texts_differ_and_say_something():
    alts = [o["fig-alt"][0] for p in PAGES for _, o in books.cells((ROOT / p).read_text(encoding="utf-8")) if "fig-alt" in o]
    assert len(alts) == len(set(alts)) and min(map(len, alts)) > 60


def test_figures_and_tables_are_mentioned_before_they_stand():
    """Outside the case reviews, whose floats follow one form."""
    for path in PAGES:
        if "/mechanisms/" in path or "/annexes/" in path:
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        for start, options in books.cells(text):
            label = options.get("label", ("",))[0]
            if label:
                before = "\n".join(text.splitlines()[:start])
                assert f"@{label}" in before, f"{path}:{start}: {label} is not mentioned before it stands"


# Numerals, a file and part of a State's name are no acronyms; CA-4 is a name.
NO_ACRONYM = {"II", "PDR", "CHANGELOG", "CA"}
# The chapter on terms defines these for the whole book.
WHOLE_BOOK = {"RCP", "IRF", "ISCM", "IOM", "UN", "EU"}
ACRONYM = re.compile(r"\b[A-Z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*\b")


def acronyms(line: str) -> list[str]:
    """Acronyms of a line outside code, citations and addresses: at least half capitals; the plural counts as the singular."""
    plain = re.sub(r"`[^`]*`|\[[^\[\]]*@[^\]]*\]|@[\w-]+|\{[^}]*\}|\]\([^)]*\)|<[^>]*>", " ", line)
    found = [re.sub(r"s$", "", a) for a in ACRONYM.findall(plain)]
    return [a for a in found if sum(map(str.isupper, a)) * 2 >= len(a) and a not in NO_ACRONYM]


def lines(path: str) -> list[str]:
    return [s for _, s in books.prose((ROOT / path).read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    return dict(tables.acronyms().data.itertuples(index=False))


@pytest.mark.parametrize("path", PAGES)
def test_acronyms_stand_in_the_list(path, known):
    assert {a for s in lines(path) for a in acronyms(s)} - set(known) == set()


def unexplained(path: str, known: dict[str, str]) -> set[str]:
    """Acronyms used more than once on a page that neither the sentence of their first use nor a heading spells out, in brackets after the name.

    One that stands in the title, as part of the mechanism's name, may be spelt out later."""
    text = lines(path)
    title, prose = text[0], [s for s in text if not s.startswith("#")]
    uses = [a for s in prose for a in acronyms(s)]
    own = {m.acronym for m in mechanisms() if path.endswith(f"/{m.id}.qmd")}
    found = set()
    for a in {a for a in uses if uses.count(a) > 1} - WHOLE_BOOK - own:
        spelt = re.compile(re.escape(known.get(a, a).split(" ")[0]) + r".*\b" + r"[^()]*\(" + a + r"[s,)]", re.I)
        first = next(s for s in prose if a in acronyms(s))
        where = text if a in title else [first, *(s for s in text if s.startswith("#"))]
        if not any(map(spelt.search, where)):
            found.add(a)
    return found


@pytest.mark.parametrize("text, found", [
    ("# X {#x}\n\nICMPD did. ICMPD went.\n", {"ICMPD"}),
    ("# X {#x}\n\nThe International Centre for Migration Policy Development (ICMPD) did.\nICMPD went.\n", set()),
    ("# X {#x}\n\nICMPD did.\nThe International Centre for Migration Policy Development (ICMPD) went.\n", {"ICMPD"}),
    ("# X {#x}\n\nICMPD did, said IOM, as IOM does.\n", set()),
])
def test_unexplained_acronyms_are_caught(text, found, known, tmp_path, monkeypatch):
    (tmp_path / "x.qmd").write_text(text, encoding="utf-8")
    monkeypatch.setattr("test_prose.ROOT", tmp_path)
    assert unexplained("x.qmd", known) == found


@pytest.mark.parametrize("path", [p for p in PAGES if "/annexes/" not in p or p.endswith("d-others.qmd")])
def test_acronyms_are_spelt_out_where_a_page_first_uses_them(path, known):
    """The annexes of tables and methods lean on the list of acronyms; the short portraits of annex D are read like reviews."""
    assert unexplained(path, known) == set()


def misspelt(*args: str, text: str | None = None) -> list[str]:
    """What the spelling checker finds, with the project's settings."""
    done = subprocess.run([need("typos"), "--config", str(ROOT / "_typos.toml"), "--format", "brief", *args], cwd=ROOT, input=text, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode in (0, 2), done.stderr  # 2: something was found
    return done.stdout.splitlines()


def test_spelling():
    """Chapters, documents, texts of the data and code in British spelling; names as those who bear them write them (``_typos.toml``)."""
    assert misspelt(".") == []


@pytest.mark.parametrize("text, found", [
    ("They recieve it.", 1),  # misspelt on purpose
    ("They organize it.", 1),  # misspelt on purpose
    ("They organise labor.", 1),  # misspelt on purpose
    ("They organise labour and receive it.", 0),
    ("The International Labour Organization [@org-labor] said so.", 0),
])
def test_spelling_is_caught(text, found):
    """A slip, and an American spelling outside a name."""
    assert len(misspelt("-", text=text)) == found
