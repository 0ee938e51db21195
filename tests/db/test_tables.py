"""The tables: moments, constraints, and what is the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, PrimaryKeyConstraint, Table, UniqueConstraint, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from db.database import Database
from db.tables import contacts, departments, diagnoses, metadata, slots, sources

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def leading_columns(table: Table) -> set[str]:
    keys = [c for c in table.constraints if isinstance(c, UniqueConstraint | PrimaryKeyConstraint)]
    return {next(iter(each.columns)).name for each in [*table.indexes, *keys]}


def test_every_foreign_key_has_an_index() -> None:
    keys = [(table, key.parent.name) for table in metadata.sorted_tables for key in table.foreign_keys]
    assert [f"{table.name}.{name}" for table, name in keys if name not in leading_columns(table)] == []


def test_every_table_of_the_reports_has_its_id_and_moment() -> None:
    assert [t.name for t in metadata.sorted_tables if not {"id", "created_at"} <= set(t.columns.keys())] == [
        "sender_rates"
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_moment_comes_back_aware_and_in_utc(database: Database, moment: datetime) -> None:
    def keep(connection: Connection) -> Any:
        query = insert(sources).values(code=moment.isoformat(), name="", created_at=moment)
        connection.execute(sources.delete())
        return connection.execute(query.returning(sources.c.created_at)).scalar_one()

    kept = database.write_now(keep)
    assert kept == moment.astimezone(UTC)  # zones compare by what their clocks show, twice an hour
    assert kept.utcoffset() == timedelta(0)


def test_moments_compare_in_order_whatever_their_zone(database: Database) -> None:
    there = timezone(timedelta(hours=-6))
    moments = [NOW, NOW.replace(microsecond=1), datetime(2026, 11, 22, 4, 1, tzinfo=there)]

    def keep(connection: Connection) -> Any:
        rows = [{"code": str(n), "name": "", "created_at": moment} for n, moment in enumerate(moments)]
        connection.execute(insert(sources), rows)
        query = select(sources.c.code).where(sources.c.created_at > moments[0]).order_by(sources.c.created_at)
        return connection.scalars(query).all()

    assert database.write_now(keep) == ["1", "2"]


def test_a_naive_moment_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises((StatementError, ValueError), match="time zone"):
        database.write_now(lambda c: c.execute(insert(sources).values(code="a", name="", created_at=naive)))


@pytest.mark.parametrize(
    "statement",
    [
        insert(sources).values(code="a", name=""),  # no moment
        insert(contacts).values(created_at=NOW, code="a", channel_first="sms", source_id=99),  # of no source
        insert(diagnoses).values(created_at=NOW, trade="x", content_version="1", channel="sms", score=1.5),
        insert(slots).values(created_at=NOW, centre_id=1, trade="x", starts_at=NOW, ends_at=NOW, capacity=1),
    ],
)
def test_what_cannot_be_is_refused(database: Database, statement: Any) -> None:
    with pytest.raises(IntegrityError):
        database.write_now(lambda c: c.execute(statement))


def test_an_id_is_never_used_twice(database: Database) -> None:
    def add(connection: Connection) -> int:
        query = insert(sources).values(code="a", name="", created_at=NOW).returning(sources.c.id)
        return int(connection.execute(query).scalar_one())

    first = database.write_now(add)
    database.write_now(lambda c: c.execute(sources.delete()))
    assert database.write_now(add) > first


def test_json_keeps_its_words_and_its_order(database: Database) -> None:
    answers = {"dw01": "sí", "a": [1, None, {"ñ": 1.5}]}
    row = {"created_at": NOW, "trade": "x", "content_version": "1", "channel": "sms", "answers": answers}
    database.write_now(lambda c: c.execute(insert(diagnoses).values(row)))
    assert database.read_now(lambda c: c.scalar(select(diagnoses.c.answers))) == answers


def test_the_database_fills_in_what_is_always_the_same(database: Database) -> None:
    def add(connection: Connection) -> Any:
        query = insert(contacts).values(created_at=NOW, code="a", channel_first="sms")
        return connection.execute(query.returning(contacts.c.language, contacts.c.consent_kept)).one()

    assert tuple(database.write_now(add)) == ("es", False)
    assert departments.c.code.unique
