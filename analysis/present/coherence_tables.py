"""Tables of coherence: shared tables and common commitments."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..measures import coherence
from . import words
from .tables import Table


def models_above() -> str:
    """Models whose coefficient stands above the middle 95 per cent of its redraws, by their labels."""
    d = coherence.models()
    return words.listing(d.model[d.estimate > d.chance_high])


def _p(p: float) -> str:
    return "–" if pd.isna(p) else f"{p:.4f}" if p < 0.001 else f"{p:.3f}"


def coherence_terms() -> Table:
    """The primary model."""
    m = coherence.primary()
    return Table("coherence_terms", pd.DataFrame({"Covariate": [t.capitalize() for t in m.names], "Coefficient": [f"{b:.4f}" for b in m.coefficients],
                                                  "t": [f"{t:.2f}" for t in m.t], "p": [_p(p) for p in m.p]}), (30, 14, 10, 10))


def coherence_models() -> Table:
    """The coefficient of shared tables in each model beside that of redrawn memberships."""
    d = coherence.models()
    return Table("coherence_models", pd.DataFrame({
        "Model": [m[0].upper() + m[1:] + (" (added)" if a else "") for m, a in zip(d.model, d.added)], "Coefficient": d.estimate.map("{:.3f}".format), "p": d.p.map(_p),
        "p by Holm": d.p_holm.map(_p), "Redraws: mean": d.chance.map("{:.3f}".format),
        "middle 95 per cent": [f"{a:.3f} to {b:.3f}" for a, b in zip(d.chance_low, d.chance_high)],
        "Redraws at least as large": d.above.map("{:.3f}".format), "Pairs": d.dyads.map("{:,}".format)}), (36, 11, 9, 9, 9, 18, 12, 9))


def coherence_described() -> Table:
    """Mean similarity of pairs by number of shared tables."""
    d = coherence.described()
    most = d.tables.max()
    return Table("coherence_described", pd.DataFrame({
        "Shared tables": [f"{t} or more" if t == most else str(t) for t in d.tables], "Pairs": d.pairs.map("{:,}".format),
        **{label: d[c].map("{:.2f}".format) for c, label in (("jaccard", "Jaccard"), ("matching", "Simple matching"), ("joint_commitment", "Joint commitment"),
                                                            ("joint_absence", "Joint absence"))}}), (14, 10, 10, 14, 14, 14))


def coherence_instruments() -> Table:
    """The instruments, their sub-set, opening, and how far their series reach."""
    t = frames.treaties().sort_values("opened")
    return Table("coherence_instruments", pd.DataFrame({"Instrument": t["name"], "Sub-set": t.subset, "Opened": t.opened.astype(str), "Series to": t.cut_off.astype(str)}),
                 (52, 18, 8, 10))


TABLES = {f.__name__: f for f in (coherence_terms, coherence_models, coherence_described, coherence_instruments)}
