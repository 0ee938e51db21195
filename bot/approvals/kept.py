"""What is known of each template at the provider, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.database import Database
from db.tables import provider_templates as table
from flows.plantillas import Form

APPROVED: Final = "approved"
UNSENT: Final = "unsent"


@dataclass(frozen=True, slots=True)
class Standing:
    """One template as the provider knows it. `rejection`: the reviewers' words."""

    name: str
    language: str
    state: str
    content_sid: str = ""
    rejection: str = ""
    checked_at: datetime | None = None
    official: str = ""  # the name at WhatsApp


class SqlTemplates:
    """The `TemplateStore` in the shared database. Only the text as it is written now counts, never an older one: its
    places may mean something else.
    """

    def __init__(self, database: Database, account_hash: bytes, forms: Mapping[str, Form]) -> None:
        self._database, self._account, self._forms = database, account_hash, forms

    async def approved(self, name: str, language: str) -> str | None:
        form = self._forms.get(name)
        if form is None or form.language != language:
            return None
        query = select(table.c.content_sid).where(*_of(self._account, form), table.c.state == APPROVED)
        return await self._database.read(lambda connection: connection.scalar(query))


def standing(connection: Connection, account_hash: bytes | None, forms: Mapping[str, Form]) -> list[Standing]:
    """Every template that is written, with what is known of it at the provider: «unsent» where nothing is.

    `account_hash` None: at whichever account was asked last.
    """
    known = select(table).order_by(table.c.checked_at)
    if account_hash is not None:
        known = known.where(table.c.account_hash == account_hash)
    rows = {(row.name, row.language, row.content_hash): row for row in connection.execute(known)}
    return [_standing(form, rows.get((form.name, form.language, form.hash))) for form in forms.values()]


def not_approved(found: Iterable[Standing]) -> list[str]:
    """One line for each template that does not leave yet, for `arraigo check --launch`."""
    why = {"pending": "is under review", UNSENT: "was not handed in: run `arraigo templates push`"}
    return [
        f"template {one.name} {why.get(one.state, f'is {one.state}')}" + (f": {one.rejection}" if one.rejection else "")
        for one in found
        if one.state != APPROVED
    ]


def _standing(form: Form, row: Any) -> Standing:
    if row is None:
        return Standing(form.name, form.language, UNSENT, official=form.official)
    rest = (row.content_sid or "", row.rejection or "", row.checked_at, form.official)
    return Standing(form.name, form.language, row.state, *rest)


def _of(account_hash: bytes, form: Form) -> tuple[Any, ...]:
    mine = {"account_hash": account_hash, "name": form.name, "language": form.language, "content_hash": form.hash}
    return tuple(table.c[column] == value for column, value in mine.items())


def store(connection: Connection, account_hash: bytes, form: Form, columns: dict[str, Any], now: datetime) -> None:
    """Keep what is known, also when another process keeps it at the same moment."""
    key = {"account_hash": account_hash, "name": form.name, "language": form.language, "content_hash": form.hash}
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(created_at=now, **key, **columns))
    except IntegrityError:
        connection.execute(update(table).where(*_of(account_hash, form)).values(**columns))
