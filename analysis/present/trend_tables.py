"""Tables of trends: foundings and fates, then and now, rhythm, Secretariats, the mechanisms outside the 25."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.frames import BASELINE, LATEST
from ..measures import landscape, membership, sets, trends
from . import words
from .tables import Table, _cites
from .taxonomy_tables import _percent
from .wording import wording

MEASURES = {"founded": "Mechanisms founded", "alive": "alive (a meeting found within five years)", "listed": "with a verified list of members", "members": "Members of these (mean)",
            "states": "Share of UN member States in at least one", "per_state": "Mechanisms a member State sits in (mean)", "themes": "Themes known (mean)", "anchored": "Share tied to a wider body"}
SHARES = ("states", "anchored")


def foundings() -> Table:
    """Foundings by decade, class and region, and what became of the mechanisms."""
    c, r = landscape.foundings("class"), landscape.foundings("region")
    d = pd.concat([c[["RCP", "IRF"]], r], axis=1)
    d = pd.concat([d.assign(All=r.sum(axis=1)).rename_axis("period").reset_index(),
                   pd.DataFrame([{"period": {"active": "Active now", "silent": "Silent now", "stated": "Dormant, ended, merged"}[f],
                                  **landscape.fates("class")[f].to_dict(), **landscape.fates("region")[f].to_dict(), "All": int(landscape.fates("region")[f].sum())} for f in ("active", "silent", "stated")])])
    order = ["RCP", "IRF", *[x for x in ("Africa", "Europe", "Asia", "Oceania", "Americas", landscape.ACROSS, landscape.UNLISTED) if x in d], "All"]
    d = d.assign(period=d.period.str.replace("s$", "s", regex=True)).rename(columns={"period": "Founded"})
    named = {landscape.ACROSS: "Across", landscape.UNLISTED: "No list"}
    return Table("foundings", d[["Founded", *order]].fillna(0).astype({k: int for k in order}).rename(columns=named), (20, 6, 6, 8, 8, 6, 9, 10, 8, 8, 6))


def then_and_now() -> Table:
    """2013 against the latest year, for the 25 and for all that meet the inclusion rule."""
    a, b = landscape.then_and_now(), landscape.then_and_now(sets.ISCMS)
    show = lambda k, v: _percent(v) if k in SHARES else str(int(v)) if v == int(v) else f"{v:.1f}"
    col = lambda d, c: [show(k, v) for k, v in zip(d.measure, d[c])]
    return Table("then_and_now", pd.DataFrame({"Measure": a.measure.map(MEASURES), f"The 25, {BASELINE}": col(a, "then"), f"The 25, {LATEST}": col(a, "now"),
                                               f"All, {BASELINE}": col(b, "then"), f"All, {LATEST}": col(b, "now")}), (38, 10, 10, 10, 10))


def others() -> Table:
    """Mechanisms outside the 25 that meet the inclusion rule."""
    d = landscape.placed()
    d = d[~d.core25].sort_values(["founded", "short"])
    m, n = frames.identity().set_index("id"), membership.members(LATEST, "central", sets.ISCMS).groupby("mechanism").size()
    basis = {"IOM's present class": "", "the rule of this study": " (rule)"}
    return Table("others", pd.DataFrame({
        "Mechanism": d.short, "Founded": d.founded, "Class": [f"{c}{basis.get(b, '')}" if isinstance(c, str) else "–" for c, b in zip(d["class"], d.class_basis)], "Region": d.region,
        "Members": d.id.map(n).astype("Int64"), "Anchor": d.id.map(m.anchor.where(m.anchoring != "none", "stand-alone")),
        "Status": [wording()["statuses"][s] + ("" if pd.isna(y) else f" {int(y)}") for s, y in zip(d.status, d.id.map(m.status_since))]}), (22, 7, 9, 12, 8, 22, 18))


def rhythms() -> Table:
    """Numbered series of meetings: rhythm, found and held."""
    d = trends.rhythm(sets.ISCMS)
    short = frames.identity().set_index("id").short
    return Table("rhythms", pd.DataFrame({"Mechanism": d.mechanism.map(short), "Level": d.level.map(wording()["levels"]), "First to last": [f"{a} to {b}" for a, b in zip(d["first"], d["last"])],
                                          "Years": d.years, "Found": d.found, "Held": d.implied, "A year": d.per_year.map("{:.2f}".format)}).sort_values(["Mechanism", "Level"]), (28, 18, 12, 8, 8, 8, 8))


def all_secretariats() -> Table:
    """Every Secretariat with its kind, years and sources."""
    s = sets.only(frames.secretariats())
    year = lambda y: "–" if pd.isna(y) else str(int(y))
    return Table("all_secretariats", pd.DataFrame({"Mechanism": s.mechanism.map(frames.identity().set_index("id").short), "Secretariat": s["name"], "Kind": s.kind.map(wording()["secretariats"]),
                                                   "From": s["from"].map(year), "To": s.to.map(year), "Sources": s.src.map(_cites)}).sort_values(["Mechanism", "From"]), (18, 34, 14, 6, 6, 20), ("Sources",))


def last_meetings() -> Table:
    """Status of each mechanism in the latest sources."""
    m = sets.met().sort_values(["status", "short"])
    n = sets.only(frames.meetings()).groupby("mechanism").size()
    return Table("last_meetings", pd.DataFrame({"Mechanism": m.short, "Status": [wording()["statuses"][s] + ("" if pd.isna(y) else f" {int(y)}") for s, y in zip(m.status, m.status_since)],
                                                "Last meeting found": m.last_meeting_date.map(words.date), "Meetings found": m.id.map(n)}), (28, 26, 18, 10))


TABLES = {f.__name__: f for f in (foundings, then_and_now, others, rhythms, all_secretariats, last_meetings)}
