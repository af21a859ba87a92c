"""iscm preview: this machine alone, a render on every save, errors in the page and the terminal, and recovery."""
from __future__ import annotations

import http.client
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import small

WAIT = 240  # seconds until a render counts as hung; not a measure of speed


def start(root, **how) -> subprocess.Popen:
    """A preview of the project on any port."""
    return subprocess.Popen([sys.executable, "-m", "analysis.cli", "preview", "--port", "0"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            encoding="utf-8", env={**os.environ, "ISCM_ROOT": str(root), **small.EPOCH},
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **how)  # what runs in the background of a shell ignores it


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A preview of a small book: (project folder, port, lines of the terminal)."""
    root = small.write(tmp_path_factory.mktemp("preview") / "vue d'été")
    process = start(root)
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: [lines.put(x) for x in process.stdout], daemon=True).start()
    port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", lines.get(timeout=WAIT))[1])
    assert "embedded: html" in said(lines, "made again")
    yield root, port, lines
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0


def said(lines, end: str) -> str:
    """What the terminal says up to a line that holds ``end``."""
    text = ""
    while end not in text:
        text += lines.get(timeout=WAIT)
    return text


def get(port: int, path: str, host: str | None = None) -> tuple[int, str]:
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("GET", path, headers={"Host": host} if host else {})
    r = c.getresponse()
    return r.status, r.read().decode("utf-8")


def told(port: int) -> dict:
    """The first event that a page is sent when it opens."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("GET", "/__iscm/events")
    return json.loads(c.getresponse().readline().decode().removeprefix("data: "))


def edit(root, old: str, new: str) -> None:
    path = root / "report/rcm.qmd"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_pages_have_the_script_and_the_files_do_not(server):
    root, port, _ = server
    status, page = get(port, "/index.html")
    assert status == 200 and "/__iscm/preview.js" in page and get(port, "/")[1] == page
    assert "__iscm" not in (root / "_book/index.html").read_text(encoding="utf-8")
    assert "EventSource" in get(port, "/__iscm/preview.js")[1]


def test_only_this_machine_is_served(server):
    _, port, _ = server
    assert get(port, "/index.html", host="elsewhere.example")[0] == 403
    for address in {i[4][0] for i in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}:
        if not address.startswith("127."):
            with pytest.raises(OSError):
                socket.create_connection((address, port), timeout=5)


def test_a_save_renders_again_an_error_is_shown_and_mended(server):
    root, port, lines = server
    first = told(port)
    assert first["build"] >= 1 and not first["error"]
    edit(root, "Review of rcm", "Review of a trial")
    assert "chapters run 1 of 4" in said(lines, "made again")
    assert "Review of a trial" in get(port, "/report/rcm.html")[1] and told(port)["build"] == first["build"] + 1
    edit(root, "chapter.mechanism('rcm')", "chapter.mechanism('none')")
    assert "report/rcm.qmd:" in said(lines, "last good _book/ stays")
    broken = told(port)
    assert "KeyError" in broken["error"] and broken["build"] == first["build"] + 1
    assert "Review of a trial" in get(port, "/report/rcm.html")[1], "the last good page stays"
    edit(root, "chapter.mechanism('none')", "chapter.mechanism('rcm')")
    said(lines, "\n")
    mended = told(port)
    while mended["error"]:
        mended = told(port)
    assert mended["build"] == first["build"] + 2


def test_a_page_reloads_and_shows_the_error(server, browser):
    root, port, lines = server
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/report/rcm.html")
    edit(root, "A trial", "")
    edit(root, "meetings were found", "meetings were found in all")
    page.get_by_text("meetings were found in all").wait_for(timeout=WAIT * 1000)
    edit(root, "[@iom-rcp]", "[@no-such-source]")
    page.locator("#iscm-error").wait_for(timeout=WAIT * 1000)
    assert "citation '@no-such-source' is not in data/sources.yaml" in page.locator("#iscm-error").inner_text()
    edit(root, "[@no-such-source]", "[@iom-rcp]")
    page.locator("#iscm-error").wait_for(state="detached", timeout=WAIT * 1000)
    page.close()


def test_ctrl_c_ends_a_render_that_is_under_way(tmp_path):
    root = small.write(tmp_path)
    edit(root, "from analysis.present", f"import time\nopen({str(tmp_path / 'runs')!r}, 'w').close()\ntime.sleep(600)\nfrom analysis.present")
    process = start(root, start_new_session=True)
    while not (tmp_path / "runs").exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    text = process.communicate(timeout=60)[0]
    assert process.returncode == 0 and "stopped" in text and "Traceback" not in text
    assert small.ended(process)


def test_a_port_that_is_taken_is_said(tmp_path):
    from conftest import iscm

    root = small.write(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = iscm("preview", "--port", str(port), root=root)
    assert done.returncode == 1 and f"port {port}" in done.stderr and "name another" in done.stderr and "Traceback" not in done.stderr
    shutil.rmtree(root / "_book", ignore_errors=True)
