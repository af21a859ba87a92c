"""Make an output in a folder beside the last one and put it in its place at once; and folders as one piece of bytes that is always the same."""
from __future__ import annotations

import ctypes
import fcntl
import io
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .pandoc import RenderError

EXCHANGE = 2
AHEAD = "ahead-"  # with the number of the render's process: the folder of its other processes
LEVEL = 6  # of compression: 9 takes three times as long for a hundredth of the size


def _exchange(a: Path, b: Path) -> bool:
    """Swap two folders in one step of the file system, where the system can."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return call(-100, os.fsencode(a), -100, os.fsencode(b), EXCHANGE) == 0  # -100: paths as they stand


@contextmanager
def stage(root: Path) -> Iterator[Path]:
    """A folder to make an output in, removed at the end; one render of a project at a time has one.

    Raises :class:`~analysis.render.pandoc.RenderError` while another render has it."""
    build = root / "build"
    build.mkdir(exist_ok=True)
    with open(build / "render.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise RenderError("another render of this folder is under way; wait for it to end") from exc
        recover(root)
        folder, temp = (Path(tempfile.mkdtemp(prefix="stage-", dir=build)) for _ in range(2))
        usual, tempfile.tempdir = tempfile.tempdir, str(temp)  # so that nothing of a killed render stays elsewhere
        try:
            yield folder
        finally:
            tempfile.tempdir = usual
            for left in (folder, temp):
                shutil.rmtree(left, ignore_errors=True)


def recover(root: Path) -> None:
    """Undo what a render left, if it was killed: its working folders, and an output moved aside but not yet replaced."""
    for left in (*(root / "build").glob("stage-*"), *(root / "build").glob(f"{AHEAD}*")):
        if left.name != f"{AHEAD}{os.getpid()}":
            shutil.rmtree(left, ignore_errors=True)
    old = root / "_book.old"
    if old.exists() and not (root / "_book").exists():
        old.rename(root / "_book")


def put(stage: Path, book: Path, keep: set[str]) -> None:
    """Put the finished output in place; with one format only, the other format's last output is kept.

    Nothing of the last output is left: a render that is killed later has made all, and the next one sees nothing to do."""
    if book.exists() and keep:
        for item in book.iterdir():
            is_pdf = item.suffix == ".pdf"
            if (is_pdf and "pdf" in keep or not is_pdf and "html" in keep) and not (stage / item.name).exists():
                (shutil.copytree if item.is_dir() else shutil.copy2)(item, stage / item.name)
    stage.chmod(0o755)
    if book.exists() and _exchange(stage, book):
        recover(book.parent)
        return
    old = book.with_name("_book.old")
    shutil.rmtree(old, ignore_errors=True)
    if book.exists():
        book.rename(old)
    stage.rename(book)
    shutil.rmtree(old, ignore_errors=True)
    recover(book.parent)


def pack(folder: Path, inside: str = "", level: int = LEVEL) -> bytes:
    """A folder as a ZIP file that is the same for the same files, under the path ``inside``."""
    paths = [p for p in folder.rglob("*") if p.is_file()]
    return pack_files({inside + p.relative_to(folder).as_posix(): p.read_bytes() for p in paths},
                      {inside + p.relative_to(folder).as_posix() for p in paths if p.stat().st_mode & 0o100}, level)


def pack_files(files: dict[str, bytes], programs: set[str] = frozenset(), level: int = LEVEL) -> bytes:
    """Files by name as a ZIP file: names sorted, one date for all, so that the same files give the same bytes.

    ``level`` of compression; 0 for what goes into the store, which compresses."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as z:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system = (0o755 if name in programs else 0o644) << 16, 3
            z.writestr(info, files[name], zipfile.ZIP_DEFLATED, level)
    return out.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """The files of a ZIP file made by :func:`pack`."""
    with zipfile.ZipFile(io.BytesIO(packed)) as z:
        z.extractall(folder)
