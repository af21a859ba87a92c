"""What changed between two states of the data: facts, with their sources, and findings.

Facts are compared as they were written (YAML, CSV), whatever code they were written for. Findings of both sides are computed with
the present code, each side in a process of its own, so that what moves is moved by the data alone."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from .dataset.documents import DataError, read_yaml, table
from .dataset.paths import root
from .dataset.store import file_digest

SHOWN = 40
"""Rows of one reference table that the Markdown lists; JSON has all."""


class DiffError(Exception):
    """A side cannot be read; says which and why."""


@dataclass(frozen=True)
class Change:
    """One fact added, removed or changed; ``src`` are the sources of the new value (of the old one, where it was removed)."""

    file: str
    field: str
    kind: str
    old: object
    new: object
    src: tuple[str, ...] = ()


# The two sides

@contextmanager
def side(name: str):
    """A project folder with the data of a data folder, a project, a Git revision, a release folder or its data ZIP.

    Raises :class:`DiffError`."""
    with tempfile.TemporaryDirectory(prefix="iscm-diff-") as temp:
        base = Path(temp)
        (base / "_quarto.yml").write_text("book: {title: comparison, chapters: []}\n", encoding="utf-8")
        path = Path(name)
        if path.is_dir() and (found := sorted(path.glob("*-data.zip"))):
            path = found[-1]
        if path.is_file():
            _unzip(path, base)
        elif path.is_dir():
            data = next((d for d in (path / "data", path) if (d / "mechanisms").is_dir()), None)
            if data is None:
                raise DiffError(f"{name}: no data here; allowed: a folder with mechanisms/, a project, a release, its data ZIP, or a Git revision")
            (base / "data").symlink_to(data.resolve(), target_is_directory=True)
        else:
            _checkout(name, base)
        yield base


def _unzip(path: Path, base: Path) -> None:
    try:
        with zipfile.ZipFile(path) as z:
            names = [n for n in z.namelist() if n.startswith("authored/") and ".." not in Path(n).parts]
            if not names:
                raise DiffError(f"{path}: holds no folder authored/; allowed: the data ZIP of a release")
            z.extractall(base, names)
    except zipfile.BadZipFile as exc:
        raise DiffError(f"{path}: is not a ZIP file; allowed: the data ZIP of a release") from exc
    (base / "authored").rename(base / "data")


def _checkout(name: str, base: Path) -> None:
    done = subprocess.run(["git", "archive", "--format=tar", name, "data"], cwd=os.environ.get("ISCM_REPOSITORY") or root(), capture_output=True)
    if done.returncode:
        raise DiffError(f"{name}: neither a folder nor a file nor a Git revision that holds data/ ({done.stderr.decode('utf-8', 'replace').strip()})")
    subprocess.run(["tar", "-x", "-C", str(base)], input=done.stdout, check=True)


# Facts

def facts(old: Path, new: Path, sides: tuple[str, str] = ("old", "new")) -> list[Change]:
    """Every difference of the authored files and reference tables of two project folders. Raises :class:`DiffError` with the side's name."""
    names = sorted({p.relative_to(b).as_posix() for b in (old, new) for p in (b / "data").rglob("*")
                    if p.is_file() and not p.relative_to(b).as_posix().startswith("data/schema/")})
    out: list[Change] = []
    for name in names:
        there = tuple((base / name).is_file() for base in (old, new))
        kind = {(False, True): "added", (True, False): "removed"}.get(there, "changed")
        if kind == "changed" and file_digest(old / name) == file_digest(new / name):
            continue
        how = read_yaml if name.endswith((".yaml", ".yml")) else table if name.endswith((".csv", ".csv.gz")) else None
        a, b = (_read(how, name, base, side) if how and here else None for base, side, here in zip((old, new), sides, there))
        if how is read_yaml:
            out += _nodes(name, "", a and a[0], b and b[0], ())
        elif how is table and kind == "changed":
            out += _rows(name, a, b)
        else:
            out.append(Change(name, "file", kind, None, None, tuple(dict.fromkeys(k for r in a or b or () for k in (r.get("src") or "").split()))[:9]))
    return out


def _read(how: Callable, name: str, base: Path, side: str):
    try:
        return how(name, base)
    except DataError as exc:
        raise DiffError("\n".join(f"{side}: {p}" for p in exc.problems)) from exc


def _src(node, default: tuple[str, ...]) -> tuple[str, ...]:
    found = node.get("src") if isinstance(node, dict) else None
    return tuple(found) if isinstance(found, list) else tuple(found.split()) if isinstance(found, str) else default


