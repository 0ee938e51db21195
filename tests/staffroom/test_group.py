"""The staff's Telegram group: alerts, taps, answers and topics, against a Bot API server, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from bot.cases import work
from bot.cases.metrics import alerts_state
from db.tables import case_notes, contacts, conversations, events, identities, messages, outbox, staff_topics
from tests.cases.team import CRISIS
from tests.fakes.telegram import Refusal
from tests.staffroom.conftest import GROUP, Staffroom, opened

ROSA = 70001


def count(room: Staffroom, table: Any) -> int:
    return int(room.team.bot.rows(select(func.count()).select_from(table))[0][0])


async def rosa(room: Staffroom) -> int:
    """Rosa, on Telegram, wants to talk to a person; returns her case."""
    for text in ("/start", "quiero hablar con una persona"):
        await room.does(room.telegram.text_update(ROSA, text))
    return int(room.team.cases()[-1]["id"])


async def test_an_ordinary_case_opens_a_topic_with_buttons(room: Staffroom) -> None:
    await room.opened(topic="empleo")
    (case,) = room.team.cases()
    (made,) = [call.params for call in room.telegram.calls if call.method == "createForumTopic"]
    assert made["name"] == f"{case['code']} · El Salvador · quiere hablar"
    (alert,) = room.telegram.to(GROUP)
    assert int(alert["message_thread_id"]) == room.thread
    assert [b["text"] for b in alert["reply_markup"]["inline_keyboard"][0]] == ["Tomar", "Ya voy"]


async def test_danger_and_care_show_a_code_and_a_link_alone(room: Staffroom) -> None:
    for more in ({"reason": "self_harm"}, {"reason": "child"}, {"topic": "apoyo"}, {"priority": 2}):
        await room.opened(**more)
    for case, alert in zip(room.team.cases(), room.telegram.to(GROUP), strict=True):
        assert case["code"] in alert["text"]
        assert alert["text"].endswith(f"https://arraigo.example/panel/casos/{case['id']}")
        assert "message_thread_id" not in alert
        assert "reply_markup" not in alert
    assert room.telegram.group(GROUP).topics == {}


async def test_of_two_taps_at_once_one_wins_and_the_other_is_told_who(room: Staffroom) -> None:
    for _ in range(2):
        room.team.user()
    case_id = await room.opened()
    taps = [room.telegram.tapped_in(GROUP, 9000 + n, "tomar") for n in (1, 2)]
    await asyncio.gather(*(room.take(tap) for tap in taps))
    await room.carry()
    holder = room.team.case(case_id)["claimed_by"]
    assert sorted(text.split(" ")[0] for text in room.telegram.shown) == ["El", "Este"]
    assert f"Este caso lo tiene U{holder}." in room.telegram.shown
    assert not room.telegram.callbacks
    assert [f"lo tiene U{holder}" in edit["text"] for edit in room.telegram.edits] == [True]
    assert "reply_markup" not in room.telegram.edits[0]


async def test_who_is_unknown_or_gone_gets_no_case(room: Staffroom) -> None:
    case_id = await room.opened()
    room.team.user(active=False)
    room.team.user(role="job_officer")
    for number in (1, 2, 77):
        assert (await room.taps(number, "tomar")).startswith("No le conozco")
    assert room.team.case(case_id)["state"] == "open"
    assert "No le conozco" in await room.says(77, "hola", room.thread)


async def test_a_facilitator_of_another_country_is_refused(room: Staffroom) -> None:
    room.team.user(country="GT")
    case_id = await room.opened(country="SV")
    assert "otro país" in await room.taps(1, "tomar")
    assert room.team.case(case_id)["state"] == "open"


async def test_on_my_way_is_noted_and_said(room: Staffroom) -> None:
    room.team.user()
    case_id = await room.opened()
    assert (await room.taps(1, "voy")).startswith("Anotado")
    assert room.team.case(case_id)["acknowledged_at"] is not None
    assert "U1 ya va" in room.texts[-1]


async def test_an_answer_goes_both_ways(room: Staffroom) -> None:
    room.team.user()
    await rosa(room)
    await room.taps(1, "tomar")
    await room.says(1, "Buenos días, soy Ana.", room.thread)
    assert room.telegram.to(ROSA)[-1]["text"] == "Buenos días, soy Ana."
    await room.does(room.telegram.text_update(ROSA, "Quiero saber del curso"))
    told = room.telegram.to(GROUP)[-1]
    assert told["text"].endswith("escribe:\nQuiero saber del curso")
    assert int(told["message_thread_id"]) == room.thread
    assert count(room, contacts) == 1


async def test_words_of_danger_never_reach_the_group(room: Staffroom) -> None:
    room.team.user()
    await rosa(room)
    await room.taps(1, "tomar")
    await room.says(1, "Buenos días.", room.thread)
    for text in (CRISIS, "ya no aguanto esto"):
        await room.does(room.telegram.text_update(ROSA, text))
    assert not any("matar" in text or "aguanto" in text for text in room.texts)
    assert room.team.cases()[-1]["reason"] == "self_harm"


async def test_what_is_erased_before_it_leaves_is_not_told(room: Staffroom) -> None:
    room.team.user()
    await rosa(room)
    await room.taps(1, "tomar")
    await room.take(room.telegram.text_update(ROSA, "vivo en Guazapa"))
    await room.take(room.telegram.text_update(ROSA, "borrar mis datos"))
    room.team.write(lambda c: c.execute(update(messages).values(body_enc=None)).rowcount)
    await room.carry()
    assert not any("Guazapa" in text for text in room.texts)


async def test_an_error_comes_back_in_the_topic(room: Staffroom) -> None:
    for _ in range(2):
        room.team.user()
    case_id = await room.opened()
    thread = room.thread
    assert "el caso no es suyo" in await room.says(1, "hola", thread)
    await room.taps(1, "tomar")
    assert "lo tiene U1" in await room.says(2, "hola", thread)
    assert "/nota, /soltar y /cerrar" in await room.says(1, "/que", thread)
    room.team.set(case_id, safe_channel=False, contact_noted_at=room.team.now, wished_at=None)
    assert "no es seguro" in await room.says(1, "hola", thread)
    room.team.write(lambda c: c.execute(update(identities).values(stopped_at=room.team.now)).rowcount)
    assert "ya no hay cómo" in await room.says(1, "hola", thread)
    assert room.telegram.to(GROUP)[-1]["message_thread_id"] == str(thread)


async def test_whatsapps_closed_window_is_told(room: Staffroom) -> None:
    room.team.user()
    case_id = room.team.opened(channel="whatsapp")
    sent = select(outbox.c.id).where(outbox.c.channel == "telegram_staff")
    assert len(room.team.bot.rows(sent)) == 1
    await room.carry()
    await room.taps(1, "tomar")
    old = room.team.now - timedelta(hours=25)
    room.team.write(lambda c: c.execute(update(conversations).values(last_inbound_at=old)).rowcount)
    room.team.write(lambda c: c.execute(update(identities).values(window_until=old)).rowcount)
    assert "pasaron 24 horas" in await room.says(1, "hola", room.thread)
    assert room.team.case(case_id)["answered_at"] is None


async def test_commands_note_release_and_close(room: Staffroom) -> None:
    room.team.user()
    case_id = await room.opened()
    thread = room.thread
    await room.taps(1, "tomar")
    assert "Nota guardada" in await room.says(1, "/nota llamar el lunes", thread)
    assert count(room, case_notes) == 1
    await room.says(1, "/soltar@ArraigoBot", thread)
    assert room.team.case(case_id)["state"] == "open"
    assert "nadie lo tiene" in room.telegram.edits[-1]["text"]
    await room.taps(1, "tomar")
    assert "uno de estos: atendido" in await room.says(1, "/cerrar porque sí", thread)
    await room.says(1, "/cerrar no contesta", thread)
    assert room.team.case(case_id)["outcome"] == "unreachable"
    assert room.telegram.group(GROUP).topics == {thread: "closed"}
    assert room.telegram.to(ROSA) == []


async def test_what_the_panel_does_shows_in_the_topic(room: Staffroom) -> None:
    user, case_id = room.team.user(), await room.opened()
    room.team.claim(case_id, user)
    await asyncio.to_thread(room.team.due)
    await room.carry()
    assert "lo tiene U1" in room.telegram.edits[-1]["text"]
    room.team.write(work.close, case_id, user, "attended", room.team.now)
    await asyncio.to_thread(room.team.due)
    await room.carry()
    assert room.telegram.group(GROUP).topics[room.thread] == "closed"
    room.team.write(work.reopen, case_id, user, room.team.now)
    await asyncio.to_thread(room.team.due)
    await room.carry()
    assert room.telegram.group(GROUP).topics[room.thread] == "open"
    assert len(room.telegram.group(GROUP).topics) == 1


async def test_an_erased_person_takes_the_topic_along(room: Staffroom) -> None:
    case_id = await room.opened()
    room.team.set(case_id, contact_id=None)
    await asyncio.to_thread(room.team.due)
    await room.carry()
    assert room.telegram.group(GROUP).topics == {}
    assert count(room, staff_topics) == 0


async def test_staff_are_never_a_conversation(room: Staffroom) -> None:
    room.team.user()
    said = room.telegram.written_in(GROUP, 9001, "me quiero matar")
    joined = room.telegram.written_in(GROUP, 9001, "", new_chat_members=[{"id": 5, "is_bot": False, "first_name": "X"}])
    del joined["message"]["text"]
    edited = room.telegram.update(edited_message=said["message"] | {"edit_date": 1_793_000_001})
    for each in (said, said, joined, edited):
        await room.does(each)
    assert room.telegram.to(GROUP) == []
    assert [count(room, table) for table in (contacts, conversations, messages)] == [0, 0, 0]


async def test_an_update_repeated_is_done_once(room: Staffroom) -> None:
    room.team.user()
    await rosa(room)
    await room.taps(1, "tomar")
    answer = room.telegram.written_in(GROUP, 9001, "Buenos días.", room.thread)
    for _ in range(3):
        await room.does(answer)
    assert [m["text"] for m in room.telegram.to(ROSA)].count("Buenos días.") == 1


async def test_a_crash_is_told_and_not_repeated(plain: Staffroom) -> None:
    plain.team.user()
    await plain.opened()
    (alert,) = plain.telegram.to(GROUP)
    plain.team.write(lambda c: c.execute(update(outbox).values(address_enc=b"broken")).rowcount)
    plain.team.write(lambda c: c.execute(update(staff_topics).values(message_id=None)).rowcount)
    shown = {"message_id": alert["message_id"], "date": 1_793_000_000, "chat": {"id": GROUP, "type": "supergroup"}}
    answer = plain.telegram.written_in(GROUP, 9001, "Buenos días.", reply_to_message=shown)
    for _ in range(2):
        await plain.does(answer)
    assert plain.texts[1:] == ["No se pudo. Hágalo en el panel, por favor."]


async def test_twenty_a_minute_and_the_urgent_first(room: Staffroom) -> None:
    for _ in range(30):
        room.team.opened("unclear", priority=2)
        room.team.bot.wait(minutes=7)  # each an alert of its own
    room.team.opened("self_harm")
    begun = room.team.now
    await room.carry()
    alerts = room.telegram.to(GROUP)
    assert alerts[0]["text"].startswith("🔴")
    assert len(alerts) == 31
    assert room.team.now - begun >= timedelta(seconds=31 / 20 * 60)
    tried = [call for call in room.telegram.calls if call.method == "sendMessage"]
    assert len(tried) == 31  # nothing was refused and sent again


async def test_a_chat_that_moved_is_seen(room: Staffroom) -> None:
    moved = Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100999)
    room.telegram.group(GROUP).refusal = moved
    await room.opened()
    codes = room.team.bot.rows(select(outbox.c.error_code).where(outbox.c.channel == "telegram_staff"))
    assert codes == [("address:400 migrated to -100999",)]
    state = room.app.database.read_now(lambda c: alerts_state(c, room.app.desk, room.team.now))
    assert "the staff chat has a new number" in state


async def test_a_topic_deleted_by_hand_is_no_obstacle(room: Staffroom) -> None:
    room.team.user()
    await room.opened()
    thread = room.thread
    await room.taps(1, "tomar")
    room.telegram.group(GROUP).topics.clear()
    assert "Nota guardada" in await room.says(1, "/nota algo", thread)


async def test_a_group_without_topics_answers_by_replying(plain: Staffroom) -> None:
    plain.team.user()
    await rosa(plain)
    (alert,) = plain.telegram.to(GROUP)
    assert "message_thread_id" not in alert
    await plain.taps(1, "tomar")
    shown = {"message_id": alert["message_id"], "date": 1_793_000_000, "chat": {"id": GROUP, "type": "supergroup"}}
    await plain.says(1, "Buenos días.", reply_to_message=shown)
    assert plain.telegram.to(ROSA)[-1]["text"] == "Buenos días."
    await plain.does(plain.telegram.text_update(ROSA, "Gracias, ¿y el curso?"))
    told = plain.telegram.to(GROUP)[-1]
    assert told["text"].endswith("¿y el curso?")
    assert told["reply_parameters"]["message_id"] == alert["message_id"]
    await plain.says(1, "Empieza el lunes.", reply_to_message=shown | {"message_id": told["message_id"]})
    assert plain.telegram.to(ROSA)[-1]["text"] == "Empieza el lunes."
    await plain.says(1, "compañeras, buenos días")
    assert plain.telegram.to(ROSA)[-1]["text"] == "Empieza el lunes."
    assert plain.team.bot.rows(select(func.count()).select_from(events).where(events.c.kind == "staff")) == [(4,)]


async def test_a_chat_of_one_person_is_still_the_staffs(tmp_path: Path) -> None:
    async with opened(tmp_path, None, forum=False, chat=9001) as alone:
        alone.team.user()
        await alone.opened()
        await alone.does(alone.telegram.text_update(9001, "hola"))
        await alone.does(alone.telegram.tapped_in(9001, 9001, "tomar"))
        assert "es suyo" in alone.telegram.shown[-1]
        assert len(alone.telegram.to(9001)) == 1
        assert count(alone, contacts) == 1
