"""Tables of membership: the world covered, bridges, members by mechanism, States."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.frames import BASELINE, LATEST
from ..measures import membership, network, sets
from .tables import Table
from .taxonomy_tables import _percent

MARK = "†"
"""Marks mechanisms outside the 25."""
TOP = 8
"""Rows of the table of bridges."""
WORLD = {"states": "UN member States", "population": "Population", "migrants": "International migrants"}


def world() -> Table:
    """Shares of the world's States, people and migrants in States with at least one mechanism."""
    rows = []
    for label, name in (("The 25", sets.BASELINE), ("All that meet the rule", sets.ISCMS)):
        for year in (BASELINE, LATEST):
            low, high = network.world_shares(year, name), network.world_shares(year, name, "upper")
            rows.append({"Set": label, "Year": str(year), **{WORLD[k]: f"{100 * low[k]:.1f} to {100 * high[k]:.1f} %" for k in WORLD},
                         "States in none": len(network.outside(year, name))})
    return Table("world", pd.DataFrame(rows), (22, 6, 18, 18, 18, 10))


def bridges() -> Table:
    """Mechanisms by betweenness, with the share of their pairs of members that lie in different regions."""
    b = network.betweenness(LATEST)
    b = b[b.side == "mechanism"].merge(network.bridges(LATEST), left_on="node", right_on="mechanism").head(TOP)
    return Table("bridges", pd.DataFrame({"Mechanism": b.mechanism.map(frames.identity().set_index("id").short), "Members": b.n, "World regions": b.regions,
                                          "Pairs across regions": b.region_pairs.map(_percent), "Betweenness": b.betweenness.map("{:.2f}".format)}), (28, 9, 12, 16, 12))


def bridging_states() -> Table:
    """States by betweenness, with their tables and whom they meet."""
    b = network.betweenness(LATEST)
    b = b[b.side == "state"].merge(network.reach_of_states(LATEST), left_on="node", right_on="state").head(TOP)
    short = frames.identity().set_index("id").short
    own = membership.members(LATEST).groupby("state").mechanism.agg(lambda s: ", ".join(sorted(short[s])))
    return Table("bridging_states", pd.DataFrame({"State": b.state.map(frames.states().set_index("iso3").name_en), "Mechanisms": b.tables, "States met": b.partners, "in other regions": b.other_regions,
                                                  "Betweenness": b.betweenness.map("{:.3f}".format), "Member of": b.state.map(own)}), (14, 11, 8, 9, 13, 45))


def sizes() -> Table:
    """Members of each mechanism in 2013 and latest, central and upper bound."""
    c = membership.counts(sets.ISCMS).pivot(index="mechanism", columns="year")
    m = sets.mechanisms(sets.ISCMS).set_index("id")
    d = pd.DataFrame({"Mechanism": m.short + m.core25.map({True: "", False: f" {MARK}"}), f"{BASELINE}": c[("members", BASELINE)], f"{BASELINE}, upper bound": c[("upper", BASELINE)],
                      f"{LATEST}": c[("members", LATEST)], f"{LATEST}, upper bound": c[("upper", LATEST)]})
    return Table("sizes", d.sort_values("Mechanism"), (34, 9, 12, 9, 12))


def _since(r) -> str:
    """The year of entry; ``by`` a year where only a later list shows the State."""
    return f"{r.entry}" if r.entry_min == r.entry else f"by {r.entry}"


def state_spells() -> pd.DataFrame:
    """state, mechanism, kind (member, other, past), text: each spell that meets the inclusion rule, in words; the first circle of a mechanism
    makes members, other circles and roles are named."""
    s = sets.only(frames.membership(), sets.ISCMS)
    m = frames.identity().set_index("id")
    s = s.assign(name=s.mechanism.map(m.short + m.core25.map({True: "", False: f" {MARK}"})))
    key = ["mechanism", "state", "circle", "role", "entry"]
    member = set(membership.spells(sets.ISCMS)[key].itertuples(index=False, name=None))
    rows = []
    for r in s.itertuples():
        first = (r.mechanism, r.state, r.circle, r.role, r.entry) in member
        role = "" if first else f"{r.role}, " if r.role != "member" else f"member of the circle “{r.circle}”, "
        if pd.isna(r.exit) or r.exit >= LATEST:
            rows.append((r.state, r.mechanism, "member" if first else "other", f"{r.name} ({role}{_since(r)})"))
        else:
            until = f"{r.exit}" if r.exit == r.exit_max else f"{r.exit} or later"
            rows.append((r.state, r.mechanism, "past", f"{r.name} ({role}{_since(r)}, until {until})"))
    return pd.DataFrame(rows, columns=["state", "mechanism", "kind", "text"]).drop_duplicates()


def states_roles() -> Table:
    """Each State's mechanisms with role and first year, and its past memberships."""
    s = state_spells()
    parts = s.groupby(["state", "kind"]).text.agg(lambda t: "; ".join(sorted(t))).unstack()
    st = frames.states().set_index("iso3")
    n = s[s.kind == "member"].groupby("state").mechanism.nunique()
    also = [[x for x in ((("" if pd.isna(o) else o)), ("" if pd.isna(p) else f"past: {p}")) if x] for o, p in zip(parts.other.reindex(st.index), parts.past.reindex(st.index))]
    d = pd.DataFrame({"State or territory": st.name_en, "No.": n.reindex(st.index).fillna(0).astype(int), "Member of (since)": parts.member.reindex(st.index).fillna("none with a verified list"),
                      "Other roles; past memberships": ["; ".join(a) for a in also]})
    return Table("states_roles", d.sort_values("State or territory"), (18, 5, 56, 30))


TABLES = {f.__name__: f for f in (world, bridges, bridging_states, sizes, states_roles)}
