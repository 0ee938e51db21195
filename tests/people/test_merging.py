"""Joining two records and parting them again gives back exactly what was there, whatever each of them had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, insert, select, update

from bot.people import errors, finding, merging, names
from db import erasure
from db.crypto import Cipher, Hasher, new_key
from db.database import Database
from db.tables import (
    applications,
    appointments,
    centres,
    certificates,
    consents,
    contacts,
    conversations,
    diagnoses,
    employers,
    followups,
    handoffs,
    identities,
    job_alerts,
    job_offers,
    media,
    merges,
    messages,
    metadata,
    misses,
    name_tokens,
    network_profiles,
    opt_outs,
    referrals,
    slots,
    users,
    waitlist,
)
from scheduler.retention import settle_merges

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CIPHER, HASHER = Cipher([new_key()]), Hasher(new_key())
CHANNELS = ("whatsapp", "sms", "telegram")
PERSONAL = [table for table in metadata.sorted_tables if "contact_id" in table.columns and table.name != "audit_log"]
SEEN = [*PERSONAL, contacts, opt_outs]
maybe = st.none() | st.just(True)
moments = st.none() | st.integers(0, 5).map(lambda days: NOW - timedelta(days=days))


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """What one record may hold."""
    channels = draw(st.lists(st.sampled_from(CHANNELS), unique=True))
    return {
        "name": draw(st.sampled_from(["", "Ana Pop", "Rosa Giménez", "Ana"])),
        "facts": {
            "country": draw(st.sampled_from([None, "SV", "GT"])),
            "department": draw(st.sampled_from([None, "Petén"])),
            "age_band": draw(st.sampled_from([None, "25_34"])),
            "trade": draw(st.sampled_from([None, "carpenter"])),
            "hold_promotions_since": draw(moments),
            "last_seen_at": draw(moments),
        },
        "channels": [
            {
                "channel": channel,
                "stopped_at": draw(moments),
                "opt_outs": draw(st.sets(st.sampled_from(["all", "alerts"]))),
            }
            for channel in channels
        ],
        "alerts": draw(st.dictionaries(st.sampled_from(["carpenter", "tile_installer"]), moments)),
        "offers": draw(st.sets(st.integers(1, 2))),
        "slots": draw(st.dictionaries(st.integers(1, 2), st.sampled_from(["attended", "cancelled"]))),
        "waits": draw(st.sets(st.just(1))),
        "network": draw(st.booleans()),
        "followups": draw(st.sets(st.sampled_from(["job", "pay"]))),
        "misses": draw(st.sets(st.sampled_from([b"a", b"b"]))),
        "consents": draw(st.lists(st.booleans(), max_size=2)),
        "cases": draw(st.integers(0, 2)),
        "diagnoses": draw(st.integers(0, 2)),
    }


def add(connection: Connection, table: Table, **columns: Any) -> int:
    made = insert(table).values(**{"created_at": NOW, **columns}).returning(table.c.id)
    return int(connection.scalars(made).one())


def record(connection: Connection, number: int, person: dict[str, Any]) -> int:
    """Write one record; returns its id."""
    mine = add(connection, contacts, code=f"CODE{number}", channel_first="sms", consent_kept=True, **person["facts"])
    names.keep(connection, CIPHER, HASHER, mine, person["name"], NOW)
    for each in person["channels"]:
        key = HASHER.of(each["channel"], f"{number}")
        where = {"channel": each["channel"], "address_hash": key}
        address = add(connection, identities, contact_id=mine, stopped_at=each["stopped_at"], **where)
        talk = add(connection, conversations, contact_id=mine, identity_id=address)
        said = add(connection, messages, conversation_id=talk, direction="in", author="person")
        add(connection, media, contact_id=mine, message_id=said, channel=each["channel"], kind="image")
        for scope in sorted(each["opt_outs"]):
            add(connection, opt_outs, scope=scope, **where)
    for trade, stopped in sorted(person["alerts"].items()):
        add(connection, job_alerts, contact_id=mine, trade=trade, country="SV", stopped_at=stopped)
    for offer in sorted(person["offers"]):
        add(connection, applications, contact_id=mine, job_offer_id=offer)
    for slot, state in sorted(person["slots"].items()):
        trade = "carpenter" if state == "attended" else f"trade{number}"
        row = {"slot_id": slot, "code": f"{number}-{slot}", "trade": trade, "state": state}
        add(connection, appointments, contact_id=mine, **row)
        connection.execute(update(slots).where(slots.c.id == slot).values(booked=slots.c.booked + 1))
    for centre in sorted(person["waits"]):
        add(connection, waitlist, contact_id=mine, centre_id=centre, trade="carpenter")
    if person["network"]:
        add(connection, network_profiles, contact_id=mine, joined_at=NOW)
    for kind in sorted(person["followups"]):
        add(connection, followups, contact_id=mine, kind=kind, due_at=NOW)
    for mark in sorted(person["misses"]):
        row = {"kind": "unclear", "words_enc": b"x", "language": "es", "asked": "", "intent": "", "confidence": 0.1}
        add(connection, misses, contact_id=mine, fingerprint=mark, **row)
    for granted in person["consents"]:
        row = {"purpose": "job_offers", "text_version": "1", "channel": "sms"}
        add(connection, consents, contact_id=mine, granted=granted, **row)
    for case in range(person["cases"]):
        row = {"reason": "person", "priority": 3, "next_at": NOW}
        add(connection, handoffs, contact_id=mine, code=f"{number}-{case}", **row)
        add(connection, referrals, contact_id=mine, service="legal")
    for _ in range(person["diagnoses"]):
        add(connection, diagnoses, contact_id=mine, trade="carpenter", content_version="1", channel="sms")
        code = f"c{mine}{_}"
        add(connection, certificates, contact_id=mine, code=code, trade="carpenter", issued_on=NOW.date())
    return mine


@pytest.fixture
def world(database: Database) -> Database:
    """What the records refer to."""

    def work(connection: Connection) -> None:
        add(connection, users, id=1, email="a@example.org", role="coordinator")
        employer = add(connection, employers, name="Taller", country="SV")
        centre = add(connection, centres, id=1, code="c", name="Centro", country="SV")
        for number in (1, 2):
            row = {"title": "x", "trade": "carpenter", "country": "SV", "reference": f"{number}"}
            add(connection, job_offers, id=number, employer_id=employer, **row)
            begins = NOW + timedelta(days=number)
            times = {"starts_at": begins, "ends_at": begins + timedelta(hours=1)}
            add(connection, slots, id=number, centre_id=centre, trade="carpenter", capacity=5, **times)

    database.write_now(work)
    return database


def everything(connection: Connection) -> dict[str, list[Any]]:
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
        for table in SEEN
    }


def fresh(connection: Connection, *some: dict[str, Any]) -> list[int]:
    for table in (merges, *reversed(SEEN)):
        connection.execute(delete(table))
    connection.execute(delete(messages))
    connection.execute(update(slots).values(booked=0))
    return [record(connection, number, person) for number, person in enumerate(some)]


def stopped(connection: Connection, contact_id: int) -> set[tuple[str, str]]:
    """Channel and scope of what the person does not want at every address there."""
    query = select(identities.c.channel, identities.c.address_hash).where(identities.c.contact_id == contact_id)
    addresses = [tuple(row) for row in connection.execute(query)]
    there = connection.execute(select(opt_outs).where(opt_outs.c.lifted_at.is_(None))).all()
    standing = {(row.channel, bytes(row.address_hash), row.scope) for row in there}
    return {
        (channel, scope)
        for channel in {channel for channel, _ in addresses}
        for scope in ("all", "alerts")
        if all((channel, bytes(key), scope) in standing for of, key in addresses if of == channel)
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(people(), people())
def test_undone_everything_is_as_it_was(world: Database, one: dict[str, Any], two: dict[str, Any]) -> None:
    def work(connection: Connection) -> None:
        kept, dropped = fresh(connection, one, two)
        before, wants = everything(connection), stopped(connection, kept) | stopped(connection, dropped)
        alerts = select(job_alerts.c.trade).where(job_alerts.c.stopped_at.is_not(None))
        unwanted = set(connection.scalars(alerts))
        note = merging.merge(connection, CIPHER, HASHER, kept, dropped, 1, NOW)
        assert stopped(connection, kept) == wants  # nothing that stops messages is lost
        assert set(connection.scalars(alerts.where(job_alerts.c.contact_id == kept))) == unwanted
        held = [person["facts"]["hold_promotions_since"] for person in (one, two)]
        row = connection.execute(select(contacts).where(contacts.c.id == kept)).one()
        assert row.hold_promotions_since == min((moment for moment in held if moment), default=None)
        for code in ("CODE0", "CODE1"):
            found = finding.by_code(connection, CIPHER, code, None)
            assert found is not None
            assert found.id == kept
        assert merging.undo(connection, CIPHER, HASHER, note, 1, NOW + timedelta(days=29)) == (kept, dropped)
        assert everything(connection) == before

    world.write_now(work)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(people(), people(), people())
def test_a_chain_is_undone_from_its_end(
    world: Database, one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    def work(connection: Connection) -> None:
        first, second, third = fresh(connection, one, two, three)
        before = everything(connection)
        inner = merging.merge(connection, CIPHER, HASHER, second, first, 1, NOW)
        between = everything(connection)
        outer = merging.merge(connection, CIPHER, HASHER, third, second, 1, NOW)
        found = finding.by_code(connection, CIPHER, "CODE0", None)
        assert found is not None
        assert found.id == third
        with pytest.raises(errors.TooLate):
            merging.undo(connection, CIPHER, HASHER, inner, 1, NOW)
        merging.undo(connection, CIPHER, HASHER, outer, 1, NOW)
        assert everything(connection) == between
        merging.undo(connection, CIPHER, HASHER, inner, 1, NOW)
        assert everything(connection) == before

    world.write_now(work)


PLAIN: dict[str, Any] = {
    "name": "Ana Pop",
    "facts": {},
    "channels": [],
    "alerts": {},
    "offers": (),
    "slots": {},
    "waits": (),
    "network": False,
    "followups": (),
    "misses": (),
    "consents": (),
    "cases": 1,
    "diagnoses": 1,
}


def test_who_has_two_places_for_one_trade_keeps_one(world: Database) -> None:
    def work(connection: Connection) -> None:
        kept, dropped = fresh(connection, PLAIN, PLAIN)
        for number, person in enumerate((kept, dropped), 1):
            row = {"slot_id": number, "code": f"x{number}", "trade": "carpenter", "state": "booked"}
            add(connection, appointments, contact_id=person, **row)
        connection.execute(update(slots).values(booked=1))
        merging.merge(connection, CIPHER, HASHER, kept, dropped, 1, NOW)
        rows = connection.execute(select(appointments.c.contact_id, appointments.c.state).order_by(appointments.c.id))
        assert rows.all() == [(kept, "booked"), (kept, "cancelled")]
        assert connection.scalars(select(slots.c.booked).order_by(slots.c.id)).all() == [1, 0]

    world.write_now(work)


def test_every_table_about_people_is_moved_or_left_on_purpose() -> None:
    assert {table.name for table in PERSONAL} == {table.name for table in merging.MOVED} | {name_tokens.name}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"erased_at": NOW}, errors.Gone),
        ({"consent_kept": False}, errors.NotKept),
    ],
)
def test_who_was_erased_or_never_agreed_is_joined_to_nobody(
    world: Database, change: dict[str, Any], error: type[Exception]
) -> None:
    def work(connection: Connection) -> None:
        kept, dropped = fresh(connection, PLAIN, PLAIN)
        connection.execute(update(contacts).where(contacts.c.id == dropped).values(**change))
        for one, other in ((kept, dropped), (dropped, kept)):
            with pytest.raises(error):
                merging.merge(connection, CIPHER, HASHER, one, other, 1, NOW)
        with pytest.raises(errors.SameRecord):
            merging.merge(connection, CIPHER, HASHER, kept, kept, 1, NOW)

    world.write_now(work)


def test_after_a_month_it_stays_and_the_other_name_goes(world: Database) -> None:
    def work(connection: Connection) -> None:
        kept, dropped = fresh(connection, {**PLAIN, "name": "Ana Ruiz"}, PLAIN)
        note = merging.merge(connection, CIPHER, HASHER, kept, dropped, 1, NOW)
        later = NOW + timedelta(days=30)
        assert settle_merges(connection, later - timedelta(minutes=1)) == 0
        with pytest.raises(errors.TooLate):
            merging.undo(connection, CIPHER, HASHER, note, 1, later)
        assert settle_merges(connection, later) == 1
        assert settle_merges(connection, later) == 0
        row = connection.execute(select(contacts).where(contacts.c.id == dropped)).one()
        assert (row.name_enc, row.merged_into) == (None, kept)
        assert connection.scalars(select(name_tokens.c.contact_id).distinct()).all() == [kept]
        found = finding.by_code(connection, CIPHER, "CODE1", None)
        assert found is not None
        assert found.id == kept
        assert len(connection.scalars(select(diagnoses.c.id).where(diagnoses.c.contact_id == kept)).all()) == 2

    world.write_now(work)


@pytest.mark.parametrize("kept_is", [True, False])
def test_an_erasure_takes_what_was_joined_too(world: Database, kept_is: bool) -> None:
    def work(connection: Connection) -> None:
        kept, dropped = fresh(connection, {**PLAIN, "name": "Ana Ruiz"}, PLAIN)
        merging.merge(connection, CIPHER, HASHER, kept, dropped, 1, NOW)
        if not kept_is:
            connection.execute(update(contacts).where(contacts.c.id == kept).values(consent_kept=False))
        erasure.erase(connection, kept, NOW)
        left = connection.execute(select(contacts.c.name_enc, contacts.c.erased_at)).all()
        assert [tuple(row) for row in left] == ([(None, NOW)] * 2 if kept_is else [])
        assert connection.execute(select(merges)).all() == connection.execute(select(name_tokens)).all() == []

    world.write_now(work)


def test_a_correction_since_then_stays(world: Database) -> None:
    def work(connection: Connection) -> None:
        kept, dropped = fresh(connection, {**PLAIN, "name": ""}, {**PLAIN, "facts": {"trade": "carpenter"}})
        note = merging.merge(connection, CIPHER, HASHER, kept, dropped, 1, NOW)
        names.keep(connection, CIPHER, HASHER, kept, "Ana Maribel", NOW)
        merging.undo(connection, CIPHER, HASHER, note, 1, NOW)
        row = connection.execute(select(contacts).where(contacts.c.id == kept)).one()
        assert (names.opened(CIPHER, row.name_enc), row.trade) == ("Ana Maribel", None)
        found = finding.find(connection, CIPHER, HASHER, "maribel", None)
        assert [person.id for person in found.people] == [kept]

    world.write_now(work)
