"""What people plant: in every state of the conversation, with every kind of message, on every channel."""

from __future__ import annotations

from typing import Any

from tests.secrets.running import STATUS, Scene

OK = 200


async def maria(scene: Scene) -> None:
    """On WhatsApp, through the ordinary questions, until everything is erased."""
    say, marks = scene.whatsapp, scene.marks
    form = {"ProfileName": marks["maria.profile"], "WaId": marks["maria"][1:]}
    assert await say("maria", f"hola, me llamo {marks['maria.name']}", **form) == OK
    for state, way_on in (("consent", "1"), ("age", "34"), ("place", "1"), ("department", "1"), ("municipality", "1")):
        assert await say("maria", marks[f"maria.{state}"]) == OK
        assert await say("maria", way_on) == OK
    assert await say("maria", f"quiero evaluarme de albañil {marks['maria.trade']}") == OK
    for state in ("diagnosis", "diagnosis.again"):
        assert await say("maria", marks[f"maria.{state}"]) == OK
    assert await say("maria", "mis datos") == OK
    assert await say("maria", marks["maria.my_data"]) == OK
    assert await say("maria", "ver") == OK
    assert await say("maria", "corregir") == OK
    assert await say("maria", f"mi lugar es {marks['maria.correction']}") == OK
    assert await say("maria", "", Latitude=marks["maria.latitude"], Longitude="-89.2") == OK
    assert await say("maria", marks["maria.button.title"], ButtonPayload=marks["maria.button"], ButtonText="A") == OK
    assert await say("maria", "", ListId=marks["maria.list"], ListTitle=marks["maria.list.title"]) == OK
    assert await say("maria", "x", ExternalUserId=f"SV.{marks['maria.user_id']}") == OK
    await _files(scene)
    assert await say("maria", "menú") == OK
    assert await say("maria", f"¿qué es {marks['maria.menu']}?") == OK
    assert await say("maria", f"baja {marks['maria.stop']}") == OK
    assert await say("maria", "BAJA") == OK
    assert await say("maria", marks["maria.stopped"]) == OK


async def _files(scene: Scene) -> None:
    """A picture that is there, one that is elsewhere, one of a strange type."""
    marks, twilio = scene.marks, scene.twilio
    there = twilio.add_file(f"\x89PNG {marks['maria.file.content']}".encode(), "image/png")
    named = {"MediaUrl0": there, "MediaContentType0": "image/png", "MediaFilename0": marks["maria.file.name"]}
    assert await scene.whatsapp("maria", marks["maria.caption"], **named) == OK
    for number, url in enumerate((f"https://example.org/{marks['maria.file.address']}", "http://[::1")):
        fields = {"MediaUrl0": url, "MediaContentType0": f"image/{marks['maria.file.type']}"}
        assert await scene.whatsapp("maria", "", **fields, MessageType=f"image{number}") == OK
    await scene.until(lambda: bool(twilio.deleted))


async def erased(scene: Scene) -> None:
    """And then Maria wants to be forgotten."""
    for words in ("ALTA", "borrar mis datos", scene.marks["maria.erase"], "1", scene.marks["maria.after"]):
        assert await scene.whatsapp("maria", words) == OK


async def luz(scene: Scene) -> None:
    """On WhatsApp, in danger: how she can be reached safely."""
    marks = scene.marks
    lines = (
        f"hola, soy {marks['luz.name']}",
        f"me quiero matar {marks['luz.crisis']}",
        marks["luz.safe"],
        "Prefiero que me llamen",
        marks["luz.hours"],
        "1",
        f"mejor {marks['luz.number.words']}",
        marks["luz.number"],
        marks["luz.listening"],
        f"mi esposo me golpea {marks['luz.violence']}",
        f"baja {marks['luz.stop']}",
    )
    for line in lines:
        assert await scene.whatsapp("luz", line) == OK


