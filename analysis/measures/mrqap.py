"""Multiple regression quadratic assignment procedure (MRQAP) with double semi-partialling.

Dyads of the same States are not independent, so that the standard errors of a regression over dyads are wrong.
MRQAP asks instead how large a t statistic arises when a covariate is unrelated to the outcome but both keep their
dependence within rows and columns. Method: Dekker, D., Krackhardt, D. & Snijders, T. A. B. (2007). Sensitivity of
MRQAP tests to collinearity and autocorrelation conditions. Psychometrika 72, 563-581.

For each covariate X_k: take the residuals e_k of its regression on the other covariates (with intercept); permute the
nodes of the residual matrix, rows and columns together; regress Y on the permuted residuals and the other covariates;
keep the t statistic of the permuted residuals. The p value is two-sided: the share of permutations whose |t| is at
least the observed |t|, the observed arrangement counted as one of them, so that p is never 0 (Phipson, B. & Smyth, G. K.
(2010). Statistical Applications in Genetics and Molecular Biology 9(1), 39).

*Missing dyads.* A dyad that is missing in Y or in any covariate is in no regression. The residual matrix then has holes,
which a permutation moves: its regression uses the dyads that are known themselves *and* receive a known residual, and
its t has the degrees of freedom of that number of dyads (``permuted_n``). Nothing is filled in. A node without any
known dyad takes no part in the permutations. A permutation that leaves a model without a solution has t = NaN and is
left out of p.

*Arithmetic.* All columns are combinations of one orthonormal basis B of [1, X, Y] (QR decomposition), so that by the
Frisch-Waugh-Lovell theorem each t follows from z'z and B'z of the permuted residuals z, and from the Gram matrix of B over
the dyads in use: the identity, less the part of those dyads that receive a missing residual, which are as many as dyads are
missing at most. A block of permutations is thus a few matrix products, taken over some dyads at a time: memory grows with the
number of dyads only, not with permutations times dyads.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import permutations as arrangements
from multiprocessing import get_context

import numpy as np
import pandas as pd

SEED = 2007
BLOCK = 64  # permutations worked on together
PRODUCT = 250_000  # multiplications in one matrix product: small enough for the processor's cache, and for BLAS to keep it
#                    in one thread, so that neither cores nor worker processes change the order of a sum, hence a last digit
MOST_NODES = 8  # of which all permutations are enumerated: 8! = 40,320
TOLERANCE = 1e-9  # relative: below it a column is constant or collinear, and two t are equal


@dataclass(frozen=True)
class Mrqap:
    """A fitted regression over dyads and its permutation test; arrays follow the order of ``names``."""

    names: tuple[str, ...]
    coefficients: np.ndarray
    t: np.ndarray
    p: np.ndarray
    permuted: np.ndarray  # permutations x covariates: t of the permuted residuals
    permuted_n: np.ndarray  # permutations: dyads in each regression; n unless dyads are missing
    intercept: float
    n: int  # dyads
    df: int
    r2: float
    nodes: int  # nodes with at least one known dyad
    directed: bool

    def frame(self) -> pd.DataFrame:
        """term, estimate, t, p: one row a covariate; the intercept has no permutation test."""
        return pd.DataFrame({"term": self.names, "estimate": self.coefficients, "t": self.t, "p": self.p})


def mrqap(y, x: Mapping[str, object], *, permutations: int | str | Sequence = 5000, seed: int | np.random.Generator = SEED,
          directed: bool | None = None, workers: int = 1, progress: Callable[[int, int], None] | None = None,
          only: Sequence[str] | None = None) -> Mrqap:
    """Regress the square matrix ``y`` on the square matrices ``x`` (name -> matrix; NaN is missing; diagonals are ignored).

    ``permutations``: how many to draw; ``"all"`` of them (up to 8 nodes; the identity is among them); or an array, one
    permutation of the nodes with known dyads a row. ``directed``: whether (i, j) and (j, i) are two dyads; by default
    they are unless all matrices are symmetric. Matrices given as data frames must have the same labels in the same order.
    The permutations are drawn before the work is split, so that the result does not depend on ``workers`` (processes).
    ``progress`` is called with (permutations done, of how many). ``only`` names the covariates to test; the others have their
    coefficient and t, with NaN for p and permuted t.

    ValueError: shapes or labels that differ, too few dyads, constant or collinear columns, names the matrix."""
    outcome, matrices = _matrices(y, x)
    directed = _directed(outcome, matrices) if directed is None else directed
    if not directed and _directed(outcome, matrices):
        raise ValueError("directed=False, but not all matrices are symmetric")
    known = ~np.isnan(outcome) & ~np.isnan(list(matrices.values())).any(axis=0)
    np.fill_diagonal(known, False)
    used = known.any(axis=1) | known.any(axis=0)
    known = known[np.ix_(used, used)]
    rows, cols = np.nonzero(known if directed else np.triu(known))
    n, k, nodes = len(rows), len(matrices), int(used.sum())
    if n < k + 2:
        raise ValueError(f"too few dyads: {n} known, a model of {k} covariates and an intercept needs at least {k + 2}")

    names = tuple(matrices)
    raw = {name: m[np.ix_(used, used)][rows, cols] for name, m in {**matrices, "y": outcome}.items()}
    mean = np.array([v.mean() for v in raw.values()])
    scale = np.array([_scale(name, v) for name, v in raw.items()])
    columns = (np.column_stack(list(raw.values())) - mean) / scale
    basis, r = np.linalg.qr(np.column_stack([np.ones(n), columns]))
    _independent(names, r[:, :-1])

    slopes = np.linalg.solve(r[:-1, :-1], r[:-1, -1])[1:] * scale[-1] / scale[:-1]
    df = n - k - 1
    models = [_model(r, j) for j in range(1, k + 1)]
    t = np.array([_t(m.residual[None], np.ones(1), np.eye(k + 2)[None], m, np.array([n]))[0] for m in models])

    order = permutation_array(nodes, permutations, seed)
    blocks = [order[i:i + BLOCK] for i in range(0, len(order), BLOCK)]
    tested = [names.index(name) for name in (names if only is None else only)]
    work = partial(_block, _dyads(rows, cols, basis, [models[j] for j in tested], known, directed))
    drawn_t, permuted_n = _run(work, blocks, workers, progress)
    permuted = np.full((len(order), k), np.nan)
    permuted[:, tested] = drawn_t
    drawn = isinstance(permutations, (int, np.integer))
    listed = not drawn and (order == np.arange(nodes)).all(axis=1).any()
    p = np.full(k, np.nan)
    p[tested] = _p(t[tested], drawn_t, listed)
    return Mrqap(names, slopes, t, p, permuted, permuted_n, float(mean[-1] - mean[:-1] @ slopes), n, df,
                 float(1 - r[-1, -1] ** 2 / (r[1:, -1] @ r[1:, -1])), nodes, bool(directed))


def qap_correlation(y, x, **options) -> tuple[float, float, np.ndarray]:
    """Pearson correlation of two matrices over dyads, its two-sided p by permutation, and the permuted correlations.

    The regression on one covariate: r = t / sqrt(t² + df). Options are those of :func:`mrqap`."""
    m = mrqap(y, {"x": x}, **options)
    t, df = m.permuted[:, 0], m.permuted_n - 2
    return float(m.t[0] / np.hypot(m.t[0], math.sqrt(m.df))), float(m.p[0]), t / np.sqrt(t**2 + df)


def permutation_array(nodes: int, permutations: int | str | Sequence, seed: int | np.random.Generator = SEED) -> np.ndarray:
    """Permutations of ``nodes`` nodes, one a row: drawn, all of them, or the given ones, checked."""
    if isinstance(permutations, str):
        if permutations != "all":
            raise ValueError(f'permutations: {permutations!r}; allowed: a number, "all" or an array')
        if nodes > MOST_NODES:
            raise ValueError(f'permutations="all": {nodes} nodes have {math.factorial(nodes):,} permutations; allowed: up to {MOST_NODES} nodes')
        return np.array(list(arrangements(range(nodes))), dtype=np.int32)
    if isinstance(permutations, (int, np.integer)):
        if permutations < 1:
            raise ValueError(f"permutations: {permutations}; allowed: 1 or more")
        each = np.broadcast_to(np.arange(nodes, dtype=np.int32), (int(permutations), nodes))
        return np.random.default_rng(seed).permuted(each, axis=1)
    given = np.asarray(permutations)
    if given.ndim != 2 or given.shape[1] != nodes or not (np.sort(given, axis=1) == np.arange(nodes)).all():
        raise ValueError(f"permutations: every row must be a permutation of 0 to {nodes - 1}, the nodes with known dyads")
    return given.astype(np.int32)


@dataclass(frozen=True)
class _Model:
    """One covariate's regression in coordinates of the basis: its residual, and the other covariates with Y's residual."""

    residual: np.ndarray  # of the covariate on the others, (m,)
    others: np.ndarray  # orthonormal, (m, k)
    outcome: np.ndarray  # Y's residual on the others, (m,)


def _model(r: np.ndarray, j: int) -> _Model:
    others = np.linalg.qr(np.delete(r[:, :-1], j, axis=1))[0]
    residual, outcome = (v - others @ (others.T @ v) for v in (r[:, j], r[:, -1]))
    return _Model(residual / np.linalg.norm(residual), others, outcome)


@dataclass(frozen=True)
class _Dyads:
    """What every block of permutations needs; cells are those of the square matrix, row by row."""

    rows: np.ndarray
    cols: np.ndarray
    basis: np.ndarray  # dyads x m
    residuals: np.ndarray  # cells x covariates, 0 where missing; together, so that one look-up serves all covariates
    missing: tuple[np.ndarray, np.ndarray]  # row and column of each missing dyad
    place: np.ndarray  # nodes x nodes: the row of the basis, or the number of its rows where the dyad is missing
    products: np.ndarray  # dyads x pairs of basis columns, with a last row of 0
    models: list[_Model]


def _dyads(rows, cols, basis, models, known, directed) -> _Dyads:
    nodes = len(known)
    residuals = np.zeros((nodes, nodes, len(models)))
    residuals[rows, cols] = basis @ np.column_stack([m.residual for m in models])
    if not directed:
        residuals[cols, rows] = residuals[rows, cols]
    place = np.full((nodes, nodes), len(basis))
    place[rows, cols] = np.arange(len(basis))
    if not directed:
        place[cols, rows] = place[rows, cols]
    away = ~known & ~np.eye(nodes, dtype=bool)
    i, j = np.triu_indices(basis.shape[1])
    return _Dyads(rows, cols, basis, residuals.reshape(nodes**2, -1), np.nonzero(away if directed else np.triu(away)), place,
                  np.vstack([basis[:, i] * basis[:, j], np.zeros(len(i))]), models)


def _block(d: _Dyads, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """t of each covariate (permutations x covariates) and the number of dyads, for a block of permutations."""
    (n, m), (size, nodes), k = d.basis.shape, order.shape, len(d.models)
    i, j = np.triu_indices(m)
    step = max(1, PRODUCT // (size * m * k))
    node = np.ascontiguousarray(order.T, dtype=np.intp)
    line = node * nodes  # where a node's row of cells begins

    def received(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Dyads x permutations x covariates: the residuals that dyads of nodes ``a`` and ``b`` receive."""
        cells = line.take(a, axis=0)
        cells += node.take(b, axis=0)
        return d.residuals.take(cells, axis=0)

    zb = np.zeros((m, size * k))
    for start in range(0, n, step):
        part = slice(start, start + step)
        z = received(d.rows[part], d.cols[part])
        zb += d.basis[part].T @ z.reshape(len(z), -1)
    # With all dyads in use the residuals' sum of squares is 1 and the Gram matrix the identity; taken off is what falls out:
    # residuals that land on a missing dyad, and dyads that receive a missing residual.
    zz, pairs, dyads = np.ones((size, k)), np.tile((i == j).astype(float), (size, 1)), np.full(size, n)
    to = np.argsort(order, axis=1)
    step = max(1, PRODUCT // (size * len(i)))
    for start in range(0, len(d.missing[0]), step):
        a, b = (x[start:start + step] for x in d.missing)
        zz -= (received(a, b) ** 2).sum(axis=0)
        out = d.place[to[:, a], to[:, b]]
        dyads -= (out < n).sum(axis=1)
        pairs -= d.products.take(out, axis=0).sum(axis=1)
    gram = np.empty((size, m, m))
    gram[:, i, j] = gram[:, j, i] = pairs
    zb = zb.reshape(m, size, k)
    return np.column_stack([_t(zb[:, :, c].T, zz[:, c], gram, model, dyads) for c, model in enumerate(d.models)]), dyads


def _t(zb, zz, gram, model: _Model, n) -> np.ndarray:
    """t of z in the regression of Y on z and the others, given z'B, z'z and B'B over the dyads in use (a row each)."""
    q, y = model.others, model.outcome
    inner, right = q.T @ gram @ q, np.stack([zb @ q, gram @ y @ q], axis=-1)
    df = n - q.shape[1] - 1
    solvable = (df > 0) & (np.linalg.eigvalsh(inner)[:, 0] > TOLERANCE)
    inner = np.where(solvable[:, None, None], inner, np.eye(q.shape[1]))
    a, b = np.moveaxis(right, -1, 0)
    inverse_a, inverse_b = np.moveaxis(np.linalg.solve(inner, right), -1, 0)
    zy = zb @ y - (a * inverse_b).sum(axis=1)
    rest = zz - (a * inverse_a).sum(axis=1)
    yy = np.einsum("i,nij,j->n", y, gram, y) - (b * inverse_b).sum(axis=1)
    solvable &= rest > TOLERANCE * zz
    with np.errstate(divide="ignore", invalid="ignore"):
        t = zy / np.sqrt(np.maximum(yy * rest - zy**2, 0) / df)
    return np.where(solvable, t, np.nan)


def _run(work, blocks, workers: int, progress) -> tuple[np.ndarray, np.ndarray]:
    total, done, results = sum(map(len, blocks)), 0, []

    def collect(stream):
        nonlocal done
        for t, n in stream:
            results.append((t, n))
            done += len(t)
            if progress:
                progress(done, total)

    if workers > 1 and len(blocks) > 1:
        # Not forked: a forked copy of a process with running threads (a notebook's kernel) may hang.
        with ProcessPoolExecutor(min(workers, len(blocks)), mp_context=get_context("spawn"), initializer=_share, initargs=(work,)) as pool:
            collect(pool.map(_shared_block, blocks))
    else:
        collect(map(work, blocks))
    t, n = zip(*results)
    return np.concatenate(t), np.concatenate(n)


def _share(work) -> None:
    """In a worker process: keep what all blocks need, so that it is sent once and not with every block."""
    global _work
    _work = work


def _shared_block(order):
    return _work(order)


def _p(t: np.ndarray, permuted: np.ndarray, listed: bool) -> np.ndarray:
    """Two-sided p; ``listed``: the identity is among the permutations, so that the observed t is not added once more."""
    valid = ~np.isnan(permuted)
    reach = (np.abs(permuted) >= np.abs(t) * (1 - TOLERANCE)) & valid
    return (reach.sum(axis=0) + (not listed)) / (valid.sum(axis=0) + (not listed))


def _matrices(y, x: Mapping) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    if not x:
        raise ValueError("x: no covariates; at least one is needed")
    outcome = np.array(y, dtype=float)
    if outcome.ndim != 2 or outcome.shape[0] != outcome.shape[1]:
        raise ValueError(f"y: shape {outcome.shape}; it must be square")
    labels = [("y", y), *x.items()]
    frames = [(name, m) for name, m in labels if isinstance(m, pd.DataFrame)]
    for name, m in frames:
        if not (m.index.equals(frames[0][1].index) and m.columns.equals(m.index)):
            raise ValueError(f"{name}: rows and columns must have the labels of {frames[0][0]}, in the same order")
    matrices = {str(name): np.array(m, dtype=float) for name, m in x.items()}
    for name, m in matrices.items():
        if m.shape != outcome.shape:
            raise ValueError(f"{name}: shape {m.shape} differs from that of y, {outcome.shape}")
    for name, m in {"y": outcome, **matrices}.items():
        if np.isinf(m).any():
            raise ValueError(f"{name}: has infinite values; a missing dyad is NaN")
    return outcome, matrices


def _directed(outcome, matrices) -> bool:
    def symmetric(m):
        off = m[~np.eye(len(m), dtype=bool)]
        return np.array_equal(off, m.T[~np.eye(len(m), dtype=bool)], equal_nan=True)
    return not all(map(symmetric, (outcome, *matrices.values())))


def _scale(name: str, values: np.ndarray) -> float:
    spread = values.std()
    if spread <= TOLERANCE * np.abs(values).max():
        raise ValueError(f"{name}: constant over the {len(values)} known dyads")
    return spread


def _independent(names: Sequence[str], r: np.ndarray) -> None:
    """Raise if a covariate is a linear combination of those before it (r: triangular factor of standardised columns)."""
    for j in range(1, r.shape[1]):
        if abs(r[j, j]) < TOLERANCE ** 0.5 * np.linalg.norm(r[:, j]):
            weights = np.linalg.solve(r[1:j, 1:j], r[1:j, j])
            of = [names[i] for i, w in enumerate(weights) if abs(w) > TOLERANCE ** 0.5]
            raise ValueError(f"{names[j - 1]}: collinear with {', '.join(of)}")
