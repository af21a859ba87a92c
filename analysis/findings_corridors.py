"""Findings on the coverage of migration corridors."""
from __future__ import annotations

from .dataset import frames
from .findings import Result, declare
from .measures import corridors, sets, shared
from .measures.trends import NARROW, WIDE

EARLIER, NOW = 2015, 2024
"""The years with stocks nearest to the baseline and to the latest."""
SMALL = 20
"""A small table: at most so many members."""


def _covered(year: int) -> Result:
    """The central share with its bounds (unknown origins none or all covered, memberships central or upper) and other rules."""
    low, high = corridors.bounds(year)
    return Result(corridors.coverage(year), low, high, {
        "without forums between blocs": corridors.coverage(year, blocs=False),
        "alive within three years": corridors.coverage(year, window=NARROW), "alive within ten years": corridors.coverage(year, window=WIDE),
        "all that meet the inclusion rule": corridors.coverage(year, name=sets.ISCMS), "territories apart": corridors.coverage(year, territories="apart")})


def _by(forums: str, year: int) -> float:
    return float(corridors.by_year().query("year == @year and forums == @forums").share.iloc[0])


def _small(year: int) -> Result:
    def up_to(most: int) -> float:
        d = corridors.by_size(year)
        d = d[d["size"] <= most]
        return float(d.share.iloc[-1]) if len(d) else 0.0

    return Result(up_to(SMALL), variants={f"up to {SMALL - 5} members": up_to(SMALL - 5), f"up to {SMALL + 5} members": up_to(SMALL + 5)})


def _widest(share: str, statement: str) -> Result:
    """The share that the widest mechanism covers ``alone``, or that only it does (``added``), with its name."""
    top = corridors.by_mechanism(NOW).iloc[0]
    return Result(float(top[share]), statement=f"{statement} ({frames.identity().set_index('id').short[top.mechanism]})")


def _between(year: int) -> float:
    """Coverage of migrants between the Americas and the other regions."""
    d = corridors.by_region(year)
    d = d[(d.origin == "Americas") ^ (d.destination == "Americas")]
    return float((d.stock * d.share).sum() / d.stock.sum())


def _in_doubt(year: int) -> int:
    d = corridors.largest(year)
    return int(corridors.seats(d, shared.at_table(year, "upper")).any(axis=1).sum())


for _y in (EARLIER, NOW):
    declare(f"covered_{_y}", "share", "international migrants of known origin whose States of origin and residence share a table", "corridors.coverage",
            lambda y=_y: _covered(y), _y)
    declare(f"covered_upper_{_y}", "share", "migrants with a shared table, by the upper bound of memberships", "corridors.coverage", lambda y=_y: corridors.coverage(y, "upper"), _y)
    declare(f"covered_RCP_{_y}", "share", "migrants with a shared table, RCPs alone", "corridors.by_year", lambda y=_y: _by("RCP", y), _y)
    declare(f"covered_IRF_{_y}", "share", "migrants with a shared table, IRFs alone", "corridors.by_year", lambda y=_y: _by("IRF", y), _y)
    declare(f"covered_small_{_y}", "share", f"migrants with a shared table, tables of at most {SMALL} members alone", "corridors.by_size", lambda y=_y: _small(y), _y)
    declare(f"unknown_origin_{_y}", "share", "international migrants whose origin is not named", "corridors.unknown",
            lambda y=_y: corridors.unknown(y) / (corridors.unknown(y) + float(corridors.stocks(y).stock.sum())), _y)
    declare(f"uncovered_in_doubt_{_y}", "corridors", "of the largest listed without a shared table, with one by the upper bound of memberships", "corridors.largest",
            lambda y=_y: _in_doubt(y), _y)
declare("covered_no_blocs", "share", "migrants with a shared table, without forums between blocs", "corridors.coverage", lambda: corridors.coverage(EARLIER, blocs=False), EARLIER)
declare("covered_ten_years", "share", "migrants with a shared table, if a meeting within ten years counts", "corridors.coverage", lambda: corridors.coverage(NOW, window=WIDE), NOW)
declare("covered_iscms", "share", "migrants with a shared table, all that meet the inclusion rule", "corridors.coverage", lambda: corridors.coverage(NOW, name=sets.ISCMS), NOW, sets.ISCMS)
declare("covered_2000", "share", "migrants with a shared table in 2000, by memberships known by then", "corridors.coverage",
        lambda: Result(corridors.coverage(2000), *corridors.bounds(2000)), 2000)
for _id, _share, _what in (("covered_most", "alone", "migrants covered by the widest mechanism"),
                           ("covered_added", "added", "migrants covered by the widest mechanism and by no other")):
    declare(_id, "share", _what, "corridors.by_mechanism", lambda s=_share, w=_what: _widest(s, w), NOW)
declare("covered_americas", "share", "migrants between the Americas and other regions with a shared table", "corridors.by_region", lambda: _between(NOW), NOW)
