"""The pages to explore with: find your State, compare two mechanisms, the mechanism explorer, timeline and map.

Each works from a file: the data is a script, and the addresses of what is shown are query strings."""
from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from string import Template

import pandas as pd

from ..dataset import frames
from ..measures import membership, taxonomy, trends
from ..present import figures, words
from ..present.wording import wording
from .furniture import inline_svg, tools

PAGES = {k: f"explore/{k}.html" for k in ("state", "compare", "mechanisms", "map")}
FILTERS = ("class_2013", "region", "anchoring", "theme", "status")
HIDDEN = ("class_now", "secretariat", "formality", "themes")  # columns that are there when asked for


def mechanism_data(pages: dict[str, str]) -> pd.DataFrame:
    """One row a mechanism (index id): :data:`wording` ``columns`` as text or number, ``page`` of the case review, ``alive``."""
    m, w = frames.mechanism_frame().set_index("id"), wording()
    latest = membership.members(membership.LATEST).groupby("mechanism").size()
    secretariat = frames.secretariats().sort_values("from").groupby("mechanism").kind.last()
    theme_names = trends.theme_adoption().groupby("mechanism").theme.agg(lambda t: sorted(w["themes"][x] for x in t))
    since = m.status_since.map(lambda y: "" if pd.isna(y) else f" {int(y)}")
    d = pd.DataFrame({
        "mechanism": m.short, "name": m["name"], "class_2013": m.class_2013, "class_now": m.class_now,
        "region": taxonomy.reach(membership.LATEST).set_index("mechanism").region, "founded": m.founded, "members": latest, "meetings": m.meetings,
        "last": m.last_meeting_date.map(words.date, na_action="ignore"), "last_key": m.last_meeting_date, "status": m.status.map(w["statuses"]) + since,
        "status_key": m.status.map(w["statuses"]), "anchoring": m.anchoring.map(w["anchoring"]), "secretariat": secretariat.map(w["secretariats"]),
        "formality": taxonomy.formality().set_index("mechanism")["index"], "themes": theme_names,
        "alive": m.last_meeting.map(lambda y: bool(pd.notna(y) and y > membership.LATEST - trends.WINDOW)),
    }).reindex(m.index)
    d["themes"] = d.themes.map(lambda t: t if isinstance(t, list) else [])
    d["page"] = [pages.get(f"report/mechanisms/{i}.qmd") for i in d.index]
    return d.sort_values("mechanism", key=lambda s: s.str.lower())


def state_data() -> dict[str, dict]:
    """ISO code → name (en, es), region, year of UN membership, spells: mechanism, entry, earliest entry, exit (years)."""
    spells = membership.spells()
    spells = spells[spells.mechanism.isin(membership.listed(membership.LATEST))]
    own = {s: [[r.mechanism, *(None if pd.isna(y) else int(y) for y in (r.entry, r.entry_min, r.exit))] for r in g.sort_values("entry").itertuples()]
           for s, g in spells.groupby("state")}
    return {r.iso3: {"n": r.name_en, "es": r.name_es, "r": r.subregion or r.region, "un": r.un_member_since, "m": own.get(r.iso3, [])}
            for r in frames.states().sort_values("name_en").itertuples()}


def _plain(value) -> object:
    """A value as JSON has it: nothing for what is missing, whole numbers whole."""
    if isinstance(value, (list, bool)):
        return value
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, (int, float)) or hasattr(value, "dtype") else str(value)


def _options(values, label: str = "") -> str:
    first = f'<option value="">{html.escape(label)}</option>' if label else ""
    return first + "".join(f'<option value="{html.escape(k)}">{html.escape(v)}</option>' for k, v in values)


def _table(d: pd.DataFrame) -> dict[str, str]:
    """The explorer's filters, choice of columns, heads and rows as HTML."""
    w = wording()
    names = w["columns"]
    values = {"class_2013": d.class_2013, "region": d.region, "anchoring": d.anchoring, "theme": d.themes.explode(), "status": d.status_key}
    label = {**names, "theme": w["explore"]["theme"]}
    selects = "".join(f'<label>{label[k]} <select name="{k}">{_options([(v, v) for v in sorted(values[k].dropna().unique())], w["explore"]["any"])}</select></label>'
                      for k in FILTERS)
    checks = "".join(f'<label><input type="checkbox" value="{k}"{"" if k in HIDDEN else " checked"}> {v}</label>' for k, v in names.items() if k != "mechanism")
    heads = "".join(f'<th scope="col" data-column="{k}"{" hidden" if k in HIDDEN else ""}>{v}</th>' for k, v in names.items())

    def cell(k: str, r) -> str:
        value = _plain(getattr(r, "mechanism" if k == "mechanism" else k))
        text = "–" if value in (None, []) else ", ".join(value) if isinstance(value, list) else str(value)
        shown = html.escape(text)
        key = r.last_key if k == "last" else len(r.themes) if k == "themes" else text.lower()
        if k == "mechanism":
            shown = (f'<a href="../{r.page}">{shown}</a>' if r.page else shown)
            return f'<th scope="row" data-key="{html.escape(str(key))}">{shown}</th>'
        cls = f' class="{text}"' if k.startswith("class_") and text != "–" else ""
        return f'<td data-key="{html.escape("" if text == "–" else str(key))}"{cls}{" hidden" if k in HIDDEN else ""}>{shown}</td>'

    def row(r) -> str:
        facets = {"class_2013": r.class_2013, "region": r.region, "anchoring": r.anchoring, "theme": "|".join(r.themes), "status": r.status_key}
        marks = "".join(f' data-{k.replace("_", "-")}="{html.escape(str(_plain(v) or ""))}"' for k, v in facets.items())
        return f"<tr{marks}>" + "".join(cell(k, r) for k in names) + "</tr>"

    return {"selects": selects, "checks": checks, "heads": heads, "rows": "".join(row(r) for r in d.itertuples())}


def write(stage: Path, theme: Path, pages: dict[str, str], put: Callable[[str, str, str, str], None]) -> None:
    """Write the data script and each page; ``put`` takes page, title, body and the scripts it needs."""
    w = wording()
    d = mechanism_data(pages)
    folder = stage / "explore"
    folder.mkdir(exist_ok=True)
    data = {"words": w["explore_script"], "columns": w["columns"], "mechanisms": {r.Index: {k: _plain(v) for k, v in r._asdict().items() if k != "Index"} for r in d.itertuples()},
            "states": state_data()}
    (folder / "data.js").write_text(f"ISCM.data={json.dumps(data, ensure_ascii=False, separators=(',', ':'))}", encoding="utf-8")
    linked = figures.timeline_map()
    linked.save(stage / "figures", "fig-timeline-map")
    parts = {**{f"w_{k}": html.escape(v) for k, v in w["site"].items()}, **{k: html.escape(v) for k, v in w["explore"].items()}, **_table(d),
             "options": _options(d.mechanism.items()), "states_page": pages["report/annexes/c-states.qmd"],
             "drawing": inline_svg((stage / "figures/fig-timeline-map.svg").read_text(encoding="utf-8"), "fig-timeline-map", w["explore"]["map_alt"]),
             "tools": tools("fig-timeline-map", "../", w["site"]["map"])}
    for key, page in PAGES.items():
        body = Template((theme / "explore" / f"{key}.html").read_text(encoding="utf-8")).substitute(parts)
        put(page, w["site"][key], body, "explore/data.js explore.js")
