"""The strict form of an authored mechanism file (one YAML file a mechanism)."""
from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal, Union

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

DATE = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")


def _unquoted(value):
    """YAML reads a bare 2013 as a number: it is a date here."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _date(value: str) -> str:
    if not DATE.match(value):
        raise ValueError("not a date; allowed: 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD'")
    if len(value) == 10:
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("there is no such day; allowed: a day of the calendar") from None
    if not 1900 <= int(value[:4]) <= 2100:
        raise ValueError("the year is out of range; allowed: 1900 to 2100")
    return value


def _form(pattern: str, wrong: str) -> AfterValidator:
    """A text that matches the pattern as a whole; otherwise ``wrong`` says what it is not and what is allowed."""
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(wrong)
        return value

    return AfterValidator(check)


STATE = _form(r"[A-Z]{3}", "not a code; allowed: three capital letters, as ISO 3166-1 alpha-3 has them")
ADDRESS = _form(r"https?://\S+", "not an address; allowed: one that begins with http, or no URL")
LANGUAGE = _form(r"[a-z]{2}", "not a code of a language; allowed: two small letters, the title's language where it is not English")


Day = Annotated[str, BeforeValidator(_unquoted), AfterValidator(_date)]
State = Annotated[str, STATE]
Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Interval(Strict):
    """A date known only to lie between two others, both included."""

    earliest: Day
    latest: Day

    @model_validator(mode="after")
    def _order(self):
        if self.earliest > self.latest[: len(self.earliest)]:
            raise ValueError("'earliest' lies after 'latest'; allowed: the earlier date first")
        return self


When = Annotated[Union[Annotated[Day, Tag("day")], Annotated[Interval, Tag("interval")]],
                 Discriminator(lambda v: "interval" if isinstance(v, (dict, Interval)) else "day")]
"""A date as exact as it is known, or an interval."""


class Fact(Strict):
    """Anything stated: never without a source. ``memory`` marks what rests on memory, which
    never enters a central figure; only then may ``src`` be empty."""

    src: list[str]
    note: str | None = None
    memory: bool = False

    @model_validator(mode="after")
    def _sourced(self):
        if not self.src and not self.memory:
            raise ValueError("a source key is needed in 'src'; allowed: keys of data/sources.yaml, or memory: true")
        return self


class Contested(Fact):
    value: str
    why: str | None = None


class Founded(Fact):
    date: When
    place: str | None = None
    event: Text
    contested: list[Contested] = []


class Status(Fact):
    value: Literal["active", "dormant (stated)", "ended (stated)", "merged (stated)", "no activity found since"]
    since: When | None = None
    evidence: Text


class Anchoring(Fact):
    """The wider body that a mechanism stands by, and how close."""

    name: Text
    nature: Literal["none", "associated", "pillar"]
    since: When | None = None


Level = Literal["ministerial", "vice-ministerial", "senior-officials", "technical", "multi-stakeholder", "unspecified"]


class Formality(Fact):
    statutes_or_charter: bool | Literal["unclear"]
    binding_outputs: bool | Literal["unclear"]
    membership: Literal["closed", "open", "unclear"]
    rhythm: Literal["annual", "biennial", "irregular"]
    levels: list[Level]


class Span(Fact):
    from_: When | None = Field(None, alias="from")
    to: When | None = None

    @model_validator(mode="after")
    def _order(self):
        start, end = year_bounds(self.from_), year_bounds(self.to)
        if start and end and end[1] < start[0]:
            raise ValueError("'to' lies before 'from'; allowed: the same year or a later one")
        return self


class Secretariat(Span):
    name: Text
    kind: Literal["IOM", "ICMPD", "UNHCR", "own", "regional-organisation", "rotating-chair", "state", "other"]


class Chair(Span):
    who: Text


Theme = Literal[
    "asylum-refugees-protection", "border-management", "capacity-building", "climate-environment-disaster",
    "counter-crime-security", "data-research", "gender-children-vulnerable", "health", "integration",
    "irregular-migration", "labour-migration", "migrant-rights", "migration-development", "remittances-diaspora",
    "return-readmission-reintegration", "trafficking-smuggling", "visas-regular-mobility",
]


class Agenda(Span):
    theme: Theme
    basis: Literal["stated", "inferred"] = "stated"


Role = Literal["member", "participant", "partner"]


class Roster(Fact):
    """A list of States of one circle at a date; ``role`` is that of ``states``, next to the ``observers``.

    ``unverified`` holds names that rest on memory in part or whole."""

    as_of: When
    kind: Literal["roster", "attendance", "signatories", "parent-roster", "count-only"]
    circle: str = "members"
    role: Role = "member"
    complete: bool
    states: list[State] = []
    unverified: list[State] = []
    observers: list[State] = []
    unverified_observers: list[State] = []
    organisations: list[str] = []
    stated_total: Annotated[int, Field(ge=1)] | None = None

    @property
    def counts(self) -> bool:
        """Whether the list can say who is a member: a list of those who came to a meeting cannot."""
        return self.kind != "attendance"

    @model_validator(mode="after")
    def _whole(self):
        if self.complete and self.stated_total is not None and len(self.states) != self.stated_total:
            raise ValueError(f"the source states {self.stated_total} members, the list has {len(self.states)}; "
                             "allowed: a list of that many, or complete: false")
        for names in (self.states, self.unverified, self.observers, self.unverified_observers):
            if len(set(names)) != len(names):
                raise ValueError("a State stands twice in the list; allowed: each once")
        if set(self.states) & set(self.unverified):
            raise ValueError("a State stands both under 'states' and 'unverified'; allowed: one of them")
        return self


class Movement(Fact):
    """An entry or an exit that a source states; without a date it bears the fact alone."""

    state: State
    date: When | None = None
    circle: str = "members"


class Follows(Span):
    """Membership that goes with an organisation's: its member States are the mechanism's, as they come and go."""

    organisation: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    role: Role = "member"
    circle: str = "members"


class Meeting(Fact):
    date: When
    level: Level
    ordinal: Annotated[int, Field(ge=1)] | None = None
    place: str | None = None
    title: Text
    themes: list[Theme] = []
    outcome: str | None = None
    event_id: str | None = None


class Linkage(Fact):
    """A tie with an instrument, a body or another mechanism; ``direction`` says who acts on whom, seen from the
    mechanism, and follows from the kind where it is not written."""

    to: Text
    kind: Literal["institutional", "contributes-to", "refers-to", "led-to", "implements"]
    direction: Literal["to", "from", "mutual"] | None = None
    date: When | None = None


DIRECTIONS = {"institutional": "mutual", "contributes-to": "to", "refers-to": "from", "led-to": "to", "implements": "from"}
"""The direction that a kind of linkage has unless one is written."""


class Output(Fact):
    date: When | None = None
    title: Text
    kind: Literal["declaration", "action-plan", "strategy", "agreement", "guide", "tool", "other"]


class Gcm(Fact):
    date: When | None = None
    what: Text


class Claim(Fact):
    claim: Text


CRITERIA = ("state_led", "standing", "consultation", "met_more_than_once")
"""Of the inclusion rule."""


class Inclusion(Strict):
    """The verdict of the written rule: an ISCM is State-led, standing, for consultation on migration, and has met
    more than once. A mechanism is in when all four hold."""

    state_led: bool
    standing: bool
    consultation: bool
    met_more_than_once: bool
    verdict: Literal["in", "out"]
    why: Text

    @model_validator(mode="after")
    def _rule(self):
        holds = all(getattr(self, c) for c in CRITERIA)
        if holds != (self.verdict == "in"):
            raise ValueError(f"the four criteria {'all hold' if holds else 'do not all hold'}, so the verdict is '{'in' if holds else 'out'}'")
        return self


Relation = Literal["existed in 2013 but not in the study", "ended before 2013", "founded since", "parent body", "adjacent framework"]


class Mechanism(Strict):
    """One mechanism, as people write and read it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    core25: bool
    class_2013: Literal["RCP", "IRF"] | None = None
    class_support: Literal["very-high", "high", "medium-high", "medium"] | None = None
    class_now: Literal["RCP", "IRF"] | None = None
    relation: Relation | None = None
    inclusion: Inclusion | None = None
    name_en: Text
    name_es: str | None = None
    short: Text
    acronym: Text
    other_names: list[str] = []
    founded: Founded
    status: Status
    anchoring: Anchoring
    formality: Formality
    regions: list[str]
    secretariats: list[Secretariat]
    chairs: list[Chair]
    rosters: list[Roster]
    follows: list[Follows] = []
    joined: list[Movement]
    left: list[Movement]
    agenda: list[Agenda]
    meetings: list[Meeting]
    linkages: list[Linkage]
    outputs: list[Output]
    gcm: list[Gcm]
    literature: list[Claim]
    open_questions: list[str]

    @model_validator(mode="after")
    def _core(self):
        if self.core25 and not (self.class_2013 and self.class_support):
            raise ValueError("core25: true needs class_2013 and class_support; allowed: both, or core25: false")
        if not self.core25 and not (self.relation and self.inclusion):
            raise ValueError("core25: false needs relation and inclusion; allowed: both, or core25: true")
        return self


