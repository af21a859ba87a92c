"""``data/instruments.yaml``: the instruments that linkages name, and whether a part of a mechanism in one is stated."""
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from .documents import document

PATHS = ("led-to", "contributes-to")
"""Kinds of linkage that record a path from dialogue to an instrument."""
REGIONAL = ("regional-agreement", "regional-policy")
"""Groups of instruments that a region adopts."""


@lru_cache
def listed(base: Path | None = None) -> dict:
    """The file as it is written: ``groups``, ``instruments``, ``paths``. Raises :class:`~analysis.dataset.documents.DataError`."""
    return document("data/instruments.yaml", ("groups", "instruments", "paths"), base)


def pattern(words: list[str]) -> re.Pattern:
    """What finds an instrument in a linkage's target: any of its words, or an expression that begins with ``^``."""
    return re.compile("|".join(w if w.startswith("^") else re.escape(w) for w in words), re.I)


def judgements(doc: dict, mechanism: str, to: str) -> list[int]:
    """Places in ``paths`` that judge a mechanism's path to a target: there must be one."""
    return [i for i, p in enumerate(doc["paths"]) if p["mechanism"] == mechanism and to.startswith(p["to"])]


def unjudged(doc: dict, found) -> Iterator[tuple[str, int, str]]:
    """Mechanism, place among its linkages, and what is wrong, of each recorded path to a regional instrument without its one judgement."""
    regional = [pattern(i["words"]) for i in doc["instruments"] if i["group"] in REGIONAL]
    for m in found:
        for i, l in enumerate(m.linkages):
            if l.kind in PATHS and any(p.search(l.to) for p in regional) and (n := len(judgements(doc, m.id, l.to))) != 1:
                yield m.id, i, (f"a path to a regional instrument, '{l.to}', which {n or 'no'} entries under 'paths' of data/instruments.yaml judge; "
                                "allowed: one entry, with shown and why")
