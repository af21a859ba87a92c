"""The taxonomy: dimensions that the data computes, the written rule, and how its classes agree with others.

Dimensions follow the differences that the 2013 study names: by topic, by nearness, by level of development, within a region or
across regions, stand-alone or part of a wider body, degree of formality.

Rule. A mechanism is an *interregional forum* (IRF) when the commonest M49 region holds less than :data:`THRESHOLD` of its members,
else a *regional consultative process* (RCP). Sub-types: an IRF is *bloc to bloc* where it stands between whole blocs, else *route or
community*; an RCP is *sub-regional* where one sub-region (or intermediate region) holds at least :data:`THRESHOLD` of its members, else
*regional*."""
from __future__ import annotations

import numpy as np
import pandas as pd

from ..dataset import frames
from ..dataset.trace import cached
from . import membership, sets, shared

FEATURES = ["statutes", "closed", "pillar", "annual", "own_secretariat"]
THRESHOLD = 0.75
THRESHOLDS = tuple(round(t, 2) for t in np.arange(0.5, 1.001, 0.05))
"""The thresholds of the sensitivity table."""
WELL_SUPPORTED = ("very-high", "high")
"""Grades of support at which a class of 2013 counts as well supported."""
ROLE_RATIO = 2
"""A State is one of origin (destination) when its emigrants (immigrants) number this many times the other."""


BETWEEN = "; "
"""Stands between the names where two or more are equally common."""


def commonest(values: pd.Series) -> tuple[str, float]:
    """The commonest of some values (all that are, in alphabetical order, with :data:`BETWEEN` between them) and its share of them, 0 to 1.
    Raises ``ValueError`` if there is no value."""
    n = values.value_counts()
    return BETWEEN.join(sorted(n.index[n == n.max()])), float(n.max() / n.sum())


def _shares(year: int, bound: str, name: str) -> pd.DataFrame:
    j = membership.members(year, bound, name).merge(frames.states(), left_on="state", right_on="iso3")
    j = j.assign(small=j.intermediate_region.fillna(j.subregion), joined=j.region.replace({"Oceania": "Asia"}))
    rows = []
    for k, g in j.groupby("mechanism"):
        (region, share), (sub, sub_share) = commonest(g.region), commonest(g.subregion)
        rows.append({"mechanism": k, "n": len(g), "region": region, "region_share": share, "subregion": sub, "subregion_share": sub_share,
                     "small_share": commonest(g.small)[1], "joined_share": commonest(g.joined)[1]})
    return pd.DataFrame(rows)


