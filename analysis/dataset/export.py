"""The data package: tidy tables as CSV and Parquet with a Frictionless descriptor, the codebook, the sources, a guide.

Descriptor: Frictionless Data Package v1. Tables follow the Cross-Linguistic Data Formats in that each row is one value with its
sources, and Our World in Data in that the codebook lies beside the data."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pandas as pd
from pydantic_core import to_json

from . import codebook, frames
from .keep import kept
from .load import sources

KEYS = {"mechanisms": "id", "states": "iso3", "sources": "key", "organisations": "id", "treaties": "id"}
POINTS = {"mechanism": ("mechanisms", "id"), "state": ("states", "iso3"), "organisation": ("organisations", "id"), "treaty": ("treaties", "id")}
"""Columns that name a row of another table."""


def export(out: Path, version: str) -> list[str]:
    """Write the package into ``out`` (replacing an earlier one) and give the names of its tables.

    Raises ``FileExistsError`` if ``out`` holds something that is not a data package: it would be lost."""
    if out.exists() and any(out.iterdir()) and not (out / "datapackage.json").exists():
        raise FileExistsError(f"{out} is not empty and holds no datapackage.json: name another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write(stage, version)
        if out.exists():
            shutil.rmtree(out)
        stage.chmod(0o755)
        stage.rename(out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return list(frames.FRAMES)


def _write(out: Path, version: str) -> None:
    (out / "data").mkdir()
    (out / "parquet").mkdir()
    resources = []
    for name in frames.FRAMES:
        csv, parquet, types = (_kept_table if name in frames.REFERENCE else _table)(name)
        (out / "data" / f"{name}.csv").write_bytes(csv)
        (out / "parquet" / f"{name}.parquet").write_bytes(parquet)
        resources.append(_resource(name, types))
    listed = to_json(list(sources().values()), indent=1).decode("utf-8") + "\n"
    (out / "sources.json").write_text(listed, encoding="utf-8")
    (out / "sources.bib").write_text(_bibtex(listed), encoding="utf-8")
    codebook.variables().to_csv(out / "codebook.csv", index=False, lineterminator="\n")
    codebook.terms().to_csv(out / "vocabularies.csv", index=False, lineterminator="\n")
    (out / "codebook.md").write_text(codebook_markdown(), encoding="utf-8")
    (out / "README.md").write_text(_guide(version), encoding="utf-8")
    descriptor = {
        "profile": "tabular-data-package", "name": "iscm-report-data", "title": "Inter-State consultation mechanisms on migration: the data",
        "description": "Regional consultative processes and interregional forums on migration: membership, meetings, agendas, linkages, with a source for every value.",
        "version": version, "keywords": ["migration", "regional consultative process", "interregional forum", "migration governance"],
        "contributors": [{"title": "ISCM Report contributors", "role": "author"}],
        "licenses": [_licence("CC-BY-4.0")], "resources": resources}
    (out / "datapackage.json").write_text(json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


LICENCES = {"CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
            "CC-BY-3.0-IGO": ("Creative Commons Attribution 3.0 IGO", "https://creativecommons.org/licenses/by/3.0/igo/"),
            "CC0-1.0": ("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/")}


def _licence(name: str) -> dict:
    title, path = LICENCES.get(name, (name, ""))
    return {"name": name, "title": title, **({"path": path} if path else {})}


def _type(d: pd.Series) -> str:
    t = pd.api.types
    return ("boolean" if t.is_bool_dtype(d) else "integer" if t.is_integer_dtype(d) else "number" if t.is_float_dtype(d) else "string")


def _table(name: str) -> tuple[bytes, bytes, dict[str, str]]:
    """A table as CSV and as Parquet, and the types of its columns."""
    d = frames.FRAMES[name]().convert_dtypes()
    return d.to_csv(index=False, lineterminator="\n").encode("utf-8"), d.to_parquet(index=False), {c: _type(d[c]) for c in d.columns}


_kept_table = kept(_table)
"""For reference tables, which are large and change with their file alone."""


def _resource(name: str, types: dict[str, str]) -> dict:
    about = codebook.codebook()["resources"][name]
    fields = []
    for c, kind in types.items():
        v = about["fields"][c]
        field = {"name": c, "type": kind, "title": v["label_en"], "description": v["meaning_en"]}
        if kind == "boolean":
            field |= {"trueValues": ["True"], "falseValues": ["False"]}
        fields.append(field)
    schema = {"fields": fields, "missingValues": [""]}
    if name in KEYS:
        schema["primaryKey"] = KEYS[name]
    points = [{"fields": c, "reference": {"resource": t, "fields": k}} for c, (t, k) in POINTS.items() if c in types and t != name]
    if points:
        schema["foreignKeys"] = points
    return {"name": name, "path": f"data/{name}.csv", "profile": "tabular-data-resource", "title": about["title"], "description": about["description"],
            "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "licenses": [_licence(about["licence"])],
            "sources": [{"title": sources()[k]["title"], **({"path": u} if (u := sources()[k].get("URL")) and re.match(r"https?://", u) else {})} for k in about.get("src", [])],
            "schema": schema}


@kept
def _bibtex(csl: str) -> str:
    """Entries in CSL-JSON as BibTeX: kept, as they mostly stay the same when the data changes."""
    import pypandoc

    done = subprocess.run([pypandoc.get_pandoc_path(), "-f", "csljson", "-t", "bibtex"], input=csl, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def codebook_markdown() -> str:
    """The codebook as Markdown, tables first, then vocabularies."""
    book, out = codebook.codebook(), ["# Codebook", ""]
    for name, r in book["resources"].items():
        out += [f"## {name}", "", r["description"], "", f"Licence: {r['licence']}.", ""]
        out += [f"- `{f}` ({v['type']}, {v['kind']}): {v['meaning_en']}" for f, v in r["fields"].items()] + [""]
    out += ["# Vocabularies", ""]
    for name, ts in book["vocabularies"].items():
        out += [f"## {name}", ""] + [f"- `{t}` ({x['en']}; {x['es']}): {x['definition_en']}" for t, x in ts.items()] + [""]
    return "\n".join(out)


def _guide(version: str) -> str:
    rows = "\n".join(f"| `{n}` | {codebook.codebook()['resources'][n]['title']} |" for n in frames.FRAMES)
    return f"""# Inter-State consultation mechanisms on migration: the data