def _nodes(file: str, at: str, old, new, src: tuple[str, ...]):
    """Differences of two nodes of a YAML file; items of lists are matched by what they say, not by their place."""
    if old == new:
        return
    if old is None or new is None:
        if not at and isinstance(old or new, dict):  # a whole file: each of its facts by itself
            for key in old or new:
                yield from _nodes(file, key, (old or {}).get(key), (new or {}).get(key), ())
        elif isinstance(old, list) or isinstance(new, list):
            yield from _lists(file, at, old or [], new or [], src)
        else:
            yield Change(file, at, "added" if old is None else "removed", old, new, _src(new if old is None else old, src))
    elif isinstance(old, dict) and isinstance(new, dict):
        src = _src(new, src)
        for key in dict.fromkeys([*old, *new]):
            yield from _nodes(file, f"{at}.{key}" if at else str(key), old.get(key), new.get(key), src)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(file, at, old, new, src)
    else:
        yield Change(file, at, "changed", old, new, src)


def _lists(file: str, at: str, old: list, new: list, src: tuple[str, ...]):
    text = lambda v: json.dumps(v, sort_keys=True, default=str)
    left, right = list(old), []
    for v in new:
        left.remove(v) if v in left else right.append(v)
    if all(not isinstance(v, (dict, list)) for v in (*left, *right)):
        yield from (Change(file, at, "removed", v, None, src) for v in left)
        yield from (Change(file, at, "added", None, v, src) for v in right)
        return
    for v in right:
        best = max(left, key=lambda w: _likeness(w, v), default=None)
        if best is not None and _likeness(best, v) >= 0.5:
            left.remove(best)
            yield from _nodes(file, f"{at}[{_name(v)}]", best, v, _src(v, src))
        else:
            yield Change(file, f"{at}[{_name(v)}]", "added", None, v, _src(v, src))
    for v in sorted(left, key=text):
        yield Change(file, f"{at}[{_name(v)}]", "removed", v, None, _src(v, src))


def _likeness(a, b) -> float:
    """The share of fields on which two facts agree; an id settles it."""
    if not (isinstance(a, dict) and isinstance(b, dict)):
        return 0.0
    if "id" in a or "id" in b:
        return float(a.get("id") == b.get("id"))
    keys = (set(a) | set(b)) - {"src", "note"}
    return sum(a.get(k) == b.get(k) for k in keys) / len(keys) if keys else 0.0


def _name(v) -> str:
    """What a fact of a list is called: its id, or its date and title, kind or name."""
    if not isinstance(v, dict):
        return str(v)
    parts = [str(v[k]) for k in ("id", "date", "as_of", "state", "theme", "kind", "name", "who", "title", "to") if isinstance(v.get(k), (str, int))]
    return ", ".join(parts[:2]) or "…"


def _rows(file: str, old: list[dict], new: list[dict]):
    """Differences of two tables. A row is known by the fewest first columns that tell all rows apart, in both."""
    columns = list((new or old or [{}])[0])
    width = next((n for n in range(1, len(columns) + 1)
                  if all(len({tuple(r.get(c) for c in columns[:n]) for r in t}) == len(t) for t in (old, new))), len(columns))
    key = lambda r: tuple(str(r.get(c)) for c in columns[:width])
    a, b = {key(r): r for r in old}, {key(r): r for r in new}
    for k in dict.fromkeys([*a, *b]):
        name, was, now = ", ".join(k), a.get(k), b.get(k)
        src = tuple(((now or was).get("src") or "").split())
        if was is None or now is None:
            yield Change(file, name, "added" if was is None else "removed", was, now, src)
        else:
            yield from (Change(file, f"{name}: {c}", "changed", was.get(c), now.get(c), src) for c in dict.fromkeys([*was, *now]) if was.get(c) != now.get(c))


# Findings

