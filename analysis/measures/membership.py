"""Membership spells by one written rule, and what follows from them.

Rule. A list counts when it is a roster (or list of signatories, or of the parent body); an attendance list and
names from memory count only for the upper bound.
*Entry*: the year stated; else the founding year if the first list dates from it; else the interval between the last
complete list without the State (or the founding) and the first list with it, central value the later bound.
*Exit*: the year stated; else the interval between the last list with the State and the first complete list
without it, central value the earlier bound. A partial or empty list ends nothing.
"""
from __future__ import annotations


import pandas as pd

from ..dataset.load import mechanisms
from ..dataset.models import Mechanism, year_bounds
from ..dataset.trace import cached

LATEST = 2026
COLUMNS = ["mechanism", "state", "entry_min", "entry", "exit", "exit_max", "basis", "src"]


def mechanism_spells(m: Mechanism) -> list[dict]:
    """Spells of one mechanism: rows of :data:`COLUMNS`; ``exit`` and ``exit_max`` are empty while a spell is open."""
    founded = year_bounds(m.founded.date)[0]
    lists = sorted(((year_bounds(r.as_of)[1], r) for r in m.rosters if r.circle == "members" and r.states
                    and r.kind != "attendance"), key=lambda p: p[0])
    joined = {j.state: j for j in m.joined if j.date and not j.memory}
    left = {x.state: x for x in m.left if x.date and not x.memory}
    names = sorted({s for _, r in lists for s in r.states} | set(joined))
    rows = []
    for s in names:
        spell, absent = None, None

        def close(exit_, exit_max):
            nonlocal spell
            rows.append({**spell, "exit": exit_, "exit_max": exit_max})
            spell = None

        if s in joined:
            lo, hi = year_bounds(joined[s].date)
            lo, hi = max(lo, founded), max(hi, founded)
            spell = {"mechanism": m.id, "state": s, "entry_min": lo, "entry": hi, "basis": "stated",
                     "src": " ".join(joined[s].src)}
        last_seen = None if spell is None else spell["entry"]
        for year, r in lists:
            if spell is not None and year <= spell["entry"] and s not in r.states:
                continue  # a list from before the stated entry says nothing of it
            if s in r.states:
                if spell is None:
                    at_start = absent is None and year <= founded
                    lo = founded if absent is None else absent
                    spell = {"mechanism": m.id, "state": s, "entry_min": lo, "entry": founded if at_start else year,
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


@cached
def spells() -> pd.DataFrame:
    """All spells of all mechanisms, one row a spell (years)."""
    rows = [r for m in mechanisms() for r in mechanism_spells(m)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({c: "Int64" for c in ("entry_min", "entry", "exit", "exit_max")})


@cached
def listed(year: int) -> frozenset[str]:
    """Mechanisms with a verified list of members dated no later than ``year``."""
    return frozenset(m.id for m in mechanisms() for r in m.rosters
                     if r.states and r.kind != "attendance" and r.circle == "members" and year_bounds(r.as_of)[0] <= year)


def members(year: int, bound: str = "central") -> pd.DataFrame:
    """mechanism, state: members in a year, by the central estimate or the upper ``bound``.

    The central estimate leaves out mechanisms without a verified list by then."""
    s = spells()
    if bound == "central":
        keep = s.mechanism.isin(listed(year)) & (s.entry <= year) & (s.exit.isna() | (s.exit >= year))
        return s[keep][["mechanism", "state"]].drop_duplicates()
    keep = (s.entry_min <= year) & (s.exit_max.isna() | (s.exit_max >= year))
    pairs = set(map(tuple, s[keep][["mechanism", "state"]].to_numpy()))
    for m in mechanisms():
        near = [r for r in m.rosters if (r.unverified or r.kind == "attendance") and year_bounds(m.founded.date)[0] <= year]
        near.sort(key=lambda r: abs(year_bounds(r.as_of)[1] - year))
        for r in near[:1]:
            pairs |= {(m.id, x) for x in (*r.unverified, *r.states)}
    return pd.DataFrame(sorted(pairs), columns=["mechanism", "state"])


@cached
def counts() -> pd.DataFrame:
    """mechanism, year (2013, latest), members (central, empty where no verified list exists), upper bound."""
    ids = [m.id for m in mechanisms()]
    founded = {m.id: year_bounds(m.founded.date)[0] for m in mechanisms()}
    rows = []
    for year in (2013, LATEST):
        c, u = members(year).groupby("mechanism").size(), members(year, "upper").groupby("mechanism").size()
        for i in ids:
            alive = founded[i] <= year
            n = int(c.get(i, 0)) or None
            rows.append({"mechanism": i, "year": year, "members": n if alive else None,
                         "upper": int(u.get(i, 0)) or None if alive else None})
    return pd.DataFrame(rows).astype({"members": "Int64", "upper": "Int64"})


def per_state(year: int) -> pd.DataFrame:
    """state, n: number of mechanisms a State is a member of in a year (central estimate)."""
    return members(year).groupby("state").size().rename("n").reset_index()


def overlap(year: int) -> pd.DataFrame:
    """a, b, shared, jaccard, coefficient for each ordered pair of mechanisms with verified members.

    Jaccard: shared / union; overlap coefficient: shared / size of the smaller."""
    sets = {k: set(g.state) for k, g in members(year).groupby("mechanism")}
    rows = []
    for a in sets:
        for b in sets:
            n = len(sets[a] & sets[b])
            rows.append({"a": a, "b": b, "shared": n, "jaccard": n / len(sets[a] | sets[b]),
                         "coefficient": n / min(len(sets[a]), len(sets[b]))})
    return pd.DataFrame(rows)
