"""Coherence: do members of the same mechanisms commit themselves to the same instruments?

The primary model and the secondary ones are those that the methods annex fixed before any was run. Commitment is being party to a
multilateral instrument; missing is missing, never "not party". Association is not effect: States choose their tables."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..dataset import frames
from ..dataset.keep import kept
from ..dataset.trace import cached
from . import sets, shared
from .mrqap import SEED, Mrqap, mrqap
from .placebo import redraws
from .similarity import similarity
from .trends import NARROW, WIDE, WINDOW

PERMUTATIONS = 5000
SECONDARY_PERMUTATIONS = 1000
REDRAWS = 200
BEFORE, AFTER = 6, 10
"""Years before and after the first shared table that the comparison of change follows."""
STEP = 2
"""Years from one point of that comparison to the next."""
FIRST = 1990
"""The first year of the comparison of change."""
SUBSETS = ("refugee", "labour", "trafficking and smuggling")
INCOME_STEPS = {"low": 1, "lower-middle": 2, "upper-middle": 3, "high": 4}
GROUPS = ("economic-integration", "political-cooperation", "free-movement-area")
"""Kinds of organisation that count as regional ones; global bodies and informal forums do not."""


@cached
def last_year() -> int:
    """The last year that the series of all instruments cover."""
    return int(frames.treaties().cut_off.astype(str).str[:4].astype(int).min())


@cached
def un_states() -> tuple[str, ...]:
    """UN member States, in the order of all matrices here."""
    s = frames.states()
    return tuple(sorted(s[s.un_member == "yes"].iso3))


@cached
def _since() -> pd.DataFrame:
    """State × instrument: the year from which a State is party, infinity where it is not, NaN where that is not known or the
    instrument not open to the State; a year from memory is not known."""
    s = frames.treaty_status()
    s = s[s.state.isin(un_states())]
    year = s.year.astype(float).where((s.status == "party") & (s.year_basis != "memory"))
    year[s.status.isin(["not party", "signatory"])] = np.inf
    return s.assign(since=year).pivot(index="state", columns="treaty", values="since").reindex(index=list(un_states()), columns=list(frames.treaties().id))


@cached
def party(year: int, subset: str | None = None, opened_by: int | None = None) -> pd.DataFrame:
    """State × instrument: 1 party by the end of a year, 0 not party, NaN where that is not known or the instrument not open to
    the State; instruments open by ``opened_by`` (or the year), all or those of a ``subset``."""
    t = frames.treaties()
    keep = (t.opened <= (opened_by or year)) & ((t.subset == subset) if subset else True)
    since = _since()[list(t.id[keep])]
    return (since <= year).astype(float).where(since.notna())


@cached
def alike(year: int, measure: str = "jaccard", subset: str | None = None) -> pd.DataFrame:
    """State × State similarity (:mod:`.similarity`) over the instruments open by a year."""
    return similarity(party(year, subset))[measure]


@cached
def tables(year: int, bound: str = "central", window: int = WINDOW, name: str = sets.BASELINE, blocs: bool = True) -> np.ndarray:
    """Number of tables each pair of UN member States shares in a year."""
    t = shared.at_table(year, bound, window, name, blocs).reindex(list(un_states()), fill_value=False)
    return shared.count(t)


@cached
def same_region() -> np.ndarray:
    """1 where two States lie in the same M49 region."""
    r = frames.states().set_index("iso3").region.reindex(list(un_states())).to_numpy()
    return (r[:, None] == r[None, :]).astype(float)


@cached
def organisations_shared(year: int) -> np.ndarray:
    """Number of regional organisations (:data:`GROUPS`) of which two States are both members in a year."""
    kinds = frames.organisations().query("kind in @GROUPS").id
    o = frames.organisation_members()
    o = o[o.organisation.isin(kinds) & (o["from"] <= year) & (o.to.isna() | (o.to >= year))]
    o = o[o.state.isin(un_states())]
    seats = np.zeros((len(un_states()), len(kinds)), dtype=bool)
    seats[pd.Index(un_states()).get_indexer(o.state), pd.Index(kinds).get_indexer(o.organisation)] = True
    return shared.count(pd.DataFrame(seats)).astype(float)


@cached
def income_gap(year: int) -> np.ndarray:
    """Distance of two States' income groups of a year, 0 to 3; NaN without a group."""
    g = frames.income_groups().query("year == @year").set_index("state").income_group.map(INCOME_STEPS).reindex(list(un_states())).to_numpy(dtype=float)
    return np.abs(g[:, None] - g[None, :])


