"""Places and institutions in the database, as the content has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Table, delete, func, select, update

from db.database import Database
from db.seeding import Seeded, seed
from db.tables import crisis_lines, departments, districts, holidays, institutions, municipalities

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def test_everything_of_the_content_is_there_once(database: Database) -> None:
    first = database.write_now(lambda c: seed(c, NOW))
    assert database.write_now(lambda c: seed(c, NOW + timedelta(days=1))) == Seeded()
    tables = [departments, municipalities, districts, institutions, holidays, crisis_lines]
    counts = database.read_now(lambda c: [count(c, table) for table in tables])
    assert counts == [14 + 22 + 18, 44 + 340 + 298, 262, 28, 64, 25]
    assert first == Seeded(added=sum(counts))


def test_a_district_lies_where_it_belongs(database: Database) -> None:
    database.write_now(lambda c: seed(c, NOW))
    query = (
        select(municipalities.c.name, departments.c.code)
        .join_from(districts, municipalities, districts.c.municipality_id == municipalities.c.id)
        .join(departments, municipalities.c.department_id == departments.c.id)
        .where(districts.c.name == "Guazapa")
    )
    assert [tuple(row) for row in database.read_now(lambda c: c.execute(query).all())] == [
        ("San Salvador Norte", "SV-SS")
    ]


def test_what_differs_is_brought_in_line_and_nothing_else(database: Database) -> None:
    database.write_now(lambda c: seed(c, NOW))

    def spoil(connection: Connection) -> None:
        connection.execute(delete(districts).where(districts.c.name == "Guazapa"))
        connection.execute(update(departments).where(departments.c.code == "GT-16").values(name="x", latitude=0))
        connection.execute(update(institutions).where(institutions.c.code == "incaf").values(services=[]))

    database.write_now(spoil)
    assert database.write_now(lambda c: seed(c, NOW)) == Seeded(added=1, changed=2)
    assert database.write_now(lambda c: seed(c, NOW)) == Seeded()


def test_what_the_staff_verified_stays_verified(database: Database) -> None:
    database.write_now(lambda c: seed(c, NOW))
    verified = select(institutions.c.code).where(institutions.c.verified_at.is_not(None))
    assert database.read_now(lambda c: c.scalars(verified).all()) == []
    change = update(institutions).where(institutions.c.code == "incaf").values(verified_at=NOW, name="x")
    database.write_now(lambda c: c.execute(change))
    database.write_now(lambda c: seed(c, NOW))
    assert database.read_now(lambda c: c.scalars(verified).all()) == ["incaf"]
