"""Remember results within a run, and which frames each of them rests on.

What a figure, a table, a finding or a chapter used is noted while it is made, through every remembered
step between; so that what did not change need not be made again."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

_watchers: list[set[str]] = []


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
    """A remembered function that is a source itself: its use is noted under its own name."""
    inner = cached(fn)

    @wraps(fn)
    def call():
        if _watchers:
            _watchers[-1].add(fn.__name__)
        return inner()

    call.cache_clear = inner.cache_clear
    return call
