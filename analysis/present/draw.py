"""Draw a Vega-Lite specification, and make a picture of a drawing; what is drawn once is kept."""
from __future__ import annotations

import json
import re
import sys
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import typst

from ..dataset.store import Store, digest, file_digest, store

FONTS = Path(__file__).with_name("fonts")
PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.drawing), format: "svg")'


@lru_cache
def base() -> str:
    """What every drawing rests on besides its specification: the libraries, this code, and the fonts that the theme brings."""
    return digest(version("vl-convert-python"), version("typst"), *map(file_digest, [Path(__file__), *sorted(FONTS.iterdir())]))


if find_spec("vl_convert") is None:
    raise ModuleNotFoundError("No module named 'vl_convert'", name="vl_convert")  # now, not when the first chart is drawn


@lru_cache
def _converter():
    """The library that draws. Imported when it is first needed: it starts threads at once, which a process forked afterwards would wait for in vain."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))  # text is measured alike on every machine
    return vl_convert


@lru_cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _key(spec: dict) -> str:
    return digest(base(), json.dumps(spec, sort_keys=True))


NAMED = re.compile(r'(?<=[("#])(clip|gradient_)\d+(?=[")])')


def _own(drawing: str, mark: str) -> str:
    """A drawing whose clips and gradients bear names of its own: the library counts them over all that a process draws, so that they
    would depend on what was drawn before."""
    names: dict[str, str] = {}
    return NAMED.sub(lambda m: names.setdefault(m[0], f"{mark}-{len(names)}"), drawing)


def svg(spec: dict, name: str) -> str:
    """The drawing as SVG."""
    key = _key(spec)
    return store().remember("figure", digest("svg", key), lambda: _own(_converter().vegalite_to_svg(spec), f"d{key[:8]}").encode("utf-8"), f"{name}.svg").decode("utf-8")


def png(drawing: str, name: str) -> bytes:
    """A drawing of :func:`svg` as PNG, twice its size in pixels.

    By Typst: its picture is that of vl-convert to the pixel, made in less time, since a font is not opened for each letter, and a quarter of the size."""
    return store().remember("picture", digest("png", base(), drawing), lambda: typst.compile(PAGE, font_paths=_fonts(), sys_inputs={"drawing": drawing}, format="png", ppi=2 * 96),
                            f"{name}.png")


LIBRARY = Path(sys.prefix) / "share" / "iscm"
"""Where the set-up of the environment leaves the charts' library, which rests on nothing but a package of it."""


def library(set_up: bool = False) -> bytes:
    """What draws in a browser: Vega, Vega-Lite and vega-embed in one script, as the vl-convert wheel carries them.

    Bundled once for each version: with ``set_up``, into the environment; otherwise, if it is not there, into the store."""
    kept, key = Store(LIBRARY), digest("vega", version("vl-convert-python"))
    if set_up:
        return kept.remember("vega", key, _bundle, "vega.js")
    return kept.get("vega", key) or store().remember("vega", key, _bundle, "vega.js")


def _bundle() -> bytes:
    return f"(()=>{{{_converter().javascript_bundle()}}})();".encode("utf-8")
