"""Serve the site on this machine alone, render again what changed on every save, and show errors where they are looked for.

A helper process holds the libraries and nothing of the project; each render is a fork of it that reads code and data anew. So a render
starts at once, and no module or data of an earlier one can linger."""
from __future__ import annotations

import functools
import html
import http.server
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from . import uptodate
from .orphan import end_with

LIBRARIES = ("numpy", "pandas", "altair", "pydantic", "yaml", "networkx", "pypandoc", "IPython.core.interactiveshell")
SCRIPT = """(()=>{let first=null,box=null;
new EventSource("/__iscm/events").onmessage=m=>{const s=JSON.parse(m.data);
if(first===null)first=s.build;else if(!s.error&&s.build!==first)return location.reload();
if(box){box.remove();box=null}
if(s.error){box=document.createElement("pre");box.id="iscm-error";box.setAttribute("role","alert");box.textContent="The render failed; this page is the last good one.\\n\\n"+s.error;
box.style.cssText="position:fixed;inset:auto 0 0 0;max-height:60vh;overflow:auto;margin:0;padding:1em 1.5em;background:#5c0011;color:#fff;font:14px/1.5 monospace;white-space:pre-wrap;z-index:99999";
document.body.append(box)}}})();"""
TAG = b'<script src="/__iscm/preview.js"></script>'


class State:
    """What the pages are told: the number of the last good render, and the error of the last one if it failed."""

    def __init__(self):
        self.build, self.error, self.changed = 0, "", threading.Condition()

    def set(self, error: str) -> None:
        """Note the end of a render."""
        with self.changed:
            self.error = error
            self.build += not error
            self.changed.notify_all()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site as they are, with one script added to pages; and the stream of events."""

    def __init__(self, *args, state: State, **kw):
        self.state = state
        super().__init__(*args, **kw)

    def log_message(self, *args):
        """Requests are not shown: the terminal is for renders."""

    def do_GET(self):
        """Answer a request of this machine."""
        if self.headers.get("Host", "").rsplit(":", 1)[0] not in ("127.0.0.1", "localhost"):
            return self.send_error(403, "only this machine is served")  # a page elsewhere that points a name of its own here
        path = self.path.split("?")[0].split("#")[0]
        if path == "/__iscm/events":
            return self._events()
        if path == "/__iscm/preview.js":
            return self._send(SCRIPT.encode(), "text/javascript")
        file = Path(self.translate_path(path))
        file = file / "index.html" if file.is_dir() else file
        if file.suffix == ".html" and file.is_file():
            return self._send(file.read_bytes().replace(b"</body>", TAG + b"</body>", 1), "text/html; charset=utf-8")
        if self.state.error and path.endswith(("/", ".html")):
            page = f"<!doctype html><title>Render failed</title><body><pre>{html.escape(self.state.error)}</pre>{TAG.decode()}</body>"
            return self._send(page.encode(), "text/html; charset=utf-8", 500)
        return super().do_GET()

    def _send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self):
        """Nothing is kept by the browser: the next render may have changed it."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            while True:
                with self.state.changed:
                    told = {"build": self.state.build, "error": self.state.error}
                    self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
                    self.wfile.flush()
                    self.state.changed.wait(timeout=20)
        except OSError:
            pass  # the page was closed


def _once(root: Path) -> tuple[str, str]:
    """One render, in a process of its own: (summary, error)."""
    for name in [m for m in sys.modules if m.split(".")[0] == "analysis"]:
        del sys.modules[name]
    try:
        from analysis.render import report, uptodate as fresh

        start = time.perf_counter()
        now = fresh.inputs(root)
        if not fresh.stale(root, ("html",), now):
            return "nothing changed", ""
        done = report.make(("html",), False, now, lambda text: None)
        return report.summary(done, ("html",), time.perf_counter() - start), ""
    except BaseException as exc:
        if type(exc).__name__ in ("Stopped", "DataError"):
            return "", str(exc)
        return "", "".join(traceback.format_exception(exc)[-3:])


def _helper(pipe, root: Path, parent: int) -> None:
    """Hold the libraries; fork for each render and pass on what it says."""
    import importlib
    import signal

    end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the parent, which then ends this process
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # the render will say so
    while True:
        try:
            pipe.recv()
        except EOFError:
            return
        read, write = os.pipe()
        here = os.getpid()
        pid = os.fork()
        if pid == 0:
            end_with(here)
            os.close(read)
            with os.fdopen(write, "w", encoding="utf-8") as out:
                json.dump(_once(root), out)
            os._exit(0)
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as said:
            text = said.read()
        os.waitpid(pid, 0)
        try:
            pipe.send(tuple(json.loads(text)) if text else ("", "the render ended without a word"))
        except OSError:
            return  # nobody listens any more


def _snapshot(root: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in uptodate.files(root):
        try:
            stat = path.stat()
        except OSError:
            continue
        found[str(path)] = stat.st_mtime_ns, stat.st_size
    return found


def serve(root: Path, port: int, say: Callable[[str], None]) -> None:
    """Render, serve and watch until interrupted. Raises ``OSError`` if the port is taken."""
    context = get_context("fork")
    ours, theirs = context.Pipe()
    helper = context.Process(target=_helper, args=(theirs, root, os.getpid()))  # no daemon: a render may start processes of its own
    helper.start()
    theirs.close()
    try:
        _watch(root, port, say, ours)
    finally:
        ours.close()
        helper.terminate()


def _watch(root: Path, port: int, say: Callable[[str], None], helper) -> None:
    """Serve, and have the ``helper`` render whenever a source is saved."""
    state = State()
    (root / "_book").mkdir(exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(root / "_book"), state=state))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)")
    seen: dict = {}
    try:
        while True:
            now = _snapshot(root)
            if now != seen:
                while (later := _snapshot(root)) != now:  # a save may touch several files
                    now = later
                    time.sleep(0.05)
                seen = now
                helper.send("render")
                summary, error = helper.recv()
                say(f"{time.strftime('%H:%M:%S')} {error or summary}")
                state.set(error)
            time.sleep(0.2)
    except KeyboardInterrupt:
        say("stopped")
    finally:
        server.shutdown()
