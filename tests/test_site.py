"""The site in a real browser: search, light and dark, narrow screens, from a file and from a server, without other hosts."""
from __future__ import annotations

import functools
import http.server
import threading

import pytest

from analysis.render import book as books
from conftest import ROOT, need

PAGES = [c.page for c in books.read(ROOT).chapters]


@pytest.fixture(scope="module")
def browser():
    chromium = need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        b = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield b
        b.close()


@pytest.fixture(scope="module")
def served(book):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(book / "_book")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def watched(browser, **kw):
    """A page that records errors and requests."""
    page = browser.new_page(**kw)
    page.trouble, page.asked = [], []
    page.on("pageerror", lambda e: page.trouble.append(str(e)))
    page.on("console", lambda m: page.trouble.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: page.asked.append(r.url))
    return page


def test_pages_open_without_error_or_foreign_request(browser, served):
    page = watched(browser)
    for name in PAGES:
        page.goto(f"{served}/{name}", wait_until="networkidle")
        assert page.locator("h1").count() == 1
    assert page.trouble == []
    assert [u for u in page.asked if not u.startswith((served, "data:"))] == []
    page.close()


def test_pages_open_from_a_file(browser, book):
    page = watched(browser)
    page.goto((book / "_book/index.html").as_uri())
    page.get_by_role("link", name="Budapest Process").first.click()
    assert page.locator("h1").inner_text().endswith("Budapest Process")
    page.locator("main a[href*='ref-']").first.click()
    assert "references.html#ref-" in page.url
    assert page.trouble == []
    page.close()


def test_search_finds_a_mechanism(browser, served):
    page = watched(browser)
    page.goto(f"{served}/index.html", wait_until="networkidle")
    page.locator("#search input").fill("Silk Routes")
    hit = page.locator("#search a", has_text="Budapest Process").first
    hit.wait_for(timeout=10_000)
    hit.click()
    page.wait_for_url("**/budapest-process.html**")
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


def test_a_narrow_screen_scrolls_only_down(browser, served):
    page = watched(browser, viewport={"width": 360, "height": 740})
    for name in PAGES:
        page.goto(f"{served}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.close()


def test_figures_show_without_javascript(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/report/03-trends.html")
    boxes = [page.locator("figure.fig svg[role=img]").nth(i).bounding_box() for i in range(page.locator("figure.fig svg[role=img]").count())]
    assert len(boxes) >= 8 and all(b["width"] > 300 and b["height"] > 100 for b in boxes)
    context.close()
