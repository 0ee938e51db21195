"""The self-diagnosis: found, answered, paused, corrected, told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from db.content import load_trades
from db.tables import diagnoses
from flows.diagnostico import ordered
from tests.chat import Bot, Chat

TRADES = load_trades()


def stored(running: Bot) -> list[Any]:
    return running.rows(select(diagnoses).order_by(diagnoses.c.id))


def answer_all(chat: Chat, answer: str = "Sí, solo/a", *, but: dict[str, str] | None = None) -> list[str]:
    """Answer criteria until the questions begin; `but` by criterion id."""
    keys = [chat.replies[-1].key]
    while chat.replies[-1].key.split(".")[1] in CRITERIA:
        keys = chat.taps((but or {}).get(chat.replies[-1].key.split(".")[1], answer))
    return keys


CRITERIA = {criterion.id for trade in TRADES.values() for criterion in trade.criteria}


def finish(chat: Chat) -> list[str]:
    keys: list[str] = []
    while "resultado" not in chat.replies[-1].key:
        keys = chat.taps_first()
    return keys


@pytest.mark.parametrize("slug", TRADES)
def test_every_trade_from_first_to_last(running: Bot, known: Chat, slug: str) -> None:
    known.taps("Cuánto vale mi oficio")
    trade = TRADES[slug]
    while not any(option.id.endswith(slug) for option in known.replies[-1].options):
        known.taps("Ver más")
    known.does(option=next(option.id for option in known.replies[-1].options if option.id.endswith(slug)))
    assert known.replies[-1].key == f"diagnostico.{ordered(trade)[0].id}.texto"
    answer_all(known)
    finish(known)
    assert known.replies[-1].key == "diagnostico.resultado.listo"
    (row,) = stored(running)
    assert row.trade == slug
    assert row.finished
    assert row.band == "listo"
    assert row.score == 1.0
    assert set(row.answers) == {criterion.id for criterion in trade.criteria}
    assert set(row.knowledge) == {question.id for question in trade.questions}
    assert row.content_version == trade.version
    assert not row.reviewed
    assert (row.country, row.department, row.age_band) == ("SV", "San Salvador", "25_34")
    assert set(row.score_by_function) == {criterion.function for criterion in trade.criteria}


@pytest.mark.parametrize(
    ("answer", "but", "band"),
    [
        ("Sí, solo/a", {}, "listo"),
        ("Con ayuda", {}, "repaso"),
        ("No todavía", {"so11": "Con ayuda", "so12": "Con ayuda"}, "aprender"),
        ("Sí, solo/a", {"so11": "No todavía"}, "seguridad_primero"),
    ],
)
def test_bands(running: Bot, known: Chat, answer: str, but: dict[str, str], band: str) -> None:
    known.says("quiero evaluarme de soldador")
    answer_all(known, answer, but=but)
    finish(known)
    assert known.replies[-1].key == f"diagnostico.resultado.{band}"
    assert "reprobad" not in known.text.lower()
    assert "%" not in known.text
    assert stored(running)[0].band == band


@pytest.mark.parametrize(
    ("said", "trade"),
    [
        ("drayguol", "drywall_installer"),
        ("pongo piso", "tile_installer"),
        ("hago uñas", "acrylic_nail_sculptor"),
        ("albañil", "construction_worker"),
        ("yardero", "landscape_planter"),
        ("enderezado", "auto_body_painter"),
    ],
)
def test_a_trade_by_any_of_its_names(known: Chat, said: str, trade: str) -> None:
    known.taps("Cuánto vale mi oficio")
    assert known.says(said)[-1] == f"diagnostico.{ordered(TRADES[trade])[0].id}.texto"


def test_a_name_of_two_trades_is_asked(known: Chat) -> None:
    known.taps("Cuánto vale mi oficio")
    assert known.says("electricista") == ["diagnostico.cual.texto"]
    assert known.taps("Electricidad de casas")[-1] == "diagnostico.ev03.texto"


def test_answers_by_number_word_and_emoji(known: Chat) -> None:
    known.says("quiero evaluarme de albañil")
    given = ["1", "con ayuda", "no", "👍", "2", "la tercera", "SÍ", "solo", "a veces"]
    for said in given:
        known.says(said)
    answers = known.session.stack[-1].answers
    read = [answers[criterion.id] for criterion in ordered(TRADES["construction_worker"])[: len(given)]]
    assert read == ["solo", "ayuda", "no", "solo", "ayuda", "no", "solo", "solo", "ayuda"]


def test_back_changes_an_answer(running: Bot, known: Chat) -> None:
    known.says("quiero evaluarme de carpintero")
    first, second = (criterion.id for criterion in ordered(TRADES["carpenter"])[:2])
    known.taps("No todavía")
    assert known.says("atrás") == [f"diagnostico.{first}.texto"]
    assert known.taps("Sí, solo/a") == [f"diagnostico.{second}.texto"]
    assert stored(running)[0].answers == {first: "solo"}


def test_paused_for_days_and_taken_up_again(running: Bot, known: Chat) -> None:
    known.says("quiero evaluarme de jardinero")
    known.taps("Sí, solo/a")
    known.taps("Sí, solo/a")
    assert known.says("pausa") == ["comun.en_pausa"]
    running.wait(days=9)
    known.says("hola")
    assert known.taps("Seguir donde iba") == [f"diagnostico.{ordered(TRADES['landscape_planter'])[2].id}.texto"]
    answer_all(known)
    finish(known)
    (row,) = stored(running)
    assert row.finished
    assert row.duration_seconds == 9 * 24 * 3600


def test_silence_for_a_month_in_the_middle(running: Bot, known: Chat) -> None:
    known.says("quiero evaluarme de jardinero")
    known.taps("Sí, solo/a")
    running.wait(days=31)
    keys = known.says("hola buenas")
    assert keys == ["comun.de_vuelta", f"diagnostico.{ordered(TRADES['landscape_planter'])[1].id}.texto"]


def test_the_menu_in_the_middle_keeps_what_was_answered(known: Chat) -> None:
    known.says("quiero evaluarme de jardinero")
    known.taps("Sí, solo/a")
    assert known.says("menú") == ["menu.que_hacer.texto"]
    assert known.taps("Seguir donde iba")[-1] == f"diagnostico.{ordered(TRADES['landscape_planter'])[1].id}.texto"


def test_doing_it_again_keeps_both(running: Bot, known: Chat) -> None:
    for answer in ("Con ayuda", "Sí, solo/a"):
        known.says("quiero evaluarme de soldador")
        answer_all(known, answer)
        finish(known)
    assert [row.band for row in stored(running)] == ["repaso", "listo"]


def test_knowledge_questions_are_shuffled_and_answered_by_letter_or_words(known: Chat) -> None:
    known.says("quiero evaluarme de soldador")
    answer_all(known)
    question = TRADES["structural_welder"].questions[0]
    right = question.options[question.correct]
    assert right in known.replies[-1].text
    assert [option.title for option in known.replies[-1].options] == ["A", "B", "C"]
    assert known.says(right)[0] == f"diagnostico.{question.id}.bien"


def test_the_result_is_useful_and_offers_what_comes_next(running: Bot, known: Chat) -> None:
    known.says("quiero evaluarme de soldador")
    answer_all(known, but={"so06": "No todavía"})
    finish(known)
    assert "Sueldo vertical y sobre cabeza" in known.text
    assert [option.title for option in known.replies[-1].options] == [
        "Pedir evaluación",
        "Ver cursos",
        "Las dos cosas",
        "Ahora no",
    ]
    assert known.taps("Pedir evaluación") == ["cita.sin_centro.texto"]


def test_without_consent_nothing_of_a_diagnosis_is_stored(running: Bot, chat: Chat) -> None:
    chat.says("quiero evaluarme de soldador")
    chat.taps("No guardar nada")
    chat.says("30")
    answer_all(chat)
    finish(chat)
    assert stored(running) == []
