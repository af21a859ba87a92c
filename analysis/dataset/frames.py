"""Tidy frames: one row a fact, each with its source keys in ``src``.

From the authored files: mechanisms, lists, listed, movements, meetings, agenda, linkages, outputs, secretariats, chairs, gcm,
literature, questions, contested. Derived by rule: membership, membership_year. Reference tables: see :data:`~analysis.dataset.load.REFERENCE`."""
from __future__ import annotations

import pandas as pd

from . import spells
from .load import REFERENCE, events, mechanisms, sources as _sources, study
from .models import CRITERIA, DIRECTIONS, year_bounds
from .paths import root
from .trace import frame

BASELINE, LATEST = study().baseline, study().latest
"""The year of the study taken up again, and the latest year the report speaks of."""


def _src(fact) -> str:
    return " ".join(fact.src)


def _year(when, end: int = 1) -> int | None:
    b = year_bounds(when)
    return b[end] if b else None


def _iso(when) -> str | None:
    return None if when is None else when if isinstance(when, str) else f"{when.earliest}/{when.latest}"


@frame
def sources() -> pd.DataFrame:
    """key, title, author, year, url, read (how much of it was read); one row a source."""
    rows = []
    for k, e in _sources().items():
        who = [w.get("literal") or w["family"] for w in e.get("author") or e.get("editor") or []]
        rows.append({"key": k, "title": e["title"], "author": " and ".join(filter(None, (", ".join(who[:-1]), *who[-1:]))) or None,
                     "year": (e.get("issued", {}).get("date-parts") or [[None]])[0][0], "url": e.get("URL"), "read": (e.get("custom") or {}).get("read")})
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
            "relation": m.relation, "verdict": "in" if m.core25 else m.inclusion.verdict,
            "why": None if m.core25 else m.inclusion.why,
            "founded": _year(m.founded.date), "status": m.status.value, "status_since": _year(m.status.since),
            "anchoring": m.anchoring.nature, "anchor": m.anchoring.name, "anchored_since": _year(m.anchoring.since),
            "statutes": m.formality.statutes_or_charter is True, "binding": m.formality.binding_outputs is True,
            "closed": m.formality.membership == "closed", "rhythm": m.formality.rhythm,
            "meetings": len(m.meetings), "last_meeting": max(held) if held else None,
            "last_meeting_date": max((_iso(x.date) for x in m.meetings), default=None), "src": _src(m.founded),
        })
    return pd.DataFrame(rows)


def _rows(attr: str, make) -> pd.DataFrame:
    return pd.DataFrame([{"mechanism": m.id, **make(x), "src": _src(x)} for m in mechanisms() for x in getattr(m, attr) if not x.memory])


@frame
def criteria() -> pd.DataFrame:
    """mechanism and one column for each of :data:`~analysis.dataset.models.CRITERIA`, whether it is met: the mechanisms outside the 25."""
    return pd.DataFrame([{"mechanism": m.id, **{c: getattr(m.inclusion, c) for c in CRITERIA}} for m in mechanisms() if not m.core25], columns=["mechanism", *CRITERIA])


@frame
def meetings() -> pd.DataFrame:
    """mechanism, date, year, level, ordinal, place, title, outcome, themes, event: meetings found in sources, not all held."""
    return _rows("meetings", lambda x: {"date": _iso(x.date), "year": _year(x.date), "level": x.level,
                                        "ordinal": x.ordinal, "place": x.place, "title": x.title, "outcome": x.outcome,
                                        "themes": " ".join(x.themes), "event": x.event_id})


@frame
def agenda() -> pd.DataFrame:
    """mechanism, theme, from, to (years), basis (stated or inferred)."""
    return _rows("agenda", lambda x: {"theme": x.theme, "from": _year(x.from_, 0), "to": _year(x.to), "basis": x.basis, "note": x.note})


@frame
def linkages() -> pd.DataFrame:
    """mechanism, to (instrument or body), kind, direction (to, from, mutual: seen from the mechanism), year."""
    return _rows("linkages", lambda x: {"to": x.to, "kind": x.kind, "direction": x.direction or DIRECTIONS[x.kind], "year": _year(x.date), "note": x.note})


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


@frame
def gcm() -> pd.DataFrame:
    """mechanism, year, what: engagement with the Global Compact for Migration and its reviews."""
    return _rows("gcm", lambda x: {"year": _year(x.date), "what": x.what})


@frame
def literature() -> pd.DataFrame:
    """mechanism, claim: what the literature says, in our words."""
    return _rows("literature", lambda x: {"claim": x.claim})


@frame
def questions() -> pd.DataFrame:
    """mechanism, question: what was not found."""
    return pd.DataFrame([{"mechanism": m.id, "question": q} for m in mechanisms() for q in m.open_questions])


@frame
def contested() -> pd.DataFrame:
    """mechanism, field, chosen, value, why: values that sources contest, beside the value chosen."""
    return pd.DataFrame([{"mechanism": m.id, "field": "founded", "chosen": _iso(m.founded.date), "value": c.value, "why": c.why, "src": _src(c)}
                         for m in mechanisms() for c in m.founded.contested], columns=["mechanism", "field", "chosen", "value", "why", "src"])


