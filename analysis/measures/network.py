"""The two-mode network of States and mechanisms, its projections, and who bridges regions.

Two-mode networks and their projections: Borgatti & Everett 1997 (Social Networks 19:243-269); betweenness: Freeman 1977
(Sociometry 40:35-41), both as networkx computes them."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..dataset import frames
from ..dataset.keep import kept
from ..dataset.trace import cached
from . import membership, sets

if TYPE_CHECKING:
    import networkx as nx  # at run time where a graph is made: most of what imports this module, such as a chart, makes none


def two_mode(pairs: pd.DataFrame) -> nx.Graph:
    """The bipartite graph of pairs (mechanism, state)."""
    import networkx as nx

    g = nx.Graph()
    g.add_nodes_from(sorted(set(pairs.mechanism)), side="mechanism")
    g.add_nodes_from(sorted(set(pairs.state)), side="state")
    g.add_edges_from(zip(pairs.mechanism, pairs.state))
    return g


def side(g: nx.Graph, which: str) -> list[str]:
    """The nodes of one side, ``mechanism`` or ``state``."""
    return [n for n, s in g.nodes(data="side") if s == which]


def projection(g: nx.Graph, which: str) -> nx.Graph:
    """One side, two nodes tied where they share one of the other; ``weight`` counts what they share."""
    from networkx.algorithms import bipartite

    return bipartite.weighted_projected_graph(g, side(g, which))


@cached
def graph(year: int, name: str = sets.BASELINE) -> nx.Graph:
    """The two-mode network of a year by the central estimate."""
    return two_mode(membership.members(year, "central", name))


@cached
@kept
def betweenness(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """node, side, degree, betweenness: bipartite betweenness of States and mechanisms, normalised for its side (0 to 1)."""
    from networkx.algorithms import bipartite

    g = graph(year, name)
    b = bipartite.betweenness_centrality(g, side(g, "mechanism"))
    return pd.DataFrame([{"node": n, "side": s, "degree": g.degree(n), "betweenness": b[n]} for n, s in g.nodes(data="side")]).sort_values(
        ["side", "betweenness"], ascending=[True, False], ignore_index=True)


@cached
def bridges(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, n, regions, region_pairs: how many M49 regions each mechanism joins, and the share of its pairs of members
    that lie in different regions."""
    region = frames.states().set_index("iso3").region
    rows = []
    for m, g in membership.members(year, "central", name).groupby("mechanism"):
        sizes = g.state.map(region).value_counts()
        n = int(sizes.sum())
        inside = int((sizes * (sizes - 1) // 2).sum())
        every = n * (n - 1) // 2
        rows.append({"mechanism": m, "n": n, "regions": len(sizes), "region_pairs": (every - inside) / every if every else 0.0})
    return pd.DataFrame(rows)


@cached
def reach_of_states(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """state, tables, partners, other_regions: mechanisms a State sits in, States it meets there, and how many of these lie in
    another region than its own."""
    p = membership.members(year, "central", name)
    region = frames.states().set_index("iso3").region
    met = p.merge(p, on="mechanism", suffixes=("", "_other"))
    met = met[met.state != met.state_other].drop_duplicates(["state", "state_other"])
    met["abroad"] = met.state.map(region) != met.state_other.map(region)
    g = met.groupby("state").agg(partners=("state_other", "size"), other_regions=("abroad", "sum"))
    return p.groupby("state").size().rename("tables").to_frame().join(g).fillna(0).astype(int).reset_index()


@cached
def outside(year: int, name: str = sets.BASELINE, bound: str = "central") -> tuple[str, ...]:
    """UN member States in none of the mechanisms of a set."""
    s = frames.states()
    return tuple(sorted(set(s[s.un_member == "yes"].iso3) - set(membership.members(year, bound, name).state)))


@cached
def world_shares(year: int, name: str = sets.BASELINE, bound: str = "central") -> dict[str, float]:
    """Shares of the world's UN member States, of the population of all States and territories in the data, and of the world's
    international migrants (by State of residence) that lie in States with at least one mechanism."""
    inside = set(membership.members(year, bound, name).state)
    un = set(frames.states().query("un_member == 'yes'").iso3)

    def share(d: pd.DataFrame, value: str) -> float:
        y = min(d.year.unique(), key=lambda z: (abs(z - year), -z))
        d = d[d.year == y]
        return float(d[d.iso3.isin(inside)][value].sum() / d[value].sum())

    return {"states": len(inside & un) / len(un), "population": share(frames.population(), "population"), "migrants": share(frames.migrant_stock(), "stock")}
