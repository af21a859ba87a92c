"""Tables of linkages: paths to regional instruments, engagement with the Global Compact."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..measures import linkages, sets
from .tables import Table, _cites
from .wording import wording


def paths() -> Table:
    """Each recorded path to a regional instrument, as read once more."""
    d = linkages.to_agreement()
    short = frames.identity().set_index("id").short
    return Table("paths", pd.DataFrame({
        "Mechanism": d.mechanism.map(short), "Anchoring": d.anchoring.map({"pillar": "pillar", "associated": "associated", "none": "stand-alone"}), "Instrument": d["to"],
        "Binding": d.formal.map({True: "yes", False: "no"}), "Part stated": [f"{'yes' if s else 'no'}: {y}" for s, y in zip(d.shown, d.why)], "Sources": d.src.map(_cites)}),
        (14, 10, 28, 8, 28, 20), ("Sources",))


def anchored() -> Table:
    """Paths by anchoring."""
    d = linkages.anchored_paths()
    return Table("anchored", pd.DataFrame({"Anchoring": d.anchoring.map(wording()["anchoring"]), "Mechanisms": d.mechanisms, "Path recorded": d.with_path, "Part stated": d.shown,
                                           "To a binding text": d.with_formal, "of these, part stated": d.formal_shown}), (30, 11, 12, 12, 14, 14))


def compact() -> Table:
    """Engagement of each mechanism with the Global Compact for Migration."""
    d = linkages.compact()
    m = sets.mechanisms().set_index("id")
    d = d.assign(short=d.mechanism.map(m.short)).sort_values(["any", "events", "short"], ascending=[False, False, True])
    return Table("compact", pd.DataFrame({"Mechanism": d.short, "2013 class": d.class_2013, "Strongest linkage": d.linkage.map(wording()["linkages"]).fillna("none found"),
                                          "Events found": d.events, "First in": d["first"].map(lambda y: "–" if pd.isna(y) else str(int(y)))}), (26, 10, 18, 10, 9))


TABLES = {f.__name__: f for f in (paths, anchored, compact)}