def _names(value):
    """Authors and editors, as CSL has them."""
    kinds = ({"literal"}, {"family"}, {"family", "given"})
    if not (isinstance(value, list) and value and all(isinstance(n, dict) and set(n) in kinds and all(isinstance(v, str) and v for v in n.values()) for n in value)):
        raise ValueError("not a list of names; allowed: for each {literal: a body} or {family: a name, given: a name}")
    return value


def _csl_date(value):
    """A date, as CSL has it."""
    try:
        ((given,),) = value.values() if list(value) == ["date-parts"] else ()
        if given and all(type(n) is int for n in given):
            datetime.date(*given, *[1] * (3 - len(given)))
            return value
    except (AttributeError, TypeError, ValueError):
        pass  # said below, whichever it is
    raise ValueError("not a date; allowed: {date-parts: [[year]]}, [[year, month]] or [[year, month, day]], in whole numbers")


Printed = Annotated[Text, BeforeValidator(_unquoted)]
Names = Annotated[list[dict], BeforeValidator(_names)]
CslDate = Annotated[dict, BeforeValidator(_csl_date)]


class Reading(Strict):
    """How much of a source was read."""

    read: Text


class Source(Strict):
    """An entry of ``data/sources.yaml``, with the fields of CSL that the bibliography uses."""

    id: Text
    type: Text
    title: Text
    author: Names = []
    editor: Names = []
    issued: CslDate = {}
    container_title: Text | None = Field(None, alias="container-title")
    collection_title: Text | None = Field(None, alias="collection-title")
    collection_number: Printed | None = Field(None, alias="collection-number")
    publisher: Text | None = None
    publisher_place: Text | None = Field(None, alias="publisher-place")
    volume: Printed | None = None
    issue: Printed | None = None
    page: Printed | None = None
    ISBN: Printed | None = None
    ISSN: Printed | None = None
    DOI: Text | None = None
    URL: Annotated[str, ADDRESS] | None = None
    accessed: CslDate = {}
    language: Annotated[str, LANGUAGE] | None = None
    note: Text | None = None
    custom: Reading | None = None


