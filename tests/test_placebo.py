"""Placebo memberships: margins kept, every arrangement about as likely, the memory of the start lost."""
from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from analysis.measures.placebo import TRADES, redraw, redraws


@settings(max_examples=50)
@given(arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 6))), st.integers(0, 10**6))
def test_sizes_of_mechanisms_and_memberships_of_states_are_kept(values, seed):
    members = pd.DataFrame(values, index=[f"s{i}" for i in range(len(values))])
    drawn = redraw(members, np.random.default_rng(seed))
    assert drawn.index.equals(members.index) and drawn.columns.equals(members.columns) and (drawn.dtypes == bool).all()
    pd.testing.assert_series_equal(drawn.sum(axis=0), members.sum(axis=0))
    pd.testing.assert_series_equal(drawn.sum(axis=1), members.sum(axis=1))


@pytest.mark.parametrize("start", [
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],  # six matrices
    [[1, 1, 0], [1, 0, 0], [0, 0, 1]],  # unequal margins
    [[1, 1, 0], [1, 0, 1], [0, 1, 0], [1, 0, 0]],
], ids=["equal", "unequal", "four-by-three"])
def test_every_matrix_with_the_margins_is_drawn_about_equally_often(start):
    start = np.array(start, dtype=bool)
    rows, cols = start.sum(axis=1), start.sum(axis=0)
    every = {cells for cells in product([False, True], repeat=start.size)
             if ((m := np.reshape(cells, start.shape)).sum(axis=1) == rows).all() and (m.sum(axis=0) == cols).all()}
    number = 300 * len(every)
    drawn = Counter(tuple(m.to_numpy().ravel().tolist()) for m in redraws(pd.DataFrame(start), number, seed=1))
    assert set(drawn) == every
    freedom = len(every) - 1
    chi_square = sum((drawn[m] - 300) ** 2 / 300 for m in every)
    assert chi_square < freedom + 3.3 * np.sqrt(2 * freedom) + 4, f"{chi_square:.1f} on {freedom} degrees of freedom"


def test_the_start_is_forgotten_after_the_default_number_of_trades():
    """200 States, 25 mechanisms of unequal size in blocks: seats left unmoved fall no further with five times the trades."""
    rng = np.random.default_rng(2)
    members = pd.DataFrame([[rng.random() < (0.4 if s % 5 == m % 5 else 0.02) for m in range(25)] for s in range(200)])
    seats = members.to_numpy()

    def kept(trades):
        return np.mean([(d.to_numpy() & seats).sum() / seats.sum() for d in redraws(members, 20, trades=trades)])

    default, long = kept(None), kept(5 * TRADES * 25)
    assert kept(25) > 1.5 * long
    assert default == pytest.approx(long, abs=0.02)


def test_draws_are_seeded_and_each_has_a_stream_of_its_own():
    members = pd.DataFrame(np.random.default_rng(3).random((30, 6)) < 0.3)
    first, again, longer, other = (list(redraws(members, n, seed)) for n, seed in ((3, 1), (3, 1), (5, 1), (3, 2)))
    for a, b, c in zip(first, again, longer):
        pd.testing.assert_frame_equal(a, b)
        pd.testing.assert_frame_equal(a, c)
    assert not first[0].equals(first[1]) and not first[0].equals(other[0])


def test_unknown_membership_is_refused():
    with pytest.raises(ValueError, match="none may be missing"):
        redraw(pd.DataFrame([[1, np.nan], [0, 1]]), np.random.default_rng(1))
