"""MRQAP against answers known otherwise: enumeration by a naive loop, planted effects, the null, and R's sna."""
from __future__ import annotations

import json
import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from analysis.measures.mrqap import mrqap, permutation_array, qap_correlation
from conftest import ROOT

SNA = json.loads((ROOT / "tests/fixtures/sna/netlm.json").read_text(encoding="utf-8"))


def noise(rng, n, symmetric=True, nodes=1.0):
    """Noise with effects of the node, so that dyads of one node are alike."""
    m = rng.normal(size=(n, n)) + nodes * (rng.normal(size=n)[:, None] + rng.normal(size=n))
    return (m + m.T) / 2 if symmetric else m


def data(seed, n, k, symmetric=True, missing=0):
    rng = np.random.default_rng(seed)
    x = {f"x{i}": noise(rng, n, symmetric) for i in range(k)}
    y = 0.5 * x["x0"] + noise(rng, n, symmetric)
    for i, j in rng.permutation([(i, j) for i in range(n) for j in range(i)])[:missing]:
        (y if i % 2 else x["x0"])[i, j] = np.nan
        if symmetric:
            (y if i % 2 else x["x0"])[j, i] = np.nan
    return y, x


def least_squares(y, columns):
    """Coefficients and t statistics by numpy's least squares, intercept first."""
    design = np.column_stack([np.ones(len(y)), *columns])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    rest = y - design @ beta
    covariance = np.linalg.inv(design.T @ design) * (rest @ rest) / (len(y) - design.shape[1])
    return beta, beta / np.sqrt(np.diag(covariance))


def naive(y, x, order, symmetric):
    """Double semi-partialling as the paper tells it, one permutation and one dyad after the other; NaN where missing."""
    n, names = len(y), list(x)
    dyads = [(i, j) for i in range(n) for j in range(n) if (i < j if symmetric else i != j)]
    dyads = [d for d in dyads if not np.isnan([m[d] for m in (y, *x.values())]).any()]
    t = np.empty((len(order), len(names)))
    for k, name in enumerate(names):
        others = [x[o] for o in names if o != name]
        design = np.array([[1.0, *(m[d] for m in others)] for d in dyads])
        value = np.array([x[name][d] for d in dyads])
        e = np.full((n, n), np.nan)
        for d, r in zip(dyads, value - design @ np.linalg.lstsq(design, value, rcond=None)[0]):
            e[d] = r
            if symmetric:
                e[d[::-1]] = r
        for row, p in enumerate(order):
            use = [(i, j) for i, j in dyads if not np.isnan(e[p[i], p[j]])]
            columns = [[e[p[i], p[j]] for i, j in use], *([m[d] for d in use] for m in others)]
            t[row, k] = least_squares(np.array([y[d] for d in use]), columns)[1][1]
    return t


@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "directed"])
def test_all_720_permutations_of_six_nodes_agree_with_a_naive_loop(symmetric):
    y, x = data(1, 6, 3, symmetric)
    m = mrqap(y, x, permutations="all")
    order = list(permutations(range(6)))
    t = naive(y, x, order, symmetric)
    assert m.permuted.shape == (720, 3) and m.directed is not symmetric
    np.testing.assert_allclose(m.permuted, t, rtol=1e-8)
    np.testing.assert_allclose(m.t, t[0], rtol=1e-8)  # the first permutation is the identity
    np.testing.assert_array_equal(m.p, (np.abs(t) >= np.abs(t[0]) - 1e-8).mean(axis=0))
    given_order = mrqap(y, x, permutations=order[:50])
    np.testing.assert_array_equal(given_order.permuted, m.permuted[:50])
    rows, cols = np.nonzero(np.triu(np.ones((6, 6)), 1) if symmetric else ~np.eye(6, dtype=bool))
    beta, t = least_squares(y[rows, cols], [v[rows, cols] for v in x.values()])
    np.testing.assert_allclose([m.intercept, *m.coefficients], beta, rtol=1e-8)
    np.testing.assert_allclose(m.t, t[1:], rtol=1e-8)
    fitted = np.column_stack([np.ones(m.n), *(v[rows, cols] for v in x.values())]) @ beta
    assert m.r2 == pytest.approx(np.var(fitted) / np.var(y[rows, cols])) and (m.n, m.df) == (len(rows), len(rows) - 4)


