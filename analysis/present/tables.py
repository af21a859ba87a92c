"""Tables: one function each; a :class:`Table` shows as a Markdown pipe table."""
from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ..dataset import codebook as _codebook
from ..dataset import frames, provenance
from ..dataset.load import mechanism, study
from ..dataset.models import year_bounds
from ..findings import findings as _findings
from ..measures import membership, sets, taxonomy, trends
from . import words
from .wording import wording


def _cell(value) -> str:
    if value is None or (not isinstance(value, (list, dict)) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        value = f"{value:.2f}" if value != int(value) else int(value)
    text = str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("*", "\\*").replace("[", "\\[").replace("]", "\\]").replace("<", "\\<").replace("@", "\\@").replace("$", "\\$").replace("~", "\\~")


@dataclass
class Table:
    name: str
    data: pd.DataFrame = field(repr=False)
    widths: tuple[int, ...] = ()
    raw: tuple[str, ...] = ()

    def markdown(self) -> str:
        """A pipe table; numbers right, relative column widths where given."""
        cols = list(self.data.columns)
        widths = self.widths or (10,) * len(cols)
        right = [pd.api.types.is_numeric_dtype(self.data[c]) for c in cols]
        head = "| " + " | ".join(cols) + " |"
        rule = "|" + "|".join(("" if r else ":") + "-" * w + (":" if r else "") for w, r in zip(widths, right)) + "|"
        rows = ["| " + " | ".join(str(v) if c in self.raw else _cell(v) for c, v in zip(cols, r)) + " |" for r in self.data.itertuples(index=False)]
        return "\n".join([head, rule, *rows]) + "\n"

    _repr_markdown_ = markdown


def _m() -> pd.DataFrame:
    return sets.mechanisms().set_index("id")


def overview() -> Table:
    """The mechanisms with class, founding year, members, Secretariat and anchoring."""
    m, w = _m(), wording()
    c = membership.counts().pivot(index="mechanism", columns="year", values="members")
    s = sets.only(frames.secretariats()).sort_values("from").groupby("mechanism").tail(1).set_index("mechanism")
    d = pd.DataFrame({"Mechanism": m.short, "2013 class": m.class_2013, "Founded": m.founded, "Members 2013": c[2013],
                      "Members latest": c[membership.LATEST], "Secretariat": s.kind.map(w["secretariats"]),
                      "Anchoring": m.anchoring.map(w["anchoring"])}).sort_values(["2013 class", "Founded"], ascending=[False, True])
    return Table("overview", d, (24, 7, 8, 8, 8, 18, 20))


def reach() -> Table:
    """Share of members in the commonest region and sub-region, 2013."""
    r = taxonomy.reach(2013)
    m = _m()
    d = pd.DataFrame({"Mechanism": r.mechanism.map(m.short), "2013 class": r.mechanism.map(m.class_2013), "Members": r.n,
                      "Commonest region": r.region, "Share": r.region_share.round(2), "Commonest sub-region": r.subregion, "Share of it": r.subregion_share.round(2)})
    return Table("reach", d.sort_values(["Share", "Mechanism"], ascending=[False, True]), (24, 7, 8, 14, 7, 20, 9))


def formality() -> Table:
    """The additive index of formality and its parts."""
    f = taxonomy.formality()
    w = wording()["formality"]
    d = f.assign(Mechanism=f.mechanism.map(_m().short)).rename(columns={**w, "index": "Index"})
    return Table("formality", d[["Mechanism", *w.values(), "Index"]].sort_values(["Index", "Mechanism"], ascending=[False, True]), (22, 10, 10, 10, 9, 14, 6))


def themes() -> Table:
    """Spread of themes in 2013 and latest."""
    a, b = (trends.theme_spread(y).set_index("theme").n for y in (2013, membership.LATEST))
    t = trends.theme_adoption()
    d = pd.DataFrame({"At founding": t[t.at_founding].groupby("theme").size(), "2013": a, "Latest": b}).fillna(0).astype(int)
    d.insert(0, "Theme", d.index.map(wording()["themes"]))
    return Table("themes", d.sort_values("Latest", ascending=False), (30, 10, 8, 8))


def linkages() -> Table:
    """Linkages found, by kind and class of mechanism."""
    l = sets.only(frames.linkages())
    l = l.assign(cls=l.mechanism.map(_m().class_2013))
    d = l.pivot_table(index="kind", columns="cls", values="to", aggfunc="count", fill_value=0).rename(index=wording()["linkages"])
    d = d[["RCP", "IRF"]]
    d["All"] = d.sum(axis=1)
    d.columns.name = None
    return Table("linkages", d.reset_index().rename(columns={"kind": "Kind"}), (24, 8, 8, 8))


def outputs() -> Table:
    """Outputs found, by kind and class of mechanism."""
    o = sets.only(frames.outputs())
    o = o.assign(cls=o.mechanism.map(_m().class_2013))
    d = o.pivot_table(index="kind", columns="cls", values="title", aggfunc="count", fill_value=0)[["RCP", "IRF"]]
    d["All"] = d.sum(axis=1)
    d.columns.name = None
    return Table("outputs", d.sort_values("All", ascending=False).reset_index().rename(columns={"kind": "Kind"}), (24, 8, 8, 8))


def all_linkages() -> Table:
    """Every linkage with its date and sources."""
    l = sets.only(frames.linkages())
    d = pd.DataFrame({"Mechanism": l.mechanism.map(_m().short), "Kind": l.kind.map(wording()["linkages"]), "To": l["to"],
                      "Year": l.year.map(lambda y: "" if pd.isna(y) else str(int(y))), "Sources": l.src.map(_cites)})
    return Table("all_linkages", d.sort_values(["Mechanism", "Year"]), (20, 14, 34, 6, 26), ("Sources",))


def meetings(id: str) -> Table:
    """Every meeting found of one mechanism, with its sources."""
    k = frames.of("meetings", id).sort_values("date", kind="stable")
    d = pd.DataFrame({"Date": k.date, "Meeting": k.title, "Place": k.place, "Level": k.level.map(wording()["levels"]), "Sources": k.src.map(_cites)})
    return Table(f"meetings-{id}", d, (9, 38, 15, 14, 24), ("Sources",))


def acronyms() -> Table:
    """Acronyms of mechanisms, organisations and treaties from the data, and the few other ones that the text uses."""
    w = wording()["acronyms"]
    m, o, t = frames.identity(), frames.organisations().set_index("id"), frames.treaties().set_index("id")
    m = m.assign(acronym=m.acronym.str.split(" / ")).explode("acronym")
    m = m[m.acronym.str.fullmatch(r"(?=(?:.*[A-Z]){2})[\w+-]+") & (m.acronym != m["name"])]
    found = {**{o.acronym[i]: o["name"][i] for i in w["organisations"]}, **{k: t["name"][i] for k, i in w["treaties"].items()}, **w["others"], **dict(zip(m.acronym, m["name"]))}
    d = pd.DataFrame({"Acronym": found.keys(), "Name": found.values()})
    return Table("acronyms", d.sort_values("Acronym", key=lambda s: s.str.lower()), (14, 60))


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.0f}%"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}" if unit == "p value" else f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def findings() -> Table:
    """The findings with value, range over bounds and other rules, strength, date and measure."""
    rows = []
    for f in _findings().values():
        others = [v for v in (f.low, f.high, *f.variants.values()) if v is not None]
        span = [_figure(v, f.unit) for v in (min(others + [f.value]), max(others + [f.value]))] if others else []
        rows.append({"Finding": f.statement + ("" if f.unit == "share" else f" ({f.unit})"), "Value": _figure(f.value, f.unit), "Range": " to ".join(span), "Strength": f.strength, "Date": str(f.date),
                     "Measure": f.measure})
    return Table("findings", pd.DataFrame(rows), (42, 9, 14, 11, 7, 24))


