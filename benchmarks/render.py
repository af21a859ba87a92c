"""Where a cold render of both formats spends its time, as shares of one run.

Each step's share is taken within one run, so that the numbers compare on any machine; the seconds do not, and so stand beside
those of a plain loop on the same machine.
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


def loop() -> float:
    """Seconds that ten million steps of a plain Python loop take, the best of three."""
    def once() -> float:
        start, total = time.perf_counter(), 0
        for i in range(10_000_000):
            total += i * i
        return time.perf_counter() - start

    return min(once() for _ in range(3))


def main() -> None:
    plain = loop()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        for part in ("_quarto.yml", "index.qmd", "report", "data"):
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, project / part)
        env = {**os.environ, "ISCM_ROOT": str(project)}
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "analysis.cli", "render"], cwd=ROOT, env=env, capture_output=True, text=True)
        whole = time.perf_counter() - start
        if done.returncode:
            sys.exit(done.stderr)
        steps = {k: float(v) for k, v in re.findall(r"(\w+) (\d+\.\d)", done.stdout.split("(", 1)[1])}
        steps = {"Python start and checks": whole - sum(steps.values()), **steps}
        print(f"cold render, both formats: {whole:.1f} s on {os.cpu_count()} cores, {whole / plain:.0f} times a plain loop of ten million steps ({plain:.2f} s)\n")
        print(f"{'step':<26}{'seconds':>9}{'share':>8}")
        for name, seconds in steps.items():
            print(f"{name:<26}{seconds:>9.1f}{seconds / whole:>8.0%}")


if __name__ == "__main__":
    main()
