"""List the facts that are still to be followed to their sources, as rows for ``data/provenance/followed.csv``.

``python scripts/followed.py [MECHANISM ...]`` prints, of these mechanisms or of all, each sourced fact that the list does not hold as it now
reads: new ones, and those that were changed since. Hold each part of the fact against the text of the sources named beside it; then fill in
the date (``on``), the ``verdict`` (``in full``, or ``open`` with a ``remark``) and the sources ``seen``, and put the row into the list.
A row whose fact reads otherwise by now counts for nothing and may be taken out."""
from __future__ import annotations

import csv
import sys

from analysis.dataset.load import mechanisms
from analysis.dataset.provenance import COLUMNS, followed, held, mark, sourced


def main(wanted: list[str]) -> None:
    rows = csv.DictWriter(sys.stdout, [*COLUMNS, "fact", "sources"], lineterminator="\n")
    rows.writeheader()
    for m in mechanisms():
        for path, fact in sourced(m) if not wanted or m.id in wanted else ():
            if (key := mark(m.id, fact)) not in followed():
                rows.writerow({"mark": key, "mechanism": m.id, "path": path, "fact": held(fact), "sources": " ".join(fact.src)})


if __name__ == "__main__":
    main(sys.argv[1:])
