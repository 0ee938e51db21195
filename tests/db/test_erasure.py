"""Erasing a person: what is planted of them in every table that can hold it is in none afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, Table, func, insert, select, update

from bot.channels.base import Media
from bot.media import Fetcher
from bot.people import names
from db.crypto import Cipher
from db.tables import (
    applications,
    appointments,
    audit_log,
    case_notes,
    centres,
    certificates,
    contacts,
    conversations,
    diagnoses,
    employers,
    evaluation_marks,
    evaluations,
    events,
    followups,
    handoffs,
    job_alerts,
    job_offers,
    media,
    merges,
    messages,
    metadata,
    network_profiles,
    outbox,
    referrals,
    reminders,
    slots,
    staff_topics,
    waitlist,
)
from tests.chat import START, Bot, Chat, bot
from tests.fakes.provider import FakeProvider
from tests.flows.test_diagnostico import answer_all, finish

PHONE, NAME, TEXT, STORY = "70009876", "Rosalinda", "tortuga azul", "trabajaba de noche"
HOME, TOWN = "Guazapa", "San Salvador Norte"  # the district, and the municipality that it is in
LATITUDE = "13.8768"
PLANTED = (PHONE, NAME, TEXT, STORY, HOME, TOWN, LATITUDE)
EVERYBODYS = {"departments", "municipalities", "districts", "institutions"}  # places, of nobody in particular
PAST = {"trade": "soldador", "starts_at": START - timedelta(days=9), "ends_at": START - timedelta(days=8)}
COMING = {"trade": "soldador", "starts_at": START + timedelta(days=8), "ends_at": START + timedelta(days=9)}
STAYS = {
    "contacts",
    "appointments",
    "reminders",
    "evaluations",
    "evaluation_marks",
    "followups",
    "diagnoses",
    "certificates",
    "handoffs",
    "case_events",
    "events",
    "opt_outs",
}  # what the erasure does not empty


class Files(FakeProvider):
    """Whatever is asked for is there."""

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        return f"{NAME}, {STORY}".encode(), "image/jpeg"


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    with bot(tmp_path, database_url, telegram_token="1:x", telegram_staff_chat="-100777") as made:
        yield made


def talk(running: Bot, phone: str) -> Chat:
    """Somebody uses everything that there is."""
    person = running.chat(f"whatsapp:+503{phone}", "whatsapp", f"+503{phone}")
    person.says("hola")
    person.taps("Sí, de acuerdo")
    person.says("34")
    person.shares(float(LATITUDE), -89.1729)
    person.says(HOME)
    person.says("quiero evaluarme de soldador")
    answer_all(person)
    finish(person)
    person.says(f"me llamo {NAME}, {TEXT}")
    person.does(text=STORY, media=(Media("image", f"https://api.twilio.com/{NAME}", "image/jpeg"),))
    person.says("quiero hablar con una persona")
    person.says("me quiero matar")
    person.says("mis datos")
    person.taps("Recibir una copia")
    for word in ("BAJA", "ALTA", "BAJA"):
        person.says(word)
    return person


def fetch(running: Bot) -> None:
    """The picture arrives; a second one is still on its way."""
    app = running.app
    asyncio.run(Fetcher(app.database, {"whatsapp": Files()}, app.cipher, app.clock).run_once(running.now))


def plant(running: Bot, contact_id: int) -> None:
    """What later parts of the program will keep, and what no conversation of today leaves behind."""
    seal, care = running.app.cipher.seal, Cipher(running.app.keys.care).seal

    def work(connection: Connection) -> None:
        def add(table: Table, **columns: Any) -> int:
            made = insert(table).values(created_at=START, **columns).returning(table.c.id)
            return int(connection.scalars(made).one())

        mine: dict[str, Any] = {"contact_id": contact_id}
        whose = conversations.c.contact_id == contact_id
        here = connection.scalars(select(conversations.c.id).where(whose)).one()
        connection.execute(
            update(contacts)
            .where(contacts.c.id == contact_id)
            .values(name_enc=seal(NAME, "name"), district=HOME, department="San Salvador")
        )
        connection.execute(update(diagnoses).where(diagnoses.c.contact_id == contact_id).values(municipality=TOWN))
        add(
            events,
            channel="whatsapp",
            provider_id=f"t{here}",
            kind="timer",
            conversation_id=here,
            payload_enc=seal(f"+503{PHONE} {NAME}", "event"),
        )
        add(audit_log, **mine, action="person.seen", entity="contacts", entity_id=contact_id)
        add(referrals, **mine, service="legal", wishes_enc=care(f"{TEXT} {PHONE}", "referral wishes"))
        names.keep(connection, running.app.cipher, running.app.hasher, contact_id, NAME, START)
        joined = add(contacts, code=f"j{here}", channel_first="in_person", merged_into=contact_id)
        names.keep(connection, running.app.cipher, running.app.hasher, joined, NAME, START)
        add(merges, kept_id=contact_id, dropped_id=joined, before={"filled": []})
        case = connection.scalars(select(handoffs.c.id).where(handoffs.c.contact_id == contact_id).limit(1)).one()
        add(staff_topics, handoff_id=case, chat="-100", thread_id=case)
        add(case_notes, handoff_id=case, body_enc=seal(f"{NAME}: {STORY}", "case note"))
        employer = add(employers, name=f"Taller {here}", country="SV")
        offer = add(job_offers, employer_id=employer, reference="1", title="Soldador", trade="soldador", country="SV")
        add(job_alerts, **mine, trade="soldador", country="SV", department="San Salvador")
        application = add(applications, **mine, job_offer_id=offer)
        centre = add(centres, code=f"c{here}", name="Centro", country="SV")
        slot, coming = (add(slots, centre_id=centre, capacity=3, booked=1, **hour) for hour in (PAST, COMING))
        appointment = add(appointments, **mine, slot_id=slot, code=f"a{here}", trade="soldador", state="attended")
        booked = add(appointments, **mine, slot_id=coming, code=f"b{here}", trade="soldador")
        add(reminders, appointment_id=booked, kind="one_day", due_at=START + timedelta(days=7))
        add(waitlist, **mine, centre_id=centre, trade="albanil")
        add(network_profiles, **mine, joined_at=START)
        evaluation = add(
            evaluations,
            appointment_id=appointment,
            trade="soldador",
            legal_name_enc=seal(NAME, "name"),
            notes_enc=seal(f"{NAME}: {STORY}", "evaluation notes"),
        )
        add(
            evaluation_marks,
            evaluation_id=evaluation,
            device_id=f"d{here}",
            item="c1",
            verdict="competent",
            marked_at=START,
            note_enc=seal(STORY, "evaluation notes"),
        )
        add(
            certificates,
            **mine,
            evaluation_id=evaluation,
            code=f"cert{here}",
            number=f"{NAME}-1",
            trade="soldador",
            issued_on=START.date(),
            name_enc=seal(NAME, "name"),
        )
        later = {"application_id": application, "appointment_id": appointment}
        said = {"state": "answered", "answers": {"works": "yes"}}
        add(followups, **mine, **later, kind="one_month", due_at=START, **said)
        add(followups, **mine, **later, kind="three_months", due_at=START)
        add(
            media,
            **mine,
            channel="whatsapp",
            kind="voice",
            expires_at=START + timedelta(days=30),
            source_enc=seal(f"https://api.twilio.com/{PHONE}", "media source"),
        )

    running.app.database.write_now(work)


def values(running: Bot, table: Table, row: Row[Any]) -> Iterator[tuple[str, str]]:
    """Every value of a row as a text, opened where it is sealed: column and text."""
    ciphers = {"data": running.app.cipher, "care": Cipher(running.app.keys.care)}
    for column in table.columns:
        value = row._mapping[column]
        if value is None:
            continue
        if sealed := column.info.get("encrypted"):
            value = ciphers[column.info["key"]].open_bytes(value, sealed)
        is_bytes = isinstance(value, bytes)
        yield column.name, value.decode(errors="replace") if is_bytes else json.dumps(value, default=str)


def found(running: Bot, *wanted: str) -> set[tuple[str, str]]:
    """The (value, table.column) pairs where one of these stands, in any table."""
    tables = [table for table in metadata.sorted_tables if table.name not in EVERYBODYS]
    return {
        (each, f"{table.name}.{column}")
        for table in tables
        for row in running.rows(select(table))
        for column, text in values(running, table, row)
        for each in wanted
        if each.lower() in text.lower()
    }


def hashed(running: Bot, address: str) -> set[str]:
    """The columns that hold the keyed hash of an address."""
    key = running.app.hasher.of("whatsapp", address)
    return {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for row in running.rows(select(table))
        for column in table.columns
        if row._mapping[column] == key
    }


def personal_tables() -> set[str]:
    """Every table that hangs on a person, directly or through another one."""
    names = {"contacts"}
    while more := {t.name for t in metadata.sorted_tables for key in t.foreign_keys if key.column.table.name in names}:
        if more <= names:
            break
        names |= more
    return names


def sizes(running: Bot, who: Callable[[Table], Any]) -> dict[str, int]:
    """Rows by table, of those whose tables say whose they are."""
    tables = [table for table in metadata.sorted_tables if "contact_id" in table.columns]
    return {
        table.name: running.rows(select(func.count()).select_from(table).where(who(table)))[0][0] for table in tables
    }


def everything_of(running: Bot, phone: str = PHONE) -> tuple[Chat, int]:
    person = talk(running, phone)
    contact_id = running.rows(select(func.max(contacts.c.id)))[0][0]
    fetch(running)
    plant(running, contact_id)
    return person, contact_id


def test_what_is_planted_of_a_person_is_nowhere_afterwards(running: Bot) -> None:
    person, contact_id = everything_of(running)
    before = found(running, *PLANTED)
    assert {value for value, _ in before} == set(PLANTED)  # the search finds what is there
    missed = personal_tables() - {t.name for t in metadata.sorted_tables if running.rows(select(t).limit(1))}
    assert missed == set(), "plant something in these tables too"
    assert hashed(running, person.address) == {"identities.address_hash", "opt_outs.address_hash"}

    person.says("borrar")
    assert person.taps("Sí, borrar todo") == ["borrar.confirmar.borrado"]

    # The farewell still has to leave; a BAJA can only be honoured if it is known, by a hash alone.
    assert found(running, *PLANTED) == {(PHONE, "outbox.address_enc")}
    assert hashed(running, person.address) == {"opt_outs.address_hash"}
    assert [key for (key,) in running.rows(select(messages.c.key).where(messages.c.event_id.is_not(None)))] == [
        "borrar.confirmar.borrado"
    ]
    running.app.database.write_now(lambda c: c.execute(update(outbox).values(state="sent")))
    running.due()
    assert found(running, *PLANTED) == set()
    left = {name for name in personal_tables() if running.rows(select(metadata.tables[name]).limit(1))}
    assert left <= STAYS | {"messages", "outbox"}  # the alerts to staff: a case's code, and no conversation
    assert running.rows(select(messages.c.conversation_id).distinct()) == [(None,)]
    assert contact_id == running.rows(select(contacts.c.id))[0][0]


def test_what_stays_is_a_pseudonym_with_its_results(running: Bot) -> None:
    person, contact_id = everything_of(running)
    person.says("borrar")
    person.taps("Sí, borrar todo")
    contact, joined = running.rows(select(contacts).order_by(contacts.c.id))
    assert (joined.name_enc, joined.erased_at, joined.merged_into) == (None, running.now, contact_id)
    assert (contact.id, contact.country, contact.department, contact.age_band) == (
        contact_id,
        "SV",
        "San Salvador",
        "25_34",
    )
    assert (contact.erased_at, contact.consent_kept, contact.last_seen_at) == (running.now, False, None)
    (diagnosis,) = running.rows(select(diagnoses))
    assert (diagnosis.band, diagnosis.contact_id, diagnosis.municipality) == ("listo", contact_id, None)
    cases = running.rows(
        select(handoffs.c.reason, handoffs.c.topic, handoffs.c.conversation_id).order_by(handoffs.c.id)
    )
    assert cases == [("person", None, None), ("self_harm", None, None)]
    assert running.rows(select(appointments.c.state, appointments.c.reason).order_by(appointments.c.id)) == [
        ("attended", None),
        ("cancelled", "erased"),
    ]
    assert running.rows(select(slots.c.booked).order_by(slots.c.starts_at)) == [(1,), (0,)]
    assert running.rows(select(reminders.c.state)) == [("void",)]
    assert running.rows(select(followups.c.kind, followups.c.answers)) == [("one_month", {"works": "yes"})]
    (certificate,) = running.rows(select(certificates))  # an employer who has its code may still verify it
    assert (certificate.code[:4], certificate.name_enc, certificate.number) == ("cert", None, None)


def test_nobody_else_is_touched(running: Bot) -> None:
    _, other = everything_of(running, "71112222")
    whole = sizes(running, lambda table: table.c.contact_id == other)
    assert all(whole.values())
    person, _ = everything_of(running)
    person.says("borrar")
    person.taps("Sí, borrar todo")
    assert sizes(running, lambda table: table.c.contact_id == other) == whole
    assert len(running.rows(select(messages.c.id).where(messages.c.conversation_id.is_not(None)))) > 20


def test_somebody_who_agreed_to_nothing_leaves_no_pseudonym_either(running: Bot) -> None:
    person, _ = everything_of(running)
    person.says("mis datos")
    person.taps("Mis permisos")
    person.taps("Guardar respuestas")
    person.taps("No")
    running.app.database.write_now(lambda c: c.execute(update(outbox).values(state="sent")))
    running.wait(hours=24)
    running.due()
    assert found(running, *PLANTED) == set()
    assert hashed(running, person.address) == {"opt_outs.address_hash"}
    for table in (appointments, evaluations, evaluation_marks, reminders, followups, waitlist, network_profiles):
        assert running.rows(select(table)) == []
    assert running.rows(select(slots.c.booked).distinct()) == [(0,)]
    assert running.rows(select(contacts)) == []
    assert {row[0] for row in running.rows(select(diagnoses.c.contact_id))} == {None}
    assert {tuple(row) for row in running.rows(select(handoffs.c.contact_id, handoffs.c.conversation_id))} == {
        (None, None)
    }
