"""Issued once for a competent person, numbered by the institute, revoked for ever; checked without a whole name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bot.certificates import codes, issue
from bot.certificates.errors import BadNumber, NoName, NotCompetent, Revoked
from bot.certificates.verification import Verified, initials, verify
from db.crypto import Cipher, new_key
from db.database import Database
from db.erasure import erase
from db.tables import certificates, users
from tests.certificates.made import evaluated

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)  # still the 21st at the centre
CIPHER = Cipher([new_key()])


def checked(connection: Connection, code: str) -> Verified:
    """What the public page shows of a code that there is."""
    found = verify(connection, CIPHER, code)
    assert found is not None
    return found


def test_a_competent_person_gets_one_with_the_day_at_the_centre(database: Database) -> None:
    def work(connection: Connection) -> None:
        evaluation, contact = evaluated(connection, CIPHER, NOW)
        code = issue.issue(connection, evaluation, NOW)
        assert issue.issue(connection, evaluation, NOW) == code  # asked twice, it is the same
        (row,) = issue.of_contact(connection, contact)
        assert (row.code, row.issued_on, row.number, row.centre) == (code, date(2026, 11, 21), None, "Centro de Xela")
        assert connection.scalar(select(func.count()).select_from(certificates)) == 1

    database.write_now(work)


@pytest.mark.parametrize(("facts", "error"), [({"result": "not_yet"}, NotCompetent), ({"name": None}, NoName)])
def test_nobody_else_gets_one(database: Database, facts: dict[str, Any], error: type[Exception]) -> None:
    def work(connection: Connection) -> None:
        evaluation, _ = evaluated(connection, CIPHER, NOW, **facts)
        with pytest.raises(error):
            issue.issue(connection, evaluation, NOW)

    database.write_now(work)


def test_who_checks_it_reads_no_more_than_needed(database: Database) -> None:
    def work(connection: Connection) -> None:
        evaluation, _ = evaluated(connection, CIPHER, NOW)
        code = issue.issue(connection, evaluation, NOW)
        found = verify(connection, CIPHER, codes.shown(code).lower())
        assert found is not None
        assert (found.initials, found.stands, found.number) == ("M. E. I. d. l. C.", True, "")
        assert "María" not in repr(found)
        assert "Xela" not in repr(found)
        assert verify(connection, CIPHER, codes.new()) is None

    database.write_now(work)


def test_the_institutes_number_and_the_end(database: Database) -> None:
    def work(connection: Connection) -> None:
        user = {"created_at": NOW, "email": "c@example.org", "role": "coordinator"}
        user_id = connection.scalars(users.insert().values(**user).returning(users.c.id)).one()
        evaluation, _ = evaluated(connection, CIPHER, NOW)
        code = issue.issue(connection, evaluation, NOW)
        mine = connection.scalars(select(certificates.c.id).where(certificates.c.code == code)).one()
        with pytest.raises(BadNumber):
            issue.number(connection, mine, "<script>", user_id, NOW)
        issue.number(connection, mine, "  INTECAP-2026 / 0045 ", user_id, NOW)
        assert checked(connection, code).number == "INTECAP-2026 / 0045"
        issue.revoke(connection, mine, "mistake", user_id, NOW)
        assert not checked(connection, code).stands
        with pytest.raises(Revoked):
            issue.number(connection, mine, "123", user_id, NOW)

    database.write_now(work)


def test_erased_the_document_stays_real_but_names_nobody(database: Database) -> None:
    def work(connection: Connection) -> None:
        evaluation, contact = evaluated(connection, CIPHER, NOW)
        code = issue.issue(connection, evaluation, NOW)
        erase(connection, contact, NOW)
        assert (checked(connection, code).initials, checked(connection, code).stands) == ("", True)

    database.write_now(work)


def test_a_name_without_a_key_of_ours_is_no_initials(database: Database) -> None:
    def work(connection: Connection) -> None:
        evaluation, _ = evaluated(connection, CIPHER, NOW)
        code = issue.issue(connection, evaluation, NOW)
        connection.execute(update(certificates).values(name_enc=b"broken"))
        assert checked(connection, code).initials == ""

    database.write_now(work)
    assert initials("") == ""
