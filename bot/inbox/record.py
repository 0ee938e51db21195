"""The person's record, as the flows use it: `flows.store.Store` over the event's connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from bot import lines, reviews
from bot.cases import alarm_clock, alerts, contact, conversing, duty
from bot.cases.opening import Wanted, open_case
from bot.channels.base import Inbound
from bot.inbox import files, people
from bot.inbox.agenda import Agenda
from bot.inbox.deps import Deps
from bot.inbox.people import Found
from bot.people import claiming, places
from db import erasure
from db.prepared import Prepared
from db.tables import (
    consents,
    contacts,
    conversations,
    diagnoses,
    handoffs,
    media,
    messages,
)
from flows.store import KEEP_ANSWERS, DiagnosisRecord, Duty, PastDiagnosis, Person, SignedLine
from nlu.mayan import LEXICON

UNKEPT: Final = timedelta(hours=24)  # how long anything of a person lives who agreed to nothing

_PROGRESS: Final = Prepared(
    update(diagnoses)
    .where(diagnoses.c.id == bindparam("diagnosis"), diagnoses.c.contact_id == bindparam("contact"))
    .values(answers=bindparam("so_far"), knowledge=bindparam("known"))
)


class Record:
    """One person's record inside one transaction. `conversation_id` is None once the person was erased."""

    def __init__(self, connection: Connection, found: Found, inbound: Inbound, deps: Deps, now: datetime) -> None:
        self._connection, self._deps, self._now, self._inbound = connection, deps, now, inbound
        self.contact_id: int = found.contact_id
        self.identity_id: int | None = found.identity_id
        self.conversation_id: int | None = found.conversation_id
        self.address: bytes = found.address_enc
        self.window_until: datetime | None = found.window_until
        self.language: str = found.language
        self.for_staff = False  # what the person did is for somebody of the team
        self.department: str | None = found.department
        self.person = Person(
            code=found.code,
            country=found.country or "",
            place=found.place or "",
            age_band=found.age_band or "",
            kept=found.consent_kept,
            asked=found.consent_asked,
            opted_out=found.opted_out,
            phone_country=_country_of(inbound.phone, deps),
            language=found.language,
        )

    @cached_property
    def agenda(self) -> Agenda:
        return Agenda(self._connection, self._deps, self.contact_id, self._inbound.channel, self._now)

    def _update(self, **columns: Any) -> None:
        self._connection.execute(update(contacts).where(contacts.c.id == self.contact_id).values(**columns))

    # --- profile ----------------------------------------------------------------------------------

    def set_age_band(self, age_band: str) -> None:
        self._update(age_band=age_band or None)
        self.person = replace(self.person, age_band=age_band)

    def set_country(self, country: str) -> None:
        self._update(country=country or None, place=None, department=None, district=None, municipality_id=None)
        self.person = replace(self.person, country=country, place="")
        self.department = None

    def set_place(self, place: str) -> None:
        found = self._deps.world.gazetteer.by_id(place)
        if found is None:
            raise ValueError("no such place in the gazetteer")
        self._update(**places.columns(self._connection, found))
        self.person = replace(self.person, country=found.country, place=place)
        self.department = found.department

    def set_language(self, language: str) -> None:
        self._update(language=language)
        self.language, self.person = language, replace(self.person, language=language)
        mine = update(handoffs).where(handoffs.c.contact_id == self.contact_id, handoffs.c.state != "closed")
        self._connection.execute(mine.values(language=language))

    def greeting(self, language: str) -> str:
        version = reviews.mayan_versions().get(language, "")
        signed = bool(version) and reviews.is_signed(self._connection, "mayan", language, version)
        return LEXICON.greeting(language, signed=signed)

    def join_record(self, code: str, first_name: str) -> str:
        cipher, hasher, mine = self._deps.cipher, self._deps.hasher, self.contact_id
        outcome = claiming.claim(self._connection, cipher, hasher, mine, code, first_name, self._now)
        if outcome == claiming.JOINED:
            facts = (contacts.c.country, contacts.c.place, contacts.c.age_band, contacts.c.department)
            row = self._connection.execute(select(*facts).where(contacts.c.id == mine)).one()
            self.department = row.department
            self.person = replace(
                self.person, country=row.country or "", place=row.place or "", age_band=row.age_band or ""
            )
            self.__dict__.pop("agenda", None)
        return outcome

    # --- consents ---------------------------------------------------------------------------------

    def consent(self, purpose: str, granted: bool, text_version: str) -> None:
        self._connection.execute(
            insert(consents).values(
                created_at=self._now,
                contact_id=self.contact_id,
                purpose=purpose,
                granted=granted,
                text_version=text_version,
                channel=self._inbound.channel,
            )
        )
        if purpose == KEEP_ANSWERS:
            self._update(consent_kept=granted, consent_asked=True)
            self.person = replace(self.person, kept=granted, asked=True)

    def consents(self) -> Mapping[str, bool]:
        rows = self._connection.execute(
            select(consents.c.purpose, consents.c.granted)
            .where(consents.c.contact_id == self.contact_id)
            .order_by(consents.c.id)
        )
        return {row.purpose: row.granted for row in rows}

    # --- diagnoses --------------------------------------------------------------------------------

    def begin_diagnosis(self, diagnosis: DiagnosisRecord) -> str:
        if not self.person.kept:
            return ""
        place = self._deps.world.gazetteer.by_id(self.person.place)
        reference = self._connection.scalars(
            insert(diagnoses)
            .values(
                created_at=self._now,
                contact_id=self.contact_id,
                trade=diagnosis.trade,
                content_version=diagnosis.version,
                reviewed=reviews.is_signed(self._connection, "trade", diagnosis.trade, diagnosis.version),
                answers=dict(diagnosis.answers),
                knowledge=dict(diagnosis.knowledge),
                started_at=self._now,
                channel=self._inbound.channel,
                country=self.person.country or None,
                department=place.department if place else None,
                municipality=place.municipality if place else None,
                age_band=self.person.age_band or None,
            )
            .returning(diagnoses.c.id)
        ).one()
        return str(reference)

    def save_diagnosis(self, reference: str, diagnosis: DiagnosisRecord) -> None:
        if not reference or not self.person.kept:
            return
        if diagnosis.band:
            self._connection.execute(
                update(diagnoses)
                .where(diagnoses.c.id == int(reference), diagnoses.c.contact_id == self.contact_id)
                .values(**self._finished(int(reference), diagnosis))
            )
        _PROGRESS.run(
            self._connection,
            diagnosis=int(reference),
            contact=self.contact_id,
            so_far=dict(diagnosis.answers),
            known=dict(diagnosis.knowledge),
        )

    def _finished(self, reference: int, diagnosis: DiagnosisRecord) -> dict[str, Any]:
        started = self._connection.scalar(select(diagnoses.c.started_at).where(diagnoses.c.id == reference))
        return {
            "band": diagnosis.band,
            "score": diagnosis.score,
            "score_by_function": dict(diagnosis.score_by_function or {}),
            "finished": True,
            "finished_at": self._now,
            "duration_seconds": round((self._now - started).total_seconds()) if started else None,
        }

    def diagnoses(self) -> Sequence[PastDiagnosis]:
        rows = self._connection.execute(
            select(diagnoses.c.trade, diagnoses.c.band, diagnoses.c.finished, diagnoses.c.created_at)
            .where(diagnoses.c.contact_id == self.contact_id)
            .order_by(diagnoses.c.id.desc())
            .limit(5)
        )
        return [PastDiagnosis(row.trade, row.band or "", row.finished, row.created_at) for row in rows]

    # --- people -----------------------------------------------------------------------------------

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
        wanted = Wanted(
            contact_id=self.contact_id,
            conversation_id=self.conversation_id,
            reason=reason,
            priority=priority,
            topic=topic,
            country=self.person.country or self.person.phone_country,
            department=self.department,
            language=language or self.language,
            contact=wants,
            call_hours=call_hours,
            call_language=call_language,
        )
        return open_case(self._connection, self._deps.desk, wanted, self._now)

    def note_contact(
        self,
        *,
        safe_channel: bool | None = None,
        safe_hours: str = "",
        checkin_at: datetime | None = None,
        call_number: str = "",
    ) -> None:
        contact.note(
            self._connection,
            self.contact_id,
            self._now,
            safe_channel=safe_channel,
            safe_hours=safe_hours,
            checkin_at=checkin_at,
            call_number=self._deps.cipher.seal(call_number, contact.CALL_NUMBER) if call_number else None,
        )

    def duty(self) -> Duty | None:
        country = self.person.country or self.person.phone_country
        return duty.duty(self._connection, self._deps.desk, country, self._now)

    def lines(self, country: str) -> Sequence[SignedLine]:
        return lines.shown(self._connection, country, self._now)

    def wake(self, what: str, at: datetime | None) -> None:
        if self.conversation_id is not None:
            alarm_clock.set_for(self._connection, self.conversation_id, what, at, self._now)

    def heard_by_staff(self) -> None:
        """What the person wrote is for somebody of the team, who has the conversation."""
        self.for_staff = True
        if self.conversation_id is not None:
            alerts.heard(self._connection, self._deps.desk, self.conversation_id, self._now)

    def take_back(self) -> None:
        """The person wants the bot again, although somebody of the team has the conversation."""
        if self.conversation_id is not None:
            conversing.bot_taken_back(self._connection, self.conversation_id, self._now)

    # --- stopping, erasing, parting -----------------------------------------------------------------

    def opt_out(self) -> None:
        people.opt_out(self._connection, self.contact_id, self._inbound.channel, self._now)
        conversing.opted_out(self._connection, self.contact_id, self._now)
        self.person = replace(self.person, opted_out=True)

    def opt_in(self) -> None:
        people.opt_in(self._connection, self.contact_id, self._inbound.channel, self._now)
        self.person = replace(self.person, opted_out=False)

    def erase(self) -> None:
        erasure.erase(self._connection, self.contact_id, self._now)
        self.identity_id = self.conversation_id = None
        self.person = replace(self.person, kept=False, place="")

    def start_over(self) -> None:
        """The old record keeps its results and open cases, without an address."""
        contact_id = people.add_contact(self._connection, self._inbound.channel, None, self._now)
        people.part(self._connection, self.contact_id, contact_id, self._inbound.channel)
        self.contact_id = contact_id
        self.__dict__.pop("agenda", None)  # it was the other person's
        self.conversation_id = self._connection.scalars(
            insert(conversations)
            .values(created_at=self._now, contact_id=contact_id, identity_id=self.identity_id)
            .returning(conversations.c.id)
        ).one()
        self.department = None
        code = self._connection.scalar(select(contacts.c.code).where(contacts.c.id == contact_id))
        self.person = Person(str(code), "", "", "", False, False, self.person.opted_out, self.person.phone_country)
        self.language = self.person.language

    # --- what is kept -------------------------------------------------------------------------------

    def data_file(self, text: str) -> str:
        return files.keep(self._connection, self._deps, self.contact_id, self._inbound.channel, text, self._now)

    def message_counts(self) -> tuple[int, int]:
        said = self._connection.scalar(
            select(func.count()).select_from(messages).where(messages.c.conversation_id == self.conversation_id)
        )
        sent = self._connection.scalar(
            select(func.count())
            .select_from(media)
            .where(media.c.contact_id == self.contact_id, media.c.kind != files.DATA_FILE)
        )
        return said or 0, sent or 0


def _country_of(phone: str | None, deps: Deps) -> str:
    if not phone:
        return ""
    return deps.world.gazetteer.country_of_phone(phone) or "other"
