"""The person's rights over what is kept: see it, correct it, take it along, stop, erase, or be somebody else."""

from __future__ import annotations

from collections.abc import Mapping

from flows.agenda import FOLLOWUPS, NETWORK
from flows.core.ask import Call, Choice
from flows.core.step import END, STOP, Flow, Jump, Next
from flows.core.turn import Turn
from flows.sedes import name_of, told
from flows.store import JOB_OFFERS, KEEP_ANSWERS, SHARE_PARTNER, agenda, consent_version, country, person, store, world
from flows.ubicacion import known_place

flow = Flow("mis_datos")

PURPOSES = (KEEP_ANSWERS, JOB_OFFERS, SHARE_PARTNER, NETWORK, FOLLOWUPS)


@flow.step(Choice("ver", "certificado", "red", "corregir", "archivo", "permisos", "borrar", "otra_persona", "menu"))
def que_hacer(turn: Turn, answer: str) -> Next:
    match answer:
        case "ver":
            return ver
        case "corregir":
            return corregir
        case "archivo":
            return archivo
        case "permisos":
            return permisos
        case "borrar":
            return Jump("borrar")
        case "certificado":
            return Jump("certificado")
        case "red":
            return Jump("red")
        case "otra_persona":
            return Jump("otra_persona")
        case _:
            return Jump("menu")


def summary(turn: Turn) -> Mapping[str, object]:
    """What is kept, in the person's words. Says nothing of care: that is never repeated in a chat."""
    common = turn.copy.common
    nothing = common("sin_dato", {})
    age = person(turn).age_band
    here = person(turn).country
    messages, files = store(turn).message_counts()
    return {
        "codigo": person(turn).code,
        "edad": common(f"edad_{age}", {}) if age else nothing,
        "pais": common(f"pais_{here}", {}) if here else nothing,
        "lugar": known_place(turn) or nothing,
        "diagnosticos": _diagnoses(turn) or common("sin_diagnosticos", {}),
        "citas": _appointments(turn) or common("sin_citas", {}),
        "red": common("en_la_red" if agenda(turn).network() else "fuera_de_la_red", {}),
        "permisos": _consents(turn),
        "mensajes": messages,
        "archivos": files,
    }


def _diagnoses(turn: Turn) -> str:
    lines = []
    for past in store(turn).diagnoses():
        trade = world(turn).trades.get(past.trade)
        names = (trade.names.get(country(turn)) or next(iter(trade.names.values()))) if trade else [past.trade]
        key = f"banda_{past.band}" if past.finished else "banda_a_medias"
        lines.append(
            turn.copy.common(
                "linea_diagnostico",
                {
                    "oficio": names[0],
                    "fecha": past.on.astimezone(world(turn).zone).strftime("%d/%m/%Y"),
                    "banda": turn.copy.common(key, {}),
                },
            )
        )
    return "\n".join(lines)


def _appointments(turn: Turn) -> str:
    return "\n".join(
        f"{told(turn, each.starts_at, each.centre)}, {name_of(each.centre)}" for each in agenda(turn).standing()
    )


def _consents(turn: Turn) -> str:
    given = store(turn).consents()
    lines = []
    for purpose in PURPOSES:
        state = turn.copy.common(
            {True: "permiso_si", False: "permiso_no", None: "permiso_nunca"}[given.get(purpose)], {}
        )
        lines.append(f"{turn.copy.common(f'permiso_{purpose}', {})}: {state}")
    return "\n".join(lines)


@flow.gate
def ver(turn: Turn) -> Next:
    turn.say("texto", **summary(turn))
    return que_hacer


@flow.gate
def archivo(turn: Turn) -> Next:
    text = turn.copy.text("mis_datos", "archivo", "contenido", summary(turn))
    turn.give("listo", store(turn).data_file(text))
    return que_hacer


# --- correcting ----------------------------------------------------------------------------------------


@flow.step(Choice("edad", "lugar", "volver"))
def corregir(turn: Turn, answer: str) -> Next:
    if answer == "edad":
        return edad
    return lugar if answer == "lugar" else que_hacer


def _again(_: Turn) -> Mapping[str, str]:
    """Asked though it is known; what is known stays until it is answered."""
    return {"de_nuevo": "si"}


@flow.step(Call("edad", _again))
def edad(turn: Turn, band: str) -> Next:
    turn.say("corregido")
    return que_hacer


@flow.step(Call("ubicacion", _again))
def lugar(turn: Turn, place: str) -> Next:
    turn.say("corregido")
    return que_hacer


# --- consents ------------------------------------------------------------------------------------------


def _consent_values(turn: Turn) -> Mapping[str, object]:
    return {"permisos": _consents(turn)}


@flow.step(Choice(*PURPOSES, "volver"), values=_consent_values)
def permisos(turn: Turn, purpose: str) -> Next:
    return que_hacer if purpose == "volver" else cambiar


def _purpose_values(turn: Turn) -> Mapping[str, object]:
    return {"permiso": turn.copy.common(f"permiso_{turn.answers['permisos']}", {})}


@flow.step(Choice("si", "no"), values=_purpose_values)
def cambiar(turn: Turn, answer: str) -> Next:
    version = consent_version(turn)
    purpose = turn.answer(permisos)
    if purpose == NETWORK and answer == "si":
        return Jump("red")
    if purpose == NETWORK:
        agenda(turn).leave_network()
    store(turn).consent(purpose, answer == "si", version)
    if answer == "no" and purpose == KEEP_ANSWERS:
        turn.say("ya_no_guardo")
    else:
        turn.say("cambiado_si" if answer == "si" else "cambiado_no")
    return que_hacer


# --- erasing, and another person on the same phone --------------------------------------------------------

borrar = Flow("borrar")


@borrar.step(Choice("si", "no"))
def confirmar(turn: Turn, answer: str) -> Next:
    if answer == "no":
        turn.say("no_borrado")
        return END
    store(turn).erase()
    turn.session.forget()
    turn.say("borrado")
    return STOP


otra_persona = Flow("otra_persona")


@otra_persona.step(Choice("si", "no"))
def empezar_de_nuevo(turn: Turn, answer: str) -> Next:
    if answer == "no":
        return END
    store(turn).start_over()
    turn.session.forget()
    return Jump("bienvenida")