Version {version}.
One row is one value, with the keys of its sources in `src`; `sources.json` (CSL) and `sources.bib` resolve them.
`datapackage.json` describes each table (Frictionless); `codebook.md` says what each variable means and whether it is stated by a source,
coded by us or computed; `vocabularies.csv` defines every term in English and Spanish.
The same tables lie as CSV in `data/` and as Parquet in `parquet/`.

| Table | What it holds |
|---|---|
{rows}

Meetings are those found in sources, not all held. `membership` follows a written rule whose bounds are in it.
Names from memory are flagged (`verified` in `listed`) and stand in no other table.

## Python

```python
{EXAMPLES['python']}
```

## R

```r
{EXAMPLES['r']}
```

## DuckDB

```sql
{EXAMPLES['sql']}
```

## Licence

Text and our own data: CC BY 4.0. Each reference table keeps the licence of its makers, named in `datapackage.json`.
"""


EXAMPLES = {
    "python": """import pandas as pd
members = pd.read_parquet("parquet/membership_year.parquet")
mechanisms = pd.read_csv("data/mechanisms.csv")
core = mechanisms[mechanisms.core25]
now = members[(members.year == 2026) & (members.role == "member") & members.mechanism.isin(core.id)]
per_state = now.groupby("state").mechanism.nunique().sort_values(ascending=False)
print(per_state.head(10))""",
    "r": """mechanisms <- read.csv("data/mechanisms.csv")
members <- read.csv("data/membership_year.csv")
core <- mechanisms$id[mechanisms$core25 == "True"]
now <- subset(members, year == 2026 & role == "member" & mechanism %in% core)
per_state <- tapply(now$mechanism, now$state, function(x) length(unique(x)))
print(head(sort(per_state, decreasing = TRUE), 10))""",
    "sql": """SELECT state, count(DISTINCT mechanism) AS mechanisms
FROM 'parquet/membership_year.parquet' AS m
JOIN 'parquet/mechanisms.parquet' AS k ON k.id = m.mechanism
WHERE m.year = 2026 AND m.role = 'member' AND k.core25
GROUP BY state
ORDER BY mechanisms DESC, state
LIMIT 10;"""}
"""Ten lines each for people who only want the data; the tests run them."""
