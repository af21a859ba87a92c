"""The landscape of mechanisms: where each lies and what became of it, the year of the study against the latest."""
from __future__ import annotations

import pandas as pd

from ..dataset.frames import BASELINE, LATEST
from ..dataset.trace import cached
from . import membership, network, sets, shared, taxonomy, trends

ACROSS, UNLISTED = "across regions", "no list of members"
SINCE = "founded since"


@cached
def placed(name: str = sets.ISCMS) -> pd.DataFrame:
    """One row a mechanism: id, short, core25, relation, class (of 2013, else IOM's present one, else the rule's), class_basis, region, founded,
    period (decade of the founding), status.

    ``region``: the commonest M49 region of its members, ``across regions`` where that holds less than the rule's threshold; by the latest
    members, verified or not, as the place of a mechanism hangs little on single members."""
    m = sets.mechanisms(name)
    c = taxonomy.classes(LATEST, taxonomy.THRESHOLD, name).set_index("mechanism")
    rule, share, region = (m.id.map(c[k]) for k in ("rule", "region_share", "region"))
    basis = pd.Series("the rule of this study", index=m.index).where(rule.notna(), "none")
    basis = basis.where(m.class_now.isna(), "IOM's present class").where(m.class_2013.isna(), "the class of 2013")
    return m.assign(**{"class": m.class_2013.fillna(m.class_now).fillna(rule)}, class_basis=basis,
                    region=region.where(share >= taxonomy.THRESHOLD, ACROSS).where(share.notna(), UNLISTED),
                    period=m.founded.map(lambda y: f"{y // 10 * 10}s"))[
        ["id", "short", "core25", "relation", "class", "class_basis", "region", "founded", "period", "status"]]


def foundings(by: str, name: str = sets.ISCMS) -> pd.DataFrame:
    """period by ``class`` or ``region``: mechanisms founded in each decade."""
    d = placed(name)
    return pd.crosstab(d.period, d[by])


def fates(by: str, name: str = sets.ISCMS) -> pd.DataFrame:
    """``class`` or ``region`` by fate (active, silent, stated: dormant, ended or merged): what the latest sources show."""
    d = placed(name)
    fate = d.status.map({"active": "active", "no activity found since": "silent"}).fillna("stated")
    return pd.crosstab(d[by], fate).reindex(columns=["active", "silent", "stated"], fill_value=0)


def _at(year: int, name: str) -> dict[str, float]:
    m = sets.mechanisms(name)
    there = m[m.founded <= year]
    n = membership.members(year, "central", name).groupby("mechanism").size()
    tied = trends.anchoring_by_year(name).query("year == @year and anchoring != 'none'").n.sum()
    return {"founded": len(there), "alive": len(shared.alive(year, trends.WINDOW, name)), "listed": len(n), "members": float(n.mean()),
            "states": network.world_shares(year, name)["states"], "per_state": float(membership.per_state(year, name).n.mean()),
            "themes": float(taxonomy.breadth(year, name).reindex(there.id).fillna(0).mean()), "anchored": float(tied / len(there))}


@cached
def then_and_now(name: str = sets.BASELINE) -> pd.DataFrame:
    """measure, then, now: the year of the study against the latest. Measures: founded, alive (mechanisms), listed (with verified members), members
    (mean of these), states (share of UN member States in one), per_state (mean memberships of a State in one), themes (mean known), anchored
    (share with a tie to a wider body)."""
    then, now = _at(BASELINE, name), _at(LATEST, name)
    return pd.DataFrame([{"measure": k, "then": then[k], "now": now[k]} for k in then])
