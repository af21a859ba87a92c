"""Coverage of migration corridors: which migrants have a State of origin and a State of residence that share a table.

Stocks are those of the United Nations by origin and destination, in the years for which they are given, never interpolated.
An absent cell is unknown, not zero; migrants of unknown origin are the bound. Territories count with their administering State
(``territories="apart"``: they have no seat), and movement within one State is left out."""
from __future__ import annotations

import numpy as np
import pandas as pd

from ..dataset import frames
from ..dataset.keep import kept
from ..dataset.trace import cached
from . import sets, shared
from .trends import WINDOW


@cached
def years() -> tuple[int, ...]:
    """Years with bilateral stocks."""
    return tuple(int(y) for y in sorted(frames.bilateral_stock().year.unique()))


def nearest(year: int) -> int:
    """The year with bilateral stocks that lies nearest to a year (the later one of two)."""
    return min(years(), key=lambda y: (abs(y - year), -y))


@cached
def stocks(year: int, territories: str = "with their State") -> pd.DataFrame:
    """origin, destination, stock: corridors between different States in a year, origins that the table names."""
    b = frames.bilateral_stock()
    b = b[b.year == year][["origin", "destination", "stock"]]
    if territories == "with their State":
        b = b.assign(**{end: b[end].map(shared.administered()).fillna(b[end]) for end in ("origin", "destination")})
    b = b.groupby(["origin", "destination"], as_index=False).stock.sum()
    known = set(frames.states().iso3)
    return b[(b.origin != b.destination) & (b.stock > 0) & b.origin.isin(known)].reset_index(drop=True)


@cached
def unknown(year: int) -> int:
    """International migrants of a year whose origin the bilateral table does not name: other origins, and what its cells
    leave of each destination's total."""
    total = frames.migrant_stock().query("year == @year").set_index("iso3").stock
    b = frames.bilateral_stock()
    named = b[(b.year == year) & b.origin.isin(set(frames.states().iso3))].groupby("destination").stock.sum()
    return int((total - named.reindex(total.index, fill_value=0)).clip(lower=0).sum())


def seats(corridors: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Boolean, corridors by mechanisms: the mechanism seats both ends."""
    known = np.vstack([table.to_numpy(dtype=bool), np.zeros((1, table.shape[1]), dtype=bool)])  # the last row: no seat anywhere
    o, d = (table.index.get_indexer(corridors[c]) for c in ("origin", "destination"))  # -1: not at any table
    return known[o] & known[d]


def coverage(year: int, bound: str = "central", window: int = WINDOW, name: str = sets.BASELINE, blocs: bool = True, territories: str = "with their State") -> float:
    """Share of the migrants of known origin who have a shared table, in a year with stocks."""
    c = stocks(year, territories)
    both = seats(c, shared.at_table(year, bound, window, name, blocs)).any(axis=1)
    return float(c.stock[both].sum() / c.stock.sum())


def bounds(year: int, name: str = sets.BASELINE, blocs: bool = True) -> tuple[float, float]:
    """Lowest and highest share of all migrants: those of unknown origin none or all covered, memberships central or upper."""
    whole, dark = stocks(year).stock.sum(), unknown(year)
    low = coverage(year, "central", name=name, blocs=blocs) * whole / (whole + dark)
    high = (coverage(year, "upper", name=name, blocs=blocs) * whole + dark) / (whole + dark)
    return float(low), float(high)


@cached
@kept
def by_year(name: str = sets.BASELINE) -> pd.DataFrame:
    """year, forums (all, RCP, IRF, without bloc forums, all by the upper bound of memberships), share: coverage by year."""
    cls = frames.identity().set_index("id")
    cls = cls.class_2013.fillna(cls.class_now)
    rows = []
    for y in years():
        c, t = stocks(y), shared.at_table(y, name=name)
        s = seats(c, t)
        pick = {"all": np.ones(t.shape[1], bool), "RCP": (t.columns.map(cls) == "RCP"), "IRF": (t.columns.map(cls) == "IRF"),
                "without bloc forums": ~t.columns.isin(shared.bloc_forums())}
        rows += [{"year": y, "forums": k, "share": float(c.stock[s[:, p].any(axis=1)].sum() / c.stock.sum())} for k, p in pick.items()]
        rows.append({"year": y, "forums": "all, upper bound", "share": coverage(y, "upper", name=name)})
    return pd.DataFrame(rows)


@cached
def by_mechanism(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, members, alone (share of migrants it covers), added (share that only it covers), in a year with stocks."""
    c, t = stocks(year), shared.at_table(year, name=name)
    s, w = seats(c, t), (c.stock / c.stock.sum()).to_numpy()
    only = s & (s.sum(axis=1) == 1)[:, None]
    return pd.DataFrame({"mechanism": t.columns, "members": t.sum().to_numpy(), "alone": w @ s, "added": w @ only}).sort_values(
        "alone", ascending=False, ignore_index=True)


@cached
def by_size(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """size, share: coverage by tables of at most that many members; one row a size that occurs."""
    c, t = stocks(year), shared.at_table(year, name=name)
    s, sizes = seats(c, t), t.sum().to_numpy()
    return pd.DataFrame([{"size": int(k), "share": float(c.stock[s[:, sizes <= k].any(axis=1)].sum() / c.stock.sum())} for k in sorted(set(sizes)) if k])


@cached
def by_region(year: int, name: str = sets.BASELINE) -> pd.DataFrame:
    """origin, destination (M49 regions), stock, share: coverage of each pair of regions."""
    c, t = stocks(year), shared.at_table(year, name=name)
    region = frames.states().set_index("iso3").region
    c = c.assign(covered=c.stock.where(seats(c, t).any(axis=1), 0), a=c.origin.map(region), b=c.destination.map(region)).dropna(subset=["a", "b"])
    g = c.groupby(["a", "b"])[["stock", "covered"]].sum().reset_index()
    return g.assign(share=g.covered / g.stock).rename(columns={"a": "origin", "b": "destination"})[["origin", "destination", "stock", "share"]]


def largest(year: int, covered: bool = False, n: int = 15, name: str = sets.BASELINE, blocs: bool = True) -> pd.DataFrame:
    """origin, destination, stock: the largest corridors without (or with) a shared table."""
    c = stocks(year)
    both = seats(c, shared.at_table(year, name=name, blocs=blocs)).any(axis=1)
    return c[both == covered].nlargest(n, "stock").reset_index(drop=True)