def open_questions() -> Table:
    """Open questions, by mechanism."""
    q = frames.questions()
    d = pd.DataFrame({"Mechanism": q.mechanism.map(frames.identity().set_index("id").short), "Question": q.question})
    return Table("open_questions", d, (22, 70))


def audits() -> Table:
    """The audits in their order: facts drawn, and how far their sources bear them out, of all mechanisms and of the baseline."""
    core = set(sets.ids())
    rows = []
    for i, name in enumerate(provenance.AUDITS, 1):
        for whose, drawn in (("all", provenance.audit(name)), ("baseline", [r for r in provenance.audit(name) if r["mechanism"] in core])):
            said = [r["verdict"] for r in drawn]
            rows.append({"Sample": f"{i}", "Mechanisms": whose, "Facts": len(said), **{v.capitalize(): said.count(v) for v in provenance.VERDICTS}})
    return Table("audits", pd.DataFrame(rows), (10, 16, 10, 11, 11, 13, 15, 18))


def chronology() -> Table:
    """Events of the global layer, each with its sources."""
    d = frames.chronology()
    return Table("chronology", pd.DataFrame({"Date": d.date.map(words.date), "Place": d.place, "Event": d.what.map(_cell), "Sources": d.src.map(_cites)}),
                 (14, 14, 46, 26), ("Event", "Sources"))


def inclusion() -> Table:
    """The mechanisms outside the 25: relation to the study, IOM's class, and the verdict of the inclusion rule with its reason."""
    m = frames.identity()
    m = m[~m.core25].sort_values(["verdict", "short"])
    d = pd.DataFrame({"Mechanism": m.short, "Founded": m.founded, "Relation to the study": m.relation, "IOM now": m.class_now, "Verdict": m.verdict, "Reason": m.why})
    return Table("inclusion", d, (20, 7, 18, 7, 7, 41))


