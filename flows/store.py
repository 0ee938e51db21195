"""What the flows need from outside: the person's record, bound to the event's transaction, and read-only facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from db.content import Bands, Trade
from flows.agenda import Agenda
from flows.core.turn import Turn
from nlu.places import Gazetteer
from nlu.trades import TradeNames

KEEP_ANSWERS, JOB_OFFERS, SHARE_PARTNER = "keep_answers", "job_offers", "share_partner"
UNDER_18 = "under_18"
SILENCE, CHECKIN = "silencio", "seguimiento"


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of the person who writes. Empty text: not known."""

    code: str  # pseudonym that the person and staff may quote
    country: str  # SV, GT, HN, "other", ""
    place: str  # id in the gazetteer
    age_band: str
    kept: bool  # agreed that answers are kept
    asked: bool  # was asked for that agreement
    opted_out: bool
    phone_country: str  # SV, GT, HN by the number's prefix; "other" for any other country's; "" without a number
    language: str = "es"  # es, en, or a Mayan one by ISO 639-3 (quc, mam, kek …; myn: it is not known which)


@dataclass(frozen=True, slots=True)
class DiagnosisRecord:
    """A diagnosis as it is stored. `answers` by criterion or question id."""

    trade: str
    version: str
    answers: Mapping[str, str]
    knowledge: Mapping[str, str]
    band: str = ""  # empty while unfinished
    score: float | None = None  # points / maximum, 0..1
    score_by_function: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class PastDiagnosis:
    """One line of «my data»."""

    trade: str
    band: str
    finished: bool
    on: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether somebody of the team is on duty, and when the next one begins; None: nobody knows."""

    somebody: bool
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedLine:
    """A crisis line that may be shown. `purposes` in the words of `crisis_lines.yml`; `hours` "" where unknown."""

    number: str
    purposes: tuple[str, ...]
    hours: str


class Store(Protocol):
    """The person's record, inside the event's transaction."""

    @property
    def person(self) -> Person: ...

    @property
    def agenda(self) -> Agenda:
        """Where the person is assessed, what came of it, and what is asked later."""

    def set_age_band(self, age_band: str) -> None: ...

    def set_country(self, country: str) -> None: ...

    def set_place(self, place: str) -> None: ...

    def set_language(self, language: str) -> None:
        """Keep which language the person understands best, also with the cases that are open."""

    def greeting(self, language: str) -> str:
        """A greeting in a Mayan language, as somebody who speaks it found it right; "" where nobody did."""

    def join_record(self, code: str, first_name: str) -> str:
        """Join the record of somebody registered without a telephone to this chat's: «unido»; «no_coincide» whatever
        was wrong with code or name; «mas_tarde» after too many tries.
        """

    def consent(self, purpose: str, granted: bool, text_version: str) -> None:
        """Keep one answer to one question of consent, with version of the text, moment and channel."""

    def consents(self) -> Mapping[str, bool]:
        """The latest answer by purpose."""

    def begin_diagnosis(self, diagnosis: DiagnosisRecord) -> str:
        """Open a record; returns its reference, "" where nothing may be kept."""

    def save_diagnosis(self, reference: str, diagnosis: DiagnosisRecord) -> None:
        """Keep what has been answered so far; with a band, the diagnosis is finished."""

    def diagnoses(self) -> Sequence[PastDiagnosis]: ...

    def hand_off(
        self,
        reason: str,
        *,
        priority: int | None = None,
        topic: str = "",
        wants: str = "chat",
        call_hours: str = "",
        call_language: str = "",
        language: str = "",
    ) -> str:
        """Record that a person is wanted and alert the staff; returns the case's code. Asking twice is one case.

        `priority` 1 most urgent .. 3; None: as the reason has it. `wants`: chat or call, and of a call when and in
        which language, in words of ours. `language`: of who should answer; "": the person's own.
        """

    def note_contact(
        self,
        *,
        safe_channel: bool | None = None,
        safe_hours: str = "",
        checkin_at: datetime | None = None,
        call_number: str = "",
    ) -> None:
        """Keep with the person's newest open case whether it is safe to write here, when it is safe to be reached
        (a word of ours), when somebody looks after them again, and where to call. What is not given stays as it was.
        """

    def duty(self) -> Duty | None:
        """Who is there for this person, by shifts and holidays; None where only the weekly hours are known."""

    def lines(self, country: str) -> Sequence[SignedLine]:
        """The crisis lines of a country that staff called and signed lately, the most wanted first."""

    def wake(self, what: str, at: datetime | None) -> None:
        """Come back to this conversation at that moment, whatever the person does; None: not any more.

        `what`: SILENCE, a question about danger that nobody answered; CHECKIN, a neutral greeting that was agreed.
        """

    def opt_out(self) -> None:
        """Nothing leaves unasked to this person from now on; outlives an erasure."""

    def opt_in(self) -> None: ...

    def erase(self) -> None:
        """Everything that identifies the person goes from every table; pseudonymous statistics stay."""

    def start_over(self) -> None:
        """Somebody else uses this address now: the record is parted from it, and a new one begun."""

    def data_file(self, text: str) -> str:
        """Keep a file for download by this person for a day; returns its path below the public URL."""

    def message_counts(self) -> tuple[int, int]:
        """How many messages and files of this person are kept."""


@dataclass(frozen=True, slots=True)
class StaffHours:
    """When somebody answers, in the words of the copy, and whether now is such a time."""

    words: str
    open_now: bool


class World(Protocol):
    """Facts that do not change while the bot runs."""

    @property
    def gazetteer(self) -> Gazetteer: ...

    @property
    def trades(self) -> Mapping[str, Trade]: ...

    @property
    def bands(self) -> Bands: ...

    @property
    def trade_names(self) -> TradeNames: ...

    @property
    def fallback_numbers(self) -> Mapping[str, Sequence[str]]:
        """General emergency numbers by country: they need no signature."""

    @property
    def abroad_numbers(self) -> Mapping[str, Sequence[str]]:
        """The general emergency number of countries abroad, and of any other one under «otro»."""

    @property
    def first_numbers(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """By case of `crisis_lines.yml` and country: which numbers come first."""

    @property
    def zone(self) -> ZoneInfo:
        """Where the days of the calendar begin and end."""

    @property
    def office(self) -> str:
        """Where a person can check that we are who we say: a phone or address, "" if none is set."""

    def recorded(self, language: str, key: str) -> str:
        """The path, below the public URL, of reviewed words that somebody recorded for a place; "" if there is none."""

    def staff_hours(self, now: datetime) -> StaffHours | None:
        """None where no hours are set or nobody is there to be alerted: then nothing is promised."""


def store(turn: Turn) -> Store:
    return cast(Store, turn.store)


def person(turn: Turn) -> Person:
    return store(turn).person


def agenda(turn: Turn) -> Agenda:
    return store(turn).agenda


def world(turn: Turn) -> World:
    return cast(World, turn.world)


def country(turn: Turn) -> str:
    """The country that the person is in, as far as known: what they said, else the number's; "" if neither."""
    said = person(turn).country
    if said:
        return said
    guess = person(turn).phone_country
    return guess if guess in {"SV", "GT", "HN"} else ""


def consent_version(turn: Turn) -> str:
    """Which words are agreed to: their date and, where another language stood below them, its code («+en»)."""
    version = turn.copy.common("version_consentimiento", {})
    return f"{version}+{turn.copy.language}" if turn.copy.language else version
