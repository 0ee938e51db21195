"""A panel with invented people at work in it: for pictures, and to look at every page with something on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from bot import lines, reviews
from bot.cases import answering, work
from bot.channels.base import Media
from bot.inbox.files import CONTENT
from bot.panel import second_step
from bot.people import names, writing
from bot.people.writing import WalkIn
from bot.reviews import Review
from db.seeding import seed
from db.tables import canned_answers, contacts, covers, media, outbox, users
from tests.chat import Chat
from tests.panel.casework import Office
from tests.panel.conftest import House, house_on
from tests.panel.scene_centres import open_centres

STAFF: Final = (
    ("facilitator", "SV", "ana", "Ana López"),
    ("facilitator", "SV", "beto", "Beto Aguilar"),
    ("coordinator", "SV", "carla", "Carla Menjívar"),
    ("psychosocial", "SV", "daniela", "Daniela Cruz"),
    ("evaluator", "SV", "esteban", "Esteban Recinos"),
    ("job_officer", "HN", "fatima", "Fátima Mejía"),
    ("admin", None, "gloria", "Gloria Rivas"),
)
ANA, BETO, CARLA = 1, 2, 3
VERIFY_URL: Final = "https://constancias.example.org"
MARTA, WALK_IN = 1, 2  # people
ORDINARY, DANGER = 1, 2  # cases


@contextmanager
def peopled(folder: Path) -> Iterator[Office]:
    """The panel on an embedded database, on a Monday at half past ten."""
    with house_on(folder, None, "") as house:
        office = Office(_checked_elsewhere(house))
        office.apart(lambda: fill(office))
        yield office


def _checked_elsewhere(house: House) -> House:
    """Documents lead to an address of their own."""
    app = house.bot.app
    app.settings = app.settings.model_copy(update={"verify_url": VERIFY_URL})
    for part in ("papers", "verification", "panel"):
        app.__dict__.pop(part, None)
    return House(house.bot, app.web(sender=False, scheduler=False))


def fill(office: Office) -> None:
    """Who works here, who wrote, and what was done about it."""
    for role, country, email, name in STAFF:
        office.staff(role, country, f"{email}@example.org", name)
    for user, starts, ends in ((ANA, "08:00", "14:00"), (BETO, "12:00", "18:00"), (CARLA, "08:00", "17:00")):
        role = "coordinator" if user == CARLA else "facilitator"
        office.team.shift(user, range(5), starts, ends, role=role)
    office.team.write(_content, office.house)
    office.team.write(_second_step, office.house)
    marta = _writes(office, "Marta Alicia Ramos", "+50370001234")
    _evaluated(marta)
    marta.says("quiero hablar con una persona sobre los cursos")
    office.team.write(_walk_in, office.house)
    _in_danger(office)
    _waiting(office)
    office.house.bot.wait(minutes=6)
    _worked_on(office, marta)
    open_centres(office, MARTA)


def _writes(office: Office, name: str, number: str, country: str = "SV") -> Chat:
    """Somebody on WhatsApp who agreed that answers are kept, and whose name staff know."""
    chat = office.house.bot.chat(f"whatsapp:{number}", "whatsapp", number)
    chat.says("hola")
    chat.taps("Sí, de acuerdo")

    def know(connection: Connection) -> None:
        mine = connection.scalars(select(contacts.c.id).order_by(contacts.c.id.desc()).limit(1)).one()
        values = {"country": country, "department": "San Salvador", "age_band": "25_34"}
        connection.execute(update(contacts).where(contacts.c.id == mine).values(values))
        app = office.house.bot.app
        names.keep(connection, app.cipher, app.hasher, mine, name, office.house.bot.now)

    office.team.write(know)
    return chat


def _evaluated(chat: Chat) -> None:
    chat.says("quiero evaluarme como soldadora")
    for number in range(12):
        chat.taps("Con ayuda" if number in (4, 9) else "Sí, solo/a")
    for _ in range(3):
        chat.taps("A")


def _walk_in(connection: Connection, house: House) -> None:
    person = WalkIn("José Adán Pérez", "SV", None, "carpenter", "es", CARLA, house.bot.now.date())
    writing.register(connection, house.bot.app.deps, person, house.bot.now)


def _in_danger(office: Office) -> None:
    chat = _writes(office, "", "+50370005678")
    chat.says("me quiero matar")
    chat.says("quiero que me llamen")
    office.set(wants="call", call_hours="tarde", safe_channel=True, safe_hours="tarde", country="SV")
    office.team.claim(office.case["id"], CARLA)


def _waiting(office: Office) -> None:
    """Urgent ones, calls at some hours, one who is not safe, one in Mam, one that sleeps, one that is over."""
    more: tuple[tuple[str, dict[str, Any]], ...] = (
        ("self_harm", {"country": "SV", "department": "Usulután"}),
        ("person", {"country": "SV", "topic": "empleo"}),
        ("person", {"country": "SV", "department": "La Libertad", "topic": "cita"}),
        ("violence", {"country": "SV", "department": "Sonsonate"}),
    )
    team = office.team
    for reason, facts in more:
        office.house.bot.wait(minutes=4)
        team.opened(reason, **facts)
    office.set(claimed_by=BETO, state="claimed", wants="call", call_hours="manana")
    unsafe = team.cases()[-2]["id"]
    team.claim(unsafe, CARLA)
    team.set(unsafe, safe_channel=False, contact_noted_at=team.now, checkin_at=office.in_hours(5))
    mam = team.opened("person", country=None, department="Huehuetenango", language="mam")
    team.set(mam, wants="call", call_hours="noche", call_language="mam")
    asleep = team.opened("person", country="SV", topic="legal")
    team.write(work.snooze, asleep, ANA, office.in_hours(20), team.now)
    over = team.opened("person", country="SV", topic="cursos")
    team.claim(over, BETO)
    team.write(work.close, over, BETO, "attended", team.now)


def _worked_on(office: Office, marta: Chat) -> None:
    """The ordinary case: taken, answered, noted, written to again."""
    team, now = office.team, office.house.bot.now
    team.claim(ORDINARY, CARLA)
    text = "Buenos días, Marta. Soy Carla, del equipo. Hay un curso de soldadura en Soyapango. ¿Le queda cerca?"
    team.write(answering.answer, team.desk, ORDINARY, CARLA, text, now)
    team.write(work.add_note, team.desk, ORDINARY, CARLA, "Prefiere los sábados.", now)
    marta.does(media=(Media("voice", "https://example.org/nota", "audio/ogg"),))
    sealed = office.house.bot.app.cipher.seal(b"OggS", CONTENT)
    team.write(lambda c: c.execute(update(media).values(state="stored", content_enc=sealed)).rowcount)
    marta.says("Sí, me queda cerca. ¿Qué días son las clases?")
    team.write(lambda c: c.execute(update(outbox).values(state="delivered")).rowcount)


def _second_step(connection: Connection, house: House) -> None:
    """Daniela's telephone shows codes."""
    daniela = next(number for number, (_, _, name, _) in enumerate(STAFF, 1) if name == "daniela")
    second_step.start(connection, house.bot.app.cipher, daniela)
    connection.execute(update(users).where(users.c.id == daniela).values(totp_since=house.bot.now))


