"""Draw a Vega-Lite specification; a drawing of the same specification is kept."""
from __future__ import annotations

import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import vl_convert as vlc

from ..dataset.store import digest, file_digest, store

FONTS = Path(__file__).with_name("fonts")
vlc.register_font_directory(str(FONTS))  # text is measured alike on every machine


@lru_cache
def base() -> str:
    """What every drawing rests on besides its specification: the library, and the fonts that the theme brings."""
    return digest(version("vl-convert-python"), *map(file_digest, sorted(FONTS.iterdir())))


def _draw(spec: dict, form: str, make, name: str) -> bytes:
    return store().remember("figure", digest(form, base(), json.dumps(spec, sort_keys=True)), make, f"{name}.{form}")


def svg(spec: dict, name: str) -> str:
    """The drawing as SVG."""
    return _draw(spec, "svg", lambda: vlc.vegalite_to_svg(spec).encode("utf-8"), name).decode("utf-8")


def png(spec: dict, name: str) -> bytes:
    """The drawing as PNG, twice its size in pixels."""
    return _draw(spec, "png", lambda: vlc.svg_to_png(svg(spec, name), scale=2), name)