def _findings(base: Path) -> dict[str, dict] | str:
    """The findings of a side, or why they cannot be computed with the present code."""
    env = {**os.environ, "ISCM_ROOT": str(base), "ISCM_CACHE": os.environ.get("ISCM_CACHE") or str(root() / "build/cache"), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-m", "analysis.diff"], env=env, cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        lines = [s for s in done.stderr.strip().splitlines() if s.strip()] or ["no reason given"]
        reason = lines[0] if len(lines) == 1 or not lines[0].startswith("Traceback") else lines[-1]
        return reason.replace(f"{base.resolve()}/", "")  # that folder has another name every time, and release notes are made twice the same
    return json.loads(done.stdout)


def compute() -> int:
    """Print the findings of the project in ``ISCM_ROOT`` as JSON; what the subprocess of a comparison runs."""
    from .dataset.load import validate
    from .findings import findings

    problems = validate(root())[1]
    if problems:
        print(f"the data does not hold under the present rules ({len(problems)} problems, the first: {problems[0]})", file=sys.stderr)
        return 1
    print(json.dumps({k: f.as_dict() for k, f in findings().items()}, default=float))
    return 0


@dataclass(frozen=True)
class Moved:
    """A finding whose value, bounds or strength differ; ``beyond``: the new value lies outside the old bounds."""

    id: str
    statement: str
    old: dict | None
    new: dict | None
    strength: bool
    beyond: bool


def moved(old: dict[str, dict], new: dict[str, dict]) -> list[Moved]:
    """The findings that differ in value, bounds, date or strength."""
    out = []
    for id in dict.fromkeys([*old, *new]):
        a, b = old.get(id), new.get(id)
        parts = ("value", "low", "high", "date", "strength")
        if a and b and all(_same(a.get(p), b.get(p)) for p in parts):
            continue
        low, high = (a or {}).get("low"), (a or {}).get("high")
        beyond = bool(b and b["value"] is not None and low is not None and high is not None and not low <= b["value"] <= high)
        out.append(Moved(id, (b or a)["statement"], a, b, bool(a and b and a.get("strength") != b.get("strength")), beyond))
    return out


def _same(a, b) -> bool:
    if isinstance(a, float) or isinstance(b, float):
        return a is b or (a is not None and b is not None and abs(a - b) <= 1e-12 * max(1.0, abs(a), abs(b)))
    return a == b


# The comparison as a whole

def compare(old: str, new: str) -> dict:
    """Facts and findings that differ between two sides, with what could not be computed. Raises :class:`DiffError`."""
    with side(old) as a, side(new) as b:
        changes = facts(a, b, (old, new))
        if not changes:
            return {"old": old, "new": new, "facts": [], "findings": [], "not computed": [], "compared": 0}
        found = {name: _findings(base) for name, base in ((old, a), (new, b))}
    failed = [f"{name}: {reason}" for name, reason in found.items() if isinstance(reason, str)]
    shifts = [] if failed else moved(found[old], found[new])
    return {"old": old, "new": new, "facts": [asdict(c) for c in changes], "findings": [asdict(m) for m in shifts], "not computed": failed,
            "compared": 0 if failed else len(found[new])}


def advice(result: dict) -> str:
    """What the changes ask for, by the rule of the changelog: new facts a second number, corrections a third."""
    facts_, shifts = result["facts"], result["findings"]
    if result["not computed"]:
        return "The findings could not be compared (see below): the facts alone say what changed."
    if not facts_:
        return "Nothing changed: no new edition is needed."
    if any(m["strength"] or m["beyond"] for m in shifts):
        return "A finding left its bounds or changed its strength: the text that states it has to be read again, and a new edition is advised."
    if shifts:
        return "Findings moved within their bounds: a new edition is advised when the changes are complete; the wording can stay."
    return "No finding moved: the changes can wait for the next edition."


def markdown(result: dict) -> str:
    """The comparison for a person who decides whether the report needs a new edition."""
    facts_, shifts = result["facts"], result["findings"]
    n = {k: sum(c["kind"] == k for c in facts_) for k in ("added", "removed", "changed")}
    out = [f"# What changed from {result['old']} to {result['new']}", "", advice(result), ""]
    if not facts_:
        return "\n".join(out)
    strong = sum(m["strength"] for m in shifts)
    out += [f"- Facts: {n['added']} added, {n['removed']} removed, {n['changed']} changed.",
            "- Findings: not compared." if result["not computed"] else
            f"- Findings: {len(shifts)} of {result['compared']} moved; the strength of {strong} is worded differently.",
            "- The findings of both sides are computed with the present code.", ""]
    for reason in result["not computed"]:
        out += [f"> The findings could not be computed for {reason}", ""]
    if shifts:
        out += ["## Findings that moved", "", "| Finding | Old | New | Strength | |", "|---|---|---|---|---|"]
        out += [f"| {m['statement']} (`{m['id']}`) | {_value(m['old'])} | {_value(m['new'])} | {_strength(m)} | {'beyond its bounds' if m['beyond'] else ''} |" for m in shifts]
        out.append("")
    out += ["## Facts", ""]
    for file in dict.fromkeys(c["file"] for c in facts_):
        own = [c for c in facts_ if c["file"] == file]
        out += [f"### {file}", "", *(f"- {_line(c)}" for c in own[:SHOWN])]
        out += [f"- … and {len(own) - SHOWN} more (`--format json` has all)"] if len(own) > SHOWN else []
        out.append("")
    return "\n".join(out)


def _number(v) -> str:
    return "–" if v is None else f"{v:.3g}" if isinstance(v, float) and not v.is_integer() else f"{v:,.0f}" if isinstance(v, (int, float)) else str(v)


def _value(f: dict | None) -> str:
    if f is None:
        return "–"
    bounds = "" if f.get("low") is None and f.get("high") is None else f" ({_number(f.get('low'))} to {_number(f.get('high'))})"
    return f"{_number(f['value'])}{bounds}"


def _strength(m: dict) -> str:
    a, b = ((m[k] or {}).get("strength") or "" for k in ("old", "new"))
    return f"{a} → {b}" if a != b and a and b else b or a


def _line(c: dict) -> str:
    show = lambda v: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False, default=str)
    value = {"added": lambda: f": {show(c['new'])}", "removed": lambda: f": {show(c['old'])}", "changed": lambda: f": {show(c['old'])} → {show(c['new'])}"}[c["kind"]]()
    if c["field"] == "file":
        value = ""
    return f"{c['kind']} `{c['field']}`{value}" + (f" [{', '.join(c['src'])}]" if c["src"] else "")


if __name__ == "__main__":
    sys.exit(compute())
