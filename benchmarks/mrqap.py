"""MRQAP against a loop of numpy.linalg.lstsq over permutations, and against netlm of R's sna where R has it.

195 nodes, five covariates, 5,000 permutations of each covariate's residuals. The loop and netlm run fewer permutations
and are compared by time per permutation; all in one run, each in a process of its own, so that peak memory is its own.
BLAS keeps to one thread throughout: on small systems of equations its threads slow the loop down.
Growth: the same with twice and four times as many nodes.
Run: make bench"""
from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
NODES, COVARIATES, PERMUTATIONS = 195, 5, 5000
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}
NETLM = """suppressMessages(library(sna))
d <- as.matrix(read.csv("data.csv", header = FALSE)); n <- %d; k <- %d; reps <- %d
m <- lapply(0:k, function(i) d[i * n + 1:n, ])
x <- aperm(simplify2array(m[-1]), c(3, 1, 2))
took <- system.time(netlm(m[[1]], x, mode = "graph", nullhyp = "qapspp", test.statistic = "t-value", reps = reps))
cat(took[["elapsed"]] / reps, sum(gc()[, 6]))
"""


def data(nodes: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Symmetric noise with effects of the node; the covariates are correlated with one another."""
    rng = np.random.default_rng(1)

    def noise():
        m = rng.normal(size=(nodes, nodes)) + rng.normal(size=nodes)[:, None]
        return m + m.T

    common = noise()
    x = {f"x{i}": noise() + 0.5 * common for i in range(COVARIATES)}
    return sum(x.values()) / 10 + noise(), x


def ours(nodes: int, permutations: int, workers: int, missing: int) -> None:
    from analysis.measures.mrqap import mrqap

    y, x = data(nodes)
    rng = np.random.default_rng(2)
    i, j = rng.integers(nodes, size=(2, missing))
    y[i, j] = y[j, i] = np.nan
    mrqap(y, x, permutations=permutations, workers=workers)


def loop(nodes: int, permutations: int) -> None:
    """Double semi-partialling with one least-squares fit a permutation and covariate."""
    y, x = data(nodes)
    rows, cols = np.triu_indices(nodes, 1)
    y, columns, rng = y[rows, cols], {name: m[rows, cols] for name, m in x.items()}, np.random.default_rng(1)
    for name, own in columns.items():
        others = np.column_stack([np.ones(len(y)), *(v for o, v in columns.items() if o != name)])
        e = np.zeros((nodes, nodes))
        e[rows, cols] = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        e += e.T
        for _ in range(permutations):
            p = rng.permutation(nodes)
            design = np.column_stack([e[p[rows], p[cols]], others])
            beta, rss = np.linalg.lstsq(design, y, rcond=None)[:2]
            beta[0] / np.sqrt(rss[0] / (len(y) - design.shape[1]) * np.linalg.inv(design.T @ design)[0, 0])


def child() -> None:
    """Run one job named on the command line; print seconds and peak memory in MB (of a worker process, if larger)."""
    job, *arguments = json.loads(sys.argv[1])
    start = time.perf_counter()
    {"ours": ours, "loop": loop}[job](*arguments)
    took = time.perf_counter() - start
    peak = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(took, max(peak) / (1024 * 1024 if sys.platform == "darwin" else 1024))


def measure(*job) -> tuple[float, float]:
    done = subprocess.run([sys.executable, __file__, json.dumps(job)], cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def netlm(permutations: int) -> tuple[float, float] | None:
    """Seconds a permutation and peak MB of R's own heap; None without R or sna."""
    if not shutil.which("Rscript"):
        return None
    y, x = data(NODES)
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "data.csv", np.vstack([y, *x.values()]), delimiter=",")
        done = subprocess.run(["Rscript", "-e", NETLM % (NODES, COVARIATES, permutations)], cwd=folder, env={**os.environ, **ONE_THREAD},
                              capture_output=True, text=True)
    return None if done.returncode else tuple(map(float, done.stdout.split()))


def main() -> None:
    print(f"MRQAP, {NODES} nodes, {COVARIATES} covariates, {PERMUTATIONS:,} permutations, {os.cpu_count()} cores\n")
    print(f"{'':<48}{'seconds':>9}{'ms/perm.':>10}{'ratio':>8}{'peak MB':>9}")

    def row(name, seconds, permutations, peak, base=None):
        each = seconds / permutations
        print(f"{name:<48}{seconds:>9.1f}{1000 * each:>10.2f}{'' if base is None else f'{each / base:.1f}':>8}{peak:>9.0f}", flush=True)
        return each

    seconds, peak = measure("ours", NODES, PERMUTATIONS, 1, 0)
    base = row("ours, one process", seconds, PERMUTATIONS, peak, seconds / PERMUTATIONS)
    for name, workers, missing in (("ours, two processes", 2, 0), ("ours, 500 dyads missing", 1, 500), ("ours, 500 dyads missing, two processes", 2, 500)):
        seconds, peak = measure("ours", NODES, PERMUTATIONS, workers, missing)
        row(name, seconds, PERMUTATIONS, peak, base)
    seconds, peak = measure("loop", NODES, 100)
    row("loop of numpy.linalg.lstsq (100 perm.)", seconds, 100, peak, base)
    r = netlm(20)
    print("netlm: R with its package sna is not installed") if r is None else row("netlm, qapspp, of R's sna (20 perm.)", r[0] * 20, 20, r[1], base)
    for nodes, workers in ((2 * NODES, 1), (4 * NODES, 1), (4 * NODES, 2)):
        seconds, peak = measure("ours", nodes, PERMUTATIONS // 5, workers, 0)
        row(f"ours, {nodes} nodes, {workers} process{'es' if workers > 1 else ''} ({PERMUTATIONS // 5:,} perm.)", seconds, PERMUTATIONS // 5, peak, base)


if __name__ == "__main__":
    child() if len(sys.argv) > 1 else main()
