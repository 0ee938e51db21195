"""WhatsApp may name a telephone today and a username's address tomorrow: it stays one person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.channels.base import Inbound
from db.tables import contacts, identities, outbox
from tests.chat import Bot, bot

PHONE, NAMED = "whatsapp:+50370000001", "whatsapp:SV.13491208655302741918"


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot(tmp_path, database_url) as made:
        yield made


def write(running: Bot, text: str, address: str, *aliases: str) -> str:
    """One message; the key of its last answer."""
    inbound = Inbound("whatsapp", running.next_id(), address, aliases=aliases, text=text)
    return running.take(inbound).replies[-1][1].key


def answered_at(running: Bot) -> str:
    """Where the newest answer goes."""
    newest = running.rows(select(outbox.c.address_enc).order_by(outbox.c.id.desc()).limit(1))[0]
    return running.app.cipher.open(newest.address_enc, "address")


@pytest.mark.parametrize("first", [(PHONE, NAMED), (PHONE,)])
def test_who_takes_a_username_goes_on_where_they_were(running: Bot, first: tuple[str, ...]) -> None:
    assert write(running, "hola", *first) == "bienvenida.acepta.texto"
    assert write(running, "1", PHONE, NAMED) == "edad.rango.texto"
    assert answered_at(running) == PHONE
    assert write(running, "34", NAMED) == "ubicacion.pais.texto"
    assert answered_at(running) == NAMED
    assert write(running, "1", NAMED) == "ubicacion.donde.texto"
    assert running.rows(select(func.count()).select_from(contacts)) == [(1,)]


def test_who_gets_another_telephone_is_known_by_what_stays(running: Bot) -> None:
    write(running, "hola", PHONE, NAMED)
    assert write(running, "1", "whatsapp:+50370000002", NAMED) == "edad.rango.texto"
    assert answered_at(running) == "whatsapp:+50370000002"
    assert running.rows(select(func.count()).select_from(identities)) == [(3,)]


def test_who_writes_takes_messages_again(running: Bot) -> None:
    write(running, "hola", PHONE)
    running.app.database.write_now(
        lambda connection: connection.execute(update(identities).values(stopped_at=running.now)).rowcount
    )
    write(running, "1", PHONE)
    assert running.rows(select(identities.c.stopped_at)) == [(None,)]