@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "directed"])
def test_missing_dyads_are_left_out_where_they_are_and_where_they_land(symmetric):
    y, x = data(2, 9, 2, symmetric, missing=5)
    order = permutation_array(9, 40, seed=3)
    m = mrqap(y, x, permutations=order)
    np.testing.assert_allclose(m.permuted, naive(y, x, order, symmetric), rtol=1e-7)
    assert m.n == (36 if symmetric else 72) - 5
    assert m.n - 5 <= m.permuted_n.min() < m.permuted_n.max() <= m.n


def test_a_node_without_known_dyads_changes_nothing():
    y, x = data(3, 8, 2)
    alone = mrqap(y, x, permutations=99)
    ninth = ((0, 1), (0, 1))
    wide = mrqap(np.pad(y, ninth, constant_values=np.nan), {name: np.pad(m, ninth) for name, m in x.items()}, permutations=99)
    np.testing.assert_allclose(wide.permuted, alone.permuted, rtol=1e-9)
    assert (wide.nodes, wide.n) == (8, 28)


def test_planted_effects_are_found_and_their_absence_too():
    rng = np.random.default_rng(4)
    x = {name: noise(rng, 40) for name in ("strong", "negative", "none")}
    y = 3 + 0.8 * x["strong"] - 0.4 * x["negative"] + noise(rng, 40, nodes=0.3)
    m = mrqap(y, x, permutations=999)
    np.testing.assert_allclose(m.coefficients, [0.8, -0.4, 0], atol=0.12)
    assert m.intercept == pytest.approx(3, abs=0.3)
    assert m.p[0] == m.p[1] == 0.001 and m.p[2] > 0.05
    assert list(m.frame().columns) == ["term", "estimate", "t", "p"] and list(m.frame().term) == list(x)


def test_under_the_null_p_is_uniform_where_ordinary_regression_finds_effects():
    """200 data sets of unrelated, autocorrelated matrices, two covariates that are correlated with each other.

    The Kolmogorov-Smirnov distance stays under the bound of the 0.1 per cent level, 1.95 / sqrt(200)."""
    p, classical = [], []
    for seed in range(200):
        rng = np.random.default_rng([5, seed])
        a = noise(rng, 20)
        m = mrqap(noise(rng, 20), {"a": a, "b": 0.6 * a + noise(rng, 20)}, permutations=199, seed=seed)
        p.append(m.p[0])
        classical.append(math.erfc(abs(m.t[0]) / math.sqrt(2)))  # normal approximation to t with 187 degrees of freedom

    def distance(values):
        return np.abs(np.sort(values) - (np.arange(200) + 0.5) / 200).max() + 0.5 / 200

    bound = 1.95 / math.sqrt(200)
    assert distance(p) < bound and np.mean(np.array(p) <= 0.05) < 0.1
    assert distance(classical) > 2 * bound and np.mean(np.array(classical) <= 0.05) > 0.3


@pytest.mark.parametrize("case", SNA["cases"], ids=lambda c: "symmetric" if c["symmetric"] else "directed")
def test_agrees_with_netlm_of_sna(case):
    x = {name: np.array(m) for name, m in case["x"].items()}
    reps = 20_000
    m = mrqap(np.array(case["y"]), x, permutations=reps)
    assert m.directed is not case["symmetric"] and (m.n, m.df) == (case["n"], case["df"])
    np.testing.assert_allclose([m.intercept, *m.coefficients], [case["intercept"], *case["coefficients"]], rtol=1e-7)
    np.testing.assert_allclose(m.t, case["t"], rtol=1e-7)
    theirs = np.array(case["p"])
    error = np.sqrt(m.p * (1 - m.p) * (1 / reps + 1 / SNA["reps"]))
    assert (np.abs(m.p - theirs) < 3.5 * error + 1 / SNA["reps"]).all(), (m.p, theirs)
    for share, row in zip(SNA["quantiles_of_abs_t"], case["quantiles"]):  # the whole distribution, not its tail only
        below = (np.abs(m.permuted) <= row).mean(axis=0)
        np.testing.assert_allclose(below, share, atol=3.5 * math.sqrt(share * (1 - share) * (1 / reps + 1 / SNA["reps"])))


