"""Shared tables: two States share a table in a year if both are members of a mechanism that was alive then.

Alive: it met within the last ``window`` years, that year included, as far as meetings are known; the founding counts."""
from __future__ import annotations

import numpy as np
import pandas as pd

from ..dataset import frames
from ..dataset.load import study
from ..dataset.trace import cached, frame
from . import membership, sets
from .trends import WINDOW


@cached
def bloc_forums() -> frozenset[str]:
    """Forums between whole blocs, as the study names them."""
    return frozenset(b.id for b in study().bloc_forums)


@cached
def _held(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Mechanism and year of each meeting of a set from the founding on; the founding is one."""
    m = sets.mechanisms(name)
    k = sets.only(frames.meetings(), name)
    held = pd.concat([k[["mechanism", "year"]], m[["id", "founded"]].set_axis(["mechanism", "year"], axis=1)]).dropna()
    held = held[held.year >= held.mechanism.map(m.set_index("id").founded)]
    return held.mechanism.to_numpy(), held.year.to_numpy(dtype=int)


@frame
def alive(year: int, window: int = WINDOW, name: str = sets.BASELINE) -> frozenset[str]:
    """Mechanisms of a set that were alive in a year."""
    mechanism, held = _held(name)
    return frozenset(mechanism[(held <= year) & (held > year - window)])


@cached
def states() -> tuple[str, ...]:
    """UN member States and other States of the State table, without territories, in the order of matrices."""
    s = frames.states()
    return tuple(sorted(s[s.administered_by.isna()].iso3))


@cached
def administered() -> dict[str, str]:
    """Each territory's administering State."""
    s = frames.states().dropna(subset=["administered_by"])
    return dict(zip(s.iso3, s.administered_by))


def at_table(year: int, bound: str = "central", window: int = WINDOW, name: str = sets.BASELINE, blocs: bool = True) -> pd.DataFrame:
    """Boolean frame, States by mechanisms: who sat at which table that was alive in a year; a territory's seat is its State's too.

    ``blocs=False`` leaves out the forums between whole blocs."""
    return _at_table(year, bound, window, name, blocs)


@cached
def _at_table(year: int, bound: str, window: int, name: str, blocs: bool) -> pd.DataFrame:
    m = membership.members(year, bound, name)
    live = alive(year, window, name) - (frozenset() if blocs else bloc_forums())
    m = m[m.mechanism.isin(live)]
    rows, columns = list(states()), sorted(live)
    i = pd.Index(rows).get_indexer(m.state.map(lambda s: administered().get(s, s)))
    seats = np.zeros((len(rows), len(columns)), dtype=bool)
    seats[i[i >= 0], pd.Index(columns).get_indexer(m.mechanism)[i >= 0]] = True
    return pd.DataFrame(seats, index=rows, columns=columns)


def count(table: pd.DataFrame) -> np.ndarray:
    """Number of tables that each pair of States shares: square, symmetric, zero on the diagonal."""
    a = table.to_numpy(dtype=np.float32)  # whole numbers this small are exact, and products of floats are fast
    n = (a @ a.T).astype(np.int16)
    np.fill_diagonal(n, 0)
    return n
