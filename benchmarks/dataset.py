"""Checking and loading the data as it is, and with ten and a hundred times as many mechanisms.

The larger sets are made by copying the mechanism files under other names, in a folder that is removed again; each figure is a process
of its own, so that start and imports are told apart. Ratios are to the data as it is, within one run.
Run: make bench"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOAD = """import time, resource, pandas, pydantic, yaml
from analysis.dataset import frames
t = time.perf_counter()
for make in frames.FRAMES.values(): make()
print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"""
CHECK = """import time, resource, pandas, pydantic, yaml
from analysis.dataset import load
t = time.perf_counter()
found, problems = load.validate()
assert not problems, problems[0]
print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"""


def multiplied(times: int, to: Path) -> None:
    """A project with ``times`` as many mechanisms."""
    for part in ("_quarto.yml", "index.qmd", "report", "data"):
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, to / part)
    for file in sorted((to / "data/mechanisms").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for k in range(1, times):
            name = f"{file.stem}-{k}"
            (file.with_name(f"{name}.yaml")).write_text(text.replace(f"\nid: {file.stem}\n", f"\nid: {name}\n", 1), encoding="utf-8")
    judged = to / "data/instruments.yaml"  # each path to an instrument has its judgement, the copies' too
    head, paths = judged.read_text(encoding="utf-8").split("\npaths:\n")
    copies = [re.sub(r"mechanism: ([a-z0-9-]+)", rf"mechanism: \1-{k}", line) for k in range(1, times) for line in paths.splitlines()]
    judged.write_text(head + "\npaths:\n" + "\n".join([paths.rstrip("\n"), *copies]) + "\n", encoding="utf-8")


def measure(code: str, root: Path) -> tuple[float, float]:
    """Seconds and megabytes of a piece of code on a project."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "ISCM_ROOT": str(root), "ISCM_CACHE": str(root / "none")}, cwd=ROOT)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def main() -> None:
    sizes = [int(a) for a in sys.argv[1:]] or [1, 10, 100]
    first = None
    print(f"{'mechanisms':>10}{'check s':>10}{'ratio':>8}{'load s':>10}{'ratio':>8}{'peak MB':>9}")
    for times in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            multiplied(times, root)
            check, load = measure(CHECK, root), measure(LOAD, root)
            first = first or (check[0], load[0])
            n = len(list((root / "data/mechanisms").glob("*.yaml")))
            print(f"{n:>10}{check[0]:>10.2f}{check[0] / first[0]:>8.1f}{load[0]:>10.2f}{load[0] / first[1]:>8.1f}{max(check[1], load[1]):>9.0f}", flush=True)


if __name__ == "__main__":
    main()
