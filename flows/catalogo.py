"""All flows, and which of them answers which wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flows import (
    baja,
    bienvenida,
    cita,
    codigo,
    confianza,
    contacto,
    crisis,
    despues,
    diagnostico,
    edad,
    idioma,
    menor,
    menu,
    mi_cita,
    mis_datos,
    persona,
    preguntas,
    quise_decir,
    recordatorio,
    resultado,
    seguimiento,
    ubicacion,
)
from flows.core.step import Flow

HOME: Final = "menu"
WELCOME: Final = "bienvenida"

FLOWS: Final[Mapping[str, Flow]] = {
    flow.name: flow
    for flow in (
        bienvenida.flow,
        edad.flow,
        ubicacion.flow,
        menu.flow,
        menu.servicio,
        diagnostico.flow,
        cita.flow,
        mi_cita.flow,
        mi_cita.espera,
        mi_cita.lugar_libre,
        recordatorio.flow,
        recordatorio.cerrado,
        recordatorio.falto,
        resultado.flow,
        resultado.certificado,
        resultado.red,
        resultado.salir_red,
        despues.flow,
        mis_datos.flow,
        mis_datos.borrar,
        mis_datos.otra_persona,
        persona.flow,
        menor.flow,
        crisis.flow,
        contacto.flow,
        seguimiento.flow,
        codigo.flow,
        confianza.flow,
        preguntas.flow,
        idioma.flow,
        quise_decir.flow,
        baja.flow,
        baja.alta,
        baja.sin_avisos,
    )
}


@dataclass(frozen=True, slots=True)
class Door:
    """The flow that answers a wish. `on_top` flows answer on the way; `needs_welcome` ones come after the welcome."""

    flow: str
    answers: Mapping[str, str] = field(default_factory=dict)
    on_top: bool = False
    needs_welcome: bool = True


def _topic(name: str) -> Door:
    return Door("servicio", {"topic": name})


DOORS: Final[Mapping[str, Door]] = {
    "menu": Door("menu"),
    "diagnose_skills": Door("diagnostico"),
    "ask_certification": Door("preguntas", {"tema": "certificacion"}, on_top=True, needs_welcome=False),
    "schedule_assessment": Door("cita"),
    "reschedule_assessment": Door("mi_cita", {"hacer": "cambiar"}),
    "cancel_assessment": Door("mi_cita", {"hacer": "cancelar"}),
    "ask_appointment": Door("preguntas", {"tema": "cita"}, on_top=True, needs_welcome=False),
    "my_record": Door("mis_datos"),
    "find_job": _topic("empleo"),
    "job_alerts_on": _topic("empleo"),
    "start_business": _topic("emprender"),
    "training": _topic("cursos"),
    "financial_education": _topic("finanzas"),
    "psychosocial_support": _topic("apoyo"),
    "emergency_aid": _topic("emergencia"),
    "legal_help": _topic("legal"),
    "human_handoff": Door("persona", {"reason": "person"}, on_top=True, needs_welcome=False),
    "change_language": Door("idioma", on_top=True, needs_welcome=False),
    "trust_privacy": Door("confianza", on_top=True, needs_welcome=False),
    "delete_data": Door("borrar", on_top=True, needs_welcome=False),
    "opt_out": Door("baja", needs_welcome=False),
    "job_alerts_off": Door("sin_avisos", on_top=True, needs_welcome=False),
    "opt_in": Door("alta", {"dudoso": "si"}, on_top=True, needs_welcome=False),
    "thanks": Door("preguntas", {"tema": "gracias"}, on_top=True, needs_welcome=False),
}
"""By intent. Wishes that are answers by nature (yes, no, back) and small talk have no door."""
