"""Draw a Vega-Lite specification, and make a picture of a drawing; what is drawn once is kept."""
from __future__ import annotations

import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import typst
import vl_convert as vlc

from ..dataset.store import digest, file_digest, store

FONTS = Path(__file__).with_name("fonts")
vlc.register_font_directory(str(FONTS))  # text is measured alike on every machine
PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.drawing), format: "svg")'


@lru_cache
def base() -> str:
    """What every drawing rests on besides its specification: the libraries, and the fonts that the theme brings."""
    return digest(version("vl-convert-python"), version("typst"), *map(file_digest, sorted(FONTS.iterdir())))


@lru_cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _draw(spec: dict, form: str, make, name: str) -> bytes:
    return store().remember("figure", digest(form, base(), json.dumps(spec, sort_keys=True)), make, f"{name}.{form}")


def svg(spec: dict, name: str) -> str:
    """The drawing as SVG."""
    return _draw(spec, "svg", lambda: vlc.vegalite_to_svg(spec).encode("utf-8"), name).decode("utf-8")


def png(spec: dict, name: str) -> bytes:
    """The drawing as PNG, twice its size in pixels.

    By Typst: its picture is that of vl-convert to the pixel, made in less time, since a font is not opened for each letter, and a quarter of the size."""
    return _draw(spec, "png", lambda: typst.compile(PAGE, font_paths=_fonts(), sys_inputs={"drawing": svg(spec, name)}, format="png", ppi=2 * 96), name)


def library() -> bytes:
    """What draws in a browser: Vega, Vega-Lite and vega-embed in one script, as the vl-convert wheel carries them; bundled once for each version."""
    return store().remember("vega", digest("vega", version("vl-convert-python")), lambda: f"(()=>{{{vlc.javascript_bundle()}}})();".encode("utf-8"), "vega.js")
