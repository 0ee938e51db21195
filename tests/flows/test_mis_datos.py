"""What a person may do about what is kept of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.inbox import files
from db.tables import (
    consents,
    contacts,
    conversations,
    diagnoses,
    events,
    handoffs,
    identities,
    media,
    messages,
    metadata,
    opt_outs,
    outbox,
)
from tests.chat import Bot, Chat
from tests.flows.test_diagnostico import answer_all, finish


def test_seeing_what_is_kept(known: Chat) -> None:
    known.says("quiero evaluarme de soldador")
    answer_all(known)
    finish(known)
    known.says("mis datos")
    known.taps("Ver mis datos")
    for shown in ("25 a 34 años", "El Salvador", "Guazapa, San Salvador", "listo para la evaluación"):
        assert shown in known.text


def test_correcting(running: Bot, known: Chat) -> None:
    known.says("mis datos")
    known.taps("Corregir algo")
    known.taps("Mi edad")
    assert known.says("47")[0] == "mis_datos.edad.corregido"
    known.taps("Corregir algo")
    known.taps("Dónde vivo")
    known.taps("Honduras")
    known.says("Choluteca")
    (row,) = running.rows(select(contacts.c.age_band, contacts.c.country, contacts.c.department))
    assert row == ("45_59", "HN", "Choluteca")


def test_a_copy_as_a_file_whose_link_expires(running: Bot, known: Chat) -> None:
    known.says("mis datos")
    known.taps("Recibir una copia")
    (path,) = next(reply.media for reply in known.replies if reply.media)
    token = re.fullmatch(r"/archivos/([\w-]{32})/mis-datos\.txt", path)[1]  # type: ignore[index]
    read = running.app.database.read_now
    content = read(lambda c: files.offered(c, running.app.cipher, token, running.now))
    assert content
    assert "Guazapa" in content.decode()
    later = running.now + timedelta(hours=25)
    assert read(lambda c: files.offered(c, running.app.cipher, token, later)) is None
    assert read(lambda c: files.offered(c, running.app.cipher, "x" * 32, running.now)) is None


def test_each_consent_on_its_own_and_revocable(running: Bot, known: Chat) -> None:
    for answer, granted in (("Sí, de acuerdo", True), ("No", False)):
        known.says("mis datos")
        known.taps("Mis permisos")
        known.taps("Ofertas de trabajo")
        known.taps(answer)
        rows = running.rows(select(consents).where(consents.c.purpose == "job_offers").order_by(consents.c.id))
        assert rows[-1].granted is granted
    assert len(running.rows(select(consents))) == 3  # nothing is overwritten


def test_baja_and_alta(running: Bot, known: Chat) -> None:
    assert known.says("BAJA") == ["baja.salir.hecho"]
    assert known.says("asdf qwer") == ["comun.dado_de_baja"]
    assert known.says("menu") == ["menu.que_hacer.texto"]
    (row,) = running.rows(select(opt_outs))
    assert row.lifted_at is None  # answered, not re-subscribed
    assert known.says("ALTA")[0] == "alta.volver.hecho"
    (row,) = running.rows(select(opt_outs))
    assert row.lifted_at == running.now


@pytest.mark.parametrize("words", ["BAJA", "baja", "Dejen de escribirme", "stop"])
def test_baja_anywhere(known: Chat, words: str) -> None:
    known.says("quiero evaluarme de soldador")
    assert known.says(words) == ["baja.salir.hecho"]


def test_erasing_takes_one_confirmation_and_leaves_nothing_that_identifies(running: Bot) -> None:
    person = running.chat("whatsapp:+50370009876", "whatsapp", "+50370009876")
    person.says("hola")
    person.taps("Sí, de acuerdo")
    person.says("34")
    person.says("Guazapa")
    person.sends("image")
    person.says("quiero evaluarme de soldador")
    answer_all(person)
    finish(person)
    person.says("quiero hablar con una persona")
    assert person.says("borrar") == ["borrar.confirmar.texto"]
    assert person.taps("Sí, borrar todo") == ["borrar.confirmar.borrado"]

    for table in (identities, conversations, consents, media):
        assert running.rows(select(table)) == [], table.name
    (contact,) = running.rows(select(contacts))
    assert contact.erased_at == running.now
    assert contact.place is None
    (diagnosis,) = running.rows(select(diagnoses))
    assert diagnosis.band == "listo"  # pseudonymous statistics stay, as the text says
    assert [row.topic for row in running.rows(select(handoffs))] == [None]
    assert all(row.payload_enc is None for row in running.rows(select(events)))
    farewell = running.rows(select(outbox.c.id, messages.c.key).join(messages, outbox.c.message_id == messages.c.id))
    assert [row.key for row in farewell] == ["borrar.confirmar.borrado"]


def test_not_erasing_is_easy(known: Chat) -> None:
    known.says("borrar mis datos")
    assert known.taps("No borrar")[0] == "borrar.confirmar.no_borrado"


def test_an_opt_out_outlives_an_erasure_as_a_hash_alone(running: Bot, known: Chat) -> None:
    known.says("BAJA")
    known.says("borrar")
    known.taps("Sí, borrar todo")
    (row,) = running.rows(select(opt_outs))
    assert row.address_hash == running.app.hasher.of("webchat", known.address)
    assert known.says("hola") == ["bienvenida.acepta.texto"]
    assert len(running.rows(select(opt_outs).where(opt_outs.c.lifted_at.is_(None)))) == 1


def test_somebody_else_on_the_same_phone_sees_nothing_of_the_first(running: Bot, known: Chat) -> None:
    known.says("quiero evaluarme de soldador")
    answer_all(known)
    finish(known)
    known.says("soy otra persona")
    assert known.taps("Sí, soy otra") == ["bienvenida.acepta.texto"]
    known.taps("Sí, de acuerdo")
    known.says("22")
    known.taps("Honduras")
    known.says("Choluteca")
    known.says("mis datos")
    known.taps("Ver mis datos")
    assert "Guazapa" not in known.text
    assert "evaluación" not in known.text
    assert "ninguno todavía" in known.text
    assert len(running.rows(select(contacts))) == 2
    assert running.rows(select(diagnoses.c.contact_id).where(diagnoses.c.finished))


def test_nothing_that_was_typed_can_be_read_in_any_table(running: Bot) -> None:
    person = running.chat("whatsapp:+50371234567", "whatsapp", "+50371234567")
    secret = "mi secreto es tortuga azul"
    person.says("hola")
    person.says(secret)
    for table in metadata.sorted_tables:
        for row in running.rows(select(table)):
            dump = repr(tuple(row))
            assert "tortuga" not in dump, table.name
            assert "71234567" not in dump, table.name
