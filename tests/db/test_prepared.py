"""Prepared statements give what SQLAlchemy's own execution gives."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.database import Database
from db.prepared import Prepared
from db.tables import certificates, contacts, diagnoses, sources

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ADD = Prepared(insert(sources).values(name="", created_at=NOW, code=bindparam("word")).returning(sources.c.id))
ROW = {
    "created_at": NOW,
    "trade": "carpenter",
    "content_version": "1",
    "channel": "sms",
    "answers": {"a": ["sí", None]},
    "score": 0.25,
    "finished": True,
    "finished_at": None,
}


def test_values_of_every_kind_come_back_as_they_went_in(database: Database) -> None:
    add = Prepared(insert(diagnoses), *ROW)
    shown = [diagnoses.c[name] for name in ROW]
    look = Prepared(select(*shown).where(diagnoses.c.score == bindparam("least"), diagnoses.c.created_at >= NOW))

    def work(connection: Connection) -> tuple[Any, Any]:
        assert add.run(connection, **ROW) == 1
        return look.first(connection, least=0.25), connection.execute(select(*shown)).one()

    prepared, plain = database.write_now(work)
    assert prepared == tuple(plain) == tuple(ROW.values())
    assert [type(value) for value in prepared] == [type(value) for value in plain]


def test_bytes_and_dates(database: Database) -> None:
    add = Prepared(insert(certificates), "created_at", "code", "trade", "issued_on", "name_enc")
    look = Prepared(select(certificates.c.issued_on, certificates.c.name_enc))

    def work(connection: Connection) -> Any:
        add.run(connection, created_at=NOW, code="c", trade="t", issued_on=date(2026, 11, 22), name_enc=b"\0n")
        return look.all(connection)

    assert database.write_now(work) == [(date(2026, 11, 22), b"\0n")]


def test_many_rows_in_one_go(database: Database) -> None:
    add = Prepared(insert(sources), "created_at", "code", "name")
    rows = [{"created_at": NOW, "code": str(n), "name": "x"} for n in range(100)]
    count = Prepared(select(func.count()).select_from(sources))

    def work(connection: Connection) -> Any:
        add.many(connection, rows)
        add.many(connection, [])
        return count.scalar(connection)

    assert database.write_now(work) == 100


def test_changes_are_counted(database: Database) -> None:
    rename = Prepared(update(sources).where(sources.c.code == bindparam("old")).values(name=bindparam("new")))
    drop = Prepared(delete(sources).where(sources.c.code == bindparam("old")))

    def work(connection: Connection) -> Any:
        ADD.scalar(connection, word="a")
        return rename.run(connection, old="a", new="b"), drop.run(connection, old="a"), drop.run(connection, old="a")

    assert database.write_now(work) == (1, 1, 0)


def test_nothing_found_is_none(database: Database) -> None:
    look = Prepared(select(contacts.c.id).where(contacts.c.code == bindparam("word")))
    assert database.read_now(lambda c: (look.first(c, word="a"), look.scalar(c, word="a"))) == (None, None)


def test_a_missing_or_strange_parameter_is_named(database: Database) -> None:
    with pytest.raises(TypeError, match=r"takes \['word'\], and was given \[\]"):
        database.write_now(ADD.run)
    with pytest.raises(TypeError, match="other"):
        database.write_now(lambda c: ADD.run(c, word="a", other="b"))


def test_in_with_a_list_is_refused(database: Database) -> None:
    look = Prepared(select(sources.c.id).where(sources.c.code.in_(["a", "b"])))
    with pytest.raises(ValueError, match="IN with a list"):
        database.read_now(look.all)


def test_a_value_of_no_known_type_is_refused(database: Database) -> None:
    twice = [{"created_at": bindparam("at"), "code": bindparam(f"code{n}"), "name": "x"} for n in range(2)]
    add = Prepared(insert(sources).values(twice))
    with pytest.raises(ValueError, match=r"no type is known for \['at', 'code1'\]"):
        database.write_now(lambda c: add.run(c, at=NOW, code0="a", code1="b"))


def test_errors_are_those_of_sqlalchemy_and_show_no_value(database: Database) -> None:
    database.write_now(lambda c: ADD.scalar(c, word="a"))
    with pytest.raises(IntegrityError):
        database.write_now(lambda c: ADD.scalar(c, word="a"))
    with pytest.raises(DBAPIError) as caught:
        database.read_now(lambda c: ADD.scalar(c, word="a-secret"))
    assert "a-secret" not in str(caught.value)


def test_a_broken_connection_is_noticed(postgres_url: str) -> None:
    database, look = Database(postgres_url, writers=1), Prepared(select(func.pg_backend_pid()))
    mine = database.write_now(look.scalar)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (mine,))
    assert database.write_now(look.scalar) != mine
    database.close()
