"""The pages to explore with: find your State, compare two mechanisms, the mechanism explorer, timeline and map.

Each works from a file: the data is a script, and the addresses of what is shown are query strings."""
from __future__ import annotations

import html
import json
import tempfile
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from string import Template

import pandas as pd

from ..dataset import frames, trace
from ..dataset.code import code_digest
from ..dataset.frames import LATEST
from ..dataset.store import digest
from ..measures import corridors, membership, sets, shared, taxonomy, trends
from ..present import figures, words
from ..present.wording import wording
from .furniture import EXPLORE, inline_svg, tools

SET = sets.ISCMS
CORRIDORS = 6
FIGURE = "fig-timeline-map"
FILTERS = ("study", "class_2013", "region", "anchoring", "theme", "status")
HIDDEN = ("study", "class_now", "secretariat", "themes")  # columns that are there when asked for


def mechanism_data(pages: dict[str, str]) -> pd.DataFrame:
    """One row a mechanism of :data:`SET` (index id): :data:`wording` ``columns`` as text or number, ``page`` of the case review (for those outside the 25 the place of the short one),
    ``alive``: met within the last five years, as far as known."""
    m, w = sets.met(SET).set_index("id"), wording()
    now = membership.members(LATEST, "central", SET)
    place = frames.states().set_index("iso3")
    secretariat = frames.secretariats().sort_values("from").groupby("mechanism").kind.last()
    themes = frames.agenda().groupby("mechanism").theme.agg(lambda t: sorted({w["themes"][x] for x in t}))
    since = m.status_since.map(lambda y: "" if pd.isna(y) else f" {int(y)}")
    d = pd.DataFrame({
        "mechanism": m.short, "name": m["name"], "study": m.core25.map({True: w["explore"]["baseline"], False: w["explore"]["other_set"]}),
        "class_2013": m.class_2013, "class_now": m.class_now, "region": now.state.map(place.region).groupby(now.mechanism).agg(lambda r: taxonomy.commonest(r)[0]),
        "founded": m.founded, "members": now.groupby("mechanism").size(), "meetings": m.meetings,
        "last": m.last_meeting_date.map(words.date, na_action="ignore"), "last_key": m.last_meeting_date, "status": m.status.map(w["statuses"]) + since,
        "status_key": m.status.map(w["statuses"]), "anchoring": m.anchoring.map(w["anchoring"]), "secretariat": secretariat.map(w["secretariats"]),
        "themes": themes}).reindex(m.index)
    d["alive"] = d.index.isin(shared.alive(LATEST, trends.WINDOW, SET))
    d["themes"] = d.themes.map(lambda t: t if isinstance(t, list) else [])
    short = pages.get("report/annexes/d-others.qmd")
    d["page"] = [pages.get(f"report/mechanisms/{i}.qmd") or (f"{short}#sec-other-{i}" if short else None) for i in d.index]
    return d.sort_values("mechanism", key=lambda s: s.str.lower())


def _spells() -> dict[str, list]:
    """State → spells as member or observer: mechanism, entry, earliest entry, exit (years), role."""
    s = frames.membership()
    others = sets.only(s[s.role != "member"], SET)
    own = membership.spells(SET)
    own = own[own.mechanism.isin(membership.known(LATEST, SET))]
    whole = lambda y: None if pd.isna(y) else int(y)
    out: dict[str, list] = {}
    for r in pd.concat([own, others]).sort_values(["state", "role", "entry"]).itertuples():
        out.setdefault(r.state, []).append([r.mechanism, whole(r.entry), whole(r.entry_min), whole(r.exit), r.role])
    return out


def _corridors(year: int) -> dict[str, dict]:
    """State → its largest corridors out and in (other State, migrants, 1 if they share a table), and the share of its migrants covered each way."""
    c = corridors.stocks(year).sort_values("stock", ascending=False, kind="stable")
    c = c.assign(shared=corridors.seats(c, shared.at_table(year, name=SET)).any(axis=1).astype(int))
    c = c.assign(covered=c.stock * c.shared)
    out: dict[str, dict] = {}
    for key, own, other in (("out", "origin", "destination"), ("in", "destination", "origin")):
        by = c.groupby(own)
        sums, top = by[["stock", "covered"]].sum(), by.head(CORRIDORS)
        rows = {s: list(g) for s, g in groupby(sorted(zip(top[own], top[other], top.stock, top.shared), key=itemgetter(0)), key=itemgetter(0))}
        for r in sums.itertuples():
            out.setdefault(r.Index, {})[key] = {"share": round(float(r.covered / r.stock), 3), "n": int(r.stock), "rows": [[o, int(n), int(x)] for _, o, n, x in rows[r.Index]]}
    return out