@cached
def voting_gap(year: int) -> np.ndarray:
    """Distance of two States' ideal points in the UN General Assembly, the year or the last before it."""
    p = frames.ideal_points().query("year <= @year").sort_values("year").groupby("state").ideal_point.last().reindex(list(un_states())).to_numpy(dtype=float)
    return np.abs(p[:, None] - p[None, :])


def covariates(year: int, **which) -> dict[str, np.ndarray]:
    """The covariates of the primary model; ``which`` goes to :func:`tables`."""
    return {"shared tables": tables(year, *_positional(which)).astype(float), "same region": same_region(),
            "shared organisations": organisations_shared(year), "income gap": income_gap(year)}


def _positional(which: dict) -> tuple:
    given = {"bound": "central", "window": WINDOW, "name": sets.BASELINE, "blocs": True, **which}
    return given["bound"], given["window"], given["name"], given["blocs"]


@cached
def _eu_pairs(year: int) -> np.ndarray:
    o = frames.organisation_members()
    eu = set(o[(o.organisation == "eu") & (o["from"] <= year) & (o.to.isna() | (o.to >= year))].state)
    inside = np.array([s in eu for s in un_states()])
    return inside[:, None] & inside[None, :]


@dataclass(frozen=True)
class Variant:
    """A model: how it differs from the primary one; ``added`` marks those that were thought of after the first run."""

    label: str
    measure: str = "jaccard"  # a measure of similarity, or "vote"
    subset: str | None = None
    drop_eu: bool = False
    voting: bool = False
    which: tuple = ()
    binary: bool = False
    activity: bool = False
    added: bool = False


PRIMARY = Variant("primary")
MATCHING = Variant("simple matching", measure="matching")
LABOUR = Variant("labour instruments", measure="matching", subset="labour")
VARIANTS = (
    MATCHING, Variant("Cohen's kappa", measure="kappa"),
    *(Variant(f"{s} instruments", measure="matching", subset=s) for s in SUBSETS),
    Variant("without pairs within the European Union", drop_eu=True), Variant("without forums between blocs", which=(("blocs", False),)),
    Variant("upper bound of membership", which=(("bound", "upper"),)), Variant("alive within three years", which=(("window", NARROW),)),
    Variant("alive within ten years", which=(("window", WIDE),)), Variant("all that meet the inclusion rule", which=(("name", sets.ISCMS),)),
    Variant("with voting distance", voting=True),
    Variant("any shared table (0 or 1)", binary=True, added=True), Variant("joint commitment alone", measure="joint_commitment", added=True),
    Variant("with both States' numbers of memberships", activity=True, added=True),
)
MODELS = (PRIMARY, *VARIANTS)
VOTE_YEAR = 2018
VOTE = Variant("the vote on the Global Compact", measure="vote", added=True)
VOTE_WITHOUT_EU = Variant("the vote, without pairs within the European Union", measure="vote", drop_eu=True, added=True)


def _year(v: Variant) -> int:
    return VOTE_YEAR if v.measure == "vote" else last_year()


