"""Conversations about assessments that no walk can reach: they need centres, times, appointments, results."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from db.tables import certificates, followups
from tests.chat import Bot, Chat
from tests.flows.town import Town, build, contact_of, evaluated, opens, welcomed
from tests.walk.walker import mistakes

THERE = "quiero una cita de cocina el martes a las 9 en San Miguel"
CAUSES = ("transport", "work", "forgot", "family", "other", "unsaid", "fear")


def play(chat: Chat, *lines: str) -> None:
    """Say or, in brackets, tap each of these; nothing that is answered may be wrong."""
    for line in lines:
        if line.startswith("["):
            chat.taps(line[1:-1])
        else:
            chat.says(line)
        assert [what for reply in chat.replies for what in mistakes(reply)] == [], line


def tell(running: Bot) -> None:
    """All of them, each by somebody new."""
    town = build(running)
    town.slot("san_miguel", date(2026, 12, 9), "16:00", capacity=99)
    town.slot("san_miguel", date(2026, 12, 10), "16:00", capacity=99)
    _booking(town)
    _changing(town)
    _before_and_after(town)
    _waiting(town)
    _results(town)
    _absent(town)
    _later(town)


def _new(town: Town, **how: str) -> Chat:
    return welcomed(town.running, channel="telegram", address=f"5{town.running.next_id()}", **how)


def _booked(town: Town) -> Chat:
    chat = _new(town)
    play(chat, "quiero una cita de cocina el 9 de diciembre a las 4 en San Miguel", "sí", "[Está bien]")
    return chat


def _booking(town: Town) -> None:
    chat = _new(town)
    play(
        chat,
        "quiero una cita",
        "el martes",
        "otro",
        "quiero una cita de cocina",
        "en Metapán",
        "[Buscar en otra parte]",
    )
    play(
        chat,
        "xyzzy",
        "San Miguel",
        "el viernes",
        "zzz",
        "[Otro día]",
        "zzz",
        "a las 5 de la mañana",
        "[Otro día]",
        "en la tarde",
    )
    play(chat, "[Miércoles 25 noviembre]", "zzz", "[2:00 de la tarde]", "[Otro lugar]", "lo más pronto")
    town.fill(1)
    play(chat, "sí", "[mar 24 nov, 10:30 am]")
    town.close("san_miguel", date(2026, 11, 24))
    play(chat, "sí", "lo más pronto", "sí", "[Está bien]", "quiero una cita de cocina", "[Dejarla así]", "[Está bien]")
    play(chat, "mi cita", "[Está bien]", "mi cita", "zzz", "zzz", "zzz")
    web = welcomed(town.running)
    play(web, THERE.replace("martes", "jueves"), "sí", "menú", "[Mi cita]")
    nobody = town.running.chat()
    play(nobody, "hola", "[No guardar nada]", "30", "[El Salvador]", "[Prefiero no decir]", "quiero una cita de cocina")
    play(nobody, "[Prefiero no decir]", "[Centro San Salvador]", "lo más pronto", "sí", "[No guardar nada]")
    stopped = _new(town)
    play(stopped, "BAJA", "menú", THERE.replace("martes", "miércoles"), "sí")
    abroad = town.running.chat(channel="whatsapp", address="whatsapp:+12135550109", phone="+12135550109")
    play(abroad, "hola", "[Sí, de acuerdo]", "30", "[Otro país]", "quiero una cita de cocina", "[Guatemala]")
    play(abroad, "[Ver otro país]", "[El Salvador]", "[Centro San Salvador]", "lo más pronto", "sí", "mis datos")
    play(abroad, "[Ver mis datos]")
    two = _new(town)
    for trade in ("housing_electrician", "industrial_electrician"):
        town.trade(town.centres["san_miguel"], trade)
    play(two, "quiero una cita de electricista", "[Electricidad de casas]", "zzz")
    young = town.running.chat()
    play(young, "hola", "[Sí, de acuerdo]", "16")


def _changing(town: Town) -> None:
    chat = _booked(town)
    play(chat, "quiero cambiar mi cita para el 10 de diciembre a las 4", "zzz", "sí", "[Cancelar]", "[No, la dejo así]")
    play(
        chat, "cancelar mi cita", "[Buscar otro día]", "menú", "cancelar mi cita", "[Sí, cancelarla]", "mi cita", "zzz"
    )
    town.trade(town.centres["san_miguel"], "structural_welder")
    town.slot("san_miguel", date(2026, 11, 27), "08:00", trade="structural_welder")
    several = _booked(town)
    play(several, "quiero una cita de soldador el viernes a las 8 en San Miguel", "sí", "menú", "[Mi cita]", "zzz")
    play(several, "[vie 27 nov, 8:00 am]")


def _before_and_after(town: Town) -> None:
    chat = _booked(town)
    code = town.codes()[-1]
    opens(town, chat, "recordatorio", cita=code)
    play(chat, "zzz", "no puedo", "[Sí voy a ir]")
    opens(town, chat, "recordatorio", cita=code)
    play(chat, "[Sí, voy]")
    opens(town, chat, "falto", cita=code)
    opens(town, chat, "recordatorio", cita=code)
    play(chat, "[No puedo ir]", "[Cancelar mi cita]")
    for flow in ("recordatorio", "falto"):
        opens(town, chat, flow, cita=code)
    opens(town, chat, "cerrado", cita="NADA")
    _closed(town)
    _closed_for_good(town)


def _absent(town: Town) -> None:
    absent = [_booked(town) for _ in CAUSES]
    codes = town.codes()[-len(CAUSES) :]
    town.running.wait(days=20)
    for cause, who, missed in zip(CAUSES, absent, codes, strict=True):
        town.missed(missed)
        opens(town, who, "falto", cita=missed)
        play(who, "[Por ahora no]" if cause != "work" else "[Quiero otra fecha]", "zzz")
        who.does(option=f"{who.session.question.id}.{cause}")  # type: ignore[union-attr]
        if cause == "fear":
            play(who, "zzz", "[Ahora no]")


def _closed(town: Town) -> None:
    """A place is kept elsewhere for who loses theirs; where there is none, another date is looked for."""
    town.slot("san_salvador", date(2026, 12, 17), "09:00", capacity=3)
    for at, ending in enumerate(("[Sí, me sirve]", "[Después]", "[Buscar otra fecha]", "[Después]")):
        day = date(2026, 12, 15 if at < 3 else 16)
        town.slot("san_miguel", day, f"{8 + at:02}:00")
        chat = _new(town)
        play(chat, f"quiero una cita de cocina el {day.day} de diciembre a las {8 + at} en San Miguel", "sí", "menú")
        code = town.codes()[-1]
        town.close("san_miguel", day)
        opens(town, chat, "cerrado", cita=code)
        play(chat, ending if ending in [f"[{one.title}]" for one in chat.replies[-1].options] else "[Después]")


def _closed_for_good(town: Town) -> None:
    """Nowhere else is there room."""
    town.trade(town.centres["san_miguel"], "tile_installer")
    town.slot("san_miguel", date(2026, 12, 18), "08:00", trade="tile_installer")
    chat = _new(town)
    play(chat, "quiero una cita de pisero el 18 de diciembre a las 8 en San Miguel", "sí", "menú")
    town.close("san_miguel", date(2026, 12, 18))
    opens(town, chat, "cerrado", cita=town.codes()[-1])
    play(chat, "[Después]")


def _waiting(town: Town) -> None:
    when = date(2026, 12, 14)
    for place in town.centres.values():
        town.trade(place, "gourmet_cook")
    for at, ending in enumerate((["[Sí, lo quiero]"], ["zzz", "[No, gracias]", "[No, ya no]"], [])):
        chat = _new(town)
        play(chat, "quiero una cita de cocina gourmet en Usulután", "[Esperar]", "mi cita", "[Seguir esperando]")
        slot = town.slot("usulutan", when, f"{8 + at:02}:00", capacity=1, trade="gourmet_cook")
        town.offer(slot)
        code = town.codes()[-1]
        opens(town, chat, "lugar_libre", cita=code)
        if not ending:
            town.running.wait(hours=90)
        play(chat, *(ending or ("sí", "zzz", "[Ahora no]")))
        town.fill(slot)
    last = _new(town)
    play(last, "quiero una cita de cocina gourmet en San Miguel", "zzz", "[Esperar]", "mi cita", "[Salir de la lista]")
    web = welcomed(town.running)
    play(web, "mis datos", "[Mis permisos]", "[Guardar respuestas]", "[No]")
    play(web, "quiero una cita de cocina gourmet en San Miguel", "[Esperar]", "[No guardar nada]")
    play(web, "quiero una cita de cocina gourmet en San Miguel", "[Esperar]", "[Sí, de acuerdo]")


def _results(town: Town) -> None:
    chat = _new(town)
    opens(town, chat, "resultado", evaluacion="0")
    play(chat, "mi certificado", "zzz", "[Ahora no]", "la red", "salir de la red")
    reference, _ = evaluated(town, chat, "not_yet")
    opens(town, chat, "resultado", evaluacion=reference)
    play(chat, "[Después]")
    opens(town, chat, "resultado", evaluacion=reference)
    play(chat, "[Ver mi resultado]", "zzz")
    best = _new(town)
    reference, _ = evaluated(town, best, "competent")
    opens(town, best, "resultado", evaluacion=reference)
    play(best, "sí", "zzz", "[Mi certificado]", "[Cuénteme]", "[No, gracias]", "la red")
    play(best, "[Sí, quiero entrar]", "[De 1 a 3 años]", "mi certificado", "la red", "[Cambiar mis años]")
    play(best, "[Menos de 1 año]", "la red", "[Salir de la red]")
    evaluated(town, best, "competent")
    play(best, "mi certificado")
    best.taps_first()


def _later(town: Town) -> None:
    chat = _new(town)
    evaluated(town, chat, "competent")
    row = {"contact_id": contact_of(town, chat), "state": "asked"}
    row["certificate_id"] = town.running.rows(select(certificates.c.id).order_by(certificates.c.id.desc()))[0][0]
    now = town.running.now
    one, three, six = (
        str(town.add(followups, kind=kind, due_at=now, **row)) for kind in ("one_month", "three_months", "six_months")
    )
    opens(town, chat, "despues", seguimiento=one)
    play(chat, "[Ahora no]")
    opens(town, chat, "despues", seguimiento=one)
    play(chat, "[Sí, pregunte]", "zzz", "sí", "[Sí]", "[Sí]", "[Con un patrono]", "[Parar aquí]", "menú")
    play(chat, "[Seguir donde iba]", "[Sí]", "[Más]")
    opens(town, chat, "despues", seguimiento=one)
    opens(town, chat, "despues", seguimiento=three)
    play(chat, "[Ahora no]")
    opens(town, chat, "despues", seguimiento=six)
    play(chat, "[Sí, pregunte]", "[A ratos]", "[Sí, el mismo]", "[En parte]", "[No]", "[Por mi cuenta]")
    play(chat, "[En eso estoy]", "[Una o dos]", "[Igual]")
    opens(town, chat, "despues", seguimiento=three)
    play(chat, "[No me pregunten]")
