"""YAML files of the project, read whole; what cannot be read is named with file and line."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from .paths import root


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML's safe loader, with days left as text: what is a date is the models' business."""

    yaml_implicit_resolvers = {k: [(tag, how) for tag, how in v if tag != "tag:yaml.org,2002:timestamp"]
                               for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}


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


def line_of(exc: Exception) -> int:
    """The line at which a YAML file cannot be parsed; the first where the error has none."""
    mark = getattr(exc, "problem_mark", None)
    return mark.line + 1 if mark else 1


def document(name: str, keys: tuple[str, ...], base: Path | None = None) -> dict:
    """The content of a YAML file (by its path in the project) that holds at least ``keys``.

    Raises :class:`DataError` with file and line if it is missing, cannot be parsed or lacks a key."""
    try:
        content = yaml.load(((base or root()) / name).read_text(encoding="utf-8"), Loader)
    except FileNotFoundError as exc:
        raise DataError([Problem(name, 1, "the file does not exist")]) from exc
    except UnicodeDecodeError as exc:
        raise DataError([Problem(name, 1, f"is not UTF-8 text: {exc.reason} at byte {exc.start}")]) from exc
    except yaml.YAMLError as exc:
        raise DataError([Problem(name, line_of(exc), f"not valid YAML: {getattr(exc, 'problem', None) or exc}")]) from exc
    missing = [k for k in keys if not isinstance(content, dict) or content.get(k) is None]
    if missing:
        raise DataError([Problem(name, 1, f"{', '.join(missing)}: is missing; allowed: a value")])
    return content
