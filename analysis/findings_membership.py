"""Findings of membership: the world covered, States in none, overlap, bridges."""
from __future__ import annotations

from .dataset.frames import BASELINE, LATEST
from .findings import Result, declare
from .measures import membership, network, sets


def _world(what: str, year: int) -> Result:
    at = lambda name, bound: network.world_shares(year, name, bound)[what]
    return Result(at(sets.BASELINE, "central"), at(sets.BASELINE, "central"), at(sets.BASELINE, "upper"), {"all that meet the inclusion rule": at(sets.ISCMS, "central")})


def _none(year: int) -> Result:
    n = lambda name, bound: len(network.outside(year, name, bound))
    return Result(n(sets.BASELINE, "central"), n(sets.BASELINE, "upper"), n(sets.BASELINE, "central"), {"all that meet the inclusion rule": n(sets.ISCMS, "central")})


def _pairs():
    d = membership.overlap(LATEST)
    return d[d.a < d.b]


def _shift(more: bool) -> int:
    """Mechanisms with verified members for both years that have more (or fewer) of them now."""
    w = membership.counts().pivot(index="mechanism", columns="year", values="members").dropna().astype(int)
    change = w[LATEST] - w[BASELINE]
    return int((change > 0).sum() if more else (change < 0).sum())


for _y in (BASELINE, LATEST):
    for _w, _s in (("states", "UN member States"), ("population", "the world's population"), ("migrants", "international migrants, by State of residence")):
        declare(f"world_{_w}_{_y}", "share", f"of {_s}, in States with at least one mechanism", "network.world_shares", lambda w=_w, y=_y: _world(w, y), _y)
    declare(f"in_none_{_y}", "UN member States", "in none of the mechanisms", "network.outside", lambda y=_y: _none(y), _y)
declare("mechanism_pairs", "pairs", "of mechanisms with verified members", "membership.overlap", lambda: len(_pairs()))
declare("pairs_apart", "pairs", "without a member in common", "membership.overlap", lambda: int((_pairs().shared == 0).sum()))
declare("pairs_nested", "pairs", "of which one lies within the other", "membership.overlap", lambda: int((_pairs().coefficient >= 0.999).sum()))
declare("grew", "mechanisms", "with more verified members than in 2013", "membership.counts", lambda: _shift(True))
declare("shrank", "mechanisms", "with fewer verified members than in 2013", "membership.counts", lambda: _shift(False))
declare("one_region", "mechanisms", "with all verified members in one world region", "network.bridges", lambda: int((network.bridges(LATEST).regions == 1).sum()))
declare("in_one_only", "States", "States and territories in one mechanism only", "membership.per_state", lambda: int((membership.per_state(LATEST).n == 1).sum()))
declare("top_betweenness", "betweenness", "highest of a mechanism", "network.betweenness",
        lambda: Result(float(network.betweenness(LATEST).query("side == 'mechanism'").betweenness.iloc[0]),
                       variants={"all that meet the inclusion rule": float(network.betweenness(LATEST, sets.ISCMS).query("side == 'mechanism'").betweenness.iloc[0])}))
