"""Accessibility (WCAG 2.2 AA): axe on every page in light and dark, the keyboard, focus, motion, and a screen of 320 pixels."""
from __future__ import annotations

from pathlib import Path

import pytest

from conftest import watched
from test_site import PAGES

SAMPLE = ("index.html", "report/03-trends.html", "report/mechanisms/bali-process.html", "explore/state.html?s=KEN", "explore/mechanisms.html", "explore/map.html")
FEWER = """document.querySelectorAll('tbody').forEach(b => [...b.rows].slice(12).forEach(r => r.remove()));
[...document.querySelectorAll('.csl-entry')].slice(12).forEach(e => e.remove())"""  # what follows repeats the same markup
AXE = """async options => (await axe.run(document, {resultTypes: ['violations'], ...options})).violations
.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 160)])"""


@pytest.fixture(scope="module")
def axe() -> str:
    import axe_playwright_python

    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


def test_axe_finds_nothing_on_any_page_light_and_dark(browser, served, axe):
    page = watched(browser, viewport={"width": 1300, "height": 900})
    found = []
    for name in [*PAGES, "explore/state.html?s=KEN&with=UGA"]:
        page.goto(f"{served}/{name}", wait_until="load")
        page.evaluate(FEWER)
        page.evaluate(axe)
        for theme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast", "link-in-text-block"]})):
            page.evaluate("t => document.documentElement.dataset.theme = t", theme)
            found += [(name, theme, *v) for v in page.evaluate(AXE, options)]
    assert found == []
    page.close()


def test_axe_finds_nothing_where_a_chart_is_alive(browser, served, axe):
    page = watched(browser)
    page.goto(f"{served}/report/03-trends.html#fig-timeline")
    page.locator("#fig-timeline[data-live]").wait_for(timeout=15_000)
    page.locator("#fig-timeline").get_by_role("button", name="Data table").click()
    page.locator("#fig-timeline summary").click()
    page.locator("#fig-timeline .rows table").wait_for()
    page.evaluate(axe)
    assert page.evaluate("async () => (await axe.run('#fig-timeline')).violations.map(v => v.id)") == []
    page.close()


@pytest.mark.parametrize("name", SAMPLE)
def test_the_keyboard_reaches_everything_and_focus_shows(browser, served, name):
    page = watched(browser, viewport={"width": 1300, "height": 900}, reduced_motion="reduce")
    page.goto(f"{served}/{name}", wait_until="networkidle")
    wanted = page.evaluate("""[...document.querySelectorAll('a[href],button,input,select,summary,[tabindex="0"]')]
        .filter(e => e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)')).length""")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop leads past the furniture"
    stops, blind = 1, []
    for _ in range(wanted + 60):
        page.keyboard.press("Tab")
        state = page.evaluate("""() => { const e = document.activeElement; if (e === document.body) return null;
            const s = getComputedStyle(e); return [s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, e.outerHTML.slice(0, 80)] }""")
        if state is None:
            break
        stops += 1
        blind += [] if state[0] else [state[1]]
    assert blind == [], "each stop shows where the reader is"
    assert stops >= wanted * 0.97, (stops, wanted)
    page.close()


def test_a_screen_of_320_pixels_scrolls_only_down(browser, served):
    page = watched(browser, viewport={"width": 320, "height": 640})
    for name in [*PAGES, "explore/state.html?s=KEN", "explore/compare.html?a=igc&b=acp-eu"]:
        page.goto(f"{served}/{name}")
        wide = page.evaluate("""document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest('.scroll,.rows')).slice(0, 3).map(e => e.outerHTML.slice(0, 90))""")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, wide)
    page.close()


def test_less_motion_is_honoured_and_the_language_is_set(browser, served):
    page = watched(browser, reduced_motion="reduce")
    page.goto(f"{served}/report/03-trends.html")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.documentElement.lang") == "en-GB"
    page.close()
