"""Linkages: which mechanism is tied to which instrument or body, how, and from dialogue to formal agreement.

A linkage's target is put to the instruments that ``data/instruments.yaml`` lists, by the words that name them."""
from __future__ import annotations

import pandas as pd

from ..dataset import frames
from ..dataset.instruments import PATHS, REGIONAL, judgements, listed, pattern
from ..dataset.trace import cached
from . import sets


@cached
def instruments() -> pd.DataFrame:
    """id, label, group, group_label, formal, pattern: what linkages name."""
    doc = listed()
    return pd.DataFrame([{**{k: i[k] for k in ("id", "label", "group", "formal")}, "group_label": doc["groups"][i["group"]], "pattern": pattern(i["words"])}
                         for i in doc["instruments"]])


@cached
def ties(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, instrument, label, group, formal, kind, direction, year, to, src: one row a linkage and instrument it names;
    a linkage that names none that is listed has the instrument ``other``."""
    known = [(i, i.pattern) for i in instruments().itertuples()]
    rows = []
    for l in sets.only(frames.linkages(), name).itertuples():
        base = {"mechanism": l.mechanism, "kind": l.kind, "direction": l.direction, "year": l.year, "to": l.to, "src": l.src}
        hits = [i for i, p in known if p.search(l.to)]
        rows += [{**base, "instrument": i.id, "label": i.label, "group": i.group, "formal": i.formal} for i in hits] or [
            {**base, "instrument": "other", "label": "Other", "group": "other", "formal": False}]
    return pd.DataFrame(rows)


@cached
def matrix(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, instrument, label, group, kinds: each pair once, with the kinds of its linkages (sorted, joined by comma)."""
    t = ties(name)
    t = t[t.instrument != "other"]
    return t.groupby(["mechanism", "instrument", "label", "group"]).kind.agg(lambda k: ", ".join(sorted(set(k)))).rename("kinds").reset_index()


@cached
def to_agreement(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, anchoring, to, kind, year, formal, shown, why, src: linkages recorded as leading or contributing to something a
    region adopted (an agreement on movement or migrants, or a policy or declaration); ``shown``: whether, read once more, a part
    of the dialogue in it is stated.

    Raises ``ValueError`` for one that ``data/instruments.yaml`` does not judge."""
    t = ties(name)
    t = t[t.kind.isin(PATHS) & t.group.isin(REGIONAL)].drop_duplicates(["mechanism", "to"])
    judged = [_judged(r.mechanism, r.to) for r in t.itertuples()]
    t = t.assign(anchoring=t.mechanism.map(frames.identity().set_index("id").anchoring), shown=[j["shown"] for j in judged], why=[j["why"] for j in judged])
    return t[["mechanism", "anchoring", "to", "kind", "year", "formal", "shown", "why", "src"]].reset_index(drop=True)


def _judged(mechanism: str, to: str) -> dict:
    found = judgements(listed(), mechanism, to)
    if len(found) != 1:
        raise ValueError(f"data/instruments.yaml: paths: {len(found)} entries for {mechanism}, '{to}'; there must be one, with shown and why")
    return listed()["paths"][found[0]]


@cached
def anchored_paths(name: str = sets.BASELINE) -> pd.DataFrame:
    """anchoring, mechanisms, with_path, shown, with_formal, formal_shown: how many mechanisms of each anchoring have a recorded
    path to a regional instrument and to one that binds, and how many where a part of the dialogue is stated."""
    m, t = sets.mechanisms(name), to_agreement(name)

    def count(rows: pd.DataFrame) -> int:
        return rows.mechanism.nunique()

    return pd.DataFrame([{"anchoring": a, "mechanisms": len(g), "with_path": count(own), "shown": count(own[own.shown]), "with_formal": count(own[own.formal]),
                          "formal_shown": count(own[own.formal & own.shown])}
                         for a, g in m.groupby("anchoring") for own in [t[t.mechanism.isin(g.id)]]])


@cached
def compact(name: str = sets.BASELINE) -> pd.DataFrame:
    """mechanism, linkage (kind of its strongest linkage with the Global Compact for Migration, or empty), events (entries of
    engagement found), first (year), any: one row a mechanism."""
    order = ["contributes-to", "implements", "refers-to", "institutional", "led-to"]
    t = ties(name)
    kind = t[t.instrument == "gcm"].assign(rank=lambda d: d.kind.map(order.index)).sort_values("rank").drop_duplicates("mechanism").set_index("mechanism").kind
    g = sets.only(frames.gcm(), name).groupby("mechanism")
    m = sets.mechanisms(name)[["id", "class_2013"]].rename(columns={"id": "mechanism"})
    m["linkage"], m["events"], m["first"] = m.mechanism.map(kind), m.mechanism.map(g.size()).fillna(0).astype(int), m.mechanism.map(g.year.min()).astype("Int64")
    return m.assign(any=m.linkage.notna() | (m.events > 0))
