"""From a value to its sources."""
from __future__ import annotations

from collections.abc import Iterator

from .documents import table
from .load import dotted, facts, mechanisms, sources
from .models import Fact, Interval, Mechanism
from .store import digest
from .trace import cached, reads

FOLLOWED, AUDIT = "data/provenance/followed.csv", "data/provenance/audit-{0}.csv"
AUDITS = ("2026-11", "2026-11b", "2026-11c", "2026-11d", "2026-11e", "2026-11f")
"""The audits whose verdicts lie beside the data, in order."""
VERDICTS = ("in full", "in part", "not found", "contradicted", "could not be read")
"""How far the sources of a sampled fact bear it out; ``not found`` where they were read and say nothing of it."""

COLUMNS = ("mark", "mechanism", "path", "on", "verdict", "seen", "remark")
"""Those of the list of facts followed to their sources."""
AUDIT_COLUMNS = ("number", "mechanism", "path", "fact", "sources", "verdict", "remark")
"""Those of an audit."""


def describe(key: str) -> str:
    """A source in one line: author or publisher, year, title, where it stands (a copy, a carrier), address, how much of it was read."""
    e = sources()[key]
    who = "; ".join(a.get("literal") or " ".join(filter(None, (a.get("given"), a.get("family")))) for a in e.get("author", []) + e.get("editor", []))
    year = (e.get("issued", {}).get("date-parts") or [["no date"]])[0][0]
    parts = [who or e.get("publisher") or "no author", f"({year})", e["title"], *(f"[{v}]" for v in (e.get("container-title"), e.get("publisher") if who else None) if v), e.get("URL") or "no address", f"[read: {e.get('custom', {}).get('read', 'not recorded')}]"]
    return " ".join(str(p) for p in parts)


def _plain(value) -> str:
    if isinstance(value, Interval):
        return f"{value.earliest} to {value.latest}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def held(fact: Fact) -> str:
    """What a fact says, in one line: each field that holds something, with its value."""
    return "; ".join(f"{k.rstrip('_')} {_plain(v)}" for k, v in fact if k not in ("src", "memory", "contested") and v not in (None, [], "", False))


def sourced(m: Mechanism) -> Iterator[tuple[str, Fact]]:
    """The facts of a mechanism that rest on sources, each with its path, such as ``meetings.3``: those that can be followed to them.

    Facts from memory and what is said of other facts (contested values) are left out."""
    for at, f in facts(m):
        if f.src and not f.memory and "contested" not in at:
            yield dotted(at), f


def mark(mechanism: str, fact: Fact) -> str:
    """What a fact says and names as its sources, as one short digest: with another word or source it is another fact, still to be followed."""
    return digest(mechanism, held(fact), *fact.src)[:16]


@reads(FOLLOWED)
def followed() -> dict[str, dict[str, str]]:
    """By :func:`mark`, the facts that someone held against the text of their sources, part by part: ``mechanism``, ``path`` at that time,
    ``on`` (date), ``verdict`` (``in full``, or ``open`` where a part was not seen), ``seen`` (the sources in whose text the parts stood; none
    named where the fact was judged in a sample), ``remark``."""
    return {r["mark"]: r for r in table(FOLLOWED, needed=COLUMNS)}


@cached
def in_full(core: bool) -> tuple[int, int]:
    """Of the sourced facts on the core mechanisms, or on the others, as they now stand: how many were followed in every part, and how many there are."""
    every = [mark(m.id, f) for m in mechanisms() if m.core25 == core for _, f in sourced(m)]
    return sum(followed().get(k, {}).get("verdict") == "in full" for k in every), len(every)


def _judged(mechanism: str, fact: Fact) -> list[str]:
    """Whether a fact was followed to its sources, as the last line below it; no line if it was not."""
    r = followed().get(mark(mechanism, fact))
    if not r:
        return []
    if r["verdict"] != "in full":
        return [f"    followed {r['on']}: a part not seen: {r['remark']}"]
    where = f" in {', '.join(r['seen'].split())}" if r["seen"] else f" ({r['remark']})"
    return [f"    followed {r['on']}: every part seen{where}"]


def trail(mechanism: str, field: str | None = None) -> list[str]:
    """Lines that name each fact of a mechanism (below ``field``, a path such as ``meetings.3``), each of its sources, and whether it was followed to them.

    Raises ``LookupError`` for an unknown mechanism or field, saying what there is."""
    found = {m.id: m for m in mechanisms()}
    if mechanism not in found:
        raise LookupError(f"no mechanism '{mechanism}'; there are: {', '.join(found)}")
    want = tuple(int(p) if p.isdigit() else p for p in field.split(".")) if field else ()
    every = [(tuple(p + 1 if isinstance(p, int) else p for p in at), f) for at, f in facts(found[mechanism])]
    below = [(at, f) for at, f in every if at[: len(want)] == want]
    if not below:
        tops = dict.fromkeys(str(at[0]) for at, _ in every)
        raise LookupError(f"{mechanism} has no sourced field '{field}'; there are: {', '.join(tops)}")
    out = []
    for at, f in below:
        out.append(f"{'.'.join(map(str, at))}: {held(f)}")
        out += [f"    {k}: {describe(k)}" for k in f.src] or ["    from memory: no source; it enters no figure, table or claim"]
        out += _judged(mechanism, f)
    return out


def audit(name: str = AUDITS[-1]) -> list[dict[str, str]]:
    """The facts of an audit, as drawn by ``scripts/audit_sample.py``, each with its verdict and a remark.

    Raises ``ValueError`` for an unknown audit."""
    if name not in AUDITS:
        raise ValueError(f"no audit '{name}'; there are: {', '.join(AUDITS)}")
    return _audit(name)


@reads(AUDIT)
def _audit(name: str) -> list[dict[str, str]]:
    return table(AUDIT.format(name), needed=AUDIT_COLUMNS)
