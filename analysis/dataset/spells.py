"""Membership spells by one written rule.

A list counts when it is a roster (or list of signatories, or of the parent body); an attendance list and
names from memory count only for the upper bound.
*Entry*: the year stated; else the founding year if the first list dates from it; else the interval between the last
complete list of the circle without the State (or the founding) and the first list with it, central value the later bound.
*Exit*: the year stated; else the interval between the last list with the State and the first complete list of the same
circle without it, central value the earlier bound. A partial or empty list ends nothing. Who left and came back has a spell for
each stay.
Where membership follows an organisation, its member States are the mechanism's, as they come and go, while it follows.
A State is in no mechanism before it existed.
"""
from __future__ import annotations

from .models import Mechanism, year_bounds

COLUMNS = ["mechanism", "state", "role", "circle", "entry_min", "entry", "exit", "exit_max", "basis", "src"]


def mechanism_spells(m: Mechanism, organisations: list[dict] = (), born: dict[str, int] | None = None) -> list[dict]:
    """Spells of one mechanism: rows of :data:`COLUMNS`; ``exit`` and ``exit_max`` are empty while a spell is open.

    ``organisations``: rows organisation, state, from, to, src; ``born``: first year of States that arose late."""
    rows: list[dict] = []
    for circle in dict.fromkeys([*(r.circle for r in m.rosters), *(f.circle for f in m.follows), *(x.circle for x in (*m.joined, *m.left))]):
        followed = _followed(m, circle, organisations)
        rows += followed
        covered = {r["state"] for r in followed}
        for role in ("member", "participant", "partner", "observer"):
            rows += [r for r in _listed(m, circle, role) if r["state"] not in covered or role == "observer"]
    return [r for r in (_alive(r, (born or {}).get(r["state"])) for r in rows) if r]


def _alive(row: dict, born: int | None) -> dict | None:
    if born is None or row["entry"] is None or row["entry_min"] >= born:
        return row
    if row["exit"] is not None and row["exit"] < born:
        return None
    return {**row, "entry_min": max(row["entry_min"], born), "entry": max(row["entry"], born)}


def _followed(m: Mechanism, circle: str, organisations) -> list[dict]:
    founded = year_bounds(m.founded.date)[0]
    rows = []
    for f in m.follows:
        if f.circle != circle:
            continue
        start = year_bounds(f.from_)[1] if f.from_ else founded
        stop = year_bounds(f.to)[0] if f.to else None
        for o in organisations:
            if o["organisation"] != f.organisation:
                continue
            entry = max(start, o["from"], founded)
            ends = [e for e in (stop, o["to"]) if e is not None]
            end = min(ends) if ends else None
            if end is None or end >= entry:
                rows.append({"mechanism": m.id, "state": o["state"], "role": f.role, "circle": circle, "entry_min": entry, "entry": entry,
                             "exit": end, "exit_max": end, "basis": "followed", "src": " ".join(dict.fromkeys([*f.src, *o["src"].split()]))})
    return rows


def _listed(m: Mechanism, circle: str, role: str) -> list[dict]:
    founded = year_bounds(m.founded.date)[0]
    pick = (lambda r: r.observers) if role == "observer" else (lambda r: r.states if r.role == role else [])
    lists = sorted(((year_bounds(r.as_of)[1], frozenset(pick(r)), r) for r in m.rosters if r.circle == circle and pick(r) and r.counts), key=lambda x: x[0])
    stays = _stays(m, circle) if role == _moving(m, circle) else {}
    rows = []
    for s in sorted({s for _, there, _ in lists for s in there} | {s for s, st in stays.items() if any(j for j, _ in st)}):
        own = stays.get(s, [(None, None)])
        for i, (joined, left) in enumerate(own):
            # what is stated goes before lists: none tells of the time after an exit, and of a return only those from it on
            after = year_bounds(joined.date)[1] if i else 0
            until = year_bounds(left.date)[1] if left else None
            told = [x for x in lists if x[0] >= after and (until is None or x[0] <= until)]
            rows += [{"mechanism": m.id, "state": s, "role": role, "circle": circle, **r} for r in _stay(s, told, joined, left, founded)]
    return rows


def moves(m: Mechanism) -> dict[tuple[str, str], list[tuple]]:
    """The dated entries and exits of a mechanism by State and circle, in time (of one year the entry first): ``joined`` or ``left``, the place
    in its list, the move itself."""
    found = [(year_bounds(x.date)[0], field, i, x) for field in ("joined", "left") for i, x in enumerate(getattr(m, field)) if x.date]
    out: dict[tuple[str, str], list[tuple]] = {}
    for _, *move in sorted(found, key=lambda v: v[:3]):
        out.setdefault((move[2].state, move[2].circle), []).append(tuple(move))
    return out


def _stays(m: Mechanism, circle: str) -> dict[str, list[tuple]]:
    """By State, the stated entries and exits of a circle as stays in order: pairs of which either part may be missing."""
    out: dict[str, list[tuple]] = {}
    for (state, where), own in moves(m).items():
        for field, _, x in own:
            if where != circle or x.memory:
                continue
            stays = out.setdefault(state, [(None, None)])
            joined, left = stays[-1]
            if field == "left":
                stays[-1] = joined, left or x
            elif left:
                stays.append((x, None))
            else:
                stays[-1] = joined or x, None
    return out


def _stay(s: str, lists: list[tuple], joined, left, founded: int) -> list[dict]:
    """The spells of one State by its lists (year, States, list) and what is stated of its entry and exit."""
    rows = []
    spell, absent = None, None

    def close(exit_, exit_max):
        nonlocal spell
        rows.append({**spell, "exit": exit_, "exit_max": exit_max})
        spell = None

    if joined:
        lo, hi = year_bounds(joined.date)
        spell = {"entry_min": max(lo, founded), "entry": max(hi, founded), "basis": "stated", "src": " ".join(joined.src)}
    last_seen = None if spell is None else spell["entry"]
    for i, (year, there, r) in enumerate(lists):
        if spell is not None and year <= spell["entry"] and s not in there:
            continue  # a list from before the stated entry says nothing of it
        if s in there:
            if spell is None:
                at_start = absent is None and year <= founded
                spell = {"entry_min": founded if absent is None else absent, "entry": founded if at_start else year,
                         "basis": "stated" if at_start else "inferred", "src": " ".join(r.src)}
            last_seen = max(year, last_seen or year)
        elif r.complete:
            if spell is not None and last_seen is not None:
                last = left and not any(s in later for _, later, _ in lists[i + 1:])
                close(*(year_bounds(left.date) if last else (last_seen, year)))
                last_seen = None
            absent = year
    if spell is not None:
        close(*(year_bounds(left.date) if left else (None, None)))
    return rows


def _moving(m: Mechanism, circle: str) -> str:
    """The role that entries and exits of a circle are about: that of its lists, else member."""
    return next((r.role for r in m.rosters if r.circle == circle and r.states), "member")
