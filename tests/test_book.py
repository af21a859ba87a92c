"""The book as listed, its numbering, and what is said of chapters that do not hold."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analysis.dataset.load import DataError
from analysis.render import book as books
from conftest import ROOT, iscm

def test_chapters_are_numbered_as_a_book():
    numbers = {c.path: c.number for c in books.read(ROOT).chapters}
    assert numbers["index.qmd"] is None
    assert numbers["report/01-introduction.qmd"] == "1"
    assert numbers["report/mechanisms/igc.qmd"] == "6"  # after the five chapters of the study
    assert numbers["report/references.qmd"] is None
    assert numbers["report/annexes/a-method.qmd"] == "A"


def test_reviews_stand_in_the_order_of_founding():
    from analysis.dataset.frames import mechanism_frame

    m = mechanism_frame().set_index("id")
    order = [c.path.split("/")[-1][:-4] for c in books.read(ROOT).chapters if "/mechanisms/" in c.path]
    keys = [(m.class_2013[i] == "IRF", m.founded[i]) for i in order]
    assert keys == sorted(keys)  # RCPs first, then IRFs


FIGURE = '\n```{python}\n#| label: fig-new\n#| fig-cap: "c"\n#| fig-alt: "a"\nfigures.alive()\n```\n'
FAULTS = {
    "unresolved figure": ("See @fig-nowhere.\n", "cross-reference '@fig-nowhere' has no target"),
    "unresolved table": ("See @tbl-nowhere.\n", "cross-reference '@tbl-nowhere' has no target"),
    "unresolved section": ("See @sec-nowhere.\n", "cross-reference '@sec-nowhere' has no target"),
    "unknown citation": ("It is so [@no-such-key].\n", "citation '@no-such-key' is not in data/sources.yaml"),
    "no alt text": (FIGURE.replace('#| fig-alt: "a"\n', ""), "fig-alt: 'fig-new' has no alt text"),
    "empty alt text": (FIGURE.replace('fig-alt: "a"', 'fig-alt: ""'), "fig-alt: 'fig-new' has no alt text"),
    "no caption": (FIGURE.replace('#| fig-cap: "c"\n', ""), "fig-cap: 'fig-new' has no caption"),
    "label twice": (FIGURE.replace("fig-new", "fig-alive"), "label: 'fig-alive' stands already in report/03-trends.qmd"),
    "heading twice": ("## Again {#sec-terms}\n", "label: 'sec-terms' stands already in report/02-taxonomy.qmd"),
}
FAULTS |= {
    "citation lost by Quarto": ("See @fig-alive [@iom-rcp].\n", "citation right after '@fig-alive'"),
    "footnote twice": ("A note.[^x]\n\n[^x]: One.\n\n[^x]: Another.\n", "footnote: '^x' stands already in report/05-conclusion.qmd"),
    "unknown format": ('::: {.content-visible when-format="pdf"}\nx\n:::\n', "format 'pdf' is unknown; allowed: html, typst"),
    "a picture that no cell makes": ("![A picture](picture.png)\n", "an image: a chapter shows figures that a cell makes"),
    "no file to include": ("{{< include _none.qmd >}}\n", "include: the file report/_none.qmd does not exist"),
}
RUNTIME = {
    "a cell that raises": ("```{python}\n1 / 0\n```\n", "the cell failed: ZeroDivisionError"),
    "an inline expression that raises": ("So `{python} n('no_such_finding')`.\n", "failed: KeyError: 'no_such_finding'"),
    "a cell without end": ("```{python}\nfigures.alive()\n", "the cell has no end"),
    "a cell that shows nothing known": ("```{python}\n{'a': 1}\n```\n", "the cell gives neither a figure nor a table"),
}


@pytest.mark.parametrize("name", [*FAULTS, *RUNTIME])
def test_faults_stop_the_render_with_file_line_and_reason(project, name):
    addition, reason = (FAULTS | RUNTIME)[name]
    chapter = project / "report/05-conclusion.qmd"
    text = chapter.read_text(encoding="utf-8")
    chapter.write_text(text + "\n" + addition, encoding="utf-8")
    good = project / "_book"
    good.mkdir()
    (good / "index.html").write_text("the last good output", encoding="utf-8")
    done = iscm("render", root=project)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    line = next(s for s in done.stderr.splitlines() if reason in s)
    file, number, _ = line.split(":", 2)
    assert file == "report/05-conclusion.qmd"
    assert len(text.splitlines()) < int(number) <= len((text + addition).splitlines()) + 1
    assert [p.name for p in good.iterdir()] == ["index.html"]
    assert (good / "index.html").read_text(encoding="utf-8") == "the last good output"


def test_a_missing_chapter_is_named(project):
    (project / "report/05-conclusion.qmd").unlink()
    with pytest.raises(DataError, match="the file report/05-conclusion.qmd does not exist"):
        books.read(project)


def test_invalid_data_stops_the_render(project):
    path = project / "data/mechanisms/rcm.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("core25: true", "core25: perhaps"), encoding="utf-8")
    done = iscm("render", root=project)
    assert done.returncode == 1 and "data/mechanisms/rcm.yaml:3: core25" in done.stderr
    assert not (project / "_book").exists()


def test_a_fault_in_an_included_file_names_that_file(project):
    (project / "report/_part.qmd").write_text("Text.\n\nSo `{python} 1 / 0`.\n", encoding="utf-8")
    chapter = project / "report/05-conclusion.qmd"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\n{{< include _part.qmd >}}\n", encoding="utf-8")
    done = iscm("render", root=project)
    assert done.returncode == 1 and "report/_part.qmd:3: `1 / 0` failed: ZeroDivisionError" in done.stderr
    (project / "report/_part.qmd").write_text("See @fig-nowhere.\n{{< include _part.qmd >}}\n", encoding="utf-8")
    done = iscm("check", root=project)
    assert done.returncode == 1 and "report/_part.qmd:2: include: report/_part.qmd includes itself" in done.stderr


def program(folder, body: str) -> str:
    """A folder for the path with a program named ``quarto``."""
    folder.mkdir()
    (folder / "quarto").write_text("#!/bin/sh\n" + body, encoding="utf-8")
    (folder / "quarto").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_quarto_when_it_is_missing(project):
    if Path(sys.executable).with_name("quarto").exists():
        pytest.skip("Quarto is installed in .venv")
    done = iscm("render", "--engine", "quarto", root=project, PATH="")
    assert done.returncode == 1 and "quarto is not installed: run 'make quarto'" in done.stderr


def test_quarto_works_on_a_copy_and_its_output_is_put_in_place_whole(project, tmp_path):
    good = project / "_book"
    good.mkdir()
    (good / "iscm-report.pdf").write_text("the last document", encoding="utf-8")
    failing = program(tmp_path / "failing", "mkdir -p _book; echo broken > _book/index.html; exit 3\n")
    done = iscm("render", "--engine", "quarto", "--to", "html", root=project, PATH=failing)
    assert done.returncode == 1 and "quarto render --to html ended with 3" in done.stderr
    assert [p.name for p in good.iterdir()] == ["iscm-report.pdf"]
    working = program(tmp_path / "working", 'test -f report/05-conclusion.qmd && mkdir -p _book && echo "$@" "$QUARTO_PYTHON" > _book/index.html; touch report/left.html\n')
    done = iscm("render", "--engine", "quarto", "--to", "html", root=project, PATH=working)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("quarto: html in")
    assert "render . --to html" in (good / "index.html").read_text(encoding="utf-8") and sys.executable in (good / "index.html").read_text(encoding="utf-8")
    assert (good / "iscm-report.pdf").read_text(encoding="utf-8") == "the last document"
    assert not (project / "report/left.html").exists() and not list((project / "build").glob("stage-*"))


@pytest.mark.parametrize("option, value, allowed", [("--engine", "word", "embedded, quarto"), ("--to", "docx", "html, pdf")])
def test_unknown_options_are_named(option, value, allowed):
    done = iscm("render", option, value)
    assert done.returncode == 1 and f"{option}: '{value}' is unknown; allowed: {allowed}" in done.stderr


def test_two_renders_do_not_meet(project):
    import fcntl

    (project / "build").mkdir()
    with open(project / "build/render.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = iscm("render", root=project)
    assert done.returncode == 1 and "another render of this folder is under way" in done.stderr
