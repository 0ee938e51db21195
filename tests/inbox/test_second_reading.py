"""What must not go wrong for somebody: danger that is overheard, a stop that is lost, a phone that changes hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.channels.base import Inbound
from bot.inbox import answer, files
from db import erasure
from db.tables import contacts, conversations, diagnoses, handoffs, identities, media, messages, opt_outs, outbox
from tests.chat import Bot, Chat, bot

STAFF = "-100777"
PERHAPS = "ya no aguanto"  # an uncertain sign: it is asked about
CERTAIN = "me quiero matar"


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    with bot(tmp_path, database_url, telegram_token="1:x", telegram_staff_chat=STAFF) as made:
        yield made


def somebody(running: Bot, agreed: str = "Sí, de acuerdo", number: str = "70001234") -> Chat:
    """On WhatsApp, asked, 34 years old, from Guazapa."""
    person = running.chat(f"whatsapp:+503{number}", "whatsapp", f"+503{number}")
    person.says("hola")
    person.taps(agreed)
    person.says("34")
    person.says("Guazapa")
    return person


def alerts(running: Bot) -> int:
    return int(running.rows(select(func.count()).where(outbox.c.channel == "telegram_staff"))[0][0])


def cases(running: Bot) -> list[tuple[str, int]]:
    return [(row.reason, row.priority) for row in running.rows(select(handoffs).order_by(handoffs.c.id))]


def given_to_a_person(running: Bot) -> None:
    running.app.database.write_now(lambda c: c.execute(update(conversations).values(human_since=running.now)))


# --- danger --------------------------------------------------------------------------------------------


def test_a_flood_of_cries_alerts_once_and_a_cry_weeks_later_again(running: Bot) -> None:
    person = somebody(running)
    for _ in range(3):
        person.says(CERTAIN)
    assert (alerts(running), cases(running)) == (1, [("self_harm", 1)])
    running.wait(days=21)
    person.says(CERTAIN)
    person.says(CERTAIN)
    assert (alerts(running), cases(running)) == (2, [("self_harm", 1)])
    (case,) = running.rows(select(handoffs))
    assert case.due_at == running.now + timedelta(minutes=15)


@pytest.mark.parametrize("story", ["mi mamá murió y estoy muy solo", "me siento mal", "busco trabajo"])
def test_no_wish_leads_away_from_whether_there_is_danger(running: Bot, story: str) -> None:
    person = somebody(running)
    person.says(PERHAPS)
    person.says(story)
    assert person.replies[-1].key == "crisis.preguntar.self_harm"
    assert "Le estoy leyendo" in person.text
    person.says(story)  # neither yes nor no, twice: rather a person too many than one too few
    assert cases(running) == [("self_harm", 1)]
    assert "132" in person.text


def test_two_voice_notes_are_no_no(running: Bot) -> None:
    person = somebody(running)
    person.says(PERHAPS)
    person.sends("voice")
    person.sends("voice")
    assert cases(running) == [("self_harm", 1)]


def test_who_asks_for_a_person_when_asked_about_danger_is_urgent(running: Bot) -> None:
    person = somebody(running)
    person.says(PERHAPS)
    person.says("persona")
    assert cases(running) == [("self_harm", 1)]


def test_help_in_danger_names_the_numbers(running: Bot) -> None:
    person = somebody(running)
    person.says(PERHAPS)
    person.says("ayuda")
    assert "132" in person.text
    assert person.replies[-1].key == "crisis.preguntar.self_harm"


def test_nobody_in_danger_is_hushed(running: Bot) -> None:
    person = somebody(running)
    person.says(CERTAIN)
    for _ in range(8):
        person.says("números")
        assert "132" in person.text


def test_danger_and_erasing_are_settled_while_a_person_has_the_conversation(running: Bot) -> None:
    person = somebody(running)
    given_to_a_person(running)
    assert person.says("hola") == []
    person.says(PERHAPS)
    person.says("sí")
    assert cases(running) == [("self_harm", 1)]
    assert person.says("hola") == []
    assert person.says("borrar") == ["borrar.confirmar.texto"]
    assert person.says("sí") == ["borrar.confirmar.borrado"]
    assert running.rows(select(identities)) == []


# --- stopping ------------------------------------------------------------------------------------------


def test_a_stop_holds_for_every_address_of_the_person(running: Bot) -> None:
    person = somebody(running)
    named = "whatsapp:US.13491208655302741918"
    person.does(text="hola", aliases=(named,))
    person.says("BAJA")
    assert len(running.rows(select(opt_outs))) == 2
    renamed = running.chat(named, "whatsapp")
    assert renamed.says("asdf qwer") == ["comun.dado_de_baja"]
    renamed.says("ALTA")
    assert all(row.lifted_at for row in running.rows(select(opt_outs)))


def test_a_stop_goes_along_to_an_address_that_comes_later(running: Bot) -> None:
    person = somebody(running)
    person.says("BAJA")
    later = running.chat("whatsapp:US.13491208655302741918", "whatsapp")
    later.does(text="asdf", aliases=(person.address,))
    assert later.says("asdf qwer") == ["comun.dado_de_baja"]
    assert len(running.rows(select(opt_outs))) == 2


def test_a_stop_of_alerts_alone_is_no_stop_of_everything(running: Bot) -> None:
    person = somebody(running)
    key = running.app.hasher.of("whatsapp", person.address)
    row = {"created_at": running.now, "channel": "whatsapp", "address_hash": key, "scope": "alerts"}
    running.app.database.write_now(lambda c: c.execute(insert(opt_outs).values(row)))
    person.says("menú")
    assert person.replies[-1].key == "menu.que_hacer.texto"
    person.says("BAJA")
    assert {row.scope for row in running.rows(select(opt_outs))} == {"alerts", "all"}


# --- whose data ----------------------------------------------------------------------------------------


def test_who_agreed_to_nothing_leaves_nothing_by_erasing(running: Bot) -> None:
    person = somebody(running, "No guardar nada")
    person.says("borrar")
    person.taps("Sí, borrar todo")
    assert running.rows(select(contacts)) == []


def test_erasing_twice_keeps_the_statistics_together(running: Bot) -> None:
    person = somebody(running)
    person.says("quiero evaluarme de soldador")
    ((contact_id,),) = running.rows(select(contacts.c.id))
    for _ in range(2):
        running.app.database.write_now(lambda c: erasure.erase(c, contact_id, running.now))
    assert running.rows(select(diagnoses.c.contact_id)) == [(contact_id,)]


def test_what_waits_for_the_first_is_not_sent_to_the_second(running: Bot) -> None:
    person = somebody(running)
    person.says("mis datos")
    person.taps("Recibir una copia")
    (path,) = next(reply.media for reply in person.replies if reply.media)
    person.says("soy otra persona")
    person.taps("Sí, soy otra")
    waiting = running.rows(select(messages.c.key).join(outbox, outbox.c.message_id == messages.c.id))
    assert [row.key for row in waiting] == ["bienvenida.acepta.texto"]
    token = path.split("/")[2]
    app = running.app
    assert app.database.read_now(lambda c: files.offered(c, app.cipher, token, running.now)) is None
    assert running.rows(select(media)) == []


def test_another_person_on_this_phone_is_none_on_another_channel(running: Bot) -> None:
    person = somebody(running)
    ((first,),) = running.rows(select(contacts.c.id))
    elsewhere: dict[str, Any] = {"contact_id": first, "channel": "telegram", "address_hash": b"t"}
    running.app.database.write_now(lambda c: c.execute(insert(identities).values(created_at=running.now, **elsewhere)))
    person.says("soy otra persona")
    person.taps("Sí, soy otra")
    owners = dict(running.rows(select(identities.c.channel, identities.c.contact_id)))
    assert owners["telegram"] == first
    assert owners["whatsapp"] != first


def test_a_correction_that_is_left_half_way_loses_nothing(running: Bot) -> None:
    person = running.chat("whatsapp:+50370001234", "whatsapp", "+50370001234")
    person.says("hola")
    person.taps("Sí, de acuerdo")
    person.says("tengo 16")
    for what in ("Mi edad", "Dónde vivo"):
        person.says("mis datos")
        person.taps("Corregir algo")
        person.taps(what)
        person.says("menú")
        assert person.replies[-1].key == "menor.acompanar.texto"
    known = somebody(running, number="70004321")
    known.says("mis datos")
    known.taps("Corregir algo")
    known.taps("Dónde vivo")
    known.says("menú")
    assert {row.district for row in running.rows(select(contacts))} == {None, "Guazapa"}


# --- small words ---------------------------------------------------------------------------------------


def test_who_agreed_to_nothing_is_told_until_when_staff_can_write(running: Bot) -> None:
    for agreed, number, told in (("No guardar nada", "70000001", True), ("Sí, de acuerdo", "70000002", False)):
        person = somebody(running, agreed, number)
        person.says("persona")
        assert ("en 24 horas" in person.text) is told


def test_taking_the_consent_back_says_what_goes(running: Bot) -> None:
    person = somebody(running)
    person.says("mis datos")
    person.taps("Mis permisos")
    person.taps("Guardar respuestas")
    person.taps("No")
    assert "24 horas" in person.text


def test_half_an_agreement_is_asked_again(running: Bot) -> None:
    person = running.chat()
    person.says("hola")
    person.says("está bien pero no mi número")
    assert person.replies[-1].key == "bienvenida.acepta.texto"


def test_a_day_is_a_local_day(running: Bot) -> None:
    person = somebody(running)
    running.wait(hours=10)  # 20:00 in El Salvador, the next day in UTC
    person.says("quiero evaluarme de soldador")
    person.says("mis datos")
    person.taps("Ver mis datos")
    assert "23/11/2026" in person.text


def test_a_link_opened_again_is_no_wrong_answer(running: Bot) -> None:
    person = running.chat("123", "telegram")
    person.does(text="", source="crr-zona-13")
    assert person.does(text="", source="crr-zona-13") == ["bienvenida.acepta.texto"]


def test_what_the_flows_cannot_answer_becomes_a_case(running: Bot) -> None:
    person = somebody(running)
    event = Inbound("whatsapp", "x", person.address, text="hola")
    outcome = running.app.database.write_now(lambda c: answer.apologise(c, event, running.app.deps))
    assert [reply.key for _, reply in outcome.replies] == ["comun.fallo"]
    assert cases(running) == [("unclear", 2)]
