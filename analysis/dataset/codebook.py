"""The codebook: what every variable means, and what every term of the vocabularies stands for."""
from __future__ import annotations

import pandas as pd

from .documents import document
from .trace import reads


@reads("data/codebook.yaml")
def codebook() -> dict:
    """``data/codebook.yaml``: ``resources`` (by frame: title, description, licence, src, obtained, holes, fields) and ``vocabularies``."""
    return document("data/codebook.yaml", ("resources", "vocabularies"))


def variables() -> pd.DataFrame:
    """resource, field, type, unit, kind (stated, coded, computed), label_en, label_es, meaning, allowed, example; one row a variable."""
    rows = []
    for name, r in codebook()["resources"].items():
        for f, v in r["fields"].items():
            allowed = v.get("allowed")
            rows.append({"resource": name, "field": f, "type": v["type"], "unit": v.get("unit"), "kind": v["kind"], "label_en": v["label_en"],
                         "label_es": v["label_es"], "meaning": v["meaning_en"],
                         "allowed": ", ".join(map(str, allowed)) if isinstance(allowed, list) else allowed, "example": v.get("example")})
    return pd.DataFrame(rows)


def terms() -> pd.DataFrame:
    """vocabulary, term, en, es, definition_en, definition_es, example; one row a term."""
    return pd.DataFrame([{"vocabulary": v, "term": t, **x} for v, ts in codebook()["vocabularies"].items() for t, x in ts.items()])