def codebook() -> Table:
    """Every variable of every table of the data package."""
    v = _codebook.variables()
    v = v[v.resource.isin(frames.FRAMES)]
    d = pd.DataFrame({"Table": v.resource, "Variable": v.field, "Meaning": v.meaning, "Kind": v.kind, "Etiqueta": v.label_es})
    return Table("codebook", d, (17, 16, 40, 9, 18))


def vocabularies() -> Table:
    """Every term of every vocabulary, in English and Spanish."""
    t = _codebook.terms()
    d = pd.DataFrame({"Vocabulary": t.vocabulary, "Term": t.en, "Término": t.es, "Definition": t.definition_en})
    return Table("vocabularies", d, (16, 20, 20, 44))


def licences() -> Table:
    """Each table of the data package with its origin and licence."""
    book = _codebook.codebook()["resources"]
    rows = [{"Table": n, "What it holds": book[n]["title"], "Obtained": book[n].get("obtained", ""), "Licence": book[n]["licence"], "Sources": _cites(" ".join(book[n].get("src", [])))}
            for n in frames.FRAMES]
    return Table("licences", pd.DataFrame(rows), (16, 16, 38, 10, 20), ("Sources",))


def merged() -> Table:
    """What was merged, split or left out when the evidence became data."""
    s = study()
    rows = [{"Id": x.id, "What was done": "left out", "Why": x.why} for x in s.excluded]
    rows += [{"Id": x.id, "What was done": "made from " + words.listing(x.from_), "Why": x.why} for x in s.merged]
    return Table("merged", pd.DataFrame(rows), (16, 30, 54))


def contested() -> Table:
    """Values that sources contest, beside the one chosen."""
    c = frames.contested()
    d = pd.DataFrame({"Mechanism": c.mechanism.map(frames.identity().set_index("id").short), "Field": c.field, "Chosen": c.chosen.map(words.date), "Other value": c.value,
                      "Why": c.why, "Sources": c.src.map(_cites)})
    return Table("contested", d, (20, 10, 14, 14, 26, 16), ("Sources",))


def _cites(src: str) -> str:
    return "[" + "; ".join("@" + k for k in src.split()) + "]" if src else "–"


def _class_row(m) -> tuple[str, str, str]:
    if m.core25:
        return "Class in 2013", f"{m.class_2013} (support for the class: {m.class_support.replace('-', ' ')})", "iom-research"
    return "Place in this study", f"{m.relation}; {'meets' if m.inclusion.verdict == 'in' else 'does not meet'} the inclusion rule: {m.inclusion.why}", ""


def _listed_in(m) -> str:
    """Sources of the lists nearest to the two counts: the last one by 2013 and the last of all; of any list if none is verified."""
    dated = sorted(((year_bounds(r.as_of) or (0, 0))[1], i, r) for i, r in enumerate(m.rosters) if r.states and r.counts)
    last = [[r for y, _, r in dated if y <= end][-1:] for end in (2013, 9999)]
    return " ".join(dict.fromkeys(s for r in (*last[0], *last[1]) for s in r.src) or dict.fromkeys(s for r in m.rosters if r.states for s in r.src))


def fact_box(id: str) -> Table:
    """One mechanism at a glance, each row with its sources. Raises ``KeyError`` for an unknown id."""
    m = mechanism(id)
    w = wording()
    c = membership.counts(sets.EVERY).set_index(["mechanism", "year"])
    k = frames.of("meetings", id)
    at = words.date(frames._iso(m.founded.date))
    def count(y):
        n = c.loc[(id, y), "members"]
        return "not established" if pd.isna(n) else str(int(n))
    rows = [("Founded", at + (f", {m.founded.place}" if m.founded.place else ""), " ".join(m.founded.src)),
            _class_row(m),
            ("Member States", f"{count(2013)} in 2013, {count(membership.LATEST)} latest", _listed_in(m)),
            ("Anchoring", w["anchoring"][m.anchoring.nature] + ("" if m.anchoring.nature == "none" else f": {m.anchoring.name}"), " ".join(m.anchoring.src))]
    for s in [s for s in m.secretariats if not s.memory][-1:]:
        rows.append(("Secretariat", s.name, " ".join(s.src)))
    held = m.status.value + (f" {frames._iso(m.status.since)}" if m.status.since else "")
    rows.append(("Status", held, " ".join(m.status.src)))
    if len(k):
        last = k.sort_values("date").iloc[-1]
        rows.append(("Last meeting found", words.date(last.date) + (f", {last.place}" if last.place else ""), last.src))
    d = pd.DataFrame([{"": _cell(a), "Fact": _cell(b), "Sources": _cites(s)} for a, b, s in rows])
    return Table(f"fact_box-{id}", d, (11, 31, 38), ("", "Fact", "Sources"))


TABLES = {f.__name__: f for f in (overview, reach, formality, themes, linkages, outputs, all_linkages,
                                  acronyms, findings, open_questions, audits, chronology, inclusion, codebook, vocabularies, licences, merged, contested)}
