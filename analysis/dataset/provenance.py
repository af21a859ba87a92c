"""From a value to its sources."""
from __future__ import annotations

from collections.abc import Iterator

from .load import mechanisms, sources
from .models import Fact, Interval


def describe(key: str) -> str:
    """A source in one line: title, publisher or author, year, address, how much of it was read."""
    e = sources()[key]
    who = "; ".join(a.get("literal") or " ".join(filter(None, (a.get("given"), a.get("family")))) for a in e.get("author", []) + e.get("editor", []))
    year = (e.get("issued", {}).get("date-parts") or [["no date"]])[0][0]
    parts = [who or e.get("publisher") or "no author", f"({year})", e["title"], e.get("URL") or "no address", f"[read: {e.get('custom', {}).get('read', 'not recorded')}]"]
    return " ".join(str(p) for p in parts)


def _facts(obj, at: tuple = ()) -> Iterator[tuple[tuple, Fact]]:
    if isinstance(obj, Fact):
        yield at, obj
    if hasattr(obj, "model_fields_set"):
        for name, f in type(obj).model_fields.items():
            yield from _facts(getattr(obj, name), (*at, f.alias or name))
    elif isinstance(obj, list):
        for i, v in enumerate(obj, 1):
            yield from _facts(v, (*at, i))


def _plain(value) -> str:
    if isinstance(value, Interval):
        return f"{value.earliest} to {value.latest}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def trail(mechanism: str, field: str | None = None) -> list[str]:
    """Lines that name each fact of a mechanism (below ``field``, a path such as ``meetings.3``) and each of its sources.

    Raises ``LookupError`` for an unknown mechanism or field, saying what there is."""
    found = {m.id: m for m in mechanisms()}
    if mechanism not in found:
        raise LookupError(f"no mechanism '{mechanism}'; there are: {', '.join(found)}")
    want = tuple(int(p) if p.isdigit() else p for p in field.split(".")) if field else ()
    facts = [(at, f) for at, f in _facts(found[mechanism]) if at[: len(want)] == want]
    if not facts:
        tops = dict.fromkeys(str(at[0]) for at, _ in _facts(found[mechanism]))
        raise LookupError(f"{mechanism} has no sourced field '{field}'; there are: {', '.join(tops)}")
    out = []
    for at, f in facts:
        held = {k: v for k, v in f if k not in ("src", "memory", "contested") and v not in (None, [], "", False)}
        out.append(f"{'.'.join(map(str, at))}: " + "; ".join(f"{k.rstrip('_')} {_plain(v)}" for k, v in held.items()))
        out += [f"    {k}: {describe(k)}" for k in f.src] or ["    from memory: no source; it enters no figure, table or claim"]
    return out
