"""Dimensions of the taxonomy that the data computes."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from . import sets
from .membership import members

FEATURES = ["statutes", "closed", "pillar", "annual", "own_secretariat"]


def reach(year: int) -> pd.DataFrame:
    """mechanism, n, region, region_share, subregion, subregion_share: share of members in the commonest M49 region
    and sub-region; one row a mechanism with verified members."""
    j = members(year).merge(frames.states(), left_on="state", right_on="iso3")
    rows = []
    for k, g in j.groupby("mechanism"):
        r, s = g.region.value_counts(), g.subregion.value_counts()
        rows.append({"mechanism": k, "n": len(g), "region": r.index[0], "region_share": r.iloc[0] / len(g),
                     "subregion": s.index[0], "subregion_share": s.iloc[0] / len(g)})
    return pd.DataFrame(rows)


def formality() -> pd.DataFrame:
    """mechanism, the five stated features (0 or 1) and their sum ``index`` (0 to 5): an additive index."""
    m, s = sets.mechanisms(), frames.secretariats()
    own = set(s[s.kind.isin(["own", "regional-organisation"])].mechanism)
    f = pd.DataFrame({"mechanism": m.id, "statutes": m.statutes, "closed": m.closed, "pillar": m.anchoring == "pillar",
                      "annual": m.rhythm == "annual", "own_secretariat": m.id.isin(own)})
    f[FEATURES] = f[FEATURES].astype(int)
    f["index"] = f[FEATURES].sum(axis=1)
    return f
