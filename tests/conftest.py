"""Shared pieces: the rendered book, a copy of the project to spoil, and tools that may be missing."""
from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("_quarto.yml", "index.qmd", "report", "data")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does: sums have one order, and what is kept serves both
os.environ.setdefault("ISCM_CACHE", str(ROOT / "build/test-cache"))
"""What the tests compute is kept between them and between runs, as a user's work is; a test that wants a cold start passes ``ISCM_CACHE=""``."""


def copy_project(to: Path) -> Path:
    """What a render reads, without what it makes."""
    to.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, to / part)
    return to


def iscm(*args: str, root: Path = ROOT, **env: str) -> subprocess.CompletedProcess:
    """Run the console command on a project folder."""
    return subprocess.run([sys.executable, "-m", "analysis.cli", *args], cwd=root, capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "ISCM_ROOT": str(root), "COLUMNS": "200", **env})


def need(tool: str) -> str:
    """The path of a tool, beside the interpreter or on the path; without it the test is skipped for a user and fails where every check is obligatory."""
    found = shutil.which(tool, path=str(Path(sys.executable).parent)) or shutil.which(tool)
    if not found:
        message = f"needs {tool}, which is not installed"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The project rendered once, both formats, in a folder of its own."""
    root = copy_project(tmp_path_factory.mktemp("book") / "projet d'été")
    done = iscm("render", root=root, SOURCE_DATE_EPOCH="1767225600")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window."""
    chromium = need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        b = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield b
        b.close()


@pytest.fixture(scope="session")
def served(book):
    """The address of the rendered site, in a sub-folder of a server."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/_book"
    server.shutdown()


def watched(browser, **kw):
    """A page that records errors and requests."""
    page = browser.new_page(**kw)
    page.trouble, page.asked = [], []
    page.on("pageerror", lambda e: page.trouble.append(str(e)))
    page.on("console", lambda m: page.trouble.append(m.text) if m.type in ("error", "warning") else None)
    page.on("request", lambda r: page.asked.append(r.url))
    return page


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project that a test may spoil."""
    return copy_project(tmp_path / "project")
