"""What was not understood is kept under pseudonym, and only where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.inbox.misses import WORDS
from db.tables import contacts, conversations, misses
from tests.chat import Bot, Chat, bot
from tests.fakes.unsure import UNSURE, Unsure

NONSENSE = "qwertz asdf"
UNDO = "No, quise decir…"
READINGS = {
    NONSENSE: {"out_of_scope": 0.3},
    "me llamo Rosa Melgar, mi cel 7000-1234, lo del cupón": {"out_of_scope": 0.3, "training": 0.2},
    "ando bien bajoneada": {"psychosocial_support": 0.5, "deny": 0.3},
    "eso que me pasó": {"out_of_scope": 0.5, "report_violence": 0.3},
    "x" * 201: {"out_of_scope": 0.3},
}


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    with bot(tmp_path, database_url) as made:
        made.app.__dict__["nlu"] = Unsure(made.app.rules, {**READINGS, **UNSURE})
        yield made


def somebody(running: Bot, agreed: str = "Sí, de acuerdo", age: str = "34") -> Chat:
    person = running.chat()
    person.says("hola")
    person.taps(agreed)
    person.says(age)
    if age == "34":
        person.taps("El Salvador")
        person.says("Guazapa")
    return person


def kept(running: Bot) -> list[Any]:
    return running.rows(select(misses).order_by(misses.c.id))


def words(running: Bot) -> list[str]:
    return [running.app.cipher.open(row.words_enc, WORDS) for row in kept(running)]


def test_what_no_step_and_no_door_could_use(running: Bot) -> None:
    person = somebody(running)
    person.says("quiero evaluarme de soldador")
    person.says("me llamo Rosa Melgar, mi cel 7000-1234, lo del cupón")
    (row,) = kept(running)
    assert words(running) == ["me llamo ⟨nombre⟩, mi cel ⟨teléfono⟩, lo del cupón"]
    assert (row.kind, row.language, row.country, row.asked) == ("unclear", "es", "SV", "diagnostico.so01")
    assert (row.intent, row.confidence, row.label) == ("out_of_scope", 0.3, None)


def test_a_guess_that_was_taken_back(running: Bot) -> None:
    person = somebody(running)
    person.says("quiero evaluarme de soldador")
    person.says("lo de los papeles")
    assert kept(running) == []
    person.taps(UNDO)
    (row,) = kept(running)
    assert (row.kind, row.asked, row.intent) == ("undone", "diagnostico.so01", "legal_help")
    assert words(running) == ["lo de los papeles"]


def test_the_same_words_of_one_person_are_kept_once(running: Bot) -> None:
    for person in (somebody(running), somebody(running)):
        for said in (NONSENSE, "Qwertz, asdf!"):
            person.says(said)
            person.says("menú")
    rows = kept(running)
    assert len(rows) == 2
    assert rows[0].fingerprint == rows[1].fingerprint


def test_what_is_understood_is_not_kept(running: Bot) -> None:
    person = somebody(running)
    for said in ("quiero evaluarme de soldador", "sí", "¿y esto cuánto cuesta?", "gracias", "menú"):
        person.says(said)
    assert kept(running) == []


def test_nothing_of_who_agreed_to_nothing(running: Bot) -> None:
    somebody(running, "No guardar nada").says(NONSENSE)
    running.chat().says(NONSENSE)
    assert kept(running) == []


def test_nothing_of_children(running: Bot) -> None:
    somebody(running, age="15").says(NONSENSE)
    assert kept(running) == []


@pytest.mark.parametrize(
    "said",
    [
        *("ando bien bajoneada", "eso que me pasó", "x" * 201),
        *("me quiero matar qwertz asdf", "ya no aguanto qwertz asdf"),
    ],
)
def test_nothing_of_danger_or_care_and_no_story(running: Bot, said: str) -> None:
    somebody(running).says(said)
    assert kept(running) == []


@pytest.mark.parametrize("before", ["me quiero matar", "ya no aguanto", "borrar", "BAJA"])
def test_nothing_while_it_is_about_danger_stopping_or_erasing(running: Bot, before: str) -> None:
    person = somebody(running)
    person.says(before)
    for _ in range(2):
        person.says(NONSENSE)
    assert kept(running) == []


def test_nothing_while_a_person_has_the_conversation(running: Bot) -> None:
    person = somebody(running)
    running.app.database.write_now(lambda c: c.execute(update(conversations).values(human_since=running.now)))
    person.says(NONSENSE)
    assert kept(running) == []


def test_erasing_reaches_it(running: Bot) -> None:
    person = somebody(running)
    person.says(NONSENSE)
    person.says("menú")
    somebody(running).says(NONSENSE)
    assert len(kept(running)) == 2
    person.says("borrar")
    person.taps("Sí, borrar todo")
    (row,) = kept(running)
    (other,) = running.rows(select(contacts.c.id).where(contacts.c.erased_at.is_(None)))
    assert row.contact_id == other.id


def test_ninety_days_and_not_one_more(running: Bot) -> None:
    somebody(running).says(NONSENSE)
    running.now += timedelta(days=89)
    assert running.due()["drop_misses"] == 0
    running.now += timedelta(days=1)
    assert running.due()["drop_misses"] == 1
    assert kept(running) == []


def test_it_goes_with_the_consent(running: Bot) -> None:
    somebody(running).says(NONSENSE)
    running.app.database.write_now(lambda c: c.execute(update(contacts).values(consent_kept=False)))
    assert running.due()["drop_misses"] == 1