@cached
def design(v: Variant) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Outcome and covariates of a model, shared tables first."""
    year = _year(v)
    outcome = (vote_alike() if v.measure == "vote" else alike(year, v.measure, v.subset)).to_numpy().copy()
    if v.drop_eu:
        outcome[_eu_pairs(year)] = np.nan
    x = covariates(year, **dict(v.which))
    if v.binary:
        x["shared tables"] = (x["shared tables"] > 0).astype(float)
    if v.activity:
        own = _seats(year, v.which).sum(axis=1).to_numpy(dtype=float)
        x["memberships of both"] = own[:, None] + own[None, :]
    if v.voting:
        x["voting distance"] = voting_gap(year)
    return outcome, x


@cached
def fit(v: Variant = PRIMARY, permutations: int | None = None, workers: int = 1) -> Mrqap:
    """One model: MRQAP with double semi-partialling, the primary one with :data:`PERMUTATIONS`."""
    outcome, x = design(v)
    main = v == PRIMARY
    return _mrqap(outcome, x, permutations=permutations or (PERMUTATIONS if main else SECONDARY_PERMUTATIONS), seed=SEED, workers=workers,
                  only=None if main else ("shared tables",))


_mrqap = kept(mrqap)  # the slowest step of the report: run again only when a matrix changed


def primary() -> Mrqap:
    """The primary model."""
    return fit(PRIMARY)


def vote() -> Mrqap:
    """The primary covariates of the year of the vote on whether two States voted alike."""
    return fit(VOTE)


def left_out() -> dict[str, int]:
    """Pairs of UN member States: all; without a Jaccard similarity because neither is party to anything; in the primary model."""
    i = np.triu_indices(len(un_states()), 1)
    alike_ = alike(last_year()).to_numpy()[i]
    known = alike(last_year(), "known").to_numpy()[i] > 0
    return {"all": len(i[0]), "undefined": int((np.isnan(alike_) & known).sum()), "used": fit(PRIMARY, 1).n}


def skewness(year: int | None = None) -> float:
    """Skewness (third standardised moment) of the number of shared tables over pairs."""
    v = tables(year or last_year())[np.triu_indices(len(un_states()), 1)].astype(float)
    return float(((v - v.mean()) ** 3).mean() / v.std() ** 3)


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's step-down adjusted p values (Holm 1979), in the order given."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p)
    out = np.empty(len(p))
    out[order] = np.minimum(1, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
    return out


@cached
def models() -> pd.DataFrame:
    """model, added, estimate, t, p, p_holm (of the secondary models fixed beforehand), dyads, r2, chance (mean of the redraws),
    chance_low, chance_high (their middle 95 per cent), above (share of redraws at least as large as the estimate):
    the coefficient of shared tables in each model, beside what chance placement gives."""
    d = pd.DataFrame([_row(v) for v in MODELS])
    family = ~d.added & (d.model != PRIMARY.label)
    d.loc[family, "p_holm"] = holm(d.p[family].to_numpy())
    return d


@cached
@kept
def _row(v: Variant) -> dict:
    m, chance = fit(v), placebo(v)
    i = m.names.index("shared tables")
    low, high = np.quantile(chance, [0.025, 0.975])
    return {"model": v.label, "added": v.added, "estimate": float(m.coefficients[i]), "t": float(m.t[i]), "p": float(m.p[i]), "p_holm": np.nan, "dyads": m.n,
            "r2": m.r2, "chance": float(chance.mean()), "chance_low": float(low), "chance_high": float(high),
            "above": float((chance >= m.coefficients[i]).mean())}


def row(v: Variant) -> dict:
    """One row of :func:`models`, without Holm's correction."""
    return _row(v)


@cached
def described(year: int | None = None, subset: str | None = None, most: int = 3) -> pd.DataFrame:
    """tables (0, 1, … ``most`` or more), pairs, jaccard, matching, joint_commitment, joint_absence: means of pairs by shared tables."""
    y = year or last_year()
    s = similarity(party(y, subset))
    i = np.triu_indices(len(un_states()), 1)
    d = pd.DataFrame({k: s[k].to_numpy()[i] for k in ("jaccard", "matching", "joint_commitment", "joint_absence")})
    d["tables"] = np.minimum(tables(y)[i], most)
    g = d.groupby("tables")
    return g.mean().assign(pairs=g.size()).reset_index()


# Change within pairs

@cached
def first_shared(name: str = sets.BASELINE, bound: str = "central") -> np.ndarray:
    """First year, from :data:`FIRST`, in which two States share a table; 0 where they never do up to :func:`last_year`."""
    n = len(un_states())
    first = np.zeros((n, n), dtype=int)
    for y in range(FIRST, last_year() + 1):
        t = tables(y, bound, WINDOW, name, True) > 0
        first[(first == 0) & t] = y
    return first


@cached
def _jaccard(year: int, opened_by: int) -> np.ndarray:
    return similarity(party(min(year, last_year()), None, opened_by))["jaccard"].to_numpy()


MATCHED, UNMATCHED = "similarity of the year before", "no similarity"


@cached
def change(name: str = sets.BASELINE, matched: str = MATCHED, certain: bool = False) -> pd.DataFrame:
    """offset (years from the first shared table), effect, se, pairs: similarity of pairs against its value in the year before the
    first shared table, less the same of pairs without one that lie in the same pair of regions, share an organisation or not
    likewise, and (``matched``) had the same similarity then; standard errors leave out one State at a time.

    ``certain``: only pairs whose first shared year does not depend on the bounds of membership."""
    first = first_shared(name)
    if certain:
        first = np.where(first_shared(name, "upper") == first, first, np.where(first == 0, 0, -1))
    return _change(first, matched)


