"""Files that a person sent, on the page of their case: opened by who reads their words, never kept by a browser."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from bot.channels.base import Media
from bot.inbox.files import CONTENT
from bot.panel.casework.files import answer
from db.tables import media, messages
from tests.panel.casework import Office

PICTURE = b"\xff\xd8 una foto"
NOTE = b"OggS una nota de voz"


def sent(office: Office, *files: tuple[str, str, bytes | None]) -> list[int]:
    """Somebody wants a person and sends files: kind, type, and the content, None where it never came. Their ids."""
    chat = office.wanted(channel="whatsapp")
    office.apart(
        lambda: chat.does(media=tuple(Media(kind, f"https://x.example/{kind}", mime) for kind, mime, _ in files))
    )
    ids = [row.id for row in office.house.bot.rows(select(media.c.id).order_by(media.c.id.desc()).limit(len(files)))][
        ::-1
    ]
    cipher = office.house.bot.app.cipher
    for file, (_, _, content) in zip(ids, files, strict=True):
        values: dict[str, Any] = {"state": "gone"}
        if content is not None:
            values = {"state": "stored", "content_enc": cipher.seal(content, CONTENT), "size": len(content)}
        stored = update(media).where(media.c.id == file).values(values)
        office.team.write(lambda c, stored=stored: c.execute(stored).rowcount)
    return ids


async def test_who_has_the_case_sees_pictures_hears_notes_and_saves_documents(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.staff("facilitator", "SV", "beto@example.org")
    files = (
        ("image", "image/jpeg", PICTURE),
        ("audio", "audio/ogg; codecs=opus", NOTE),
        ("document", "application/pdf", b"%PDF"),
        ("video", "video/mp4", None),
    )
    picture, note, paper, video = sent(office, *files)
    office.claim(ana)
    case = office.case["id"]
    async with office.at_work("ana@example.org") as browser, office.at_work("beto@example.org") as other:
        page = (await browser.get(f"/panel/casos/{case}")).text
        for tag in (
            f'<img src="/panel/casos/{case}/archivos/{picture}"',
            f"archivos/{note}",
            f'archivos/{paper}" download',
        ):
            assert tag in page
        assert "<audio controls" in page
        assert f"archivos/{video}" not in page
        assert "Video: no se pudo traer." in browser.words
        got = await browser.get(f"/panel/casos/{case}/archivos/{picture}")
        assert (got.content, got.headers["content-type"]) == (PICTURE, "image/jpeg")
        assert got.headers["content-disposition"] == f'inline; filename="archivo-{picture}.jpg"'
        assert got.headers["cache-control"] == "no-store"
        assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert got.headers["x-content-type-options"] == "nosniff"
        saved = await browser.get(f"/panel/casos/{case}/archivos/{paper}")
        assert saved.headers["content-disposition"].startswith("attachment;")
        await browser.get(f"/panel/casos/{case}/archivos/{picture}")
        assert (await browser.get(f"/panel/casos/{case}/archivos/{video}")).status_code == 404
        assert (await other.get(f"/panel/casos/{case}/archivos/{picture}")).status_code == 403
    assert office.log("case.file_seen") == [("case.file_seen", picture), ("case.file_seen", paper)]


async def test_a_file_is_of_its_case_alone_and_goes_with_the_words(office: Office) -> None:
    office.staff("coordinator", "SV", "carla@example.org")
    office.staff("evaluator", "SV", "eva@example.org")
    (picture,) = sent(office, ("image", "image/png", PICTURE))
    case = office.case["id"]
    office.wanted()
    async with office.at_work("carla@example.org") as browser, office.at_work("eva@example.org") as evaluator:
        assert (await browser.get(f"/panel/casos/{case}/archivos/{picture}")).status_code == 200
        assert (await browser.get(f"/panel/casos/{office.case['id']}/archivos/{picture}")).status_code == 404
        assert (await evaluator.get(f"/panel/casos/{case}/archivos/{picture}")).status_code == 403
        office.team.write(lambda c: c.execute(update(messages).values(body_enc=None)).rowcount)
        assert (await browser.get(f"/panel/casos/{case}/archivos/{picture}")).status_code == 404


async def test_a_picture_sent_in_danger_is_for_psychosocial_support(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.staff("coordinator", "SV", "carla@example.org")
    (picture,) = sent(office, ("image", "image/png", PICTURE))
    office.team.write(lambda c: c.execute(update(messages).values(sensitive=True)).rowcount)
    office.claim(ana)
    path = f"/panel/casos/{office.case['id']}/archivos/{picture}"
    async with office.at_work("ana@example.org") as browser, office.at_work("carla@example.org") as carla:
        assert (await browser.get(path)).status_code == 403
        assert (await carla.get(path)).status_code == 200


def test_a_player_gets_the_piece_it_asks_for_and_a_strange_type_is_only_saved() -> None:
    piece = answer(NOTE, "audio/ogg", 1, "bytes=5-8")
    assert (piece.status_code, piece.body, piece.headers["content-range"]) == (206, NOTE[5:9], f"bytes 5-8/{len(NOTE)}")
    assert answer(NOTE, "audio/ogg", 1, "bytes=5-").body == NOTE[5:]
    for wanted in ("", "bytes=999-", "bytes=-5", "lines=1-2"):
        assert answer(NOTE, "audio/ogg", 1, wanted).status_code == 200
    strange = answer(b"<script>", "text/html", 1, "")
    assert strange.headers["content-type"] == "application/octet-stream"
    assert strange.headers["content-disposition"] == 'attachment; filename="archivo-1"'
