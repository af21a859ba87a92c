"""Similarity of States in what they are party to, over the treaties for which both are known.

For each pair of States, a = treaties to which both are party, d = neither, b and c = only one of them, n = a + b + c + d.
A cell that is not known is in no count: missing is missing, never "not party".

- joint_commitment a / n and joint_absence d / n: kept apart, because agreeing by both staying out is another thing
- matching (a + d) / n: simple matching coefficient, the sum of the two
- jaccard a / (a + b + c): Jaccard's coefficient ignores joint absence; NaN where neither State is party to anything
- kappa (matching - expected) / (1 - expected): agreement beyond what the two States' own shares of treaties lead one
  to expect (Cohen 1960, Educational and Psychological Measurement 20, 37-46); NaN where expected is 1, that is where
  both are party to all or both to none
- known n
"""
from __future__ import annotations

import numpy as np
import pandas as pd

MEASURES = ("joint_commitment", "joint_absence", "matching", "jaccard", "kappa", "known")


def similarity(party: pd.DataFrame, known: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """One State × State frame for each of :data:`MEASURES`; NaN where undefined and on the diagonal.

    ``party``: State × treaty, 1 (or True) party, 0 not party; ``known``: State × treaty, which cells are known, by
    default those that are not NaN. What stands in an unknown cell has no effect. ValueError: labels that differ, a
    known cell that is neither 0 nor 1."""
    if known is None:
        known = party.notna()
    if not (party.index.equals(known.index) and party.columns.equals(known.columns)):
        raise ValueError("known: rows and columns must have the labels of party, in the same order")
    mask = known.to_numpy(dtype=bool)
    values = np.where(mask, party.to_numpy(dtype=float, na_value=np.nan), 0.0)
    if not np.isin(values, (0, 1)).all():
        i, j = np.argwhere(~np.isin(values, (0, 1)))[0]
        raise ValueError(f"party: {party.index[i]}, {party.columns[j]} is {values[i, j]:g}; allowed where known: 0, 1")
    mask = mask.astype(float)
    out = mask - values
    n = mask @ mask.T
    a, d, only = values @ values.T, out @ out.T, values @ out.T
    first, second = values @ mask.T, mask @ values.T  # treaties of each State among those known for both
    with np.errstate(divide="ignore", invalid="ignore"):
        matching = (a + d) / n
        expected = (first * second + (n - first) * (n - second)) / n**2
        every = {"joint_commitment": a / n, "joint_absence": d / n, "matching": matching, "jaccard": a / (a + only + only.T),
                 "kappa": np.where(expected == 1, np.nan, (matching - expected) / (1 - expected)), "known": n}
    for matrix in every.values():
        np.fill_diagonal(matrix, np.nan)
    return {name: pd.DataFrame(every[name], index=party.index, columns=party.index) for name in MEASURES}