class Event(Strict):
    """An event of the global layer."""

    date: Annotated[str, AfterValidator(_date)]
    place: Text | None = None
    what: Text
    src: Annotated[list[Text], Field(min_length=1)]


class Chronology(Strict):
    """``data/chronology.yaml``."""

    events: list[Event]


class Instrument(Strict):
    """What linkages name, and the words by which they do."""

    id: Text
    label: Text
    group: Text
    formal: bool
    words: Annotated[list[Text], Field(min_length=1)]

    @field_validator("words")
    @classmethod
    def _found(cls, words: list[str]) -> list[str]:
        for w in words:
            try:
                re.compile(w if w.startswith("^") else "")
            except re.error as exc:
                raise ValueError(f"'{w}' is no regular expression ({exc}); allowed: plain words, or an expression after ^") from None
        return words


class Judgement(Strict):
    """Whether a path from a mechanism to an instrument is shown."""

    mechanism: Text
    to: Text
    shown: bool
    why: Text


class Instruments(Strict):
    """``data/instruments.yaml``."""

    groups: dict[str, Text]
    instruments: list[Instrument]
    paths: list[Judgement]

    @model_validator(mode="after")
    def _grouped(self):
        for i in self.instruments:
            if i.group not in self.groups:
                raise ValueError(f"the group '{i.group}' of {i.id} is not among the groups; allowed: {', '.join(self.groups)}")
        return self


OF_2013 = 2013
"""The year of the study that is taken up again: the fields ``class_2013`` and ``relation`` speak of it."""


def _baseline(value: int) -> int:
    if value != OF_2013:
        raise ValueError(f"not the year that class_2013 and relation speak of; allowed: {OF_2013}")
    return value


def _latest(value: int) -> int:
    if value <= OF_2013:
        raise ValueError(f"not after the baseline; allowed: from {OF_2013 + 1} on")
    return value


class Excluded(Strict):
    """A description that did not become a mechanism."""

    id: Text
    name: Text
    why: Text
    src: list[Text]


class Merged(Strict):
    """A mechanism made from descriptions of others."""

    id: Text
    from_: list[Text] = Field(alias="from")
    why: Text


class BlocForum(Strict):
    """A forum between whole blocs."""

    id: Text
    blocs: list[Text]


class Study(Strict):
    """``data/study.yaml``: what the study compares."""

    baseline: Annotated[int, Field(strict=True), AfterValidator(_baseline)]
    latest: Annotated[int, Field(strict=True), AfterValidator(_latest)]
    inclusion: Text
    excluded: list[Excluded]
    merged: list[Merged]
    bloc_forums: list[BlocForum]


def year_bounds(when) -> tuple[int, int] | None:
    """First and last possible year of a date or interval; ``None`` for no date."""
    if when is None:
        return None
    if isinstance(when, str):
        return int(when[:4]), int(when[:4])
    return int(when.earliest[:4]), int(when.latest[:4])
