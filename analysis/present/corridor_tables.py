"""Tables of the coverage of migration corridors."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..measures import corridors, sets, shared
from ..measures.trends import NARROW, WIDE
from .tables import Table
from .words import percent


def corridors_largest() -> Table:
    """The largest corridors without a shared table, and which mechanism would join their States by the upper bound."""
    year = corridors.years()[-1]
    d, table = corridors.largest(year), shared.at_table(year, "upper")
    name, short = frames.states().set_index("iso3").name_en, frames.identity().set_index("id").short
    doubt = [", ".join(short[m] for m in table.columns[row]) or "none" for row in corridors.seats(d, table)]
    return Table("corridors_largest", pd.DataFrame({"Origin": d.origin.map(name), "Residence": d.destination.map(name), "Migrants": d.stock.map("{:,}".format),
                                                    "Table by unverified lists": doubt}), (20, 20, 11, 26))


def corridors_rules() -> Table:
    """Coverage by year under each rule."""
    rules = {"Central estimate": {}, "Upper bound of memberships": {"bound": "upper"}, "Alive: three years": {"window": NARROW}, "Alive: ten years": {"window": WIDE},
             "Without forums between blocs": {"blocs": False}, "All that meet the inclusion rule": {"name": sets.ISCMS}, "Territories apart": {"territories": "apart"}}
    years = [y for y in corridors.years() if y >= 2000]
    rows = [{"Rule": r, **{str(y): percent(corridors.coverage(y, **which)).replace(" per cent", "%") for y in years}} for r, which in rules.items()]
    low, high = zip(*(corridors.bounds(y) for y in years))
    rows += [{"Rule": label, **{str(y): percent(v).replace(" per cent", "%") for y, v in zip(years, values)}}
             for label, values in (("Lowest: unknown origins uncovered", low), ("Highest: unknown origins covered, upper bound", high))]
    return Table("corridors_rules", pd.DataFrame(rows), (34, *[8] * len(years)))


TABLES = {f.__name__: f for f in (corridors_largest, corridors_rules)}
