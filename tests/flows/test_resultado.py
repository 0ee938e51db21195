"""What came of an assessment: told with dignity; the certificate; the network; what is kept of all that."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.content import load_trades
from db.tables import consents, network_profiles
from tests.chat import Bot, Chat
from tests.flows.town import COOK, Town, build, evaluated, opens, welcomed


@pytest.fixture
def town(running: Bot) -> Town:
    return build(running)


@pytest.fixture
def cook(town: Town) -> Chat:
    return welcomed(town.running, channel="telegram", address="79001")


@pytest.fixture
def certified(town: Town, cook: Chat) -> Chat:
    """Somebody who was told that they are competent."""
    reference, _ = evaluated(town, cook, "competent")
    opens(town, cook, "resultado", evaluacion=reference)
    return cook


def titles(chat: Chat) -> list[str]:
    return [option.title for option in chat.replies[-1].options]


def test_nothing_is_told_before_it_is_wished(certified: Chat) -> None:
    assert [reply.key for reply in certified.replies] == ["resultado.listo.texto"]
    assert "cocina" not in certified.text.lower()
    assert certified.taps("Después") == ["resultado.listo.cuando_quiera"]


def test_competent(certified: Chat) -> None:
    assert certified.taps("Ver mi resultado") == ["resultado.contar.felicidades", "resultado.logrado.texto"]
    assert "Felicidades" in certified.text
    keys = certified.taps("Mi certificado")
    assert keys == [
        "certificado.entregar.constancia",
        "certificado.entregar.archivo",
        "certificado.entregar.comprobar",
        "certificado.invitar.texto",
    ]
    assert certified.replies[1].media[0].endswith(".pdf")
    assert "/verificar/" in certified.text
    assert "constancia del programa" in certified.text


def test_not_yet(town: Town, cook: Chat) -> None:
    reference, _ = evaluated(town, cook, "not_yet")
    opens(town, cook, "resultado", evaluacion=reference)
    keys = cook.says("sí")
    assert keys == [
        "resultado.contar.gracias_por_venir",
        "resultado.contar.fortalezas",
        "resultado.contar.practicar",
        "resultado.plan.texto",
    ]
    assert load_trades()[COOK].criteria[-1].text.removesuffix(".") in cook.text
    assert "reprob" not in cook.text.lower()
    assert titles(cook) == ["Practicar en un curso", "Pedir otra fecha", "Hablar con alguien", "Ahora no"]
    assert cook.taps("Pedir otra fecha") == ["cita.centro.texto"]


def test_a_result_of_somebody_else_is_not_told(town: Town, certified: Chat) -> None:
    other = welcomed(town.running, channel="telegram", address="79002")
    assert opens(town, other, "resultado", evaluacion="1")[0] == "resultado.todavia_no.texto"


@pytest.mark.parametrize("said", ["mi certificado", "quiero mi certificado", "mi constancia"])
def test_the_certificate_by_words(certified: Chat, said: str) -> None:
    certified.says("menú")
    assert certified.says(said)[0] == "certificado.entregar.constancia"


def test_no_certificate_yet(cook: Chat) -> None:
    assert cook.says("mi certificado") == ["certificado.ninguno.texto"]
    assert cook.taps("Ver o pedir cita")[-1].startswith("cita.")


def test_into_the_network_and_out_of_it(town: Town, certified: Chat) -> None:
    certified.says("la red")
    assert "No ve su nombre ni su número" in certified.text
    assert certified.taps("Sí, quiero entrar") == ["red.experiencia.texto"]
    assert certified.taps("De 4 a 10 años")[0] == "red.experiencia.adentro"
    (row,) = town.running.rows(select(network_profiles))
    assert (row.experience, row.left_at) == ("4_10", None)
    assert row.consent_id is not None
    certified.says("mis datos")
    certified.taps("Ver mis datos")
    assert "está en la red" in certified.text
    assert certified.says("salir de la red")[0] == "red.salir.hecho"
    (row,) = town.running.rows(select(network_profiles))
    assert row.left_at is not None
    last = town.running.rows(select(consents.c.purpose, consents.c.granted).order_by(consents.c.id))[-1]
    assert tuple(last) == ("network", False)


def test_no_is_an_answer(town: Town, certified: Chat) -> None:
    certified.says("la red")
    assert certified.taps("No, gracias")[0] == "red.que_es.no_entro"
    assert town.running.rows(select(network_profiles)) == []


def test_the_network_without_a_certificate(cook: Chat) -> None:
    assert cook.says("la red")[0] == "red.sin_certificado.texto"
    assert cook.says("salir de la red")[0] == "red.no_estaba.texto"


def test_left_by_the_permissions_too(town: Town, certified: Chat) -> None:
    certified.says("la red")
    certified.taps("Sí, quiero entrar")
    certified.taps("Más de 10 años")
    certified.says("mis datos")
    certified.taps("Mis permisos")
    certified.taps("La red de trabajo")
    certified.taps("No")
    (row,) = town.running.rows(select(network_profiles))
    assert row.left_at is not None
