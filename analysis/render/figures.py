"""Figures as files: each as SVG, PNG, Vega-Lite specification and CSV of its data, made again only when it changed."""
from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ..dataset import trace
from ..dataset.code import code_digest
from ..dataset.store import digest
from ..present import draw
from ..present.registry import FIGURES


def key(name: str) -> str:
    """What a figure rests on besides the frames that it uses: the code of the figures, and data read without a frame."""
    return digest("figure", name, code_digest(FIGURES[name].__module__), trace.rest_digest(), draw.base())


def _make(name: str) -> bytes:
    f = FIGURES[name]()
    drawing = f.svg()
    files = {"svg": drawing.encode("utf-8"), "png": draw.png(drawing, name), "vl.json": json.dumps(f.spec, ensure_ascii=False).encode("utf-8"),
             "csv": f.data.to_csv(index=False, lineterminator="\n").encode("utf-8")}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for form, body in files.items():
            z.writestr(zipfile.ZipInfo(f"{name}.{form}"), body)
    return out.getvalue()


def write(names: Iterable[str], out: Path) -> list[str]:
    """Write figures into a folder; gives the names of those whose files were not there as they should be."""
    written = []
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        with zipfile.ZipFile(io.BytesIO(trace.remember("figure files", key(name), lambda: _make(name), name))) as z:
            for file in z.namelist():
                body, path = z.read(file), out / file
                if not path.exists() or path.read_bytes() != body:
                    beside = path.with_name(f".part-{file}")
                    beside.write_bytes(body)
                    beside.replace(path)
                    written += [name] if name not in written else []
    return written
