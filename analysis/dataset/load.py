"""Read and validate ``data/``; every problem at once, each with file, line and field."""
from __future__ import annotations

import csv
import gzip
import pickle
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import ValidationError

from . import instruments
from .code import code_digest
from .documents import DataError, Loader, Problem, document, line_of
from .models import Fact, Mechanism, year_bounds
from .paths import root
from .spells import moves
from .store import digest, file_digest, store
from .trace import reads


def read_yaml(path: Path) -> tuple[object, dict[tuple, int]]:
    """The content of a YAML file and the line of every node, by path of keys and indexes.

    Raises ``yaml.YAMLError`` on a file that cannot be parsed."""
    loader = Loader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        lines: dict[tuple, int] = {}

        def walk(n, at):
            lines[at] = n.start_mark.line + 1
            if isinstance(n, yaml.MappingNode):
                for k, v in n.value:
                    if (*at, k.value) in lines:
                        raise yaml.MarkedYAMLError(problem=f"'{k.value}' stands twice; allowed: once", problem_mark=k.start_mark)
                    walk(v, (*at, k.value))
            elif isinstance(n, yaml.SequenceNode):
                for i, v in enumerate(n.value):
                    walk(v, (*at, i))

        if node is None:
            return None, {(): 1}
        walk(node, ())
        return loader.construct_document(node), lines
    finally:
        loader.dispose()


def _kept(path: Path, make) -> object:
    """What ``make`` reads from a file, kept by the file's content and the code that reads it; errors are not kept."""
    key = digest(make.__name__, code_digest(__name__), path.read_bytes())
    return pickle.loads(store().remember("data", key, lambda: pickle.dumps(make(path), protocol=5), path.name))


def read_mechanism(path: Path) -> tuple[Mechanism, dict[tuple, int]]:
    """A mechanism's file, validated, and the line of every node. Raises ``yaml.YAMLError``, or ``ValidationError`` with ``lines``."""
    raw, lines = read_yaml(path)
    try:
        return Mechanism.model_validate(raw), lines
    except ValidationError as exc:
        exc.lines = lines
        raise


TAGS = {"day", "interval", "bool", "int", "constrained-int", "literal['unclear']"}
"""Steps in pydantic's paths that name the branch of a union, not a field."""


def _line(lines: dict[tuple, int], at: tuple) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


TYPES = {"string_type": "text", "bool_type": "true or false", "bool_parsing": "true or false", "list_type": "a list", "int_type": "a whole number",
         "int_parsing": "a whole number", "int_from_float": "a whole number", "model_type": "fields and values", "model_attributes_type": "fields and values",
         "string_too_short": "some text", "greater_than_equal": "a whole number from 1 on", "dict_type": "fields and values"}


def _explain(err: dict, fields: list[str]) -> str:
    """What is wrong and what is allowed, from one of pydantic's errors; ``fields`` are those of the place it lies in."""
    given, kind = err.get("input"), err["type"]
    shown = "" if isinstance(given, (dict, list)) or kind == "missing" else f" (found {given!r})"
    if kind == "missing":
        return "is missing; allowed: a value"
    if kind == "extra_forbidden":
        return f"unknown field; allowed: {', '.join(fields)}"
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


@lru_cache
def states() -> dict[str, dict[str, str]]:
    """The State table by ISO 3166-1 alpha-3 code."""
    with open(root() / "data/reference/states.csv", newline="", encoding="utf-8") as fh:
        return {r["iso3"]: r for r in csv.DictReader(fh)}


@lru_cache
def study() -> dict:
    """What the study compares: ``data/study.yaml`` (baseline and latest year, inclusion rule, exclusions, merges)."""
    return document("data/study.yaml", ("baseline", "latest"))


def _organisations(base: Path) -> set[str]:
    with open(base / "data/reference/organisations.csv", newline="", encoding="utf-8") as fh:
        return {r["id"] for r in csv.DictReader(fh)}


def events() -> list[dict]:
    """The global layer: ``data/chronology.yaml``."""
    return document("data/chronology.yaml", ("events",))["events"]


def sources(base: Path | None = None) -> dict[str, dict]:
    """CSL entries of ``data/sources.yaml`` by key."""
    return _sources((base or root()) / "data/sources.yaml")