@cached
def reach(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, n, region, region_share, subregion, subregion_share, small_share, joined_share: share of members in the commonest M49 region,
    sub-region, smallest M49 grouping, and region where Asia and Oceania are one; one row a mechanism with verified members.
    Where two are equally common, both are named (:func:`commonest`)."""
    return _shares(year, "central", name)


@cached
def reach_all(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """As :func:`reach`, and ``basis``: ``verified``, or ``unverified`` where only names from memory or of those who came are known."""
    sure = reach(year, name)
    rest = _shares(year, "upper", name)
    rest = rest[~rest.mechanism.isin(sure.mechanism)]
    return pd.concat([sure.assign(basis="verified"), rest.assign(basis="unverified")], ignore_index=True)


@cached
def composition(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, high, upper middle, lower middle, low (shares of members by income group of the year), origin, destination, mixed
    (shares by role in migration), for mechanisms with verified members; States without a group or a stock are left out."""
    p = membership.members(year, "central", name)
    income = frames.income_groups().query("year == @year").set_index("state").income_group
    role = roles(year)
    out = []
    for kind, of in (("income", income), ("role", role)):
        t = pd.crosstab(p.mechanism, p.state.map(of), normalize="index")
        out.append(t)
    return pd.concat(out, axis=1).rename_axis("mechanism").reset_index().rename_axis(None, axis=1)


@cached
def roles(year: int) -> pd.Series:
    """State → origin, destination or mixed, from the stocks of emigrants and immigrants nearest to a year (:data:`ROLE_RATIO`)."""
    b = frames.bilateral_stock()
    y = min(b.year.unique(), key=lambda z: (abs(z - year), -z))
    out = b[b.year == y].groupby("origin").stock.sum()
    into = frames.migrant_stock().query("year == @y").set_index("iso3").stock
    d = pd.DataFrame({"out": out, "in": into}).dropna()
    d = d[d.index.isin(frames.states().iso3)]
    return pd.Series(np.select([d.out >= ROLE_RATIO * d["in"], d["in"] >= ROLE_RATIO * d.out], ["origin", "destination"], "mixed"), index=d.index, name="role")


@cached
def formality(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, the five stated features (0 or 1) and their sum ``index`` (0 to 5): an additive index."""
    m, s = sets.mechanisms(name), frames.secretariats()
    own = set(s[s.kind.isin(["own", "regional-organisation"])].mechanism)
    f = pd.DataFrame({"mechanism": m.id, "statutes": m.statutes, "closed": m.closed, "pillar": m.anchoring == "pillar",
                      "annual": m.rhythm == "annual", "own_secretariat": m.id.isin(own)})
    f[FEATURES] = f[FEATURES].astype(int)
    f["index"] = f[FEATURES].sum(axis=1)
    return f


def breadth(year: int, name: str = sets.BASELINE) -> pd.Series:
    """Mechanism → number of themes known on its agenda by a year."""
    a = sets.only(frames.agenda(), name)
    return a[a["from"] <= year].groupby("mechanism").theme.nunique().rename("themes")


GROUPINGS = {"M49 regions": "region_share", "Asia and Oceania as one region": "joined_share", "M49 sub-regions": "subregion_share"}
"""Ways to draw regions under which the rule is put, and the column of :func:`reach` that each uses."""


@cached
def classes(year: int, threshold: float = THRESHOLD, name: str = sets.BASELINE, grouping: str = "M49 regions") -> pd.DataFrame:
    """mechanism, short, rule (RCP, IRF), subtype, region, region_share, basis, class_2013, class_support, class_now; one row a mechanism with any list.

    ``grouping``: one of :data:`GROUPINGS`."""
    r = reach_all(year, name)
    irf = r[GROUPINGS[grouping]] < threshold
    bloc = r.mechanism.isin(shared.bloc_forums())
    sub = np.select([irf & bloc, irf, r.small_share >= threshold], ["bloc to bloc", "route or community", "sub-regional"], "regional")
    m = frames.identity()[["id", "short", "class_2013", "class_support", "class_now"]]
    return r.assign(rule=np.where(irf, "IRF", "RCP"), subtype=sub).merge(m, left_on="mechanism", right_on="id")[
        ["mechanism", "short", "rule", "subtype", "region", "region_share", "basis", "class_2013", "class_support", "class_now"]]


def well_supported(classed: pd.DataFrame) -> pd.DataFrame:
    """The rows whose class of 2013 is well supported (:data:`WELL_SUPPORTED`)."""
    return classed[classed.class_support.isin(WELL_SUPPORTED)]


def confusion(classed: pd.DataFrame, other: str) -> pd.DataFrame:
    """Counts of the rule's class (rows) by another class (columns), RCP and IRF in each."""
    d = classed.dropna(subset=[other])
    return pd.crosstab(d.rule, d[other]).reindex(index=["RCP", "IRF"], columns=["RCP", "IRF"], fill_value=0)


def agreement(classed: pd.DataFrame, other: str) -> tuple[int, int]:
    """How many of the rule's classes are those of ``other``, and of how many that have one."""
    d = classed.dropna(subset=[other])
    return int((d.rule == d[other]).sum()), len(d)


def by_one_class(classed: pd.DataFrame, other: str) -> int:
    """How many classes of ``other`` one would meet by giving every mechanism the commonest of them: what a rule has to beat."""
    return int(classed[other].value_counts().max())


def kappa(classed: pd.DataFrame, other: str) -> float:
    """Cohen's kappa of the rule's class and ``other``: agreement beyond that of two independent codings with the same totals
    (Cohen 1960, Educational and Psychological Measurement 20:37-46); not a number where both have one and the same class throughout."""
    c = confusion(classed, other).to_numpy(dtype=float) / len(classed.dropna(subset=[other]))
    by_chance = float(c.sum(axis=0) @ c.sum(axis=1))
    return (float(np.trace(c)) - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")


def disagreements(classed: pd.DataFrame) -> pd.DataFrame:
    """The rows whose class by the rule is not that of 2013, or not IOM's present one, where there is one."""
    other = lambda c: classed[c].notna() & (classed.rule != classed[c])
    return classed[other("class_2013") | other("class_now")]


def _agreements(c: pd.DataFrame) -> dict:
    share = lambda d, o: (lambda a, n: a / n if n else None)(*agreement(d, o))
    return {"irfs": int((c.rule == "IRF").sum()), "agrees_2013": share(c, "class_2013"),
            "agrees_well_supported": share(well_supported(c), "class_2013"), "agrees_now": share(c, "class_now")}


@cached
def sensitivity(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """threshold, irfs, agrees_2013, agrees_well_supported, agrees_now: the rule over :data:`THRESHOLDS`, as shares of those that have a class."""
    return pd.DataFrame([{"threshold": t, **_agreements(classes(year, t, name))} for t in THRESHOLDS])


@cached
def by_grouping(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """grouping, and the columns of :func:`sensitivity`: the rule at its threshold under other ways to draw regions."""
    return pd.DataFrame([{"grouping": g, **_agreements(classes(year, THRESHOLD, name, g))} for g in GROUPINGS])


@cached
def dimensions(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """One row a mechanism: mechanism, members, region_share, small_share, high, origin, destination (shares of members; empty where none
    are verified), themes (known by the year), anchoring, rhythm, index (of formality)."""
    m = sets.mechanisms(name)[["id", "anchoring", "rhythm"]].rename(columns={"id": "mechanism"})
    r = reach(year, name).rename(columns={"n": "members"})[["mechanism", "members", "region_share", "small_share"]]
    c = composition(year, name)[["mechanism", "high", "origin", "destination"]]
    d = m.merge(r, how="left").merge(c, how="left").merge(formality(name)[["mechanism", "index"]], how="left")
    return d.assign(members=d.members.astype("Int64"), themes=d.mechanism.map(breadth(year, name)).fillna(0).astype(int))


@cached
def by_class(year: int) -> pd.DataFrame:
    """dimension, RCP, IRF (means over the baseline by class of 2013), RCP_n, IRF_n (mechanisms that each mean rests on)."""
    d = dimensions(year)
    d = d.assign(pillar=d.anchoring == "pillar", annual=d.rhythm == "annual", cls=d.mechanism.map(sets.mechanisms().set_index("id").class_2013))
    columns = ["members", "region_share", "high", "origin", "destination", "themes", "pillar", "annual", "index"]
    g = d.astype({c: float for c in columns}).groupby("cls")[columns]
    mean, n = g.mean().T, g.count().T
    return pd.DataFrame({"dimension": columns, "RCP": mean.RCP.to_numpy(), "IRF": mean.IRF.to_numpy(), "RCP_n": n.RCP.to_numpy(), "IRF_n": n.IRF.to_numpy()})
