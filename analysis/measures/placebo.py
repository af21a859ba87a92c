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
TOGETHER = 100  # draws worked on side by side
AHEAD = 50  # trades for which a stream's chances are taken at once: the same, in fewer calls


def redraw(members: pd.DataFrame, rng: np.random.Generator, trades: int | None = None) -> pd.DataFrame:
    """A State × mechanism frame of True and False with the margins of ``members``, after ``trades`` trades
    (by default 20 for each mechanism).

    ValueError: a missing value, or one that is neither true nor false."""
    return _frame(_trade(_seats(members), [rng], trades)[0], members)


def redraws(members: pd.DataFrame, number: int, seed: int = SEED, trades: int | None = None) -> Iterator[pd.DataFrame]:
    """``number`` independent redraws, each from the observed memberships with a random stream of its own,
    so that the k-th is the same however many are asked for."""
    seats, streams = _seats(members), np.random.SeedSequence(seed).spawn(number)
    for start in range(0, number, TOGETHER):
        for drawn in _trade(seats, [np.random.default_rng(s) for s in streams[start:start + TOGETHER]], trades):
            yield _frame(drawn, members)


def _seats(members: pd.DataFrame) -> np.ndarray:
    values = members.to_numpy()
    if not np.isin(values.astype(float), (0, 1)).all():
        raise ValueError("members: every cell must be true or false; none may be missing")
    return values.T.astype(bool)


def _frame(seats: np.ndarray, members: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(seats.T, index=members.index, columns=members.columns)


def _trade(seats: np.ndarray, streams: list[np.random.Generator], trades: int | None) -> np.ndarray:
    """Draws × mechanisms × States after the trades, all draws side by side; each takes its chances from a stream of its own."""
    count, states = seats.shape
    steps = TRADES * count if trades is None else trades
    drawn = np.repeat(seats[None], len(streams), axis=0)
    if count < 2:
        return drawn
    first = np.array([g.integers(count, size=steps) for g in streams])
    other = np.array([g.integers(count - 1, size=steps) for g in streams])
    other += other >= first
    every = np.arange(len(streams))
    for t in range(steps):
        if t % AHEAD == 0:
            chances = np.stack([g.random((min(AHEAD, steps - t), states)) for g in streams], axis=1)
        i, j = first[:, t], other[:, t]
        a, b = drawn[every, i], drawn[every, j]
        pool = a ^ b
        lot = np.where(pool, chances[t % AHEAD], 2.0)
        ordered = np.sort(lot, axis=1)
        keep = (a & pool).sum(axis=1)
        last = np.concatenate([ordered, np.full((len(streams), 1), 3.0)], axis=1)[every, keep]  # the lots below it are dealt to the first
        dealt = pool & (lot < last[:, None])
        drawn[every, i], drawn[every, j] = (a & b) | dealt, (a & b) | (pool & ~dealt)
    return drawn
