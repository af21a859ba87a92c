"""Similarity of commitments, worked out by hand."""
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from analysis.measures.similarity import MEASURES, similarity

NAN = float("nan")


def party(**rows):
    return pd.DataFrame(rows, index=[f"t{i}" for i in range(len(next(iter(rows.values()))))]).T.astype(float)


def test_a_pair_worked_out_by_hand():
    # Over eight treaties: both party to 3 (t0-t2), neither to 2 (t3, t4), only A to 2 (t5, t6), only B to 1 (t7).
    s = similarity(party(A=[1, 1, 1, 0, 0, 1, 1, 0], B=[1, 1, 1, 0, 0, 0, 0, 1]))
    # Expected agreement: A is party to 5 of 8, B to 4 of 8: (5 * 4 + 3 * 4) / 64 = 1/2; kappa = (5/8 - 1/2) / (1/2).
    hand = {"joint_commitment": 3 / 8, "joint_absence": 2 / 8, "matching": 5 / 8, "jaccard": 3 / 6, "kappa": 1 / 4, "known": 8}
    assert tuple(s) == MEASURES
    for name, value in hand.items():
        assert s[name].loc["A", "B"] == s[name].loc["B", "A"] == pytest.approx(value), name
        assert np.isnan(np.diag(s[name])).all()


def test_unknown_is_not_absent():
    # Known for both: t0 (both), t1 (only A), t2 (neither). t3 is unknown of B, t4 of A, t5 of both.
    rows = party(A=[1, 1, 0, 1, NAN, NAN], B=[1, 0, 0, NAN, 1, NAN])
    s = similarity(rows)
    hand = {"joint_commitment": 1 / 3, "joint_absence": 1 / 3, "matching": 2 / 3, "jaccard": 1 / 2, "known": 3,
            "kappa": (2 / 3 - 4 / 9) / (1 - 4 / 9)}  # A is party to 2 of 3, B to 1 of 3: (2 * 1 + 1 * 2) / 9
    for name, value in hand.items():
        assert s[name].loc["A", "B"] == pytest.approx(value), name
    masked = similarity(rows.fillna(1), known=rows.notna())  # what stands in an unknown cell has no effect
    for name in MEASURES:
        pd.testing.assert_frame_equal(masked[name], s[name])
        pd.testing.assert_frame_equal(similarity(rows.astype("boolean"))[name], s[name])


def test_undefined_is_not_a_number():
    s = similarity(party(none=[0, 0, NAN], none_too=[0, 0, 0], all=[1, 1, 1], all_too=[1, 1, 1], unknown=[NAN, NAN, 1]))
    assert np.isnan(s["jaccard"].loc["none", "none_too"]) and s["matching"].loc["none", "none_too"] == 1
    assert s["jaccard"].loc["all", "all_too"] == 1
    for pair in (("none", "none_too"), ("all", "all_too")):
        assert np.isnan(s["kappa"].loc[pair]), "agreement that the margins force says nothing beyond chance"
    assert s["kappa"].loc["none", "all"] == s["jaccard"].loc["none", "all"] == 0
    assert s["known"].loc["none", "unknown"] == 0
    assert all(np.isnan(s[name].loc["none", "unknown"]) for name in MEASURES if name != "known")


@given(arrays(float, st.tuples(st.integers(2, 6), st.integers(1, 9)), elements=st.sampled_from([0.0, 1.0, NAN])))
def test_agrees_with_counting_treaty_by_treaty(values):
    s = similarity(pd.DataFrame(values))
    for i in range(len(values)):
        for j in range(len(values)):
            if i == j:
                continue
            pairs = [(a, b) for a, b in zip(values[i], values[j]) if not np.isnan(a + b)]
            a, d, n = pairs.count((1, 1)), pairs.count((0, 0)), len(pairs)
            assert s["known"].loc[i, j] == n
            if n:
                assert s["joint_commitment"].loc[i, j] == pytest.approx(a / n)
                assert s["matching"].loc[i, j] == pytest.approx((a + d) / n)
            assert s["jaccard"].loc[i, j] == pytest.approx(a / (n - d) if n > d else NAN, nan_ok=True)
            if n:
                x, y = zip(*pairs)
                chance = np.mean(x) * np.mean(y) + (1 - np.mean(x)) * (1 - np.mean(y))
                kappa = ((a + d) / n - chance) / (1 - chance) if chance < 1 - 1e-12 else NAN
                assert s["kappa"].loc[i, j] == pytest.approx(kappa, nan_ok=True, abs=1e-9)


def test_bad_input_is_named():
    rows = party(A=[1, 0], B=[1, 2])
    with pytest.raises(ValueError, match="B, t1 is 2; allowed where known: 0, 1"):
        similarity(rows)
    with pytest.raises(ValueError, match="known: rows and columns"):
        similarity(rows, known=rows.notna().iloc[::-1])
