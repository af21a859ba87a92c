"""Remember results within a run, and which frames each of them rests on.

What a figure, a table, a finding or a chapter used is noted while it is made, through every remembered
step between; so that what did not change need not be made again."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from .paths import root
from .store import digest, file_digest

_watchers: list[set[str]] = []
_frames: dict[str, Callable] = {}


@contextmanager
def watch() -> Iterator[set[str]]:
    """Collects the names of the frames that are used inside the block; blocks may lie within each other."""
    used: set[str] = set()
    _watchers.append(used)
    try:
        yield used
    finally:
        _watchers.pop()
        if _watchers:
            _watchers[-1] |= used


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
        if _watchers:
            _watchers[-1] |= used
        return value

    call.cache_clear = memo.clear
    return call


def frame(fn: Callable) -> Callable:
    """A remembered function that is a source itself: its use is noted under its own name alone, whatever it is made from."""
    memo: list = []

    @wraps(fn)
    def call():
        if _watchers:
            _watchers[-1].add(fn.__name__)
        if not memo:
            hidden, _watchers[:] = _watchers[:], []  # what a frame is made from shows in its content
            try:
                memo.append(fn())
            finally:
                _watchers[:] = hidden
        return memo[0]

    call.cache_clear = memo.clear
    _frames[fn.__name__] = call
    return call


def reads(*patterns: str) -> Callable:
    """For a remembered function that reads files of the project itself: its use is noted under their patterns."""
    def wrap(fn: Callable) -> Callable:
        inner = cached(fn)

        @wraps(fn)
        def call(*args):
            if _watchers:
                _watchers[-1].update(patterns)
            return inner(*args)

        call.cache_clear = inner.cache_clear
        return call

    return wrap


def content_of(name: str) -> str:
    """A digest of what a noted name stands for at present: a frame's content, or the files of a pattern."""
    if name in _frames:
        from .keep import content

        return _content(name, content)
    files = sorted(p for p in root().glob(name) if p.is_file())
    return digest(*(x for p in files for x in (p.relative_to(root()).as_posix(), file_digest(p))))


@cached
def _content(name: str, content: Callable) -> str:
    try:
        return content(_frames[name]())
    except (FileNotFoundError, StopIteration):
        return "missing"  # a table that may not be redistributed; its absence is handled by those who use it
