"""Founding, activity, rhythm and themes over time."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.frames import LATEST
from . import sets


WINDOW, NARROW, WIDE = 5, 3, 10  # years within which a mechanism must have met to count as alive; the other two give the range


def alive(window: int = WINDOW) -> pd.DataFrame:
    """year, class_2013, n: mechanisms that met within the last ``window`` years, as far as meetings are known.

    The founding counts as a meeting."""
    m, k = sets.mechanisms(), sets.only(frames.meetings())
    rows = []
    for r in m.itertuples():
        met = {r.founded, *k[k.mechanism == r.id].year}
        met = {y for y in met if y >= r.founded}
        rows += [{"year": y, "id": r.id, "class_2013": r.class_2013} for y in range(r.founded, LATEST + 1)
                 if any(y - window < z <= y for z in met)]
    every = pd.MultiIndex.from_product([range(int(m.founded.min()), LATEST + 1), ["RCP", "IRF"]], names=["year", "class_2013"])
    return pd.DataFrame(rows).groupby(["year", "class_2013"]).size().reindex(every, fill_value=0).rename("n").reset_index()


def founded_by_year() -> pd.DataFrame:
    """year, class_2013, n, total: mechanisms founded up to each year."""
    m = sets.mechanisms()
    years = range(int(m.founded.min()), LATEST + 1)
    rows = [{"year": y, "class_2013": c, "n": int(((m.founded <= y) & (m.class_2013 == c)).sum())} for y in years for c in ("RCP", "IRF")]
    return pd.DataFrame(rows)


def meetings_by_year() -> pd.DataFrame:
    """year, level, n: meetings found, by level as the source states it."""
    return sets.only(frames.meetings()).groupby(["year", "level"]).size().rename("n").reset_index()


def theme_adoption() -> pd.DataFrame:
    """mechanism, theme, first, at_founding: first year each theme is known on each agenda."""
    a, m = sets.only(frames.agenda()), sets.mechanisms().set_index("id")
    first = a.dropna(subset=["from"]).groupby(["mechanism", "theme"])["from"].min().rename("first").reset_index()
    first["at_founding"] = first["first"].to_numpy() <= m.loc[first.mechanism, "founded"].to_numpy()
    return first


def theme_spread(year: int) -> pd.DataFrame:
    """theme, n: in how many mechanisms a theme was on the agenda by a year (and not known to have ended)."""
    a = sets.only(frames.agenda())
    on = a[(a["from"] <= year) & (a["to"].isna() | (a["to"] >= year))]
    return on.drop_duplicates(["mechanism", "theme"]).groupby("theme").size().rename("n").reset_index()
