"""Read and validate ``data/``; every problem at once, each with file, line and field."""
from __future__ import annotations

import csv
import pickle
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from .code import code_digest
from .models import Mechanism
from .paths import root
from .store import digest, store
from .trace import reads

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class DataError(Exception):
    """The data does not hold; ``problems`` lists all that was found."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


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


def _line(lines: dict[tuple, int], at: tuple) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def _explain(err: dict) -> str:
    text = err["msg"].removeprefix("Value error, ")
    given = err.get("input")
    shown = "" if isinstance(given, (dict, list)) else f" (found {given!r})"
    return text.replace("Input should be", "allowed:") + shown


@lru_cache
def states() -> dict[str, dict[str, str]]:
    """The State table by ISO 3166-1 alpha-3 code."""
    with open(root() / "data/reference/states.csv", newline="", encoding="utf-8") as fh:
        return {r["iso3"]: r for r in csv.DictReader(fh)}


@lru_cache
def study() -> dict:
    """What the study compares: ``data/study.yaml`` (baseline and latest year, inclusion rule, exclusions, merges)."""
    return yaml.load((root() / "data/study.yaml").read_text(encoding="utf-8"), Loader)


@reads("data/sources.yaml")
def sources(base: Path | None = None) -> dict[str, dict]:
    """CSL entries of ``data/sources.yaml`` by key."""
    doc, _ = _kept((base or root()) / "data/sources.yaml", read_yaml)
    return {e["id"]: e for e in doc["references"]}


def _semantic(m: Mechanism, known: dict, keys: dict):
    """Checks across facts: (path, message) pairs."""
    def facts(obj, at):
        if hasattr(obj, "src"):
            yield obj, at
        if hasattr(obj, "model_fields_set"):
            for name, f in type(obj).model_fields.items():
                yield from facts(getattr(obj, name), (*at, f.alias or name))
        elif isinstance(obj, list):
            for i, v in enumerate(obj):
                yield from facts(v, (*at, i))

    for fact, at in facts(m, ()):
        for i, key in enumerate(fact.src):
            if key not in keys:
                yield (*at, "src", i), f"source '{key}' is not in data/sources.yaml"
    for i, r in enumerate(m.rosters):
        for field in ("states", "unverified", "observers", "unverified_observers"):
            for j, s in enumerate(getattr(r, field)):
                if s not in known:
                    yield ("rosters", i, field, j), f"'{s}' is not in data/reference/states.csv"
    for field in ("joined", "left"):
        for i, mv in enumerate(getattr(m, field)):
            if mv.state not in known:
                yield (field, i, "state"), f"'{mv.state}' is not in data/reference/states.csv"
    seen: dict[tuple, int] = {}
    for i, mt in enumerate(m.meetings):
        mark = (str(mt.date), mt.title.lower(), mt.level)
        if mark in seen:
            yield ("meetings", i), f"the same meeting as entry {seen[mark] + 1}"
        seen[mark] = i


def validate(base: Path | None = None) -> tuple[list[Mechanism], list[Problem]]:
    """All mechanisms that hold, and every problem of the data."""
    base = base or root()
    problems: list[Problem] = []
    found: list[Mechanism] = []
    known = states()
    try:
        keys = sources(base)
        doc, lines = _kept(base / "data/sources.yaml", read_yaml)
        first: set[str] = set()
        for i, e in enumerate(doc["references"]):
            for field in ("id", "type", "title"):
                if not e.get(field):
                    problems.append(Problem("data/sources.yaml", _line(lines, ("references", i)), f"{field}: is missing"))
            if e.get("id") in first:
                problems.append(Problem("data/sources.yaml", _line(lines, ("references", i)), f"id: '{e['id']}' stands twice"))
            first.add(e.get("id"))
    except (yaml.YAMLError, KeyError, TypeError, FileNotFoundError) as exc:
        return [], [Problem("data/sources.yaml", 1, f"cannot be read: {exc}")]
    for path in sorted((base / "data/mechanisms").glob("*.yaml")):
        name = path.relative_to(base).as_posix()
        try:
            m, lines = _kept(path, read_mechanism)
        except yaml.YAMLError as exc:
            mark = getattr(exc, "problem_mark", None)
            problems.append(Problem(name, mark.line + 1 if mark else 1, f"not valid YAML: {getattr(exc, 'problem', exc)}"))
            continue
        except ValidationError as exc:
            lines = exc.lines
            for err in exc.errors():
                at = tuple(p for p in err["loc"] if not (isinstance(p, str) and p.startswith(("function", "Interval"))))
                field = ".".join(str(p + 1) if isinstance(p, int) else p for p in at) or "file"
                problems.append(Problem(name, _line(lines, at), f"{field}: {_explain(err)}"))
            continue
        if m.id != path.stem:
            problems.append(Problem(name, _line(lines, ("id",)), f"id: is '{m.id}', the file is named '{path.stem}'"))
        for at, text in _semantic(m, known, keys):
            field = ".".join(str(p + 1) if isinstance(p, int) else p for p in at)
            problems.append(Problem(name, _line(lines, at), f"{field}: {text}"))
        found.append(m)
    return found, problems


@reads("data/mechanisms/*.yaml")
def mechanisms() -> tuple[Mechanism, ...]:
    """Every valid mechanism, by id. Raises :class:`DataError` if anything in data/ is wrong."""
    found, problems = validate()
    if problems:
        raise DataError(problems)
    return tuple(found)


CITE = re.compile(r"(?<![\w@.])@([A-Za-z0-9][A-Za-z0-9_-]*)")
