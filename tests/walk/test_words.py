"""Every text that is written is said by somebody, somewhere; what no walk can hear is listed with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert

from bot import lines
from db.content import load_trades
from db.tables import users
from flows.core.check import PARTS
from flows.core.copy import COMMON, Copy
from flows.diagnostico import ordered
from tests.chat import START, Bot, Chat, bot
from tests.flows.test_codigo import kept, registered, tries
from tests.kernel.rows import put_session
from tests.walk.conftest import Walked
from tests.walk.walker import mistakes, watch

UNSAID: Final[Mapping[str, str]] = {
    "comun.huella_consentimiento": "a mark of the consent's words, for the checker",
    "idioma.avisar.saludo": "nobody has reviewed a greeting yet",
    "idioma.avisar.grabado": "nothing is recorded yet",
    "idioma.avisar.si_hay_peligro": "only where the model alone doubts a Mayan message: tests/flows/test_idiomas.py",
    "casos.devuelta.texto": "when nobody of the staff came back: tests/cases",
    "casos.peligro.texto": "to somebody whom the staff are talking with: tests/cases",
    "comun.prueba": "the test message of `arraigo channels setup`",
    "comun.saludo_enlace": "the greeting that a deep link fills in, for the person to send",
    "comun.ver_opciones": "the label of WhatsApp's lists, given to the channel",
    "comun.fallo": "only if a flow fails: tests/properties and tests/sender see it",
    "certificado.entregar.con_numero": "when the institute gave its number: tests/certificates",
    "cita.centro.no_entendido": "a place, a day and most other words are understood there",
    "cita.confirmar.texto": "after a diagnosis of the trade: tests/flows/test_cita.py",
    "cita.dia.mas_dias": "with more days than fit a list",
    "cita.lleno.cambio": "who changes where nothing else is free",
    "despues.permiso.no_pregunto": "tests/flows/test_despues.py",
    "lugar_libre.seguir_espera.sigue": "tests/flows/test_mi_cita.py",
    "mi_cita.mostrar.sin_consejos": "of a centre of which nobody said anything",
    **{
        f"comun.mes_{month}": "the calendar of the tests is that of winter" for month in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    },
    "comun.hora_mediodia": "no test has an appointment at noon",
    "comun.hora_noche": "nor in the evening",
    "comun.a_la_hora": "at one o'clock: tests/flows/test_cita.py",
    "comun.cuando_hoy": "on the day itself: tests/booking",
    "comun.queda_uno": "a list with a time that has one place left",
    "comun.en_la_red": "in «my data»: tests/flows/test_resultado.py",
    "comun.sede_telefono": "of a centre with a telephone",
    "comun.texto_largo": "no question of today takes free words that could be too long but the place, below",
    "comun.numero_fuera": "no question of today asks for a number",
    "comun.solo_texto": "the inbox answers what is not text before a question reads it",
}
"""Texts that nobody is told in a conversation, and why they are there."""

HOURS: Final = (
    "mon-tue 08:00-17:00, wed 08:00-12:00, wed 13:00-16:00, thu-fri 09:00-17:00, sat 08:00-12:00, sun 09:00-10:00"
)
ANSWERS: Final = {"listo": "solo", "repaso": "ayuda", "seguridad_primero": "no", "aprender": "no"}


def every_key(copy: Copy) -> Iterator[str]:
    """«flow.heading.key» of every text that the flows may say.

    `comandos` are heard; `equipo` is for staff: tests/cases, tests/staffroom.
    """
    for name, headings in copy.texts.items():
        if name == COMMON:
            yield from (f"{COMMON}.{key}" for key, text in headings.items() if isinstance(text, str))
        elif name not in ("comandos", "equipo"):
            yield from (key for heading in headings for key in _keys(copy, name, heading))


def _keys(copy: Copy, name: str, heading: str) -> Iterator[str]:
    for key, text in copy.heading(name, heading).items():
        if key not in PARTS and isinstance(text, str):
            yield f"{name}.{heading}.{key}"


def welcomed(running: Bot, **how: Any) -> Chat:
    chat = running.chat(**how)
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("30")
    chat.taps("El Salvador")
    chat.says("Guazapa")
    return chat


def results(running: Bot) -> None:
    """The result of every band, what comes after it, and what is on record of it."""
    welder = load_trades()["structural_welder"]
    gentle = {criterion.id: "ayuda" if criterion.critical else "no" for criterion in ordered(welder)}
    chat = welcomed(running)
    for band, answer, wish in zip(ANSWERS, ANSWERS.values(), ("curso", "ambas", "cita", "menu"), strict=True):
        chat.says("quiero evaluarme de soldador")
        for criterion in ordered(welder):
            _taps(chat, gentle[criterion.id] if band == "aprender" else answer)
        while "resultado" not in chat.replies[-1].key:
            chat.taps_first()
        assert chat.replies[-1].key == f"diagnostico.resultado.{band}"
        assert [problem for reply in chat.replies for problem in mistakes(reply)] == []
        _taps(chat, wish)
    chat.says("quiero evaluarme de soldador")
    chat.says("mis datos")
    chat.taps("Ver mis datos")
    chat.taps("Mis permisos")
    chat.taps("Ofertas de trabajo")
    chat.taps("No")
    chat.taps("Mis permisos")


def _taps(chat: Chat, option: str) -> None:
    chat.does(option=next(o.id for o in chat.replies[-1].options if o.id.endswith(f".{option}")))


def other_people(running: Bot) -> None:
    """Every age, somebody abroad, somebody who stopped, somebody who is away for long or writes without end."""
    for age in ("18", "40", "50", "70", "12"):
        chat = running.chat()
        chat.says("hola")
        chat.taps("No guardar nada")
        chat.says(age)
        chat.taps_first()
        chat.says("mis datos")
        chat.taps("Ver mis datos")
    chat = welcomed(running)
    chat.says("quiero evaluarme de soldador")
    running.wait(hours=13)
    chat.says("hola")
    for _ in range(7):
        chat.says("hola")
    chat.says("BAJA")
    chat.says("asdf qwer")
    chat.says("vuelvan a mandarme mensajes")
    chat.taps("No")
    abroad = running.chat()
    abroad.says("hola")
    abroad.taps("Sí, de acuerdo")
    abroad.says("30")
    abroad.taps("Otro país")
    abroad.says("mis datos")
    abroad.taps("Ver mis datos")
    abroad.says("pausa")
    abroad.says("asdf qwer")
    broken = welcomed(running)
    session = broken.session
    session.stack[-1].step = "paso_de_antes"
    put_session(broken, session)
    broken.says("hola")


def languages(running: Bot) -> None:
    """English and back, a language of the list, another, a greeting, and a person waited for."""
    chat = welcomed(running)
    chat.says("english please")
    chat.says("español")
    chat.says("cambiar idioma")
    chat.says("zzz")
    chat.taps("Otro idioma")
    chat.says("ixil")
    chat.taps("Esperar a alguien")
    stranger = running.chat()
    stranger.says("saqarik")
    stranger.taps("Hablar con alguien")
    stranger.taps("Esperar a alguien")


def with_a_code(running: Bot) -> None:
    """Somebody whom staff registered: told wrong until it is enough, then right; and who keeps nothing."""
    code = registered(running)
    chat, other, nobody = kept(running), kept(running), running.chat()
    chat.says("tengo un código")
    chat.says(code)
    chat.says("José")
    for _ in range(6):
        tries(other, code, "José")
    nobody.says("hola")
    nobody.taps("No guardar nada")
    nobody.says(f"código {code}")


DANGERS: Final = (
    *("me voy a matar hoy", "me tome todas las pastillas", "ya no quiero vivir", "mi hermano quiere suicidarse"),
    *("ahorita me está pegando", "mi niño tiene golpes", "mi marido me pega", "los de la mara me amenazaron"),
    *("me tienen encerrada", "me violaron en el camino"),
)


def in_danger(running: Bot) -> None:
    """Each kind of danger; taken back; a call, with a number; the telephone of somebody else; abroad."""
    for cry in DANGERS:
        chat = welcomed(running)
        chat.says(cry)
    chat.sends("voice")
    for country in ("Estados Unidos", "Otro país"):
        chat = running.chat()
        chat.says("me tienen encerrada")
        chat.taps(country)
    chat.says("era broma")
    caller = welcomed(running, channel="telegram")
    caller.says("me tienen encerrada")
    caller.says("sí")
    caller.taps("Prefiero que me llamen")
    caller.taps("En la tarde")
    caller.says("123")
    caller.says("7890 1234")
    caller.taps("Borrar este chat")
    running.now = START + timedelta(hours=64)  # two in the morning, days later
    chat = running.chat(channel="whatsapp", phone="+50370001234", address="whatsapp:+50370001234")
    chat.says("ya no quiero vivir")
    chat.says("no")
    chat.taps("Sí, es seguro")
    chat.taps("Sí, escríbame")


def with_signed_lines(running: Bot) -> None:
    """Lines that somebody called, one of them with its hours; and a team that is there or comes back later."""
    row = {"created_at": running.now, "email": "quien@example.org", "role": "coordinator"}
    hired = insert(users).values(row).returning(users.c.id)
    user = running.app.database.write_now(lambda c: int(c.scalar(hired) or 0))
    for country, number in (("SV", "7071-1302"), ("SV", "119"), ("SV", "126"), ("GT", "125"), ("GT", "120")):
        signed = partial(lines.sign, country=country, number=number, user_id=user, now=running.now)
        running.app.database.write_now(partial(signed, hours="24 horas" if number == "126" else ""))
    for cry in ("me tome todas las pastillas", "me violaron en el camino"):
        stranger = running.chat()
        stranger.says(cry)
        stranger.taps("Guatemala")
    for _ in ("open", "closed"):
        for cry in DANGERS:
            welcomed(running).says(cry)
        chat = welcomed(running)
        chat.says("ya no aguanto")
        chat.says("no")
        chat.taps("Sí, por favor")
        running.wait(hours=12)


def with_staff(running: Bot) -> None:
    """An office to ask and hours when somebody answers, in them and outside of them."""
    for _ in ("open", "closed"):
        chat = running.chat()
        chat.says("hola")
        chat.says("¿esto es una estafa?")
        chat.taps("Sí, de acuerdo")
        chat.says("¿a qué hora atienden?")
        chat.says("persona")
        chat.says("hablo mam")
        chat.says("me quiero matar")
        other = welcomed(running)
        other.says("ya no aguanto")
        other.says("no")
        other.taps("Sí, por favor")
        running.wait(hours=12)


@pytest.fixture(scope="module")
def said(walked: Walked, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with bot(tmp_path_factory.mktemp("told")) as running:
        told, _ = watch(running.app)
        results(running)
        other_people(running)
        languages(running)
        with_a_code(running)
        in_danger(running)
    settings = {
        "office": "2222-3333",
        "staff_hours": HOURS,
        "telegram_token": "1:x",
        "telegram_staff_chat": "-100",
    }
    with bot(tmp_path_factory.mktemp("staffed"), **settings) as staffed:
        copy, _ = watch(staffed.app)
        with_staff(staffed)
        with_signed_lines(staffed)
    return walked.copy.said | told.said | copy.said


def test_every_text_is_said_or_has_its_reason(said: set[str]) -> None:
    written = set(every_key(Copy.load(Path("flows/textos"))))
    assert written - said - set(UNSAID) == set()


def test_the_reasons_are_of_texts_that_are_there_and_that_nobody_hears(said: set[str]) -> None:
    assert set(UNSAID) <= set(every_key(Copy.load(Path("flows/textos"))))
    assert set(UNSAID) & said == set()