def _content(connection: Connection, house: House) -> None:
    """Places and help lines, one of them called; a trade reviewed; ready answers; somebody away."""
    now, app = house.bot.now, house.bot.app
    seed(connection, now)
    lines.sign(connection, "SV", "126", CARLA, now, hours="todos los días, 24 horas")
    trade = next(item for item in reviews.items(app.copy) if item.kind == "trade" and item.key == "structural_welder")
    review = Review("Ing. Lorena Portillo", "Ingeniera", "Instituto de formación (ejemplo)", date(2026, 11, 20))
    reviews.add(connection, trade, review, CARLA, now)
    answers = (
        ("Saludo", "Buenos días. Soy del equipo de Arraigo. ¿En qué le ayudo?", now),
        ("Papeles", "Para el curso lleve su DUI y una copia.", now),
        ("Horario", "Atendemos de lunes a viernes, de 8 a 5.", None),
    )
    for title, body, reviewed in answers:
        row = {"created_at": now, "title": title, "body": body, "language": "es", "reviewed_at": reviewed}
        connection.execute(insert(canned_answers).values(row | {"reviewed_by": CARLA if reviewed else None}))
    away = {
        "user_id": BETO,
        "covered_by": ANA,
        "starts_at": now + timedelta(days=1),
        "ends_at": now + timedelta(days=3),
    }
    connection.execute(insert(covers).values(created_at=now, **away))


EXAMPLES: Final[dict[str, tuple[str, ...]]] = {  # of each address: where something is to be seen
    "/agenda": ("/agenda?dia=2026-11-24",),
    "/agenda/reservar": ("/agenda/reservar?centro=1",),
    "/agenda/reservar/{id:int}": (f"/agenda/reservar/{MARTA}?centro=1",),
    "/casos": ("/casos?mios=si&idioma=es",),
    "/casos/buscar": ("/casos/buscar?codigo=nada",),
    "/casos/{id:int}/archivos/{media:int}": (f"/casos/{ORDINARY}/archivos/1",),
    "/casos/{id:int}": tuple(f"/casos/{number}" for number in range(1, 10)),
    "/centros/{id:int}": ("/centros/1", "/centros/2"),
    "/constancias": ("/constancias?ver=todas",),
    "/constancias/{id:int}": tuple(f"/constancias/{number}" for number in range(1, 4)),
    "/constancias/{id:int}/documento": (),  # a file, no page
    "/contenido": ("/contenido?pais=SV", "/contenido?pais=GT"),
    "/personas/{id:int}": (f"/personas/{MARTA}", f"/personas/{WALK_IN}"),
    "/personas/{id:int}/borrar": (f"/personas/{MARTA}/borrar",),
    "/personas/{id:int}/papel": (f"/personas/{WALK_IN}/papel",),
    "/personas/{id:int}/unir": (f"/personas/{MARTA}/unir",),
    "/registro": ("/registro?cuenta=3",),
    "/respuestas/{id:int}": ("/respuestas/1", "/respuestas/3"),
    "/usuarios/{id:int}": (f"/usuarios/{ANA}",),
}
