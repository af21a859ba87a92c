"""Tidy frames from the authored files: one row a fact, each with its source keys in ``src``."""
from __future__ import annotations



import pandas as pd

from .load import mechanisms, sources as _sources, states as _states
from .models import year_bounds
from .trace import frame


def _src(fact) -> str:
    return " ".join(fact.src)


def _year(when, end: int = 1) -> int | None:
    b = year_bounds(when)
    return b[end] if b else None


def _iso(when) -> str | None:
    return None if when is None else when if isinstance(when, str) else f"{when.earliest}/{when.latest}"


@frame
def states() -> pd.DataFrame:
    """iso3, names, M49 regions, UN membership, administering State; one row a State or territory."""
    return pd.DataFrame(_states().values())


@frame
def sources() -> pd.DataFrame:
    """key, title, author, year, url; one row a source."""
    rows = []
    for k, e in _sources().items():
        who = (e.get("author") or e.get("editor") or [{}])[0]
        rows.append({"key": k, "title": e["title"], "author": who.get("literal") or who.get("family"),
                     "year": (e.get("issued", {}).get("date-parts") or [[None]])[0][0], "url": e.get("URL")})
    return pd.DataFrame(rows)


@frame
def mechanism_frame() -> pd.DataFrame:
    """One row a mechanism: identity, classes, founding year, status, anchoring, formality, last meeting."""
    rows = []
    for m in mechanisms():
        held = [b[1] for x in m.meetings if (b := year_bounds(x.date))]
        rows.append({
            "id": m.id, "short": m.short, "name": m.name_en, "acronym": m.acronym, "core25": m.core25,
            "class_2013": m.class_2013, "class_support": m.class_support, "class_now": m.class_now,
            "founded": _year(m.founded.date), "status": m.status.value, "status_since": _year(m.status.since),
            "anchoring": m.anchoring.nature, "anchor": m.anchoring.name,
            "statutes": m.formality.statutes_or_charter, "binding": m.formality.binding_outputs,
            "closed": m.formality.membership == "closed", "rhythm": m.formality.rhythm,
            "meetings": len(m.meetings), "last_meeting": max(held) if held else None,
            "last_meeting_date": max((_iso(x.date) for x in m.meetings), default=None), "src": _src(m.founded),
        })
    return pd.DataFrame(rows)


def _rows(attr: str, make) -> pd.DataFrame:
    return pd.DataFrame([{"mechanism": m.id, **make(x), "src": _src(x)} for m in mechanisms() for x in getattr(m, attr) if not x.memory])


@frame
def meetings() -> pd.DataFrame:
    """mechanism, date, year, level, ordinal, place, title: meetings found in sources, not all held."""
    return _rows("meetings", lambda x: {"date": _iso(x.date), "year": _year(x.date), "level": x.level,
                                        "ordinal": x.ordinal, "place": x.place, "title": x.title, "outcome": x.outcome})


@frame
def agenda() -> pd.DataFrame:
    """mechanism, theme, from, to (years), basis (stated or inferred)."""
    return _rows("agenda", lambda x: {"theme": x.theme, "from": _year(x.from_, 0), "to": _year(x.to), "basis": x.basis, "note": x.note})


@frame
def linkages() -> pd.DataFrame:
    """mechanism, to (instrument or body), kind, year."""
    return _rows("linkages", lambda x: {"to": x.to, "kind": x.kind, "year": _year(x.date), "note": x.note})


@frame
def outputs() -> pd.DataFrame:
    """mechanism, year, title, kind of each document the sources name."""
    return _rows("outputs", lambda x: {"year": _year(x.date), "title": x.title, "kind": x.kind})


@frame
def secretariats() -> pd.DataFrame:
    """mechanism, name, kind, from, to."""
    return _rows("secretariats", lambda x: {"name": x.name, "kind": x.kind, "from": _year(x.from_, 0), "to": _year(x.to)})


@frame
def chairs() -> pd.DataFrame:
    """mechanism, who, from, to."""
    return _rows("chairs", lambda x: {"who": x.who, "from": _year(x.from_, 0), "to": _year(x.to)})


FRAMES = {"mechanisms": mechanism_frame, "meetings": meetings, "agenda": agenda, "linkages": linkages,
          "outputs": outputs, "secretariats": secretariats, "chairs": chairs, "states": states, "sources": sources}
