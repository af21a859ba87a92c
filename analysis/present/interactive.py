"""The charts as pages show them: the same specification with tooltips and a choice among categories."""
from __future__ import annotations

import copy

from .wording import wording

FAINT = 0.1
EXTRA = {"title", "date", "place"}
"""Fields that a tooltip tells whether the chart draws them or not."""


def _units(spec: dict):
    """Every single view of a specification, however deep it lies in layers and concatenations."""
    for key in ("layer", "vconcat", "hconcat", "concat"):
        for part in spec.get(key, ()):
            yield from _units(part)
    if "mark" in spec:
        yield spec


def _label(field: str, channel: dict) -> str:
    axis = channel.get("axis") or {}
    return wording()["fields"].get(field) or channel.get("title") or axis.get("title") or field


def _tooltip(unit: dict, known: set[str]) -> list[dict]:
    """What the view draws, and the sources of it if the data has them; fields without a name in the wording are internal."""
    out: dict[str, dict] = {}
    for name, channel in unit["encoding"].items():
        field = isinstance(channel, dict) and channel.get("field")
        if field and field in wording()["fields"] and name not in ("detail", "order", "yOffset", "xOffset"):
            out.setdefault(field, {"field": field, "type": channel.get("type", "nominal"), "title": _label(field, channel)})
            if number := (channel.get("legend") or {}).get("format") or (channel.get("axis") or {}).get("format"):
                out[field]["format"] = number
    for field in sorted(EXTRA & known - set(out)):
        out[field] = {"field": field, "type": "nominal", "title": wording()["fields"][field]}
    if "src" in known:
        out["sources"] = {"field": "sources", "type": "nominal", "title": wording()["fields"]["sources"]}
    return list(out.values())


def _rows(unit: dict, spec: dict) -> list[dict]:
    rows = spec.get("datasets", {}).get(unit.get("data", {}).get("name"), [])
    return rows if isinstance(rows, list) else []  # outlines of countries are no rows


def _fields(unit: dict, spec: dict) -> set[str]:
    rows = _rows(unit, spec)
    return set(rows[0]) if rows else set()


def _inherit(spec: dict) -> None:
    """Views get the data of what they lie in, by name, so that each can be looked at alone."""
    for key in ("layer", "vconcat", "hconcat", "concat"):
        for part in spec.get(key, ()):
            if "data" in spec:
                part.setdefault("data", spec["data"])
            _inherit(part)


def interactive(spec: dict, sources: dict[str, str]) -> tuple[dict, list[dict]]:
    """The specification with tooltips on every view, and the categories to choose from (value, label, colour).

    Rows with source keys in ``src`` show the sources by the names given. The choice is the parameter ``only``: whatever else
    the colour shows goes faint."""
    spec = copy.deepcopy(spec)
    _inherit(spec)
    for row in (r for rows in spec.get("datasets", {}).values() if isinstance(rows, list) for r in rows if r.get("src")):
        row["sources"] = "; ".join(sources.get(k, k) for k in row["src"].split())
    choices, chosen = [], None
    for unit in _units(spec):
        if not isinstance(unit["mark"], dict):
            unit["mark"] = {"type": unit["mark"]}
        encoding = unit.setdefault("encoding", {})
        known = _fields(unit, spec)
        if unit["mark"]["type"] not in ("text", "geoshape") and "tooltip" not in encoding:
            encoding["tooltip"] = _tooltip(unit, known)
        colour = encoding.get("color") or {}
        scale = colour.get("scale") or {}
        if colour.get("type") == "nominal" and "range" in scale and "opacity" not in encoding and (chosen in (None, colour["field"])):
            chosen = colour["field"]
            there = {r.get(chosen) for r in _rows(unit, spec)} or set(scale["domain"])
            choices = [{"value": v, "label": wording()["levels"].get(v, v), "colour": c} for v, c in zip(scale["domain"], scale["range"]) if v in there]
    for unit in _units(spec):
        if chosen and "opacity" not in unit["encoding"] and (chosen in _fields(unit, spec) or (unit["encoding"].get("color") or {}).get("field") == chosen):
            full = unit["mark"].get("opacity", 1)
            unit["encoding"]["opacity"] = {"condition": {"test": f"only === null || datum['{chosen}'] === only", "value": full}, "value": full * FAINT}
    if chosen:
        spec["params"] = [*spec.get("params", []), {"name": "only", "value": None}]
    spec["background"] = "transparent"
    spec.get("config", {}).pop("background", None)
    return spec, choices if len(choices) > 1 else []
