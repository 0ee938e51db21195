"""Finding people: telephones as people write them, names as they sound, always by an index."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from bot.people import finding, names, telephones
from db.crypto import Cipher, Hasher, new_key
from db.database import Database

CIPHER, HASHER = Cipher([new_key()]), Hasher(new_key())


@pytest.mark.parametrize(
    ("written", "country", "first"),
    [
        ("7000-1234", "SV", "+50370001234"),
        ("5000 1234", "GT", "+50250001234"),
        ("9999 1234", "HN", "+50499991234"),
        ("(213) 555-0100", None, "+12135550100"),
        ("+52 55 1234 5678", None, "+525512345678"),
        ("00 503 7000 1234", "GT", "+50370001234"),
    ],
)
def test_the_country_of_a_number_is_guessed_ones_own_first(written: str, country: str | None, first: str) -> None:
    assert telephones.is_one(written)
    assert telephones.numbers(written, country)[0] == first


def test_mexicos_old_1_is_tried_too() -> None:
    assert {"+525512345678", "+5215512345678"} <= set(telephones.numbers("55 1234 5678"))


@given(st.text(max_size=40))
def test_any_text_is_read_or_left(text: str) -> None:
    telephones.is_one(text)
    telephones.numbers(text)
    names.hashes(HASHER, text)


@pytest.mark.parametrize("text", ["Ana", "123456", "SCX-12", "7000 casa", ""])
def test_what_is_no_telephone(text: str) -> None:
    assert not telephones.is_one(text)


def test_every_search_goes_by_an_index(database: Database) -> None:
    """As SQLite plans it; PostgreSQL has the same indexes, and prefers none for a few rows."""
    if database.dialect == "postgresql":
        return

    def look(connection: Connection) -> None:
        asked: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: Any) -> None:
            asked.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        for text in ("7000 1234", "ABCDEFGH", "ABC-DEF"):
            finding.find(connection, CIPHER, HASHER, text, "SV")
        connection.execute(finding.query("SV", finding.named([b"a", b"b"])))
        event.remove(connection, "before_cursor_execute", note)
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            scanned = [row[3] for row in plan if row[3].startswith("SCAN") and "anon_" not in row[3]]
            assert scanned == [], statement

    database.write_now(look)
