"""Later questions: asked with consent, few, each may be left out, stopped and taken up again; donors' figures."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from db.content.seguimiento import MONTHS, MOST, load_questionnaire
from db.tables import consents, followups
from tests.chat import Bot, Chat
from tests.flows.town import Town, build, contact_of, evaluated, opens, welcomed

KINDS = {1: "one_month", 3: "three_months", 6: "six_months"}


@pytest.fixture
def town(running: Bot) -> Town:
    return build(running)


@pytest.fixture
def cook(town: Town) -> Chat:
    """Certified, on Telegram."""
    chat = welcomed(town.running, channel="telegram", address="79101")
    evaluated(town, chat, "competent")
    return chat


def due(town: Town, chat: Chat, months: int) -> str:
    """The questions of that month, which came with the certificate, are asked."""
    mine = (followups.c.contact_id == contact_of(town, chat)) & (followups.c.kind == KINDS[months])
    asked = update(followups).where(mine).values(state="asked", due_at=town.running.now)
    town.running.app.database.write_now(lambda connection: connection.execute(asked).rowcount)
    reference = str(town.running.rows(select(followups.c.id).where(mine))[0][0])
    opens(town, chat, "despues", seguimiento=reference)
    return reference


def stored(town: Town) -> list[Any]:
    """Those that were asked."""
    return town.running.rows(select(followups).where(followups.c.state != "due").order_by(followups.c.id))


def test_consent_is_asked_once_before_the_first(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    assert cook.replies[-1].key == "despues.permiso.texto"
    assert cook.taps("Sí, pregunte") == ["despues.trabaja.texto"]
    last = town.running.rows(select(consents.c.purpose, consents.c.granted).order_by(consents.c.id))[-1]
    assert tuple(last) == ("followups", True)
    cook.says("menú")
    town.running.wait(days=60)
    due(town, cook, 3)
    assert cook.replies[-1].key == "despues.invitar.texto"


def test_an_employee_from_first_to_last(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    cook.says("sí")
    for said, then in (
        ("sí, gracias a Dios", "despues.en_su_oficio.texto"),
        ("simón", "despues.por_el_certificado.texto"),
        ("Sí", "despues.como_trabaja.texto"),
        ("con un patrón", "despues.formal.texto"),
        ("no", "despues.ingreso.texto"),
        ("gano más", "despues.fin.texto"),
    ):
        assert cook.says(said)[0] == then, said
    (row,) = stored(town)
    assert row.state == "answered"
    assert row.content_version == load_questionnaire().version
    assert row.answers == {
        "trabaja": "si",
        "en_su_oficio": "si",
        "por_el_certificado": "si",
        "como_trabaja": "empleo",
        "formal": "no",
        "ingreso": "mas",
    }


def test_a_business_of_ones_own_at_six_months(town: Town, cook: Chat) -> None:
    due(town, cook, 6)
    cook.says("dele")
    asked = []
    for title in ("Sí", "Sí, el mismo", "Sí", "No lo sé", "Por mi cuenta", "En eso estoy", "Una o dos", "Igual"):
        asked.append(cook.replies[-1].key.split(".")[1])
        cook.taps(title)
    assert asked == [
        *("trabaja", "mismo_trabajo", "en_su_oficio", "por_el_certificado"),
        *("como_trabaja", "registrado", "ocupa_a", "ingreso"),
    ]
    assert stored(town)[0].state == "answered"


def test_who_has_no_work_is_asked_two_questions(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    cook.says("sí")
    assert cook.says("todavía no, ando buscando")[-1] in ("despues.ingreso.texto", "despues.trabaja.texto")
    cook.taps("Todavía no") if cook.replies[-1].key == "despues.trabaja.texto" else None
    assert cook.says("prefiero no decir")[0] == "despues.fin.texto"
    assert stored(town)[0].answers == {"trabaja": "no", "ingreso": "sin_decir"}


def test_half_done_and_taken_up_days_later(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    cook.says("sí")
    cook.taps("Sí")
    assert cook.says("parar") == ["despues.en_su_oficio.aqui_lo_dejamos"]
    assert (stored(town)[0].state, stored(town)[0].answers) == ("asked", {"trabaja": "si"})
    town.running.wait(days=2)
    cook.says("menú")
    assert cook.taps("Seguir donde iba")[-1] == "despues.en_su_oficio.texto"
    cook.says("en parte")
    assert stored(town)[0].answers["en_su_oficio"] == "algo"


def test_asked_again_it_goes_on_where_it_was(town: Town, cook: Chat) -> None:
    reference = due(town, cook, 1)
    cook.says("sí")
    cook.taps("A ratos")
    cook.says("menú")
    opens(town, cook, "despues", seguimiento=reference)
    assert cook.taps("Sí, pregunte") == ["despues.en_su_oficio.texto"]


def test_skipped_one_by_one(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    cook.says("sí")
    assert cook.says("saltar") == ["despues.ingreso.texto"]
    assert cook.says("saltar") == ["despues.fin.texto"]


def test_never(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    assert cook.taps("No me pregunten") == ["despues.permiso.no_pregunto"]
    assert stored(town)[0].state == "skipped"


def test_not_now_leaves_it_open(town: Town, cook: Chat) -> None:
    due(town, cook, 1)
    assert cook.says("ahorita no puedo") == ["despues.permiso.cuando_quiera"]
    assert stored(town)[0].state == "asked"


def test_of_somebody_else_or_over(town: Town, cook: Chat) -> None:
    reference = due(town, cook, 1)
    done = update(followups).values(state="answered")
    town.running.app.database.write_now(lambda connection: connection.execute(done))
    assert opens(town, cook, "despues", seguimiento=reference)[0] == "despues.ya_no.texto"


def test_nobody_is_asked_more_than_eight_questions() -> None:
    questions = load_questionnaire().questions

    def most(at: int, months: int, given: dict[str, str]) -> int:
        if at == len(questions):
            return 0
        question = questions[at]
        if not question.is_asked(months, True, given):
            return most(at + 1, months, given)
        return 1 + max(most(at + 1, months, {**given, question.id: answer.id}) for answer in question.answers)

    assert all(most(0, months, {}) <= MOST for months in MONTHS)
