"""«Código»: who was registered without a telephone takes their record into their chat, and nobody else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.inbox import codes
from bot.people import claiming, merging, writing
from bot.people.writing import WalkIn
from db.tables import audit_log, contacts, merges, users
from tests.chat import Bot, Chat

ASKED, NAME, WRONG = "codigo.codigo.texto", "codigo.nombre.texto", "codigo.nombre.no_coincide"
JOINED, LATER = "codigo.nombre.unido", "codigo.nombre.mas_tarde"


def registered(running: Bot, name: str = "José Adán Pérez") -> str:
    """Somebody who came to an office; returns the code on their paper."""

    def write(connection: object) -> int:
        row = {"created_at": running.now, "email": f"{running.next_id()}@example.org", "role": "facilitator"}
        user = connection.scalar(users.insert().values(row).returning(users.c.id))  # type: ignore[attr-defined]
        person = WalkIn(name, "SV", None, "carpenter", "es", user, running.now.date())
        return writing.register(connection, running.app.deps, person, running.now)  # type: ignore[arg-type]

    person = running.app.database.write_now(write)
    code: str = running.rows(select(contacts.c.code).where(contacts.c.id == person))[0][0]
    return f"{code[:4]}-{code[4:]}"


def kept(running: Bot) -> Chat:
    """Somebody who agreed that answers are kept."""
    chat = running.chat()
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    return chat


def tries(chat: Chat, code: str, name: str) -> str:
    assert chat.says(f"código {code}")[0] == NAME
    return chat.says(name)[0]


@pytest.mark.parametrize("told", ["código {}", "mi codigo es {}", "{}", "Código: {}."])
def test_a_code_and_the_first_name_join_the_record(running: Bot, told: str) -> None:
    code = registered(running)
    chat = kept(running)
    assert chat.says(told.format(code.lower()))[0] == NAME
    assert chat.says("Me llamo Jose")[0] == JOINED
    rows = running.rows(select(contacts.c.trade, contacts.c.merged_into, contacts.c.id).order_by(contacts.c.id))
    assert [(row.trade, row.merged_into) for row in rows] == [("carpenter", rows[1].id), ("carpenter", None)]
    lines = running.rows(select(audit_log.c.action, audit_log.c.user_id))
    assert [tuple(line) for line in lines] == [("person.joined", None), ("person.joined", None)]
    assert chat.session.stack[-1].flow == "edad"  # what was asked before goes on


def test_the_word_alone_asks_for_the_code(running: Bot) -> None:
    code = registered(running)
    chat = kept(running)
    assert chat.says("tengo un código")[0] == ASKED
    assert chat.says(code.replace("-", " "))[0] == NAME
    assert chat.says("José")[0] == JOINED


def test_a_stranger_is_welcomed_first_and_one_who_keeps_nothing_is_told(running: Bot) -> None:
    code = registered(running)
    chat = running.chat()
    assert chat.says(f"código {code}") == ["bienvenida.acepta.texto"]
    assert chat.taps("No guardar nada")[0] != NAME
    assert chat.says(f"código {code}")[0] == "codigo.inicio.sin_permiso"


def test_wrong_used_and_of_somebody_else_are_answered_alike(running: Bot) -> None:
    code, nameless = registered(running), registered(running, name="")
    chats = [kept(running) for _ in range(5)]
    own = running.rows(select(contacts.c.code).where(contacts.c.channel_first == "webchat"))[0][0]
    assert tries(kept(running), code, "José") == JOINED
    cases = ((code, "José"), ("ABCD-2345", "José"), (nameless, "José"), (own, "José"), (registered(running), "Rosa"))
    words = set()
    for chat, (of, name) in zip(chats, cases, strict=True):
        assert tries(chat, of, name) == WRONG, of
        words.add(chat.replies[0].text)
    assert len(words) == 1


def test_who_guesses_is_stopped_for_a_day_and_so_is_who_guesses_a_name_from_many_chats(running: Bot) -> None:
    code, other = registered(running), registered(running)
    chat = kept(running)
    assert [tries(chat, "ABCD-2345", "José") for _ in range(claiming.TRIES)] == [WRONG] * claiming.TRIES
    assert tries(chat, code, "José") == LATER
    for name in ("Ana", "Rosa", "Juan", "Luis", "Ana Rosa Juan Luis Mario José Carlos"):
        assert tries(kept(running), other, name) == WRONG
    assert tries(kept(running), other, "José") == WRONG
    running.wait(hours=25)
    assert tries(chat, code, "José") == JOINED
    assert tries(kept(running), other, "José Adán") == JOINED


def test_staff_part_them_again(running: Bot) -> None:
    code = registered(running)
    assert tries(kept(running), code, "José") == JOINED
    note = running.rows(select(merges.c.id))[0][0]
    app = running.app
    app.database.write_now(lambda c: merging.undo(c, app.cipher, app.hasher, note, 1, running.now))
    assert running.rows(select(contacts.c.merged_into).where(contacts.c.merged_into.is_not(None))) == []


def test_in_danger_a_code_is_no_way_out(running: Bot) -> None:
    code = registered(running)
    chat = kept(running)
    chat.says("ya no aguanto")
    assert not any(key.startswith("codigo.") for key in chat.says(f"código {code}"))


@pytest.mark.parametrize(
    "text", ["código de trabajo", "código postal", "código secreto", "quiero trabajo", "casa-roja"]
)
def test_other_words_are_no_code(text: str) -> None:
    assert codes.written(text) == ""


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert len(codes.written(text)) <= 12