@reads("data/sources.yaml")
def _sources(file: Path) -> dict[str, dict]:
    try:
        return {e["id"]: e for e in _kept(file, read_yaml)[0]["references"]}
    except (yaml.YAMLError, KeyError, TypeError, FileNotFoundError) as exc:
        raise DataError([Problem("data/sources.yaml", line_of(exc),
                                 f"cannot be read: {getattr(exc, 'problem', None) or exc}; allowed: 'references' with a list of CSL entries")]) from exc


CSL = {"id", "type", "title", "author", "editor", "issued", "container-title", "collection-title", "collection-number", "publisher", "publisher-place",
       "volume", "issue", "page", "ISBN", "ISSN", "DOI", "URL", "accessed", "language", "note", "custom"}
"""Fields of a source: those of CSL that the bibliography uses; ``custom`` says how much was read."""


def _source_problems(base: Path) -> Iterator[Problem]:
    """Entries of the bibliography that lack a field or stand twice."""
    doc, lines = _kept(base / "data/sources.yaml", read_yaml)
    first: set[str] = set()
    for i, e in enumerate(doc["references"]):
        at = _line(lines, ("references", i))
        for field in ("id", "type", "title"):
            if not e.get(field):
                yield Problem("data/sources.yaml", at, f"{field}: is missing; allowed: a value")
        for field in e.keys() - CSL:
            yield Problem("data/sources.yaml", at, f"{field}: unknown field; allowed: {', '.join(sorted(CSL))} (a text with a comma stands between quotation marks)")
        if "URL" in e and not re.match(r"https?://\S+$", str(e["URL"])):
            yield Problem("data/sources.yaml", at, f"URL: not an address; allowed: one that begins with http, or no URL (found {e['URL']!r})")
        if "language" in e and not re.fullmatch(r"[a-z]{2}", str(e["language"])):
            yield Problem("data/sources.yaml", at, f"language: not a code of a language; allowed: two small letters, the title's language where it is not English (found {e['language']!r})")
        if e.get("id") in first:
            yield Problem("data/sources.yaml", at, f"id: '{e['id']}' stands twice; allowed: once")
        first.add(e.get("id"))


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


def _semantic(m: Mechanism, known: dict, keys: dict, groups: set[str], latest: int):
    """Checks across facts: (path, message) pairs."""
    for at, fact in facts(m):
        for i, key in enumerate(fact.src):
            if key not in keys:
                yield (*at, "src", i), f"source '{key}' is not in data/sources.yaml; allowed: a key that is"
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


def _tables(base: Path, known: dict, keys: dict) -> Iterator[Problem]:
    """Reference tables against the codebook: columns, types, codes, terms, sources."""
    from .codebook import codebook

    book = codebook()["resources"]
    for path in sorted((base / "data/reference").glob("*.csv*")):
        name, file = path.name.split(".")[0], path.relative_to(base).as_posix()
        if name not in book:
            yield Problem(file, 1, "the codebook does not describe this table; allowed: a table of data/codebook.yaml")
            continue
        fields = book[name]["fields"]
        opened = gzip.open(path, "rt", newline="", encoding="utf-8") if path.suffix == ".gz" else open(path, newline="", encoding="utf-8")
        with opened as fh:
            rows = csv.reader(fh)
            head = next(rows, [])
            if set(head) != set(fields):
                yield Problem(file, 1, f"columns: {', '.join(sorted(set(head) ^ set(fields)))} differ(s) from the codebook; allowed: {', '.join(fields)}")
                continue
            checks = [(c, i, check and lru_cache(None)(check)) for i, c in enumerate(head) for check in [_checker(c, fields[c], known, keys)]]  # few values, many rows
            for n, row in enumerate(rows, 2):
                if len(row) != len(head):
                    yield Problem(file, n, f"{len(row)} values; allowed: {len(head)}, one a column")
                    continue
                for c, i, check in checks:
                    if row[i] and check and (wrong := check(row[i])):
                        yield Problem(file, n, f"{c}: {wrong} (found {row[i]!r})")


