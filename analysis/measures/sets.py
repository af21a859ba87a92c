"""The sets of mechanisms that tables and findings speak of; each says which one it uses."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.trace import cached

BASELINE = f"{frames.BASELINE} baseline (25)"
ISCMS = "all mechanisms that meet the inclusion rule"
EVERY = "all mechanisms described"


@cached
def ids(name: str = BASELINE) -> frozenset[str]:
    """The mechanisms of a set: :data:`BASELINE`, the 25 of the 2013 study; :data:`ISCMS`, all that the inclusion rule admits;
    :data:`EVERY`, those too that it leaves out.

    Raises ``KeyError`` for another name."""
    m = frames.identity()
    return frozenset(m.id[{BASELINE: m.core25, ISCMS: m.verdict == "in", EVERY: m.id.notna()}[name]])


def only(frame: pd.DataFrame, name: str = BASELINE) -> pd.DataFrame:
    """The rows of a frame (with a column ``mechanism``, or ``id``) whose mechanism is in the set."""
    return frame[frame["mechanism" if "mechanism" in frame else "id"].isin(ids(name))]


def mechanisms(name: str = BASELINE) -> pd.DataFrame:
    """:func:`~analysis.dataset.frames.identity` of a set: the mechanisms without what their meetings tell."""
    return only(frames.identity(), name)


def met(name: str = BASELINE) -> pd.DataFrame:
    """:func:`~analysis.dataset.frames.mechanism_frame` of a set: the mechanisms with their meetings counted and the last one."""
    return only(frames.mechanism_frame(), name)
