"""Results kept between runs, by the content of what they are made from.

An entry is found by a digest of everything its maker read; it carries the format's version and a checksum, and what does not
match both is made again, never trusted. Nothing else keeps the cache true: it may be deleted at any time, in whole or in part."""
from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from .paths import root

FORMAT = b"iscm 2"
PACKED = {"pdf", "package", "picture"}
"""Kinds that are compressed as they are."""
LIMIT = 400_000_000
"""Bytes that the cache may hold after a render; the entries unused for longest go first."""


def digest(*parts: str | bytes) -> str:
    """A digest of parts in their order; where one ends and the next begins counts."""
    h = hashlib.sha256()
    for p in parts:
        raw = p.encode("utf-8", "surrogatepass") if isinstance(p, str) else p
        h.update(b"%d:" % len(raw))
        h.update(raw)
    return h.hexdigest()


def file_digest(path: Path) -> str:
    """The digest of a file's content, empty if there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return ""


class Store:
    """A folder of entries. ``made`` names what had to be made in this run, by kind; ``kept`` what was found."""

    def __init__(self, folder: Path, fresh: bool = False):
        self.folder, self.fresh = folder, fresh
        self.made: dict[str, list[str]] = {}
        self.kept: dict[str, set[str]] = {}
        self._writes = True

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:2] / key[2:]

    def get(self, kind: str, key: str) -> bytes | None:
        """The entry, or nothing if it is missing, damaged or of another format."""
        if self.fresh:
            return None
        path = self._path(kind, key)
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if head != FORMAT + b" " + hashlib.sha256(body).hexdigest().encode():
            return None
        body = zlib.decompress(body)
        try:
            os.utime(path)
        except OSError:
            pass  # a cache that cannot be written is still read
        return body

    def put(self, kind: str, key: str, body: bytes) -> None:
        """Keep an entry: written beside its place, then moved there. A folder that cannot be written is said once."""
        if not self._writes:
            return
        path, body = self._path(kind, key), zlib.compress(body, 0 if kind in PACKED else 1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as fh:
                    fh.write(FORMAT + b" " + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                os.replace(name, path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as exc:
            self._writes = False
            print(f"the cache {self.folder} cannot be written ({exc.strerror or exc}): this run works without storing", file=sys.stderr)

    def remember(self, kind: str, key: str, make: Callable[[], bytes], name: str = "") -> bytes:
        """The entry, made and kept if need be; ``name`` is what the list of made things calls it."""
        body, name = self.get(kind, key), name or key[:8]
        if body is None:
            body = make()
            self.put(kind, key, body)
            self.note(kind, name, made=True)
        else:
            self.note(kind, name)
        return body

    def note(self, kind: str, name: str, made: bool = False) -> None:
        """Count a thing as made or as found; what was made in this run counts as made, however often it is asked for."""
        if name in self.made.get(kind, ()):
            return
        if made:
            self.made.setdefault(kind, []).append(name)
            self.kept.get(kind, set()).discard(name)
        else:
            self.kept.setdefault(kind, set()).add(name)

    def join(self, made: dict[str, list[str]]) -> None:
        """Count what another process made for this run as made."""
        for kind, names in made.items():
            for name in names:
                self.note(kind, name, made=True)

    def prune(self, limit: int = LIMIT) -> None:
        """Remove the entries unused for longest beyond ``limit`` bytes, and what killed runs left half-written."""
        entries, now = [], time.time()
        for path in self._entries() if self._writes else ():
            try:
                stat = os.stat(path)
                if os.path.basename(path).startswith(".part-") and now - stat.st_mtime > 3600:
                    os.unlink(path)
                else:
                    entries.append((stat.st_mtime, stat.st_size, path))
            except OSError:
                continue
        size = sum(e[1] for e in entries)
        for _, bytes_, path in sorted(entries) if size > limit else ():
            if size <= limit:
                break
            Path(path).unlink(missing_ok=True)
            size -= bytes_

    def _entries(self) -> Iterator[str]:
        """The paths of all entries, as texts: there are thousands, and this is done in each run."""
        for folder, _, names in os.walk(self.folder):
            yield from (os.path.join(folder, name) for name in names)


@lru_cache
def store() -> Store:
    """This run's store: ``build/cache`` of the project, or the folder named by ``ISCM_CACHE``."""
    return Store(Path(os.environ.get("ISCM_CACHE") or root() / "build/cache"))