def _table_problems(base: Path, known: dict, keys: dict) -> list[Problem]:
    """The problems of :func:`_tables`; that there were none is kept by the content of what is checked."""
    files = sorted(p for p in (base / "data/reference").iterdir() if p.is_file())
    key = digest(code_digest(__name__), file_digest(base / "data/codebook.yaml"), *sorted(keys), *(x for p in files for x in (p.name, file_digest(p))))
    if store().get("passed", key) is not None:
        return []
    found = list(_tables(base, known, keys))
    if not found:
        store().put("passed", key, b"")
    return found


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
        keys = sources(base)
        problems = _source_problems(base) if tables else ()
        problems, latest = [*problems], study()["latest"]
    except DataError as exc:
        return [], exc.problems
    stamp = tuple((p.as_posix(), p.stat().st_mtime_ns, p.stat().st_size) for p in sorted((base / "data").rglob("*")) if p.is_file())
    found, wrong, where = _mechanisms(base, latest, stamp)
    problems += wrong
    if tables:
        problems += _table_problems(base, states(), keys)
        problems += _path_problems(base, found, where)
        problems += _event_problems(base, keys)
    return [*found], problems


@lru_cache(maxsize=1)
def _mechanisms(base: Path, latest: int, stamp: tuple) -> tuple[list[Mechanism], list[Problem], dict]:
    """The mechanisms that hold, what is wrong with any, and each one's file and lines; read again when a file of data/ was written (``stamp``)."""
    problems: list[Problem] = []
    found: list[Mechanism] = []
    known, keys, groups, where = states(), sources(base), _organisations(base), {}
    for path in sorted((base / "data/mechanisms").glob("*.yaml")):
        name = path.relative_to(base).as_posix()
        try:
            m, lines = _kept(path, read_mechanism)
        except yaml.YAMLError as exc:
            problems.append(Problem(name, line_of(exc), f"not valid YAML: {getattr(exc, 'problem', exc)}"))
            continue
        except ValidationError as exc:
            lines = exc.lines
            seen = set()
            for err in exc.errors():
                at = tuple(p for p in err["loc"] if p not in TAGS)
                field = dotted(at) or "file"
                problem = Problem(name, _line(lines, at), f"{field}: {_explain(err, _fields(Mechanism, at[:-1]))}")
                if (at, err["type"] == "extra_forbidden") not in seen:  # a value of either of two kinds is named once
                    problems.append(problem)
                seen.add((at, err["type"] == "extra_forbidden"))
            continue
        if m.id != path.stem:
            problems.append(Problem(name, _line(lines, ("id",)), f"id: is '{m.id}', the file is named '{path.stem}'"))
        for at, text in _semantic(m, known, keys, groups, latest):
            problems.append(Problem(name, _line(lines, at), f"{dotted(at)}: {text}"))
        found.append(m)
        where[m.id] = name, lines
    for m, at, text in _shared(found):
        problems.append(Problem(where[m.id][0], _line(where[m.id][1], at), f"{dotted(at)}: {text}"))
    return found, problems, where


def _path_problems(base: Path, found: list[Mechanism], where: dict) -> list[Problem]:
    """Recorded paths to regional instruments that ``data/instruments.yaml`` does not judge."""
    try:
        return [Problem(where[id][0], _line(where[id][1], ("linkages", i)), f"linkages.{i + 1}: {text}")
                for id, i, text in instruments.unjudged(instruments.listed(base), found)]
    except DataError as exc:
        return exc.problems


def _event_problems(base: Path, keys: dict) -> list[Problem]:
    """Events of the chronology without date, place or words, or whose source is not known."""
    name = "data/chronology.yaml"
    try:
        document(name, ("events",), base)
    except DataError as exc:
        return exc.problems
    doc, lines = read_yaml(base / name)
    out = []
    for i, e in enumerate(doc["events"]):
        if not isinstance(e, dict) or set(e) - {"date", "place", "what", "src"} or not (e.get("date") and e.get("what") and e.get("src")):
            out.append(Problem(name, _line(lines, ("events", i)), f"events.{i + 1}: allowed: date, place, what and src, of which place alone may be missing"))
            continue
        out += [Problem(name, _line(lines, ("events", i, "src", j)), f"events.{i + 1}.src.{j + 1}: source '{k}' is not in data/sources.yaml; allowed: a key that is")
                for j, k in enumerate(e["src"]) if k not in keys]
    return out


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