CASES = st.tuples(st.integers(0, 10**6), st.integers(6, 9), st.integers(1, 3), st.booleans(), st.integers(0, 4))


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_names_of_nodes_do_not_matter(case):
    y, x = data(*case)
    n = case[1]
    order = permutation_array(n, 30, seed=6)
    names = np.random.default_rng(case[0]).permutation(n)
    back = np.argsort(names)
    first = mrqap(y, x, permutations=order)
    second = mrqap(y[np.ix_(names, names)], {k: m[np.ix_(names, names)] for k, m in x.items()}, permutations=back[order[:, names]])
    np.testing.assert_allclose(second.t, first.t, rtol=1e-6)
    np.testing.assert_allclose(second.permuted, first.permuted, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(second.permuted_n, first.permuted_n)


@settings(max_examples=40, deadline=None)
@given(CASES, st.floats(1e-4, 1e4), st.floats(-1e4, 1e4))
def test_units_do_not_matter(case, factor, shift):
    y, x = data(*case)
    first = mrqap(y, x, permutations=50)
    second = mrqap(y, {**x, "x0": x["x0"] * factor + shift}, permutations=50)
    np.testing.assert_allclose(second.t, first.t, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(second.p, first.p)
    assert second.coefficients[0] * factor == pytest.approx(first.coefficients[0], rel=1e-5)


@pytest.mark.parametrize("missing", [0, 6])
def test_worker_processes_change_nothing(missing):
    y, x = data(7, 12, 2, missing=missing)
    steps = []
    one = mrqap(y, x, permutations=300, progress=lambda done, of: steps.append((done, of)))
    two = mrqap(y, x, permutations=300, workers=2)
    np.testing.assert_array_equal(one.permuted, two.permuted)
    np.testing.assert_array_equal(one.p, two.p)
    assert steps[-1] == (300, 300) and len(steps) == 5
    other = mrqap(y, x, permutations=300, seed=8)
    assert not np.array_equal(one.permuted, other.permuted)


def test_one_covariate_is_the_qap_correlation():
    y, x = data(9, 10, 1)
    r, p, permuted = qap_correlation(y, x["x0"], permutations=60)
    rows, cols = np.triu_indices(10, 1)
    assert r == pytest.approx(np.corrcoef(y[rows, cols], x["x0"][rows, cols])[0, 1])
    expected = [np.corrcoef(y[rows, cols], x["x0"][np.ix_(o, o)][rows, cols])[0, 1] for o in permutation_array(10, 60)]
    np.testing.assert_allclose(permuted, expected, rtol=1e-9)
    assert p == (1 + sum(abs(e) >= abs(r) for e in expected)) / 61


Y, X = data(10, 6, 2)
HOLES = np.where(np.add.outer(range(6), range(6)) == 1, Y, np.nan)
HOLES[2:4, 2:4] = Y[2:4, 2:4]
FAULTS = {
    "y: shape .* must be square": (Y[:5], X, {}),
    "x: no covariates": (Y, {}, {}),
    "x1: shape .* differs from that of y": (Y, {**X, "x1": Y[:5, :5]}, {}),
    "too few dyads: 2 known, a model of 2 covariates": (HOLES, X, {}),
    "flat: constant over the 15 known dyads": (Y, {**X, "flat": np.full((6, 6), 0.1)}, {}),
    "y: constant": (np.ones((6, 6)), X, {}),
    "sum: collinear with x0, x1": (Y, {**X, "sum": 2 * X["x0"] - X["x1"] + 5}, {}),
    "x1: has infinite values": (Y, {**X, "x1": np.where(X["x1"] > 0, np.inf, X["x1"])}, {}),
    "not all matrices are symmetric": (Y + np.triu(Y), X, {"directed": False}),
    "permutations: 'some'; allowed": (Y, X, {"permutations": "some"}),
    "permutations: 0; allowed": (Y, X, {"permutations": 0}),
    "every row must be a permutation": (Y, X, {"permutations": [[0, 1, 2, 3, 4, 4]]}),
    "x0: rows and columns must have the labels of y": (pd.DataFrame(Y), {"x0": pd.DataFrame(Y, index=list("abcdef"), columns=list("abcdef"))}, {}),
    "9 nodes have 362,880 permutations": (*data(1, 9, 1), {"permutations": "all"}),
}


@pytest.mark.parametrize("message", FAULTS)
def test_bad_input_is_named(message):
    y, x, options = FAULTS[message]
    with pytest.raises(ValueError, match=message):
        mrqap(y, x, **options)


def test_a_covariate_tested_alone_is_tested_as_among_the_others():
    rng = np.random.default_rng(5)
    y, a, b = (m + m.T for m in rng.normal(size=(3, 20, 20)))
    whole, alone = mrqap(y, {"a": a, "b": b}, permutations=50), mrqap(y, {"a": a, "b": b}, permutations=50, only=("b",))
    assert np.allclose(alone.permuted[:, 1], whole.permuted[:, 1], rtol=1e-9) and alone.p[1] == whole.p[1] and np.array_equal(alone.t, whole.t)
    assert np.isnan(alone.p[0]) and np.isnan(alone.permuted[:, 0]).all()
