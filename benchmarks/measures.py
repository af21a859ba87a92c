"""The whole analysis: every finding, with and without the permutation tests, and its growth.

Each row is a process of its own with an empty cache. The rows "as many mechanisms" copy the mechanism files; those "as many States" run
the permutation test on that many nodes (see also benchmarks/mrqap.py). Ratios are within one run.
Run: make bench"""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import dataset

ROOT = Path(__file__).resolve().parents[1]
CODE = """import sys, time, resource
from analysis import findings
from analysis.dataset import frames
slow = {"analysis.findings_coherence"}
chosen = [i for i, (make, _) in findings.DECLARED.items() if (make.__module__ in slow) == (sys.argv[1] == "permutation")]
for make in frames.FRAMES.values(): make()
t = time.perf_counter()
for i in chosen: findings.finding(i)
print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(chosen))"""
NODES = """import sys, time, resource
sys.path.insert(0, "benchmarks")
import mrqap
t = time.perf_counter()
mrqap.ours(int(sys.argv[1]), 200, 1, 0)
print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0)"""


def measure(code: str, argument: str, root: Path) -> tuple[float, float, int]:
    """Seconds, peak megabytes and a count of a piece of code on a project."""
    done = subprocess.run([sys.executable, "-c", code, argument], capture_output=True, text=True, cwd=ROOT,
                          env={**os.environ, "ISCM_ROOT": str(root), "ISCM_CACHE": str(root / "build/bench"), "OPENBLAS_NUM_THREADS": "1"})
    if done.returncode:
        sys.exit(done.stderr)
    seconds, peak, n = done.stdout.split()
    return float(seconds), float(peak), int(n)


def main() -> None:
    print(f"{'':<46}{'seconds':>9}{'ratio':>8}{'peak MB':>9}")
    first = None
    for times in (1, 2, 4, 8):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            dataset.multiplied(times, root)
            seconds, peak, n = measure(CODE, "other", root)
            first = first or seconds
            print(f"{f'{n} findings without permutations, {times} x mechanisms':<46}{seconds:>9.2f}{seconds / first:>8.1f}{peak:>9.0f}", flush=True)
            if times == 1:
                slow = measure(CODE, "permutation", root)
                print(f"{f'{slow[2]} findings of coherence, with permutations':<46}{slow[0]:>9.2f}{slow[0] / first:>8.1f}{slow[1]:>9.0f}", flush=True)
    first = None
    for times in (1, 2, 4, 8):
        seconds, peak, _ = measure(NODES, str(195 * times), ROOT)
        first = first or seconds
        print(f"{f'MRQAP, 200 permutations, {195 * times} States':<46}{seconds:>9.2f}{seconds / first:>8.1f}{peak:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
