"""The site in a real browser: search, charts, light and dark, from a file and from a server, without other hosts; its weight."""
from __future__ import annotations

import gzip
import json
import re

import pytest

from analysis.render import book as books
from analysis.render.furniture import EXPLORE
from conftest import ROOT, watched

CHAPTERS = [c.page for c in books.read(ROOT).chapters]
PAGES = [*CHAPTERS, *EXPLORE.values()]


def test_pages_open_without_error_or_foreign_request(browser, served):
    page = watched(browser)
    for name in PAGES:
        page.goto(f"{served}/{name}", wait_until="networkidle")
        assert page.locator("h1").count() == 1
    assert page.trouble == []
    assert [u for u in page.asked if not u.startswith((served, "data:"))] == []
    page.close()


def test_pages_open_from_a_file_and_say_that_search_needs_a_server(browser, book):
    page = watched(browser)
    page.goto((book / "_book/index.html").as_uri())
    page.get_by_role("link", name="Budapest Process").first.click()
    assert page.locator("h1").inner_text().endswith("Budapest Process")
    page.locator("#q").fill("Silk")
    assert "needs the site on a web server" in page.locator("#found").inner_text()
    page.locator("figure.fig").first.scroll_into_view_if_needed()
    page.locator("figure.fig[data-live]").first.wait_for(timeout=15_000)
    page.locator("main a[href*='ref-']").first.click()
    assert "references.html#ref-" in page.url
    assert page.trouble == []
    page.close()


def test_search_while_typing_by_keyboard_alone(browser, served):
    page = watched(browser)
    page.goto(f"{served}/report/05-conclusion.html", wait_until="networkidle")
    assert not any("pagefind" in u for u in page.asked), "the index is loaded when it is asked for"
    page.keyboard.press("/")
    page.keyboard.type("Silk Routes", delay=20)
    page.locator("#hits a", has_text="Budapest Process").first.wait_for(timeout=10_000)
    assert "result" in page.locator("#found").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('#hits') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/_book/report/**")
    assert page.trouble == []
    page.close()


def test_light_and_dark_by_system_and_by_switch(browser, served):
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        page = watched(browser, color_scheme=scheme)
        page.goto(f"{served}/index.html")
        seen[scheme] = page.evaluate(ground)
        page.click("#switch")
        seen[scheme + " switched"] = page.evaluate(ground)
        page.goto(f"{served}/report/03-trends.html")
        assert page.evaluate(ground) == seen[scheme + " switched"], "the choice is kept on the next page"
        page.close()
    assert seen["light"] == seen["dark switched"] != seen["dark"] == seen["light switched"]


def test_figures_show_without_javascript_and_offer_their_files(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/report/03-trends.html")
    drawings = page.locator("figure.fig svg[role=img]")
    boxes = [drawings.nth(i).bounding_box() for i in range(drawings.count())]
    assert len(boxes) >= 8 and all(b["width"] > 300 and b["height"] > 100 for b in boxes)
    for ending, start in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".csv", b""), (".vl.json", b"{")):
        links = page.locator(f"figure.fig .tools a[href$='{ending}']")
        assert links.count() == len(boxes)
        got = page.request.get(f"{served}/report/" + links.first.get_attribute("href"))
        assert got.ok and got.body().startswith(start) and len(got.body()) > 200
    context.close()


def test_a_chart_comes_alive_with_tooltip_choice_and_data_table(browser, served):
    page = watched(browser, viewport={"width": 1300, "height": 900})
    page.goto(f"{served}/report/03-trends.html", wait_until="load")
    figure = page.locator("#fig-timeline")
    still = figure.locator(".chart").bounding_box()
    figure.scroll_into_view_if_needed()
    page.locator("#fig-timeline[data-live]").wait_for(timeout=15_000)
    live = figure.locator(".chart").bounding_box()
    assert abs(live["height"] - still["height"]) < 2, "the text below stays where it was"
    figure.locator(".mark-rule.role-mark line").first.hover(force=True)
    assert "Mechanism" in page.locator("#tip").inner_text() and "Founded" in page.locator("#tip").inner_text()
    assert "Sources" in page.locator("#tip").inner_text()
    faint = "[...document.querySelectorAll('#fig-timeline .mark-rule.role-mark line')].filter(e => e.getAttribute('opacity') < .5).length"
    assert page.evaluate(faint) == 0
    figure.get_by_role("button", name="IRF").press("Enter")
    assert page.evaluate(faint) == 18
    figure.get_by_role("button", name="Data table").press("Enter")
    figure.locator(".rows tbody tr").first.wait_for()
    assert figure.locator(".rows tbody tr").count() == 25
    assert page.trouble == []
    page.close()


def test_copying_the_citation_and_a_place(browser, served):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{served}/report/05-conclusion.html")
    page.get_by_role("button", name="Copy", exact=True).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Conclusion" in copied and "ISCM Report contributors" in copied and "Version" in copied
    page.locator("h1 .anchor").press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == f"{served}/report/05-conclusion.html#{page.locator('h1').get_attribute('id')}"
    context.close()


def squeezed(path) -> int:
    return len(gzip.compress(path.read_bytes(), 9)) if path.suffix != ".woff2" else path.stat().st_size


@pytest.fixture(scope="module")
def weights(book) -> dict[str, tuple[int, int]]:
    """page → (bytes shared by all pages, bytes of its own), compressed, with every script, font and chart that it may load."""
    site = book / "_book"
    common = sum(squeezed(site / f) for f in ("site.css", "site.js", "fonts/libertinus-400-normal.woff2", "fonts/libertinus-600-normal.woff2"))
    italic = squeezed(site / "fonts/libertinus-400-italic.woff2")
    vega = squeezed(site / "vega.js")
    out = {}
    for name in PAGES:
        text = (site / name).read_text(encoding="utf-8")
        charts = re.findall(r'<figure id="(fig-[^"]+)"', text)
        own = squeezed(site / name) + sum(squeezed(site / f"figures/{c}.js") for c in charts)
        own += any('"world":true' in (site / f"figures/{c}.js").read_text(encoding="utf-8") for c in charts) * squeezed(site / "figures/world.js")
        own += sum(squeezed(site / s) for s in ("explore/data.js", "explore.js") if name.startswith("explore"))
        out[name] = common + italic * ("<em>" in text) + (vega if charts else 0), own
    return out


def test_pages_are_light(weights):
    """Without charts under 100 kB, with charts under 900 kB for the first page and 150 kB for each further one; the lists of all
    sources and of all meetings may weigh more, as they are the whole of it."""
    whole = {"report/references.html", "report/annexes/b-tables.html"}
    for name, (common, own) in weights.items():
        if common < 200_000:
            assert common + own < (200_000 if name in whole else 100_000), (name, common, own)
        else:
            assert common + own < 900_000 and own < 150_000, (name, common, own)


def test_a_chart_knows_its_categories_and_names_its_fields():
    from analysis.present.figures import FIGURES
    from analysis.present.interactive import interactive

    spec, choices = interactive(FIGURES["timeline"]().spec, {})
    assert [c["value"] for c in choices] == ["RCP", "IRF"] and {"name": "only", "value": None} in spec["params"]
    told = json.dumps(spec)
    assert '"title": "Founded"' in told and "only === null" in told
    assert interactive(FIGURES["world_map"]().spec, {})[1] == []
