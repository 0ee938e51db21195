"""Everything that a person may do, from every moment there is: no dead end, nothing too long to show, every step."""

from __future__ import annotations

import pytest

from flows.catalogo import FLOWS
from tests.chat import Bot
from tests.walk.conftest import Walked
from tests.walk.walker import mistakes

MOST_TAPS = 60


def test_nothing_is_wrong_anywhere(walked: Walked) -> None:
    assert walked.walk.wrong == []


def test_every_step_of_every_flow_is_reached(walked: Walked) -> None:
    declared = {(flow.name, step) for flow in FLOWS.values() for step in flow.steps}
    assert declared - walked.steps == set()


def test_the_walk_is_wide_and_ends(walked: Walked) -> None:
    assert len(walked.walk.seen) > 300
    assert 2_000 < walked.walk.events < 7_000


@pytest.mark.parametrize("first", ["hola", "quiero evaluarme de soldador", "busco trabajo", "¿esto es una estafa?"])
def test_the_first_option_always_leads_forward_to_a_result(running: Bot, first: str) -> None:
    chat = running.chat()
    keys = chat.says(first)
    taps = 0
    while not any("resultado" in key for key in keys):
        assert taps < MOST_TAPS, f"still at {keys}"
        keys = chat.taps_first()
        taps += 1
    assert chat.replies[-1].options


@pytest.mark.parametrize("country", ["El Salvador", "Guatemala", "Honduras"])
def test_every_place_of_every_list_can_be_shown(running: Bot, country: str) -> None:
    chat = running.chat()
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("30")
    chat.taps(country)
    chat.taps("Ver la lista")
    for department in [option.title for option in chat.session.question.options]:  # type: ignore[union-attr]
        assert chat.says(department) == ["ubicacion.municipio.texto"]
        options = chat.session.question.options  # type: ignore[union-attr]
        assert len({option.title for option in options}) == len(options)
        for _ in range(-(-len(options) // 9)):
            assert mistakes(chat.replies[-1]) == []
            if len(options) > 10:
                chat.taps("Ver más")
        assert chat.says("atrás") == ["ubicacion.departamento.texto"]
        running.wait(minutes=2)
