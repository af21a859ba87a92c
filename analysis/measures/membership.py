"""Who is in which mechanism: the central estimate and its bounds, from the spells of the written rule (:mod:`analysis.dataset.spells`)."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.frames import BASELINE, LATEST
from ..dataset.trace import cached
from . import sets


@cached
def spells(name: str = sets.BASELINE) -> pd.DataFrame:
    """The spells as members (not partners or observers) of the first circle of each mechanism of a set."""
    s = sets.only(frames.membership(), name)
    return s[(s.role == "member") & (s.circle == s.mechanism.map(_circle()))]


@cached
def _circle() -> dict[str, str]:
    """The circle that counts as the mechanism's membership: ``members`` where there is one, else the first listed."""
    seen = frames.membership().drop_duplicates(["mechanism", "circle"]).groupby("mechanism").circle.agg(list)
    return {m: "members" if "members" in c else c[0] for m, c in seen.items()}


@cached
def known(year: int, name: str = sets.BASELINE) -> frozenset[str]:
    """Mechanisms with verified members on or before a year: by a list of the circle that counts (the later bound of its date, as for
    its States' entry), or by an organisation that they follow."""
    first = _first_known(name)
    return frozenset(first.index[first <= year])


@cached
def _first_known(name: str) -> pd.Series:
    """The first year with verified members of each mechanism that has any."""
    s = spells(name)
    lists = sets.only(frames.lists(), name)
    lists = lists[(lists.circle == lists.mechanism.map(_circle())) & (lists.n > 0) & (lists.kind != "attendance")]
    first = pd.concat([lists.groupby("mechanism").as_of.min(), s[s.basis == "followed"].groupby("mechanism").entry.min()]).groupby(level=0).min()
    return first[first.index.isin(s.mechanism)]


@cached
def members(year: int, bound: str = "central", name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, state: members in a year, by the central estimate or the upper ``bound``.

    The central estimate leaves out mechanisms without verified members by then. The upper bound takes the earliest entry and
    the latest exit that the lists allow, and the list nearest in time of those who came or who are named from memory."""
    s = spells(name)
    if bound == "central":
        keep = s.mechanism.isin(known(year, name)) & (s.entry <= year) & (s.exit.isna() | (s.exit >= year))
        return s[keep][["mechanism", "state"]].drop_duplicates()
    keep = (s.entry_min <= year) & (s.exit_max.isna() | (s.exit_max >= year))
    near = _unsure(name)
    near = near[near.founded <= year].assign(gap=lambda d: (d.as_of - year).abs())
    near = near[near.gap == near.groupby("mechanism").gap.transform("min")]
    near = near[near.list == near.groupby("mechanism").list.transform("min")]
    both = pd.concat([s[keep][["mechanism", "state"]], near[["mechanism", "state"]]])
    return both.drop_duplicates().sort_values(["mechanism", "state"], ignore_index=True)


@cached
def _unsure(name: str) -> pd.DataFrame:
    """States on lists of those who came, and names from memory: mechanism, list, as_of, state, founded."""
    n = frames.listed().merge(frames.lists()[["mechanism", "list", "as_of", "kind"]], on=["mechanism", "list"])
    lists = n[(~n.verified) | (n.kind == "attendance")][["mechanism", "list"]].drop_duplicates()
    n = sets.only(n[n.role != "observer"].merge(lists), name)
    return n.assign(founded=n.mechanism.map(frames.identity().set_index("id").founded))


@cached
def counts(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, year (baseline, latest), members (central, empty where none are verified), upper bound."""
    m = sets.only(frames.identity(), name)
    rows = []
    for year in (BASELINE, LATEST):
        c, u = (members(year, b, name).groupby("mechanism").size() for b in ("central", "upper"))
        rows += [{"mechanism": i, "year": year, "members": int(c.get(i, 0)) or None if f <= year else None,
                  "upper": int(u.get(i, 0)) or None if f <= year else None} for i, f in zip(m.id, m.founded)]
    return pd.DataFrame(rows).astype({"members": "Int64", "upper": "Int64"})


def per_state(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """state, n: number of mechanisms a State is a member of in a year (central estimate)."""
    return members(year, "central", name).groupby("state").size().rename("n").reset_index()


def overlap(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """a, b, shared, jaccard, coefficient for each ordered pair of mechanisms with verified members.

    Jaccard: shared / union; overlap coefficient: shared / size of the smaller."""
    sets = {k: set(g.state) for k, g in members(year, "central", name).groupby("mechanism")}
    rows = []
    for a in sets:
        for b in sets:
            n = len(sets[a] & sets[b])
            rows.append({"a": a, "b": b, "shared": n, "jaccard": n / len(sets[a] | sets[b]),
                         "coefficient": n / min(len(sets[a]), len(sets[b]))})
    return pd.DataFrame(rows)
