"""Read and validate ``data/``; every problem at once, each with file, line and field."""
from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from . import instruments
from .code import code_digest
from .documents import DataError, Problem, raw, read_yaml, rows, table, text
from .models import Chronology, Event, Fact, Instruments, Mechanism, Source, Study, year_bounds
from .paths import root
from .spells import moves
from .store import digest, file_digest, store
from .trace import reads

SOURCES, STUDY, CHRONOLOGY, INSTRUMENTS = "data/sources.yaml", "data/study.yaml", "data/chronology.yaml", "data/instruments.yaml"


def _kept(name: str, base: Path, make) -> object:
    """What ``make`` reads from a file, kept by the file's content and the code that reads it; errors are not kept."""
    key = digest(make.__name__, code_digest(__name__), raw(name, base))
    return pickle.loads(store().remember("data", key, lambda: pickle.dumps(make(name, base), protocol=5), Path(name).name))


def read_mechanism(name: str, base: Path) -> tuple[Mechanism, dict[tuple, int]]:
    """A mechanism's file, validated, and the line of every node. Raises :class:`DataError`."""
    content, lines = read_yaml(name, base)
    return as_model(Mechanism, content, name, lines), lines


def as_model(model: type, content: object, name: str, lines: dict[tuple, int], inside: tuple = ()):
    """Content of a file, or of the place ``inside`` it, as a model. Raises :class:`DataError` with every problem, each with its line and field."""
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        found: dict[tuple, Problem] = {}
        for err in exc.errors():
            at = tuple(p for p in err["loc"] if p not in TAGS)
            problem = Problem(name, _line(lines, (*inside, *at)), f"{dotted(at) or dotted(inside) or 'file'}: {_explain(err, _fields(model, at[:-1]))}")
            found.setdefault((at, err["type"] == "extra_forbidden"), problem)  # a value of either of two kinds is named once
        raise DataError([*found.values()]) from exc


TAGS = {"day", "interval", "bool", "int", "constrained-int", "literal['unclear']"}
"""Steps in pydantic's paths that name the branch of a union, not a field."""


def _line(lines: dict[tuple, int], at: tuple) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


TYPES = {"string_type": "text", "bool_type": "true or false", "bool_parsing": "true or false", "list_type": "a list", "int_type": "a whole number",
         "int_parsing": "a whole number", "int_from_float": "a whole number", "model_type": "fields and values", "model_attributes_type": "fields and values",
         "string_too_short": "some text", "too_short": "a list with at least one entry", "greater_than_equal": "a whole number from 1 on", "dict_type": "fields and values"}


def _explain(err: dict, fields: list[str]) -> str:
    """What is wrong and what is allowed, from one of pydantic's errors; ``fields`` are those of the place it lies in."""
    given, kind = err.get("input"), err["type"]
    shown = "" if isinstance(given, (dict, list)) or kind == "missing" else f" (found {given!r})"
    if kind == "missing":
        return "is missing; allowed: a value"
    if kind == "extra_forbidden":
        return f"unknown field; allowed: {', '.join(fields)}{' (a text with a comma stands between quotation marks)' if given is None else ''}"
    if kind == "literal_error":
        return f"not in the vocabulary; allowed: {err['ctx']['expected']}{shown}"
    if kind in TYPES:
        return f"wrong kind of value; allowed: {TYPES[kind]}{shown}"
    return err["msg"].removeprefix("Value error, ").replace("String should match pattern", "not in the form; allowed:") + shown


