"""Membership spells by one written rule.

A list counts when it is a roster (or list of signatories, or of the parent body); an attendance list and
names from memory count only for the upper bound.
*Entry*: the year stated; else the founding year if the first list dates from it; else the interval between the last
complete list of the circle without the State (or the founding) and the first list with it, central value the later bound.
*Exit*: the year stated; else the interval between the last list with the State and the first complete list of the same
circle without it, central value the earlier bound. A partial or empty list ends nothing.
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
    lists = sorted(((year_bounds(r.as_of)[1], r) for r in m.rosters if r.circle == circle and pick(r) and r.counts),
                   key=lambda p: p[0])
    moves = role == _moving(m, circle)
    joined = {j.state: j for j in m.joined if j.date and not j.memory and j.circle == circle} if moves else {}
    left = {x.state: x for x in m.left if x.date and not x.memory and x.circle == circle} if moves else {}
    rows = []
    for s in sorted({s for _, r in lists for s in pick(r)} | set(joined)):
        spell, absent = None, None
        base = {"mechanism": m.id, "state": s, "role": role, "circle": circle}

        def close(exit_, exit_max):
            nonlocal spell
            rows.append({**spell, "exit": exit_, "exit_max": exit_max})
            spell = None

        if s in joined:
            lo, hi = year_bounds(joined[s].date)
            lo, hi = max(lo, founded), max(hi, founded)
            spell = {**base, "entry_min": lo, "entry": hi, "basis": "stated", "src": " ".join(joined[s].src)}
        last_seen = None if spell is None else spell["entry"]
        for year, r in lists:
            if spell is not None and year <= spell["entry"] and s not in pick(r):
                continue  # a list from before the stated entry says nothing of it
            if s in pick(r):
                if spell is None:
                    at_start = absent is None and year <= founded
                    lo = founded if absent is None else absent
                    spell = {**base, "entry_min": lo, "entry": founded if at_start else year,
                             "basis": "stated" if at_start else "inferred", "src": " ".join(r.src)}
                last_seen = year
            elif r.complete:
                if spell is not None and last_seen is not None:
                    out = year_bounds(left[s].date) if s in left else (last_seen, year)
                    close(*out)
                    last_seen = None
                absent = year
        if spell is not None:
            if s in left:
                close(*year_bounds(left[s].date))
            else:
                close(None, None)
    return rows


def _moving(m: Mechanism, circle: str) -> str:
    """The role that entries and exits of a circle are about: that of its lists, else member."""
    return next((r.role for r in m.rosters if r.circle == circle and r.states), "member")
