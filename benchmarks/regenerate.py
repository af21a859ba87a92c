"""What a change costs, as a share of a cold render of both formats on the same machine.

Ratios, so that the numbers compare on any machine: every time is divided by that of the cold render just before.
Run: make bench"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(project: Path, *args: str) -> float:
    """Seconds that a command takes."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "analysis.cli", *args], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "ISCM_ROOT": str(project), "ISCM_CACHE": "", "SOURCE_DATE_EPOCH": "1767225600"})
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - start


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path}: nothing to change"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        for part in ("_quarto.yml", "index.qmd", "report", "data"):
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, project / part)
        cold = run(project, "render")
        rows = [("cold render, both formats", cold), ("nothing changed", run(project, "render"))]
        run(project, "figures")
        meeting = "\nmeetings:\n  - {date: '2019-04', level: senior-officials, title: A meeting for a trial, src: [bp-about]}\n"
        edit(project / "data/mechanisms/bali-process.yaml", "\nmeetings:\n", meeting)
        rows += [("one meeting more: figures", run(project, "figures")), ("one meeting more: both formats", run(project, "render"))]
        made = {k: len(v) for k, v in json.loads((project / "build/last-render.json").read_text(encoding="utf-8"))["last"]["made"].items()}
        edit(project / "report/mechanisms/igc.qmd", "\n## ", "\nOne sentence more.\n\n## ")
        rows += [("one sentence more: site", run(project, "render", "--to", "html")), ("one sentence more: PDF", run(project, "render", "--to", "pdf"))]
        edit(project / "report/theme/site.css", "{", "{ ")
        rows += [("the style sheet: both formats", run(project, "render"))]
        shutil.rmtree(project / "build/cache")
        rows += [("the cache deleted, the output whole", run(project, "render"))]
    print(f"{'change':<40}{'seconds':>9}{'of cold':>9}   (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    for name, seconds in rows:
        print(f"{name:<40}{seconds:>9.1f}{seconds / cold:>9.0%}")
    print(f"made again for one meeting more: {', '.join(f'{k} {v}' for k, v in made.items() if k != 'content')}")


if __name__ == "__main__":
    main()