@kept
def _change(first: np.ndarray, matched: str) -> pd.DataFrame:
    end = last_year()
    i, j = np.triu_indices(len(un_states()), 1)
    start, region = first[i, j], _region_pair()[i, j]
    rows = []
    for y in sorted(set(start[start > 0])):
        base_year = y - 1
        base = _jaccard(base_year, base_year)[i, j]
        grouped = organisations_shared(base_year)[i, j] > 0
        alike_ = np.nan_to_num(np.round(10 * base)) if matched == MATCHED else np.zeros(len(base))
        cell = (region * 2 + grouped) * 100 + alike_.astype(int)
        treated = (start == y) & ~np.isnan(base)
        never = ((start == 0) | (start > min(y + AFTER, end))) & ~np.isnan(base)
        for k in range(-BEFORE, AFTER + 1, STEP):
            if y + k > end:
                continue
            moved = _jaccard(y + k, base_year)[i, j] - base
            of = never & ~np.isnan(moved)
            size, total = (np.bincount(cell[of], weights, cell.max() + 1) for weights in (None, moved[of]))
            with np.errstate(invalid="ignore"):
                gap = moved[treated] - (total / size)[cell[treated]]
            ok = ~np.isnan(gap)
            rows.append(pd.DataFrame({"offset": k, "i": i[treated][ok], "j": j[treated][ok], "gap": gap[ok]}))
    d = pd.concat(rows, ignore_index=True)
    return pd.DataFrame([{"offset": k, "effect": g.gap.mean(), "se": _jackknife(g), "pairs": len(g)} for k, g in d.groupby("offset")])


@cached
def _region_pair() -> np.ndarray:
    """A number for each unordered pair of M49 regions, for each pair of States."""
    r = pd.factorize(frames.states().set_index("iso3").region.reindex(list(un_states())))[0]
    lo, hi = np.minimum(r[:, None], r[None, :]), np.maximum(r[:, None], r[None, :])
    return lo * 10 + hi


def _jackknife(pairs: pd.DataFrame) -> float:
    """Standard error of the mean gap when each State in turn is left out with all its pairs (Snijders & Borgatti 1999)."""
    total, n = pairs.gap.sum(), len(pairs)
    own = pd.concat([pairs[["i", "gap"]].set_axis(["state", "gap"], axis=1), pairs[["j", "gap"]].set_axis(["state", "gap"], axis=1)])
    by = own.groupby("state").gap.agg(["sum", "size"])
    by = by[by["size"] < n]
    means = (total - by["sum"]) / (n - by["size"])
    k = len(means)
    return float(np.sqrt((k - 2) / (2 * k) * ((means - means.mean()) ** 2).sum())) if k > 2 else float("nan")


# Placebo

def _seats(year: int, which: tuple = ()) -> pd.DataFrame:
    return shared.at_table(year, *_positional(dict(which))).reindex(list(un_states()), fill_value=False)


@cached
def _drawn(year: int, which: tuple, number: int) -> np.ndarray:
    """Redraws × pairs: tables shared when memberships are redrawn; the same redraws serve every outcome."""
    return _redrawn(_seats(year, which), number)


@kept
def _redrawn(seats: pd.DataFrame, number: int) -> np.ndarray:
    i = np.triu_indices(len(seats), 1)
    return np.array([shared.count(d)[i] for d in redraws(seats, number)], dtype=np.uint8)  # there are fewer tables than 256


@cached
def placebo(v: Variant = PRIMARY, number: int = REDRAWS) -> np.ndarray:
    """Coefficients of shared tables in a model's regression when memberships are redrawn with all margins kept."""
    outcome, x = design(v)
    i = np.triu_indices(len(un_states()), 1)
    rest = np.column_stack([np.ones(len(i[0])), *(m[i] for k, m in x.items() if k != "shared tables")])
    target = outcome[i]
    ok = ~np.isnan(target) & ~np.isnan(rest).any(axis=1)
    q, _ = np.linalg.qr(rest[ok])
    left = target[ok] - q @ (q.T @ target[ok])
    drawn = _drawn(_year(v), v.which, number)[:, ok]
    z = ((drawn > 0) if v.binary else drawn).astype(float)
    return (z @ left) / (np.einsum("rd,rd->r", z, z) - ((z @ q) ** 2).sum(axis=1))  # as if each redraw were freed of the rest, of which ``left`` is free


# The vote on the Global Compact

@cached
def vote_alike() -> pd.DataFrame:
    """State × State: 1 where two States voted alike on the Global Compact in the General Assembly, 0 where not; NaN where one did not vote."""
    v = frames.gcm_vote().set_index("state").vote.reindex(list(un_states())).to_numpy()
    voted = pd.Series(v).isin(["yes", "no", "abstain"]).to_numpy()
    same = np.where(voted[:, None] & voted[None, :], (v[:, None] == v[None, :]).astype(float), np.nan)
    np.fill_diagonal(same, np.nan)
    return pd.DataFrame(same, index=list(un_states()), columns=list(un_states()))
