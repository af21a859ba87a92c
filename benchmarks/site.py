"""What the pages weigh on the wire and when they first paint, on a slow line.

Each page is opened in Chromium over a local server that compresses as static hosts do, with the network held to slow 4G:
1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip, and the processor slowed four times. "First" is an empty cache, read to the end of the page
so that its charts are drawn; "next" is the same page after another of its kind. Bytes are those transferred; medians of three.
Run, after make report: .venv/bin/python benchmarks/site.py"""
from __future__ import annotations

import gzip
import http.server
import shutil
import statistics
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_book"
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
PAGES = {"index.html": "report/05-conclusion.html", "report/05-conclusion.html": "index.html", "report/mechanisms/bali-process.html": "report/mechanisms/igc.html",
         "report/03-trends.html": "report/mechanisms/igc.html", "report/references.html": "index.html", "explore/state.html?s=KEN": "index.html",
         "explore/mechanisms.html": "index.html", "explore/map.html": "report/mechanisms/igc.html"}
RUNS = 3
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves the site with gzip for text, and lets the browser keep what it has."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args):
        super().__init__(*args, directory=str(SITE))

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in (".html", ".css", ".js", ".json", ".svg", ".csv"):
            body = gzip.compress(body, 9)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)


def measure(browser, base: str, name: str, before: str | None) -> tuple[int, float]:
    """Bytes received and milliseconds to the first paint, in a new profile; ``before`` is opened first and not counted."""
    page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    got = []
    line.on("Network.loadingFinished", lambda e: got.append(e["encodedDataLength"]))

    def read(url: str) -> float:
        page.goto(url, wait_until="load")
        for y in range(0, int(page.evaluate("document.body.scrollHeight")), 600):
            page.evaluate("y => scrollTo({top: y, behavior: 'instant'})", y)
            page.wait_for_timeout(60)
        page.wait_for_load_state("networkidle")
        page.wait_for_function("[...document.querySelectorAll('figure.fig')].every(f => 'live' in f.dataset)", timeout=120_000)
        return page.evaluate(PAINT)

    if before:
        read(f"{base}/{before}")
        got.clear()
    paint = read(f"{base}/{name}")
    page.context.close()
    return sum(got), paint


def main() -> None:
    chromium = shutil.which("chromium")
    if not chromium or not (SITE / "index.html").exists():
        sys.exit("needs Chromium and a rendered site: make report")
    from playwright.sync_api import sync_playwright

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Compressing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    print(f"{'page':<38}{'first kB':>10}{'paint ms':>10}{'next kB':>10}{'paint ms':>10}")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, before in PAGES.items():
            runs = [(*measure(browser, base, name, None), *measure(browser, base, name, before)) for _ in range(RUNS)]
            a, x, b, y = (statistics.median(column) for column in zip(*runs))
            print(f"{name:<38}{a / 1000:>10.0f}{x:>10.0f}{b / 1000:>10.0f}{y:>10.0f}")
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
