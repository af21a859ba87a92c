"""Placebo memberships: who sits where redrawn at random, with every margin kept.

Each mechanism keeps its size and each State its number of memberships; which States share a mechanism is left to chance.
Method: the Curveball algorithm. Strona, G., Nappo, D., Boccacci, F., Fattorini, S. & San-Miguel-Ayanz, J. (2014). A fast
and unbiased procedure to randomize ecological binary matrices with fixed row and column totals. Nature Communications 5,
4114. A *trade* takes two mechanisms at random, leaves the States they share where they are, shuffles the States that only
one of them has, and deals them out again in the numbers that each had. Both margins are kept by construction. Repeated, this is
a Markov chain whose limit is the uniform distribution over all matrices with those margins; how many trades it takes to
get near is not known in general, so ``TRADES`` a mechanism is a choice, checked in the tests by its effect.
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

SEED = 2014
TRADES = 20  # for each mechanism


def redraw(members: pd.DataFrame, rng: np.random.Generator, trades: int | None = None) -> pd.DataFrame:
    """A State × mechanism frame of True and False with the margins of ``members``, after ``trades`` trades
    (by default 20 for each mechanism).

    ValueError: a missing value, or one that is neither true nor false."""
    values = members.to_numpy()
    if not np.isin(values.astype(float), (0, 1)).all():
        raise ValueError("members: every cell must be true or false; none may be missing")
    seats = np.ascontiguousarray(values.T.astype(bool))  # a row a mechanism
    count = len(seats)
    number = (TRADES * count if trades is None else trades) if count > 1 else 0
    first = rng.integers(count, size=number)
    second = rng.integers(max(count - 1, 1), size=number)
    for i, j in zip(first, second + (second >= first)):
        a, b = seats[i], seats[j]
        pool = np.flatnonzero(a ^ b)
        keep = np.count_nonzero(a[pool])
        if 0 < keep < len(pool):
            rng.shuffle(pool)
            a[pool], b[pool] = False, True
            a[pool[:keep]], b[pool[:keep]] = True, False
    return pd.DataFrame(seats.T, index=members.index, columns=members.columns)


def redraws(members: pd.DataFrame, number: int, seed: int = SEED, trades: int | None = None) -> Iterator[pd.DataFrame]:
    """``number`` independent redraws, each from the observed memberships with a random stream of its own,
    so that the k-th is the same however many are asked for."""
    for stream in np.random.SeedSequence(seed).spawn(number):
        yield redraw(members, np.random.default_rng(stream), trades)