def _treaties() -> tuple[list[dict], dict[str, list]]:
    """The treaties with the date up to which their status is known, and State → (status, year) in their order; missing is nothing."""
    t = frames.treaties()
    listed = [{"name": r.short, "until": r.cut_off} for r in t.itertuples()]
    status = frames.treaty_status()
    at = {k: i for i, k in enumerate(t.id)}
    out: dict[str, list] = {}
    for r in status[status.treaty.isin(at) & (status.status != "missing")].itertuples():
        out.setdefault(r.state, [None] * len(at))[at[r.treaty]] = [r.status, None if pd.isna(r.year) else int(r.year)]
    return listed, out


def state_data() -> dict:
    """``states``: ISO code → names, region, UN membership, spells, corridors, treaties; ``treaties`` and ``stock_year`` they speak of."""
    year = max(corridors.years())
    spells, flows, (treaties, status) = _spells(), _corridors(year), _treaties()
    states = {r.iso3: {"n": r.name_en, "es": r.name_es, "un": r.un_member_since, "m": spells.get(r.iso3, []), "c": flows.get(r.iso3), "t": status.get(r.iso3)}
              for r in frames.states().sort_values("name_en").itertuples()}
    return {"states": {k: {x: (_plain(y) if x == "un" else y) for x, y in v.items()} for k, v in states.items()}, "treaties": treaties, "stock_year": year}


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
    values = {"study": d.study, "class_2013": d.class_2013, "region": d.region.str.split(taxonomy.BETWEEN).explode(), "anchoring": d.anchoring, "theme": d.themes.explode(), "status": d.status_key}
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
        facets = {"study": r.study, "class_2013": r.class_2013, "region": str(_plain(r.region) or "").replace(taxonomy.BETWEEN, "|"), "anchoring": r.anchoring,
                  "theme": "|".join(r.themes), "status": r.status_key}
        marks = "".join(f' data-{k.replace("_", "-")}="{html.escape(str(_plain(v) or ""))}"' for k, v in facets.items())
        return f"<tr{marks}>" + "".join(cell(k, r) for k in names) + "</tr>"

    return {"selects": selects, "checks": checks, "heads": heads, "rows": "".join(row(r) for r in d.itertuples())}


def _content(pages: dict[str, str]) -> dict:
    """What the pages are made of, as text: the data script, options, table, and the files of the linked figure."""
    w = wording()
    d = mechanism_data(pages)
    data = {"words": w["explore_script"], "columns": w["columns"], "mechanisms": {r.Index: {k: _plain(v) for k, v in r._asdict().items() if k != "Index"} for r in d.itertuples()},
            **state_data()}
    with tempfile.TemporaryDirectory() as folder:
        figures.timeline_map().save(Path(folder), FIGURE)
        files = {p.name: p.read_text(encoding="utf-8") for p in sorted(Path(folder).iterdir())}
    return {"data": f"ISCM.data={json.dumps(data, ensure_ascii=False, separators=(',', ':'))}", "files": files,
            "parts": {"options": _options(d.mechanism.items()), **_table(d), "drawing": inline_svg(files[f"{FIGURE}.svg"], FIGURE, w["explore"]["map_alt"])}}


def content(pages: dict[str, str]) -> dict:
    """:func:`_content`, kept."""
    key = digest("explore", json.dumps(pages), code_digest(__name__), trace.rest_digest())
    return json.loads(trace.remember("explore", key, lambda: json.dumps(_content(pages)).encode("utf-8"), "explore"))


def write(stage: Path, theme: Path, pages: dict[str, str], put: Callable[[str, str, str, str], None]) -> None:
    """Write the data script, the linked figure's files and each page; ``pages`` are the chapters' pages by source,
    ``put`` takes page, title, body and the scripts it needs."""
    w, made = wording(), content(pages)
    (stage / "explore").mkdir(exist_ok=True)
    (stage / "explore/data.js").write_text(made["data"], encoding="utf-8")
    for name, text in made["files"].items():
        (stage / "figures" / name).write_text(text, encoding="utf-8")
    parts = {**{f"w_{k}": html.escape(v) for k, v in w["site"].items()}, **{k: html.escape(v) for k, v in w["explore"].items()}, **made["parts"],
             "states_page": pages["report/annexes/c-states.qmd"], "tools": tools(FIGURE, "../", w["site"]["map"])}
    for name, page in EXPLORE.items():
        body = Template((theme / "explore" / f"{name}.html").read_text(encoding="utf-8")).substitute(parts)
        put(page, w["site"][name], body, "explore/data.js explore.js")