def _fields(model: type, at: tuple) -> list[str]:
    """Names of the fields at a path of a model."""
    from pydantic import BaseModel

    for step in at:
        if isinstance(step, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        found = next((f for n, f in model.model_fields.items() if (f.alias or n) == step), None)
        if found is None:
            break
        model = next((m for m in _models(found.annotation)), model)
    return [f.alias or n for n, f in model.model_fields.items()]


def _models(annotation):
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for a in getattr(annotation, "__args__", ()):
        yield from _models(a)


def _by_id(name: str, base: Path, key: str) -> dict[str, dict[str, str]]:
    """The rows of a reference table by their key."""
    return {r[key]: r for r in table(f"data/reference/{name}.csv", base, (key,))}


def read_study(base: Path) -> Study:
    """``data/study.yaml`` of a project. Raises :class:`DataError`."""
    content, lines = read_yaml(STUDY, base)
    return as_model(Study, content, STUDY, lines)


@lru_cache
def study() -> Study:
    """What the study compares: ``data/study.yaml``."""
    return read_study(root())


def events() -> list[Event]:
    """The global layer: ``data/chronology.yaml``. Raises :class:`DataError`."""
    return _chronology(root())[0]


def sources(base: Path | None = None) -> dict[str, dict]:
    """CSL entries of ``data/sources.yaml`` by key. Raises :class:`DataError` if it is no list of them."""
    return _sources(base or root())


@reads(SOURCES)
def _sources(base: Path) -> dict[str, dict]:
    return {e["id"]: e for e in _entries(base)[0] if isinstance(e, dict) and isinstance(e.get("id"), str)}


def _entries(base: Path) -> tuple[list, dict[tuple, int]]:
    """The entries of the bibliography as they are written, and the line of every node."""
    content, lines = _kept(SOURCES, base, read_yaml)
    entries = content.get("references") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise DataError([Problem(SOURCES, _line(lines, ("references",)), "references: wrong kind of value; allowed: a list of CSL entries")])
    return entries, lines


def _source_problems(entries: list, lines: dict) -> Iterator[Problem]:
    """Entries of the bibliography with a field that does not hold, or that stand twice."""
    first: set[str] = set()
    for i, e in enumerate(entries):
        try:
            id = as_model(Source, e, SOURCES, lines, ("references", i)).id
        except DataError as exc:
            yield from exc.problems
            continue
        if id in first:
            yield Problem(SOURCES, _line(lines, ("references", i)), f"id: '{id}' stands twice; allowed: once")
        first.add(id)


def _study_problems(base: Path, about: Study, entries: list) -> Iterator[Problem]:
    """What the study's settings say that the data cannot serve; the entries of the bibliography are known to hold."""
    _, lines = read_yaml(STUDY, base)
    keys, last = {e["id"] for e in entries}, max((e["accessed"]["date-parts"][0][0] for e in entries if "accessed" in e), default=about.latest)
    if about.latest > last:
        yield Problem(STUDY, _line(lines, ("latest",)), f"latest: the sources were last read in {last}; allowed: up to that year (found {about.latest})")
    for i, e in enumerate(about.excluded):
        yield from (Problem(STUDY, _line(lines, ("excluded", i, "src", j)), f"excluded.{i + 1}.src.{j + 1}: {_unknown(k)}") for j, k in enumerate(e.src) if k not in keys)


def _unknown(key: str) -> str:
    return f"source '{key}' is not in {SOURCES}; allowed: a key that is"


def facts(obj, at: tuple = ()):
    """Every fact of a model with its path: (path, fact) pairs."""
    if isinstance(obj, Fact):
        yield at, obj
    if hasattr(obj, "model_fields_set"):
        for name, f in type(obj).model_fields.items():
            yield from facts(getattr(obj, name), (*at, f.alias or name))
    elif isinstance(obj, list):
        for i, v in enumerate(obj):
            yield from facts(v, (*at, i))


def _semantic(m: Mechanism, known: dict, keys: dict, groups: dict, latest: int):
    """Checks across facts: (path, message) pairs."""
    for at, fact in facts(m):
        for i, key in enumerate(fact.src):
            if key not in keys:
                yield (*at, "src", i), _unknown(key)
        for field in ("date", "since", "from_", "as_of"):
            years = year_bounds(getattr(fact, field, None))
            if years and years[0] > latest:
                yield (*at, field.rstrip("_")), f"{years[0]} lies after the latest year of the study; allowed: up to {latest}"
    for i, r in enumerate(m.rosters):
        for field in ("states", "unverified", "observers", "unverified_observers"):
            for j, s in enumerate(getattr(r, field)):
                if s not in known:
                    yield ("rosters", i, field, j), f"'{s}' is not in data/reference/states.csv; allowed: a code that is"
                elif (born := known[s].get("existed_from")) and year_bounds(r.as_of)[1] < int(born):
                    yield ("rosters", i, field, j), f"{s} exists from {born} on; allowed: States of the list's time"
    for field in ("joined", "left"):
        for i, mv in enumerate(getattr(m, field)):
            if mv.state not in known:
                yield (field, i, "state"), f"'{mv.state}' is not in data/reference/states.csv; allowed: a code that is"
    for (state, circle), own in moves(m).items():
        for (before, *_), (field, i, _) in pairwise(own):
            if field == before:
                yield (field, i, "date"), f"{state} {field} twice without {'leaving' if field == 'joined' else 'joining'} between; allowed: in turn"
        if [field for field, *_ in own] == ["left", "joined"]:  # a return, if lists show that it was in before
            (_, i, out), (_, _, back) = own
            left, joined = year_bounds(out.date)[1], year_bounds(back.date)[0]
            if left < joined and not any(state in r.states for r in m.rosters if r.circle == circle and year_bounds(r.as_of)[0] <= left):
                yield ("left", i, "date"), f"{state} left before it joined; allowed: from {joined} on"
    for i, f in enumerate(m.follows):
        if f.organisation not in groups:
            yield ("follows", i, "organisation"), f"'{f.organisation}' is not in data/reference/organisations.csv; allowed: an id that is"
    seen: dict[tuple, int] = {}
    for i, mt in enumerate(m.meetings):
        mark = (str(mt.date), mt.title.lower(), mt.level)
        if mark in seen:
            yield ("meetings", i), f"the same meeting as entry {seen[mark] + 1}; allowed: each meeting once"
        seen[mark] = i


def _shared(found: list[Mechanism]):
    """An event has one date wherever it stands: (mechanism, path, message)."""
    first: dict[str, tuple[str, str]] = {}
    for m in found:
        for i, mt in enumerate(m.meetings):
            if mt.event_id:
                date = str(mt.date)
                at, by = first.setdefault(mt.event_id, (date, m.id))
                if at[:4] != date[:4]:
                    yield m, ("meetings", i, "date"), f"event '{mt.event_id}' is of {at} in {by}; allowed: one date for one event"


STATE_COLUMNS = {"iso3", "state", "origin", "destination", "administered_by"}
REFERENCE = ("states", "income_groups", "population", "migrant_stock", "bilateral_stock", "treaties", "treaty_status", "gcm_vote", "ideal_points",
             "organisations", "organisation_members", "organisation_others", "free_movement")
"""Tables of ``data/reference/``, a frame each; the codebook says what their columns mean."""
OUTLINES = "data/reference/world_110m.json"
NEEDED = (*(f"data/reference/{n}.csv" for n in (*REFERENCE, "centroids")), OUTLINES)
"""What the report is made from besides what people write; a table may be compressed (``.csv.gz``)."""


def outlines(base: Path | None = None) -> dict:
    """The outlines of the world's countries (TopoJSON, object ``countries``, ISO codes in ``a3``). Raises :class:`DataError`."""
    try:
        content = json.loads(text(OUTLINES, base))
        [shape["properties"]["a3"] for shape in content["objects"]["countries"]["geometries"]][0]
    except (ValueError, LookupError, TypeError) as exc:
        raise DataError([Problem(OUTLINES, getattr(exc, "lineno", 1), f"no outlines of countries ({type(exc).__name__}: {exc}); allowed: TopoJSON whose object "
                                 "'countries' holds geometries, each with the property a3")]) from exc
    return content


def _table(file: str, base: Path, known: dict, keys: dict) -> Iterator[Problem]:
    """A reference table against the codebook: columns, types, codes, terms, sources."""
    from .codebook import codebook

    book, name = codebook()["resources"], Path(file).name.split(".")[0]
    if name not in book:
        yield Problem(file, 1, "the codebook does not describe this table; allowed: a table of data/codebook.yaml")
        return
    fields = book[name]["fields"]
    head, *found = rows(file, base) or [[]]
    if set(head) != set(fields):
        yield Problem(file, 1, f"columns: {', '.join(sorted(set(head) ^ set(fields)))} differ(s) from the codebook; allowed: {', '.join(fields)}")
        return
    if not found:
        yield Problem(file, 1, "holds no row; allowed: at least one")
    checks = [(c, i, check and lru_cache(None)(check)) for i, c in enumerate(head) for check in [_checker(c, fields[c], known, keys)]]  # few values, many rows
    for n, row in enumerate(found, 2):
        if len(row) != len(head):
            yield Problem(file, n, f"{len(row)} values; allowed: {len(head)}, one a column")
            continue
        for c, i, check in checks:
            if row[i] and check and (wrong := check(row[i])):
                yield Problem(file, n, f"{c}: {wrong} (found {row[i]!r})")


def _table_problems(base: Path, known: dict, keys: dict) -> Iterator[Problem]:
    """What is missing of the reference data, and the problems of each table; that it had none is kept by the content of what is checked."""
    there = {p.relative_to(base).as_posix(): p for p in sorted((base / "data/reference").glob("*")) if p.is_file()}
    yield from (Problem(name, 1, "the file does not exist, and the report needs it") for name in NEEDED if not {name, f"{name}.gz"} & set(there))
    rest = digest(code_digest(__name__), file_digest(base / "data/codebook.yaml"), *sorted(keys), *sorted(known))
    for name, path in there.items():
        if not name.endswith((".csv", ".csv.gz")):
            continue
        yield from _unless_passed(digest(rest, name, file_digest(path)), lambda: _table(name, base, known, keys))
    if OUTLINES in there:
        yield from _caught(lambda: outlines(base) and ())


def _provenance_problems(base: Path) -> Iterator[Problem]:
    """What is missing of the tables that say how the facts were followed to their sources."""
    from .provenance import AUDIT, AUDITS, AUDIT_COLUMNS, COLUMNS, FOLLOWED

    for name, columns in ((FOLLOWED, COLUMNS), *((AUDIT.format(a), AUDIT_COLUMNS) for a in AUDITS)):
        yield from _caught(lambda: table(name, base, columns) and ())


def _unless_passed(key: str, problems: Callable[[], Iterable[Problem]]) -> list[Problem]:
    """The problems of what ``key`` stands for; that it had none is kept."""
    if store().get("passed", key) is not None:
        return []
    found = _caught(problems)
    if not found:
        store().put("passed", key, b"")
    return found


def _caught(problems: Callable[[], Iterable[Problem]]) -> list[Problem]:
    """What is wrong with a file, whether it is found in it or keeps it from being read."""
    try:
        return [*problems()]
    except DataError as exc:
        return exc.problems


def _checker(column: str, about: dict, known: dict, keys: dict):
    """What is wrong with a value of a column, or None: a function of the value."""
    if column == "src":
        return lambda v: next((f"source '{k}' is not in data/sources.yaml; allowed: keys that are" for k in v.split() if k not in keys), None)
    if column in STATE_COLUMNS:
        besides = set(about.get("besides", []))
        return lambda v: None if v in known or v in besides else "not a State or territory of states.csv; allowed: a code that is"
    if isinstance(about.get("allowed"), list):
        allowed = {str(a) for a in about["allowed"]}
        return lambda v: None if v in allowed else f"not in the vocabulary; allowed: {', '.join(sorted(allowed))}"
    if str(about.get("allowed", "")).startswith("^"):
        pattern = re.compile(about["allowed"])
        return lambda v: None if pattern.match(v) else f"not in the form; allowed: {about['allowed']}"
    if about["type"] in ("integer", "year"):
        return lambda v: None if re.fullmatch(r"-?\d+", v) else "not a whole number; allowed: digits"
    if about["type"] == "number":
        return lambda v: None if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", v) else "not a number; allowed: digits with a point"
    return None


def validate(base: Path | None = None, tables: bool = True) -> tuple[list[Mechanism], list[Problem]]:
    """All mechanisms that hold, and every problem of the data (of the reference ``tables`` too, row by row, unless left out)."""
    base = base or root()
    try:
        keys, known, _, about = sources(base), _by_id("states", base, "iso3"), _by_id("organisations", base, "id"), read_study(base)
    except DataError as exc:
        return [], exc.problems
    problems = []
    if tables:
        key = digest("sources and study", code_digest(__name__), *(file_digest(base / f) for f in (SOURCES, STUDY)))
        problems = _unless_passed(key, lambda: [*_source_problems(*_entries(base))] or _study_problems(base, about, _entries(base)[0]))
    stamp = tuple((p.as_posix(), p.stat().st_mtime_ns, p.stat().st_size) for p in sorted((base / "data").rglob("*")) if p.is_file())
    found, wrong, where = _mechanisms(base, stamp)
    problems += wrong
    if tables:
        problems += _table_problems(base, known, keys)
        problems += _provenance_problems(base)
        problems += _caught(lambda: _path_problems(base, found, where))
        problems += _caught(lambda: _event_problems(base, keys))
    return [*found], problems


@lru_cache(maxsize=1)
def _mechanisms(base: Path, stamp: tuple) -> tuple[list[Mechanism], list[Problem], dict]:
    """The mechanisms that hold, what is wrong with any, and each one's file and lines; read again when a file of data/ was written (``stamp``)."""
    problems: list[Problem] = []
    found: list[Mechanism] = []
    known, keys, groups, where = _by_id("states", base, "iso3"), sources(base), _by_id("organisations", base, "id"), {}
    latest = read_study(base).latest
    for path in sorted((base / "data/mechanisms").glob("*.yaml")):
        name = path.relative_to(base).as_posix()
        try:
            m, lines = _kept(name, base, read_mechanism)
        except DataError as exc:
            problems += exc.problems
            continue
        if m.id != path.stem:
            problems.append(Problem(name, _line(lines, ("id",)), f"id: is '{m.id}', the file is named '{path.stem}'"))
        for at, wrong in _semantic(m, known, keys, groups, latest):
            problems.append(Problem(name, _line(lines, at), f"{dotted(at)}: {wrong}"))
        found.append(m)
        where[m.id] = name, lines
    if not (found or problems):
        problems.append(Problem("data/mechanisms/", 1, "holds no mechanism; allowed: at least one YAML file"))
    for m, at, wrong in _shared(found):
        problems.append(Problem(where[m.id][0], _line(where[m.id][1], at), f"{dotted(at)}: {wrong}"))
    return found, problems, where


def _path_problems(base: Path, found: list[Mechanism], where: dict) -> Iterator[Problem]:
    """Recorded paths to regional instruments that ``data/instruments.yaml`` does not judge."""
    content, lines = read_yaml(INSTRUMENTS, base)
    as_model(Instruments, content, INSTRUMENTS, lines)
    for id, i, wrong in instruments.unjudged(content, found):
        yield Problem(where[id][0], _line(where[id][1], ("linkages", i)), f"linkages.{i + 1}: {wrong}")


def _chronology(base: Path) -> tuple[list[Event], dict[tuple, int]]:
    """The events of the chronology, and the line of every node. Raises :class:`DataError`."""
    content, lines = read_yaml(CHRONOLOGY, base)
    return as_model(Chronology, content, CHRONOLOGY, lines).events, lines


def _event_problems(base: Path, keys: dict) -> Iterator[Problem]:
    """Events of the chronology whose source is not known."""
    found, lines = _chronology(base)
    for i, e in enumerate(found):
        yield from (Problem(CHRONOLOGY, _line(lines, ("events", i, "src", j)), f"events.{i + 1}.src.{j + 1}: {_unknown(k)}") for j, k in enumerate(e.src) if k not in keys)


def dotted(at: tuple) -> str:
    """A path as one writes it, with places counted from one: ``meetings.3.date``."""
    return ".".join(str(p + 1) if isinstance(p, int) else p for p in at)


@reads("data/mechanisms/*.yaml")
def mechanisms() -> tuple[Mechanism, ...]:
    """Every valid mechanism, by id. Raises :class:`DataError` if anything in data/ is wrong."""
    found, problems = validate(tables=False)
    if problems:
        raise DataError(problems)
    return tuple(found)


@reads("data/mechanisms/{0}.yaml")
def mechanism(id: str) -> Mechanism:
    """One mechanism. Raises ``KeyError`` for an unknown id."""
    return {m.id: m for m in mechanisms()}[id]


CITE = re.compile(r"(?<![\w@.])@([A-Za-z0-9][A-Za-z0-9_-]*)")
