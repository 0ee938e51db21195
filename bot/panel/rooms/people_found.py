"""The record that an address of «Personas» names, for who is there."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping

from bot.panel.visit import Conflict, Missing, Visit
from bot.people import record
from bot.people.errors import Gone


class Elsewhere(Missing):
    """404: the record was joined to another one, whose id the text of this error is."""

    def __init__(self, contact_id: int) -> None:
        super().__init__()
        self.contact_id = contact_id

    def __str__(self) -> str:
        return str(self.contact_id)


def found(connection: Connection, visit: Visit) -> RowMapping:
    """The record in the address. Raises `Missing`, also where it is of another country; `Elsewhere`."""
    try:
        row = record.found(connection, visit.path_id(), visit.staff.country)
    except Gone:
        raise Missing from None
    if row["merged_into"]:
        raise Elsewhere(row["merged_into"])
    return row


def unchanged(connection: Connection, visit: Visit) -> RowMapping:
    """The same, if it is as the page showed it. Raises `Conflict`."""
    row = found(connection, visit)
    if record.state_of(row) != visit.field("estado"):
        raise Conflict
    return row
