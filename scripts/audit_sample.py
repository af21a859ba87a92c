"""Draw the sample of facts that an audit follows to their sources.

``python scripts/audit_sample.py NAME`` prints that of an audit in ``AUDITS`` (the last without a name) as CSV, drawn from the data of
the commit noted there, so that it can be drawn again after the data has moved on. Each stratum is a simple random sample without replacement, over facts of all
kinds alike; facts from memory and what is said of other facts (contested values) are left out."""
from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from analysis.dataset.load import validate
from analysis.dataset.paths import root
from analysis.dataset.provenance import held, sourced

AUDITS = {
    "2026-11": ("22c98588059dd0633ac3ec3e65c748c032d6aeb9", 20261127),
    "2026-11b": ("3e4e03e6e78128035ffe84b5bec9934fa3f7b344", 20261128),
    "2026-11c": ("c7051e649e0f818d2de8effc8cafdee224634555", 20261129),
    "2026-11d": ("185b7f381fbfbce8afeb841b18a9e4b6e1a82ad9", 20261130),
    "2026-11e": ("2534c24d727c39f803f4bbc9d306bdabbb48f30c", 20261201),
    "2026-11f": ("35fd3bef31aaa83d1b9fcfc577f754cbcf15d4ff", 20261202),
}
"""The audits in order, each with the commit whose data it samples and the seed of its draw."""
STRATA = {True: 70, False: 30}
"""How many facts are drawn from the core mechanisms and from the others."""


def population(base: Path) -> dict[bool, list[tuple]]:
    """Facts of the core mechanisms and of the others, as (mechanism, path, fact), in the order of the files."""
    out = {core: [] for core in STRATA}
    for m in validate(base)[0]:
        out[m.core25] += [(m.id, path, f) for path, f in sourced(m)]
    return out


def sample(base: Path, seed: int) -> list[tuple]:
    """The facts drawn, in the order of the files, the core first: (mechanism, path, fact)."""
    rng = np.random.default_rng(seed)
    out = []
    for core, every in population(base).items():
        out += [every[i] for i in sorted(rng.choice(len(every), STRATA[core], replace=False))]
    return out


def main() -> None:
    args = argparse.ArgumentParser(description="Print the sample of facts of an audit as CSV.")
    args.add_argument("audit", nargs="?", choices=AUDITS, default=list(AUDITS)[-1], help="the audit, the last if none is named")
    at, seed = AUDITS[args.parse_args().audit]
    packed = subprocess.run(["git", "-C", str(root()), "archive", at, "data"], check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        tarfile.open(fileobj=io.BytesIO(packed)).extractall(folder, filter="data")
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(["number", "mechanism", "path", "fact", "sources"])
        for i, (mechanism, path, fact) in enumerate(sample(Path(folder), seed), 1):
            rows.writerow([i, mechanism, path, held(fact), " ".join(fact.src)])


if __name__ == "__main__":
    main()
