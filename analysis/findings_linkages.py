"""Findings on linkages: instruments, paths to regional agreements, the Global Compact."""
from __future__ import annotations

from .findings import Result, declare
from .measures import linkages, sets


def _with(group: str) -> int:
    return int(linkages.matrix().query("group == @group").mechanism.nunique())


def _paths(column: str, anchoring: str | None = None) -> int:
    d = linkages.anchored_paths()
    return int((d if anchoring is None else d[d.anchoring == anchoring])[column].sum())


def _engaged(cls: str | None = None, name: str = sets.BASELINE) -> int:
    d = linkages.compact(name)
    return int((d if cls is None else d[d.class_2013 == cls])["any"].sum())


def _compact() -> Result:
    d = linkages.compact()
    return Result(_engaged(), int(d.linkage.isin(["contributes-to", "implements"]).sum()), variants={"a linkage recorded": int(d.linkage.notna().sum()),
                                                                                                     "an event recorded": int((d.events > 0).sum())})


for _g, _s in (("treaty", "with a linkage to a universal treaty"), ("economic-body", "with a linkage to a regional economic or trade body"),
               ("global-compact", "with a linkage to a global compact or agenda"), ("regional-agreement", "with a linkage to a regional agreement on movement or migrants")):
    declare(f"tied_{_g.replace('-', '_')}", "mechanisms", _s, "linkages.matrix", lambda g=_g: _with(g))
declare("paths", "mechanisms", "recorded as leading or contributing to a regional instrument", "linkages.anchored_paths",
        lambda: Result(_paths("with_path"), variants={"a part of the dialogue is stated": _paths("shown")}))
declare("paths_shown", "mechanisms", "with a stated part in a regional instrument", "linkages.anchored_paths", lambda: _paths("shown"))
for _a in ("pillar", "associated", "none"):
    declare(f"paths_shown_{_a}", "mechanisms", f"with a stated part in a regional instrument, anchoring: {_a}", "linkages.anchored_paths", lambda a=_a: _paths("shown", a))
declare("paths_formal", "mechanisms", "recorded as contributing to a binding regional instrument", "linkages.anchored_paths",
        lambda: Result(_paths("with_formal"), variants={"a part of the dialogue is stated": _paths("formal_shown")}))
declare("paths_formal_shown", "mechanisms", "with a stated part in a binding regional instrument", "linkages.anchored_paths", lambda: _paths("formal_shown"))
declare("compact", "mechanisms", "engaged with the Global Compact for Migration, by a linkage or an event found", "linkages.compact", _compact)
for _c in ("RCP", "IRF"):
    declare(f"compact_{_c}", "mechanisms", f"{_c}s engaged with the Global Compact for Migration", "linkages.compact", lambda c=_c: _engaged(c))
declare("compact_implements", "mechanisms", "whose strongest linkage with the Global Compact is to implement it", "linkages.compact",
        lambda: int((linkages.compact().linkage == "implements").sum()))
declare("compact_contributes", "mechanisms", "recorded as contributing to the Global Compact", "linkages.compact",
        lambda: int((linkages.compact().linkage == "contributes-to").sum()))
