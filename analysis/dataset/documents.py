"""Files of the project, read whole; what cannot be read is named with file and line."""
from __future__ import annotations

import csv
import gzip
import io
import re
import tomllib
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from .paths import root


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML's safe loader, with days left as text: what is a date is the models' business."""

    yaml_implicit_resolvers = {k: [(tag, how) for tag, how in v if tag != "tag:yaml.org,2002:timestamp"]
                               for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    def construct_object(self, node, deep=False):
        """As the safe loader does, but a value that is not of the kind that it is marked as (``!!int abc``) is an error with a line."""
        try:
            return super().construct_object(node, deep)
        except ValueError as exc:
            raise yaml.MarkedYAMLError(problem=str(exc), problem_mark=node.start_mark) from exc


@dataclass(frozen=True)
class Problem:
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


SHOWN = 24
"""Problems of one kind that are printed; a table that is lost can leave tens of thousands."""


def _kind(problem: Problem) -> str:
    """What a problem says, without where it lies and what was found there."""
    return re.sub(r"'[^']*'|\d+", "…", re.sub(r"^[\w.-]+: ", "", problem.text))


def listed(problems: list[Problem]) -> str:
    """The problems, one a line; of many of one kind the first, and how many there are besides."""
    n: Counter[str] = Counter()
    lines = []
    for p in problems:
        n[_kind(p)] += 1
        if n[_kind(p)] <= SHOWN:
            lines.append(str(p))
    return "\n".join([*lines, *(f"… and {of - SHOWN:,} more of this kind: {kind}" for kind, of in n.items() if of > SHOWN)])


class DataError(Exception):
    """The data does not hold; ``problems`` lists all that was found."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__(listed(problems))


def raw(name: str, base: Path | None = None) -> bytes:
    """The bytes of a file, by its path in the project, unpacked if it is compressed. Raises :class:`DataError` if it cannot be read."""
    try:
        content = ((base or root()) / name).read_bytes()
        return gzip.decompress(content) if name.endswith(".gz") else content
    except FileNotFoundError as exc:
        raise DataError([Problem(name, 1, "the file does not exist")]) from exc
    except IsADirectoryError as exc:
        raise DataError([Problem(name, 1, "is a folder; allowed: a file")]) from exc
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise DataError([Problem(name, 1, f"cannot be unpacked ({exc}); allowed: a whole gzip file")]) from exc
    except OSError as exc:
        raise DataError([Problem(name, 1, f"cannot be read: {exc.strerror or exc}")]) from exc


def text(name: str, base: Path | None = None) -> str:
    """The text of a file. Raises :class:`DataError` if it cannot be read or is not UTF-8."""
    content = raw(name, base)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise DataError([Problem(name, line, f"not UTF-8 text ({exc.reason}, found the byte {content[exc.start]:#x}); allowed: UTF-8")]) from exc


def _whole(name: str, reader) -> list:
    try:
        return list(reader)
    except csv.Error as exc:
        raise DataError([Problem(name, reader.line_num, f"not valid CSV: {exc}")]) from exc


def rows(name: str, base: Path | None = None) -> list[list[str]]:
    """The rows of a CSV file, its head first. Raises :class:`DataError` if it cannot be read."""
    return _whole(name, csv.reader(io.StringIO(text(name, base), newline="")))


def table(name: str, base: Path | None = None, needed: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The rows of a CSV file by column. Raises :class:`DataError` if it cannot be read, or where columns are ``needed``, lacks one or holds no row."""
    reader = csv.DictReader(io.StringIO(text(name, base), newline=""))
    found = _whole(name, reader)
    missing = [c for c in needed if c not in (reader.fieldnames or ())]
    if missing or needed and not found:
        raise DataError([Problem(name, 1, f"{', '.join(missing or ['row'])}: is missing; allowed: the columns {', '.join(needed)}, and at least one row")])
    return found


def _lines(node) -> dict[tuple, int]:
    """The line of a YAML node and of every node in it, by path of keys and indexes. Raises ``yaml.YAMLError`` for what no file of the project may hold."""
    lines: dict[tuple, int] = {}

    def walk(n, at: tuple, within: tuple) -> None:
        if any(n is w for w in within):
            raise yaml.MarkedYAMLError(problem="an alias stands within what it names; allowed: after it", problem_mark=n.start_mark)
        lines[at] = n.start_mark.line + 1
        if isinstance(n, yaml.MappingNode):
            for k, v in n.value:
                if not isinstance(k, yaml.ScalarNode):
                    raise yaml.MarkedYAMLError(problem="a key is no single value; allowed: text", problem_mark=k.start_mark)
                if (*at, k.value) in lines:
                    raise yaml.MarkedYAMLError(problem=f"'{k.value}' stands twice; allowed: once", problem_mark=k.start_mark)
                walk(v, (*at, k.value), (*within, n))
        elif isinstance(n, yaml.SequenceNode):
            for i, v in enumerate(n.value):
                walk(v, (*at, i), (*within, n))

    walk(node, (), ())
    return lines


def read_yaml(name: str, base: Path | None = None) -> tuple[object, dict[tuple, int]]:
    """The content of a YAML file and the line of every node, by path of keys and indexes. Raises :class:`DataError` if it cannot be read."""
    content = text(name, base)
    try:
        loader = Loader(content)
        try:
            node = loader.get_single_node()
            if node is None:
                return None, {(): 1}
            lines = _lines(node)
            return loader.construct_document(node), lines
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as exc:
        line = content.encode("utf-8").count(b"\n", 0, exc.position) + 1
        raise DataError([Problem(name, line, f"not valid YAML: {exc.reason}")]) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise DataError([Problem(name, mark.line + 1 if mark else 1, f"not valid YAML: {getattr(exc, 'problem', None) or exc}")]) from exc
    except RecursionError as exc:
        raise DataError([Problem(name, 1, "not valid YAML: lists or fields lie too deep within each other")]) from exc


def document(name: str, keys: tuple[str, ...], base: Path | None = None) -> dict:
    """The content of a YAML file (by its path in the project) that holds at least ``keys``.

    Raises :class:`DataError` with file and line if it is missing, cannot be parsed or lacks a key."""
    content, _ = read_yaml(name, base)
    missing = [k for k in keys if not isinstance(content, dict) or content.get(k) is None]
    if missing:
        raise DataError([Problem(name, 1, f"{', '.join(missing)}: is missing; allowed: a value")])
    return content


def version(project: Path) -> str:
    """The version in ``pyproject.toml`` of the project, else that of the installed package. Raises :class:`DataError` for one that cannot be read."""
    name = "pyproject.toml"
    if not (project / name).exists():
        from importlib.metadata import version as installed

        return installed("iscm-report")
    try:
        stated = tomllib.loads(text(name, project)).get("project")
    except tomllib.TOMLDecodeError as exc:
        line = re.search(r"at line (\d+)", str(exc))
        raise DataError([Problem(name, int(line[1]) if line else 1, f"not valid TOML: {exc}")]) from exc
    if not isinstance(stated, dict) or not isinstance(stated.get("version"), str):
        raise DataError([Problem(name, 1, "version: is missing under [project]; allowed: a version between quotation marks")])
    return stated["version"]