async def jose(scene: Scene) -> None:
    """On WhatsApp, wants to talk to somebody: an ordinary case."""
    marks = scene.marks
    for line in ("hola", "1", "34", "quiero hablar con una persona", marks["jose.wish"], marks["jose.wait"]):
        assert await scene.whatsapp("jose", line) == OK


async def rosa(scene: Scene) -> None:
    """On Telegram: names, files, places, cards; then an ordinary case."""
    marks, telegram = scene.marks, scene.telegram
    me = int(marks["rosa"])
    who: dict[str, Any] = {"first_name": marks["rosa.first_name"], "last_name": marks["rosa.last_name"]}
    who |= {"username": marks["rosa.username"], "id": me, "is_bot": False, "language_code": "es"}
    chat = {"id": me, "type": "private", "first_name": marks["rosa.first_name"], "username": marks["rosa.username"]}

    async def sends(**content: Any) -> None:
        said = {**telegram._said(me), "from": who, "chat": chat, **content}
        assert await scene.telegram_posts(telegram.update(message=said)) == OK

    await sends(text=f"/start {marks['rosa.start']}")
    await sends(text="1")
    await sends(text=marks["rosa.age"])
    await sends(text="40")
    photo = {"file_id": marks["rosa.photo"], "file_unique_id": "AQ", "width": 1, "height": 1, "file_size": 9}
    await sends(photo=[photo], caption=marks["rosa.caption"])
    document = {"file_id": marks["rosa.document"], "file_unique_id": "AQ", "file_name": marks["rosa.document.name"]}
    await sends(document=document | {"mime_type": f"application/{marks['rosa.document.type']}"})
    await sends(location={"latitude": float(marks["rosa.latitude"]), "longitude": -89.2})
    card = {"phone_number": marks["rosa.card"], "first_name": marks["rosa.card.name"], "user_id": me}
    await sends(contact=card)
    await sends(poll=_poll(marks["rosa.poll"]))
    await sends(text="quiero hablar con una persona")
    await sends(text=f"es por {marks['rosa.wish']}")
    tap = telegram._tap(me, {"message_id": 3, "text": marks["rosa.tapped"]}, marks["rosa.button"])
    assert await scene.telegram_posts(tap) == OK
    edited = {**telegram._said(me), "text": marks["rosa.edited"], "edit_date": 1}
    assert await scene.telegram_posts(telegram.update(edited_message=edited)) == OK


def _poll(question: str) -> dict[str, Any]:
    said = {"id": "1", "question": question, "options": [], "total_voter_count": 0, "is_closed": False}
    return said | {"is_anonymous": True, "type": "regular", "allows_multiple_answers": False}


async def web(scene: Scene) -> None:
    """In the web chat: text, options, places, where from; a language that nobody here speaks."""
    marks = scene.marks
    mine = marks["web.session"]
    for said in (
        {"text": f"hola {marks['web.text']}", "source": marks["web.source"]},
        {"option": marks["web.option"]},
        {"location": {"latitude": float(marks["web.latitude"]), "longitude": -89.3}},
        {"text": "1"},
        {"text": "idioma"},
        {"text": "otro"},
        {"text": f"{marks['web.language']}"},
        {"text": f"llámeme al {marks['web.phone']}"},
    ):
        assert await scene.webchat(mine, **said) == OK
    place = f"webchat:{mine}"
    assert await scene.ask("GET", f"/webchat/messages?session={mine}&after=0", place=place) == OK
    assert await scene.ask("HEAD", f"/webchat/stream?session={mine}", place=place) == OK
    assert await scene.ask("GET", f"/chat?origen={marks['web.link']}", place="page") == OK


async def statuses(scene: Scene) -> None:
    """What became of messages, in words that quote."""
    await scene.until(lambda: len(scene.twilio.messages) > 3)
    for number, state in enumerate(("delivered", "failed", scene.marks["status.state"])):
        form = scene.twilio.status(scene.twilio.messages[number], state)
        form |= {"ErrorCode": scene.marks["status.code"], "ErrorMessage": scene.marks["status.message"]}
        assert await scene.twilio_posts(STATUS, form) == OK
