"""What strangers and broken clients plant: bodies, headers, addresses and signatures that are refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.secrets.running import STATUS, WEBHOOK, Scene

REFUSED = range(400, 500)


async def webchat(scene: Scene) -> None:
    """Bodies that cannot be used, one secret each."""
    marks, session = scene.marks, scene.marks["bad.session"]
    good = {"session": session, "id": "1"}
    bodies: list[Any] = [
        f"{marks['bad.json']}",
        [marks["bad.array"]],
        {**good, "text": {"a": marks["bad.text.type"]}},
        {**good, "text": marks["bad.text.long"] * 300},
        {**good, "option": f"{marks['bad.option']}\n"},
        {**good, "option": marks["bad.option.long"] * 20},
        {**good, "location": {"latitude": marks["bad.location"], "longitude": 1}},
        {**good, "text": "x", "option": marks["bad.both"]},
        {**good, "id": marks["bad.id"] * 20, "text": "x"},
        {**good, "session": f"{marks['bad.session.shape']} !", "text": "x"},
        {**good, "source": [marks["bad.source"]], "text": "x"},
        {**good, "text": f"\0\0 {marks['bad.text.nul']} \ud800"},
    ]
    for number, body in enumerate(bodies):
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        status = await scene.ask("POST", "/webchat/messages", content=content)
        assert status == 200 if number == len(bodies) - 1 else status in REFUSED, number
    for raw in (f"\xff\xfe{marks['bad.utf8']}".encode("latin-1"), marks["bad.huge"].encode() * 70_000):
        assert await scene.ask("POST", "/webchat/messages", content=raw) in REFUSED
    for query in (f"session={marks['bad.query.session']}%20x", f"session={session}&after={marks['bad.query.after']}"):
        for path in ("/webchat/messages", "/webchat/stream"):
            assert await scene.ask("GET", f"{path}?{query}") in REFUSED


async def webhooks(scene: Scene) -> None:
    """Signatures that are wrong, and authentic calls that say nothing."""
    marks, twilio = scene.marks, scene.twilio
    form = twilio.form(f"whatsapp:{marks['bad.signature.phone']}", marks["bad.signature.text"])
    headers = {"X-Twilio-Signature": marks["bad.signature"]}
    for path in (WEBHOOK, STATUS):
        assert await scene.ask("POST", path, data=form, headers=headers) == 403
        assert await scene.ask("POST", f"{path}?x={marks['bad.webhook.query']}", data=form) == 403
    for fields in ({"MessageSid": f"{marks['bad.sid']} !"}, {"From": f"{marks['bad.from']} !"}):
        assert await scene.twilio_posts(WEBHOOK, {**twilio.form("whatsapp:+50370000000", "x"), **fields}) == 400
    update = scene.telegram.update(message={"text": marks["bad.secret.text"]})
    assert await scene.telegram_posts(update, secret=marks["bad.secret"]) == 403
    odd = (
        f'{{"update_id": 7, "message": {{"text": "{marks["bad.update"]}"}}}}',
        f'{{"update_id": "{marks["bad.update.id"]}"}}',
        marks["bad.update.json"],
    )
    for body in odd:
        assert await scene.telegram_posts(body.encode()) == 200


async def addresses(scene: Scene) -> None:
    """Paths, queries, headers, methods and hosts of whoever passes by."""
    marks = scene.marks
    headers = {
        "User-Agent": marks["any.agent"],
        "Referer": f"https://example.org/{marks['any.referer']}",
        "Cookie": f"__Host-arraigo={marks['any.cookie']}; x={marks['any.cookie']}",
        "Authorization": f"Bearer {marks['any.authorization']}",
        "X-Forwarded-For": marks["any.forwarded"],
        "X-Arraigo-Session": f"{marks['any.session']}!",
        marks["any.header"]: "1",
    }
    here = marks["any.path"]
    paths: tuple[str, ...] = (
        "",
        "chat",
        "panel/",
        f"panel/{here}",
        f"static/{here}/x.js",
        f"archivos/{here}/mis-datos.txt",
        here,
    )
    paths += (
        f"verificar/{here}",
        f"api/v1/{here}",
        "healthz",
        "readyz",
        "metrics",
        f"audios/{here}",
        f"webchat/{here}",
    )
    for path in paths:
        query = f"?telefono={marks['any.query']}"
        await scene.ask("GET", f"/{path}{query}", headers=headers, place="page")
        await scene.ask("DELETE", f"/{path}{query}", headers=headers, place="page")
    for raw in (
        b"GET /%s\0 HTTP/1.1\r\n\r\n",
        b"%s / HTTP/9\r\n\r\n",
        b"POST /chat HTTP/1.1\r\nContent-Length: %s\r\n\r\n",
    ):
        await _raw(scene, raw % marks["any.raw"].encode())


async def _raw(scene: Scene, request: bytes) -> None:
    """Bytes that are no HTTP."""
    reader, writer = await asyncio.open_connection("127.0.0.1", scene.server.port)
    writer.write(request)
    writer.write_eof()
    scene.places.add("error:raw", await reader.read())
    writer.close()


async def watch(scene: Scene) -> None:
    """What operators' tools are told."""
    for path in ("/healthz", "/readyz", "/metrics"):
        await scene.ask("GET", path, place="operators")
