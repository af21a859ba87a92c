"""What a release says of itself, read and checked (``release.json``, ``SHA256SUMS``), and what lies in its folder."""
from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from . import ReleaseError

VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
DOI = re.compile(r"10\.[0-9]{4,9}(\.[0-9]+)*/[-._;()/:A-Za-z0-9]*[A-Za-z0-9)]")
"""What registrars give out today; the end cannot be a dot, so that one that is not known yet (``10.5281/zenodo...``) is not taken for one."""
A_DOI = "10.5281/zenodo.1234567: 10. and four to nine digits, a stroke, then letters, digits and -._;()/:, the last a letter, a digit or a bracket; no address before it"
LISTED = re.compile(r"([0-9a-f]{64})  (?!\.{1,2}$)([^/\\\0]+)")
PREVIOUS = {"version": (VERSION, 'three numbers, as "1.2.0"'), "commit": (COMMIT, "the 40 or 64 hexadecimal digits of a commit, as text")}
FIELDS = {**PREVIOUS, "epoch": (re.compile(r"[0-9]{1,10}"), 'seconds since 1970 as text, as "1767225600"'), "doi": (re.compile(f"|{DOI.pattern}"), f"an empty text, or {A_DOI}"),
          "lock": (re.compile(r"|[0-9a-f]{64}"), "the SHA-256 sum of requirements.lock, as text"), "python": (re.compile(r"[0-9]+\.[0-9]+"), 'two numbers, as "3.12"'),
          "machine": (re.compile(r"[\w.-]*"), 'the kind of machine, as "x86_64"')}


def read(folder: Path) -> dict:
    """``release.json`` of a release folder. Raises :class:`ReleaseError` with every field that does not hold and what is allowed."""
    try:
        made = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as exc:
        raise ReleaseError(f"{folder} is not a release: release.json: {exc}") from exc
    faults = _faults(made, FIELDS, "")
    if isinstance(made, dict):
        if "previous" not in made:
            faults.append("previous: is missing; allowed: null, or version and commit of the last release")
        elif made["previous"] is not None:
            faults += _faults(made["previous"], PREVIOUS, "previous.")
    if faults:
        raise ReleaseError("\n".join(f"{folder} is not a release: release.json: {fault}" for fault in faults))
    return made


def _faults(made: object, fields: dict[str, tuple[re.Pattern, str]], at: str) -> list[str]:
    """What is wrong with an object of ``release.json``, field by field."""
    if not isinstance(made, dict):
        return [f"{at.rstrip('.') or 'the whole'}: is {json.dumps(made)[:60]}; allowed: an object with {', '.join(fields)}"]
    return [f"{at}{name}: {'is ' + json.dumps(made[name])[:60] if name in made else 'is missing'}; allowed: {allowed}"
            for name, (form, allowed) in fields.items() if not (isinstance(made.get(name), str) and form.fullmatch(made[name]))]


def listed(folder: Path) -> dict[str, str]:
    """The sums that ``SHA256SUMS`` states, by name. Raises :class:`ReleaseError` with every line that states none of a file of this folder."""
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as exc:
        raise ReleaseError(f"{folder} is not a release: SHA256SUMS: {exc}") from exc
    found: dict[str, str] = {}
    faults = []
    for number, line in enumerate(lines, 1):
        m = LISTED.fullmatch(line)
        if m and m[2] not in found:
            found[m[2]] = m[1]
        else:
            faults.append(f"{folder} is not a release: SHA256SUMS, line {number}: {line[:90]!r}; allowed: a SHA-256 sum, two spaces and the name of a file of this folder, each file once")
    if faults:
        raise ReleaseError("\n".join(faults))
    return found


def contents(folder: Path) -> dict[str, str]:
    """Everything in a release folder, at any depth, but ``SHA256SUMS`` itself: the SHA-256 sum of each file; of what is no file that can be read, what it is, in words."""
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*"))}
    readable = lambda name: name.encode("utf-8", "backslashreplace").decode("utf-8")  # a name need not be UTF-8, and is printed
    return {readable(name): _sum(p) for name, p in found.items() if name != "SHA256SUMS"}


def _sum(path: Path) -> str:
    try:
        if path.is_symlink() or not path.is_file():  # a link leads to what may change, and a pipe is not read to its end
            return "is a link" if path.is_symlink() else "is a folder" if path.is_dir() else "is not a file"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        return f"cannot be read: {exc.strerror}"
