"""Founding, activity, rhythm and themes over time."""
from __future__ import annotations

import numpy as np
import pandas as pd

from ..dataset import frames
from ..dataset.frames import LATEST
from ..dataset.trace import cached, frame
from . import sets


WINDOW, NARROW, WIDE = 5, 3, 10  # years within which a mechanism must have met to count as alive; the other two give the range
STATUS_MEETING, STATUS_SOURCE = 3, 2  # years before CLOSED in which a meeting, or a source that shows a mechanism at work, makes it active
CLOSED = "2026-11"  # when the data was closed


@frame
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


def status_by_class(name: str = sets.BASELINE) -> pd.DataFrame:
    """class_2013, status, n: what sources state of each mechanism, or that they fall silent."""
    m = sets.mechanisms(name)
    return m.assign(cls=m.class_2013.fillna(m.class_now).fillna("no class")).groupby(["cls", "status"]).size().rename("n").reset_index().rename(columns={"cls": "class"})


@cached
def rhythm(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, level, first, last (ordinals), years, per_year, found, implied: yearly rhythm of each numbered series of meetings.

    A series is the meetings of one mechanism and level that sources number. Its rhythm is the difference of the ordinals over that of
    the years, so that meetings which were held and not found count (``implied``, beside ``found``). A series whose numbers do not rise with
    its years joins several series and is left out; so is one of fewer than three numbered meetings."""
    k = sets.only(frames.meetings(), name).dropna(subset=["ordinal"]).sort_values("date")
    rows = []
    for (m, level), g in k.groupby(["mechanism", "level"]):
        g = g.drop_duplicates("ordinal")
        span = int(g.year.iloc[-1] - g.year.iloc[0])
        if len(g) >= 3 and span > 0 and g.ordinal.is_monotonic_increasing:
            first, last = int(g.ordinal.iloc[0]), int(g.ordinal.iloc[-1])
            rows.append({"mechanism": m, "level": level, "first": first, "last": last, "years": span, "per_year": (last - first) / span,
                         "found": len(g), "implied": last - first + 1})
    return pd.DataFrame(rows)


def founded_by_year() -> pd.DataFrame:
    """year, class_2013, n, total: mechanisms founded up to each year."""
    m = sets.mechanisms()
    years = range(int(m.founded.min()), LATEST + 1)
    rows = [{"year": y, "class_2013": c, "n": int(((m.founded <= y) & (m.class_2013 == c)).sum())} for y in years for c in ("RCP", "IRF")]
    return pd.DataFrame(rows)


def meetings_by_year() -> pd.DataFrame:
    """year, level, n: meetings found, by level as the source states it."""
    return sets.only(frames.meetings()).groupby(["year", "level"]).size().rename("n").reset_index()


def theme_adoption(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, theme, first, at_founding: first year each theme is known on each agenda."""
    a, m = sets.only(frames.agenda(), name), sets.mechanisms(name).set_index("id")
    first = a.dropna(subset=["from"]).groupby(["mechanism", "theme"])["from"].min().rename("first").reset_index()
    first["at_founding"] = first["first"].to_numpy() <= m.loc[first.mechanism, "founded"].to_numpy()
    return first


def theme_spread(year: int) -> pd.DataFrame:
    """theme, n: in how many mechanisms a theme was on the agenda by a year (and not known to have ended)."""
    a = sets.only(frames.agenda())
    on = a[(a["from"] <= year) & (a["to"].isna() | (a["to"] >= year))]
    return on.drop_duplicates(["mechanism", "theme"]).groupby("theme").size().rename("n").reset_index()


@frame
def theme_pairs(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, theme, state: each theme of the vocabulary on each agenda: ``at the founding``, ``later``, ``undated`` (known, its first
    year not) or ``never`` (not found); years: from the founding to the first year known, or else to the end of observation.

    Observation ends in the latest year, or with the last meeting found where the mechanism fell silent."""
    dated = {(r.mechanism, r.theme): r for r in theme_adoption(name).itertuples()}
    known = set(sets.only(frames.agenda(), name)[["mechanism", "theme"]].itertuples(index=False, name=None))
    themes = sorted(frames.agenda().theme.unique())
    rows = []
    for r in sets.met(name).itertuples():
        end = LATEST if r.status == "active" or pd.isna(r.last_meeting) else max(int(r.last_meeting), r.founded)
        for theme in themes:
            if hit := dated.get((r.id, theme)):
                rows.append((r.id, theme, "at the founding" if hit.at_founding else "later", max(0, int(hit.first) - r.founded)))
            else:
                rows.append((r.id, theme, "undated" if (r.id, theme) in known else "never", end - r.founded))
    return pd.DataFrame(rows, columns=["mechanism", "theme", "state", "years"])


def adoption_curve(name: str = sets.BASELINE, without: str = "") -> pd.DataFrame:
    """years (since the founding), at_risk, adopted, taken_up: how fast mechanisms take up themes that they did not begin with.

    Kaplan & Meier 1958 (Journal of the American Statistical Association 53:457-481) over pairs of mechanism and theme. Themes known at the
    founding are left-censored: taken up before the curve begins, and not in it; nor are those whose first year is not known. Pairs never
    taken up are censored at the end of observation (:func:`theme_pairs`). ``taken_up``: estimated share of themes taken up within so many
    years. ``without``: leave out one mechanism, to see how far the curve hangs on it."""
    p = theme_pairs(name)
    p = p[p.state.isin(["later", "never"]) & (p.mechanism != without)]
    t, event = p.years.to_numpy(), (p.state == "later").to_numpy()
    adopted = np.bincount(t[event], minlength=t.max() + 1)
    risk = np.bincount(t)[::-1].cumsum()[::-1]
    return pd.DataFrame({"years": np.arange(len(risk)), "at_risk": risk, "adopted": adopted, "taken_up": 1 - np.cumprod(1 - adopted / risk)})


def theme_breadth(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, start, now, undated: themes known from the founding, known by now (the undated among them), and those without a first year."""
    p = theme_pairs(name)
    g = p.groupby("mechanism").state
    return pd.DataFrame({"start": g.agg(lambda s: (s == "at the founding").sum()), "now": g.agg(lambda s: (s != "never").sum()),
                         "undated": g.agg(lambda s: (s == "undated").sum())}).reset_index()


@cached
def anchoring_by_year(name: str = sets.BASELINE) -> pd.DataFrame:
    """year, anchoring, n: mechanisms founded by each year, by their tie with a wider body as it stood then, as far as its first year is known;
    before it, or without one, they stand alone."""
    m = sets.mechanisms(name)
    since = m.anchored_since.where(m.anchored_since.notna(), m.founded).where(m.anchoring != "none")
    rows = []
    for y in range(int(m.founded.min()), LATEST + 1):
        own = m[m.founded <= y]
        now = own.anchoring.where(since[own.index] <= y, "none")
        rows += [{"year": y, "anchoring": a, "n": int((now == a).sum())} for a in ("none", "associated", "pillar")]
    return pd.DataFrame(rows)


@cached
def secretariats_by_year(name: str = sets.BASELINE, succession: bool = True) -> pd.DataFrame:
    """year, kind, n: mechanisms with a Secretariat of each kind, where its first year is known.

    ``succession``: a later one ends an earlier one that has no end. Sources seldom say whether it does, or whether two serve side by side;
    without it, what has no end goes on."""
    s = sets.only(frames.secretariats(), name).dropna(subset=["from"]).sort_values(["mechanism", "from"])
    following = s.groupby("mechanism")["from"].shift(-1)
    end = s.to
    if succession:
        end = end.where(end.notna(), (following - 1).where(following > s["from"]))
    rows = [(y, k, m) for y0, y1, k, m in zip(s["from"], end.fillna(LATEST), s.kind, s.mechanism) for y in range(int(y0), int(y1) + 1)]
    d = pd.DataFrame(rows, columns=["year", "kind", "mechanism"]).drop_duplicates()
    return d.groupby(["year", "kind"]).size().rename("n").reset_index()
