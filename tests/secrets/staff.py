"""What the staff plant in their Telegram group: topics, commands, buttons."""

from __future__ import annotations

from typing import Any

from tests.secrets.running import STAFF, Scene


async def group(scene: Scene) -> None:
    """Rosa's case: taken, answered, noted; strangers, odd buttons and files beside it."""
    marks, telegram = scene.marks, scene.telegram
    me = int(marks["staff.telegram"])
    chat = telegram.group(STAFF)
    await scene.until(lambda: any(_buttons(message) for message in telegram.to(STAFF)))
    thread = int(next(m["message_thread_id"] for m in reversed(telegram.to(STAFF)) if _buttons(m)))

    async def does(update: dict[str, Any]) -> None:
        assert await scene.telegram_posts(update) == 200

    def says(text: str, user: int = me, **more: Any) -> dict[str, Any]:
        return telegram.written_in(STAFF, user, text, thread, **more)

    stranger = int(marks["stranger.telegram"])
    await does(telegram.tapped_in(STAFF, stranger, "tomar"))
    await does(telegram.tapped_in(STAFF, me, "tomar"))
    await does(says(marks["staff.answer"]))
    assert await scene.telegram_posts(telegram.text_update(int(marks["rosa"]), marks["rosa.claimed"])) == 200
    await does(says(marks["stranger.text"], stranger))
    await does(says(f"/nota {marks['staff.note']}"))
    await does(says(f"/cerrar {marks['staff.outcome']}"))
    await does(says(f"/{marks['staff.command']}"))
    await does(telegram.written_in(STAFF, me, marks["staff.nowhere"]))
    await does(_with_file(says("", caption=marks["staff.caption"]), marks["staff.file"]))
    tap = telegram.tapped_in(STAFF, me, "voy")
    tap["callback_query"]["data"] = f"caso:{marks['staff.button']}:tomar"
    await does(tap)
    assert (
        await scene.telegram_posts(telegram.text_update(int(marks["rosa"]), f"me voy a matar {marks['rosa.crisis']}"))
        == 200
    )
    assert chat.topics


async def heard(scene: Scene) -> None:
    """The group takes few messages a minute: by now it has what Rosa wrote to who has her case."""
    words = scene.marks["rosa.claimed"]
    await scene.until(lambda: any(words in message["text"] for message in scene.telegram.to(STAFF)))


def _buttons(message: dict[str, Any]) -> bool:
    return bool(message.get("reply_markup", {}).get("inline_keyboard")) and "message_thread_id" in message


def _with_file(update: dict[str, Any], name: str) -> dict[str, Any]:
    del update["message"]["text"]
    update["message"]["document"] = {"file_id": name, "file_unique_id": "AQ", "file_name": name}
    return update
