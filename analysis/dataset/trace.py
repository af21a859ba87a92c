"""Remember results within a run, and which frames each of them rests on.

What a figure, a table, a finding or a chapter used is noted while it is made, through every remembered
step between; so that what did not change need not be made again."""
from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, wraps
from importlib import import_module

from .code import code_digest
from .paths import root
from .store import digest, file_digest, store


class _Watching(threading.local):
    """What is collected at present, the innermost last: a stack for each thread, as each makes things of its own."""

    def __init__(self):
        self.stack: list[set[str]] = []

    def note(self, *names: str) -> None:
        """Add names to the innermost collection, if there is one."""
        if self.stack:
            self.stack[-1].update(names)


_watching = _Watching()
_frames: dict[str, Callable] = {}


@contextmanager
def watch() -> Iterator[set[str]]:
    """Collects the names of the frames that are used inside the block; blocks may lie within each other."""
    used: set[str] = set()
    _watching.stack.append(used)
    try:
        yield used
    finally:
        _watching.stack.pop()
        _watching.note(*used)


def cached(fn: Callable) -> Callable:
    """Keeps a function's results by its positional arguments (which must be hashable), and the frames each rests on."""
    memo: dict[tuple, tuple[object, set[str]]] = {}

    @wraps(fn)
    def call(*args):
        if args not in memo:
            with watch() as used:
                value = fn(*args)
            memo[args] = value, used
        value, used = memo[args]
        _watching.note(*used)
        return value

    call.cache_clear = memo.clear
    return call


def frame(fn: Callable, file: str = "") -> Callable:
    """A remembered function that is a source itself: its use is noted under its own name alone (with its arguments, which are
    texts and whole numbers), whatever it is made from. Where much rests on little (which mechanisms were alive), what rests on
    it is then made again only when that little changed, not when any of what it is made from did.

    One that only reads a ``file`` (a pattern) is told by it, without being read."""
    memo: dict[tuple, object] = {}
    name = fn.__name__ if ".dataset." in f"{fn.__module__}." else f"{fn.__module__.removeprefix('analysis.')}.{fn.__name__}"

    @wraps(fn)
    def call(*args: str | int):
        _watching.note(_note(name, args))
        if args not in memo:
            memo[args] = _hidden(fn, args)
        return memo[args]

    call.cache_clear, call.file = memo.clear, file
    _frames[name] = call
    return call


def _hidden(fn: Callable, args: tuple):
    """Call without noting what is used: what a source is made from shows in its content."""
    kept, _watching.stack = _watching.stack, []
    try:
        return fn(*args)
    finally:
        _watching.stack = kept


def _note(name: str, args: tuple) -> str:
    return f"{name}({', '.join(map(str, args))})" if args else name


def _called(note: str) -> tuple[Callable | None, tuple]:
    """The frame and the arguments that a note names; its module is imported if need be."""
    name, _, rest = note.removesuffix(")").partition("(")
    if name not in _frames and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name):
        with suppress(ImportError):
            import_module(f"analysis.{name.rpartition('.')[0]}")
    return _frames.get(name), tuple(int(a) if re.fullmatch(r"-?\d+", a) else a for a in rest.split(", ")) if rest else ()


def reads(*patterns: str) -> Callable:
    """For a remembered function that reads files of the project itself: its use is noted under their patterns alone, in which
    ``{0}`` stands for its first argument."""
    def wrap(fn: Callable) -> Callable:
        memo: dict[tuple, object] = {}

        @wraps(fn)
        def call(*args):
            _watching.note(*(p.format(*args) for p in patterns))
            if args not in memo:
                memo[args] = _hidden(fn, args)
            return memo[args]

        call.cache_clear = memo.clear
        return call

    return wrap


@lru_cache
def data_digest() -> str:
    """A digest of every file of data/."""
    return _files("data/**/*")


def _files(pattern: str) -> str:
    found = sorted((p.relative_to(root()).as_posix(), p) for p in root().glob(pattern) if p.is_file())
    return digest(*(x for n, p in found for x in (n, file_digest(p))))


_digests: dict[str, str] = {}
"""What :func:`content_of` found in this run, by name; without a name, what :func:`rest_digest` found."""


def found() -> tuple[str, dict[str, str]]:
    """The digests found in this process, for another to take over with :func:`take`."""
    return data_digest(), dict(_digests)


def take(data: str, digests: dict[str, str]) -> None:
    """Digests that another process found, if it saw the same data: what they are of need not be read, nor code imported, to find them again."""
    if data == data_digest():
        _digests.update(digests)


def content_of(name: str) -> str:
    """A digest of what a noted name stands for at present: a frame's content or its file, or the files of a pattern."""
    if name not in _digests:
        _digests[name] = _content_of(name)
    return _digests[name]


def _content_of(name: str) -> str:
    fn, _ = _called(name)
    if fn is None:
        return _files(name)
    if fn.file:
        return digest(code_digest(fn.__module__), _files(fn.file))
    key = digest(name, code_digest(fn.__module__), data_digest())
    return store().remember("content", key, lambda: _content(name).encode(), name).decode()


def _content(name: str) -> str:
    from .keep import content

    fn, args = _called(name)
    return content(fn(*args))


def remember(kind: str, key: str, make: Callable[[], bytes], name: str) -> bytes:
    """What ``make`` gives, kept by ``key`` (what is known beforehand: text, code) and by the content of the frames and files
    that it used when it was last made."""
    used = store().get("uses", key)
    entry = store().get(kind, _whole(key, json.loads(used))) if used else None
    if entry is not None:
        _watching.note(*json.loads(used))
        store().note(kind, name)
        return entry
    with watch() as seen:
        entry = make()
    store().put("uses", key, json.dumps(sorted(seen)).encode("utf-8"))
    store().put(kind, _whole(key, sorted(seen)), entry)
    store().note(kind, name, made=True)
    return entry


def _whole(key: str, used: list[str]) -> str:
    return digest(key, *(x for n in used for x in (n, content_of(n))))


def uses(key: str) -> list[str] | None:
    """The frames and files that the thing under ``key`` used when it was last made; nothing if it is not known."""
    used = store().get("uses", key)
    return json.loads(used) if used else None


TRACED = re.compile(r"data/(mechanisms/.*\.yaml|(sources|codebook)\.yaml|(schema|provenance)/.*)")
"""Files of data/ whose use shows in the frames made from them; reference tables are the others."""


def rest_digest() -> str:
    """A digest of the files of data/ that code may read without a frame between: who uses any data rests on all of these."""
    if "" not in _digests:
        _digests[""] = _rest()
    return _digests[""]


def _rest() -> str:
    import_module("analysis.dataset.frames")  # all must be known
    frames = {f"data/reference/{n}.csv" for n in _frames}
    found = sorted((p.relative_to(root()).as_posix(), p) for p in (root() / "data").rglob("*") if p.is_file())
    return digest(*(x for n, p in found if not TRACED.fullmatch(n) and n.removesuffix(".gz") not in frames for x in (n, file_digest(p))))