@frame
def chronology() -> pd.DataFrame:
    """date, place, what: events of the global layer that the mechanisms speak to (``data/chronology.yaml``)."""
    return pd.DataFrame([{"date": e.date, "place": e.place, "what": e.what, "src": _src(e)} for e in events()])


@frame
def lists() -> pd.DataFrame:
    """mechanism, list (its place in the file), as_of_min, as_of (years), kind, circle, role, complete, stated_total, n, organisations."""
    return pd.DataFrame([{"mechanism": m.id, "list": i, "as_of_min": _year(r.as_of, 0), "as_of": _year(r.as_of), "kind": r.kind, "circle": r.circle,
                          "role": r.role, "complete": r.complete, "stated_total": r.stated_total, "n": len(r.states),
                          "organisations": "; ".join(r.organisations), "note": r.note, "src": _src(r)}
                         for m in mechanisms() for i, r in enumerate(m.rosters, 1)]).astype({"stated_total": "Int64"})


@frame
def listed() -> pd.DataFrame:
    """mechanism, list, state, role, verified: each State on each list; not verified where it rests on memory."""
    rows = []
    for m in mechanisms():
        for i, r in enumerate(m.rosters, 1):
            for names, role, sure in ((r.states, r.role, True), (r.unverified, r.role, False), (r.observers, "observer", True),
                                      (r.unverified_observers, "observer", False)):
                rows += [{"mechanism": m.id, "list": i, "state": s, "role": role, "verified": sure, "src": _src(r)} for s in names]
    return pd.DataFrame(rows)


@frame
def movements() -> pd.DataFrame:
    """mechanism, state, what (joined, left), year_min, year, circle: entries and exits that sources state."""
    return pd.DataFrame([{"mechanism": m.id, "state": x.state, "what": what, "year_min": _year(x.date, 0), "year": _year(x.date), "circle": x.circle,
                          "note": x.note, "src": _src(x)}
                         for m in mechanisms() for what in ("joined", "left") for x in getattr(m, what)]).astype({"year_min": "Int64", "year": "Int64"})


@frame
def membership() -> pd.DataFrame:
    """All spells of all mechanisms by the written rule (:mod:`.spells`), one row a spell (years)."""
    follow = any(m.follows for m in mechanisms())
    o = organisation_members().astype(object).where(lambda d: d.notna(), None).to_dict("records") if follow else []
    born = states().dropna(subset=["existed_from"]).set_index("iso3").existed_from.astype(int).to_dict()
    rows = [r for m in mechanisms() for r in spells.mechanism_spells(m, o, born)]
    return pd.DataFrame(rows, columns=spells.COLUMNS).astype({c: "Int64" for c in ("entry_min", "entry", "exit", "exit_max")})


@frame
def membership_year() -> pd.DataFrame:
    """mechanism, state, role, circle, year: the central estimate of every year up to the latest."""
    m = membership()
    end = m.exit.fillna(LATEST)
    years = [range(a, b + 1) for a, b in zip(m.entry, end)]
    return m.assign(year=years).explode("year").dropna(subset=["year"])[["mechanism", "state", "role", "circle", "year"]].drop_duplicates().astype(
        {"year": int}).reset_index(drop=True)


WHOLE = {"year", "from", "to", "stock", "stock_female", "population", "un_member_since", "existed_from", "votes", "opened", "in_force", "founded",
         "known_until", "members_stated", "contested_from", "contested_to"}


def _reference(name: str) -> pd.DataFrame:
    file = next((root() / "data/reference").glob(f"{name}.csv*"))
    d = pd.read_csv(file, keep_default_na=False, na_values=[""], dtype={"iso_numeric": str})
    return d.astype({c: "Int64" for c in WHOLE & set(d.columns) if pd.api.types.is_float_dtype(d[c])})


def _table(name: str):
    def read() -> pd.DataFrame:
        return _reference(name)

    read.__name__, read.__doc__ = name, f"The reference table ``{name}``."
    return frame(read, f"data/reference/{name}.csv*")


(states, income_groups, population, migrant_stock, bilateral_stock, treaties, treaty_status, gcm_vote, ideal_points,
 organisations, organisation_members, organisation_others, free_movement) = map(_table, REFERENCE)


@frame
def identity() -> pd.DataFrame:
    """:func:`mechanism_frame` without what its meetings tell: what uses this alone does not change with a meeting."""
    return mechanism_frame().drop(columns=["meetings", "last_meeting", "last_meeting_date"])


@frame
def of(name: str, mechanism: str) -> pd.DataFrame:
    """The rows of a frame that speak of one mechanism: what uses these alone does not change with the others' rows."""
    d = FRAMES[name]()
    return d[d["id" if name == "mechanisms" else "mechanism"] == mechanism].reset_index(drop=True)


FRAMES = {"mechanisms": mechanism_frame, **{f.__name__: f for f in (
    membership, membership_year, lists, listed, movements, meetings, agenda, linkages, outputs, secretariats, chairs, gcm, literature, questions,
    contested, chronology, sources, *(globals()[name] for name in REFERENCE))}}
