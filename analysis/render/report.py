"""One render of the report from checks to output, with every failure as one kind of error whose text a reader can act on."""
from __future__ import annotations

from collections.abc import Callable

from ..dataset.paths import root
from ..dataset.store import store


class Stopped(Exception):
    """The render cannot go on; the text says what to do, and nothing was written."""


def checked():
    """The book and the mechanisms, once data and chapters hold. Raises :class:`Stopped` with every problem."""
    from ..dataset.documents import DataError, listed, version
    from ..dataset.load import validate
    from . import book as books

    found, problems = validate(root())
    try:
        book = books.read(root())
        problems = problems + books.lint(book)
        version(root())
    except DataError as exc:
        problems = [*dict.fromkeys([*problems, *exc.problems])]
    if problems:
        raise Stopped(f"{listed(problems)}\n{len(problems)} problem(s). Nothing was written.")
    return book, found


def make(to: tuple[str, ...], fresh: bool, inputs: str, say: Callable[[str], None]) -> dict:
    """Check and render with the embedded engine; see :func:`~analysis.render.embedded.render`. Raises :class:`Stopped`."""
    from ..dataset.documents import version
    from . import ahead

    store().fresh = fresh
    work = ahead.Work().start(root(), version(root()), "html" in to)
    try:
        book, _ = checked()
        work.begin(book)
        return _made(book, to, say, inputs, work)
    finally:
        work.stop()  # if the check failed


def _made(book, to: tuple[str, ...], say: Callable[[str], None], inputs: str, work) -> dict:
    from . import embedded
    from .execute import CellError
    from .pandoc import RenderError

    try:
        return embedded.render(book, to, say, inputs, work)
    except (CellError, RenderError) as exc:
        raise Stopped(f"{exc}\nNothing was written; the last good _book/ stays.") from exc
    except OSError as exc:
        raise Stopped(f"{exc.strerror or exc}{f': {exc.filename}' if exc.filename else ''}\n"
                      "Nothing was written; the last good _book/ stays. Make room or mend the rights, and render again.") from exc


SHOWN = {"chapter": "chapters run", "figure": "figures drawn", "page": "pages set", "pdf": "PDF"}


def summary(done: dict, to: tuple[str, ...], seconds: float) -> str:
    """The last line of a render: what was made again, and how long each step took."""
    made, kept = store().made, store().kept
    shares = ", ".join(f"{k} {v:.1f}" for k, v in done["took"].items())
    again = ", ".join(f"{what} {len(made.get(k, []))} of {len(made.get(k, [])) + len(kept.get(k, ()))}" for k, what in SHOWN.items() if k in made or k in kept)
    return f"embedded: {' and '.join(to)} in {seconds:.1f} s ({shares}) → _book/\nmade again: {again}; {len(done['changed'])} files of the output changed"
