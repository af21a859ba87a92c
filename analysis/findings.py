"""Named findings: every computed statistic that the report's text states.

Each has an id, its value, how it is measured, its set and date, and bounds where there are some."""
from __future__ import annotations

from dataclasses import asdict, dataclass

from .dataset import frames
from .dataset.trace import cached
from .measures import membership, sets, taxonomy, trends

BASE = sets.BASELINE


@dataclass(frozen=True)
class Finding:
    id: str
    value: float
    unit: str
    statement: str
    measure: str
    set: str
    date: int
    low: float | None = None
    high: float | None = None

    def as_dict(self) -> dict:
        return asdict(self)


@cached
def findings() -> dict[str, Finding]:
    """All findings by id."""
    m, now = sets.mechanisms(), membership.LATEST
    k, a = sets.only(frames.meetings()), sets.only(frames.agenda())
    out: list[Finding] = []

    def add(id, value, unit, statement, measure, date=now, **bounds):
        out.append(Finding(id, value, unit, statement, measure, BASE, date, **bounds))

    add("mechanisms", len(m), "mechanisms", "mechanisms in the study", "frames.mechanism_frame")
    add("rcps", int((m.class_2013 == "RCP").sum()), "mechanisms", "counted as RCPs in 2013", "frames.mechanism_frame", 2013)
    add("irfs", int((m.class_2013 == "IRF").sum()), "mechanisms", "counted as IRFs in 2013", "frames.mechanism_frame", 2013)
    add("meetings", len(k), "meetings", "meetings found in sources", "frames.meetings")
    add("sources", len(frames.sources()), "sources", "sources recorded", "frames.sources")
    for y in (1990, 2000, 2013):
        add(f"founded_{y}", int((m.founded <= y).sum()), "mechanisms", f"founded by {y}", "trends.founded_by_year", y)
    add("founded_2000s", int(((m.founded >= 2000) & (m.founded <= 2009)).sum()), "mechanisms", "founded in 2000-2009", "trends.founded_by_year", 2009)
    def alive(y, w=trends.WINDOW):
        t = trends.alive(w)
        return int(t[t.year == y].n.sum())
    for y in (2013, now):
        add(f"alive_{y}", alive(y), "mechanisms", f"met within the five years to {y}, as far as known", "trends.alive", y,
            low=alive(y, trends.NARROW), high=alive(y, trends.WIDE))
    peak = trends.alive().groupby("year").n.sum()
    add("alive_peak", int(peak.max()), "mechanisms", "most mechanisms alive in one year", "trends.alive", int(peak.idxmax()))
    s = m.status.value_counts()
    add("status_active", int(s.get("active", 0)), "mechanisms", "with an activity in the latest sources", "frames.mechanism_frame")
    add("status_silent", int(s.get("no activity found since", 0)), "mechanisms", "without a later activity found", "frames.mechanism_frame")
    add("status_stated", int(s.drop(["active", "no activity found since"], errors="ignore").sum()), "mechanisms", "stated as dormant, ended or merged", "frames.mechanism_frame")
    c = membership.counts()
    for y in (2013, now):
        d = c[c.year == y]
        add(f"listed_{y}", int(d.members.notna().sum()), "mechanisms", f"with a verified member list for {y}", "membership.counts", y)
        p, u = membership.members(y), membership.members(y, "upper")
        un = set(frames.states().query("un_member == 'yes'").iso3)
        n, hi = len(set(p.state) & un), len(set(u.state) & un)
        add(f"states_{y}", n, "UN member States", "in at least one mechanism", "membership.members", y, low=n, high=hi)
        ps = membership.per_state(y)
        add(f"most_{y}", int(ps.n.max()), "mechanisms", "most memberships of one State", "membership.per_state", y)
        add(f"median_{y}", float(ps.n.median()), "mechanisms", "median memberships of a State in at least one", "membership.per_state", y)
    add("un_members", int((frames.states().un_member == "yes").sum()), "States", "UN member States", "frames.states")
    r13 = taxonomy.reach(2013).merge(m[["id", "class_2013"]], left_on="mechanism", right_on="id")
    for cl in ("RCP", "IRF"):
        add(f"reach_{cl}", float(r13[r13.class_2013 == cl].region_share.mean()), "share", f"mean share of members in the commonest region, {cl}", "taxonomy.reach", 2013)
    add("one_region_RCP", int((r13[r13.class_2013 == "RCP"].region_share >= 0.999).sum()), "mechanisms", "RCPs with all members in one region", "taxonomy.reach", 2013)
    add("classed_RCP", int((r13.class_2013 == "RCP").sum()), "mechanisms", "RCPs with a verified list", "taxonomy.reach", 2013)
    add("classed_IRF", int((r13.class_2013 == "IRF").sum()), "mechanisms", "IRFs with a verified list", "taxonomy.reach", 2013)
    moved = m[m.class_now.notna() & (m.class_now != m.class_2013)]
    add("reclassed", len(moved), "mechanisms", "RCPs of 2013 that IOM now lists as IRFs", "frames.mechanism_frame")
    anchored = m.anchoring.value_counts()
    for v in ("none", "associated", "pillar"):
        add(f"anchor_{v}", int(anchored.get(v, 0)), "mechanisms", f"anchoring: {v}", "frames.mechanism_frame")
    sp = trends.theme_spread(now)
    top = sp.sort_values(["n", "theme"], ascending=[False, True]).iloc[0]
    add("themes", int(a.theme.nunique()), "themes", "themes in the vocabulary found on agendas", "trends.theme_spread")
    add("theme_top", int(top.n), "mechanisms", f"with the commonest theme ({top.theme})", "trends.theme_spread")
    t = trends.theme_adoption()
    breadth = t.groupby("mechanism").agg(now=("theme", "size"), start=("at_founding", "sum"))
    add("breadth_start", float(breadth.start.mean()), "themes", "mean themes known at the founding", "trends.theme_adoption")
    add("breadth_now", float(breadth.now.mean()), "themes", "mean themes known by now", "trends.theme_adoption")
    add("climate", int(sp.set_index("theme").n.get("climate-environment-disaster", 0)), "mechanisms", "with climate, environment or disasters on the agenda", "trends.theme_spread")
    sp13 = trends.theme_spread(2013).set_index("theme").n
    add("climate_2013", int(sp13.get("climate-environment-disaster", 0)), "mechanisms", "with climate, environment or disasters on the agenda in 2013", "trends.theme_spread", 2013)
    add("binding", int(m.binding.sum()), "mechanisms", "with outputs that bind", "frames.mechanism_frame")
    add("statutes", int(m.statutes.sum()), "mechanisms", "with statutes, a charter or a treaty base", "frames.mechanism_frame")
    o = sets.only(frames.outputs())
    add("agreements", int((o.kind == "agreement").sum()), "outputs", "outputs that sources call an agreement", "frames.outputs")
    add("declarations", int((o.kind == "declaration").sum()), "outputs", "declarations", "frames.outputs")
    add("outputs", len(o), "outputs", "outputs found", "frames.outputs")
    l = sets.only(frames.linkages())
    add("linkages", len(l), "linkages", "linkages found", "frames.linkages")
    gcm = set(l[l["to"].str.contains("Global Compact for Safe|^GCM", regex=True)].mechanism)
    add("gcm_linked", len(gcm), "mechanisms", "with a linkage to the Global Compact for Migration", "frames.linkages")
    return {f.id: f for f in out}
