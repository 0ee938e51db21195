"""What came of an assessment, told with dignity; the certificate; and the network of those who have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flows.agenda import NETWORK, YEARS, Certificate, Gone, Result
from flows.core.ask import Choice, Pick
from flows.core.reply import Option
from flows.core.step import END, Flow, Jump, Next, Unanswered
from flows.core.turn import Turn
from flows.fechas import day
from flows.final import rest
from flows.oficios import work
from flows.store import agenda, consent_version, store

flow = Flow("resultado")

REFERENCE: Final = "evaluacion"
SHOWN: Final = 3  # criteria that a list names: more is not read


def _result(turn: Turn) -> Result:
    found = agenda(turn).result(turn.answers.get(REFERENCE, ""))
    if found is None:
        raise Unanswered(todavia_no)
    return found


@flow.gate
def comprobar(turn: Turn) -> Next:
    return listo if agenda(turn).result(turn.answers.get(REFERENCE, "")) else todavia_no


@flow.gate
def todavia_no(turn: Turn) -> Next:
    turn.say("texto")
    return rest(turn)


@flow.step(Choice("ver", "despues"), static=True)
def listo(turn: Turn, answer: str) -> Next:
    """Nothing is told before the person wants to see it: the telephone may be in other hands."""
    if answer == "ver":
        return contar
    turn.say("cuando_quiera")
    return rest(turn)


@flow.gate
def contar(turn: Turn) -> Next:
    found = _result(turn)
    trade = work(turn, found.trade).lower()
    if found.competent:
        turn.say("felicidades", oficio=trade)
        return logrado
    turn.say("gracias_por_venir", oficio=trade)
    if found.strengths:
        turn.say("fortalezas", lista=_bullets(found.strengths))
    if found.practise:
        turn.say("practicar", lista=_bullets([text.removesuffix(".") for text in found.practise[:SHOWN]]))
    return plan


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"• {line}" for line in lines)


@flow.step(Choice("certificado", "red", "menu"))
def logrado(turn: Turn, answer: str) -> Next:
    if answer == "certificado":
        return Jump("certificado")
    return Jump("red") if answer == "red" else Jump("menu")


@flow.step(Choice("curso", "cita", "persona", "menu"))
def plan(turn: Turn, answer: str) -> Next:
    """Training first, a new date when wished, somebody to talk with."""
    match answer:
        case "curso":
            return Jump("servicio", {"topic": "cursos"})
        case "cita":
            return Jump("cita", {"oficio": _result(turn).trade})
        case "persona":
            return Jump("persona", {"topic": "cita"})
        case _:
            return Jump("menu")


# --- the certificate -------------------------------------------------------------------------------------

certificado = Flow("certificado")

CODE: Final = "codigo"


@certificado.gate
def buscar(turn: Turn) -> Next:
    found = agenda(turn).certificates()
    if not found:
        return ninguno
    if len(found) == 1:
        turn.answers[CODE] = found[0].code
        return entregar
    return cual


@certificado.step(Choice("cita", "menu"))
def ninguno(turn: Turn, answer: str) -> Next:
    if answer == "menu":
        return Jump("menu")
    return Jump("mi_cita") if agenda(turn).standing() else Jump("cita")


def _each(turn: Turn) -> Sequence[Option]:
    found = agenda(turn).certificates()
    return [
        Option(each.code, f"{each.issued_on:%d/%m/%Y} ({at})", work(turn, each.trade))
        for at, each in enumerate(found, 1)
    ]


@certificado.step(Pick(_each))
def cual(turn: Turn, answer: str) -> Next:
    turn.answers[CODE] = answer
    return entregar


def _one(turn: Turn) -> Certificate | None:
    return next((each for each in agenda(turn).certificates() if each.code == turn.answers.get(CODE)), None)


@certificado.gate
def entregar(turn: Turn) -> Next:
    """The file, what it is worth, and how an employer sees that it is real."""
    mine = _one(turn)
    if mine is None:
        return buscar
    values = {"oficio": work(turn, mine.trade), "fecha": day(turn, mine.issued_on), "anio": mine.issued_on.year}
    turn.say("con_numero" if mine.number else "constancia", **values, numero=mine.number)
    try:
        turn.give("archivo", agenda(turn).certificate_file(mine.code))
    except Gone:
        return ninguno
    turn.say("comprobar", codigo=mine.code, enlace=agenda(turn).verify_link(mine.code))
    return ya if agenda(turn).network() else invitar


@certificado.step(Choice("red", "menu"))
def invitar(turn: Turn, answer: str) -> Next:
    return Jump("red") if answer == "red" else Jump("menu")


@certificado.gate
def ya(turn: Turn) -> Next:
    """In the network already: nothing more is asked."""
    return END


# --- the network -----------------------------------------------------------------------------------------

red = Flow("red")

LEAVE: Final = "salir"


@red.gate
def mirar(turn: Turn) -> Next:
    wish = turn.answers.pop("hacer", "")
    if agenda(turn).network():
        return salir if wish == LEAVE else dentro
    if wish == LEAVE:
        return no_estaba
    return que_es if agenda(turn).certificates() else sin_certificado


@red.gate
def sin_certificado(turn: Turn) -> Next:
    turn.say("texto")
    return END


@red.gate
def no_estaba(turn: Turn) -> Next:
    turn.say("texto")
    return END


@red.step(Choice("si", "no"), static=True)
def que_es(turn: Turn, answer: str) -> Next:
    """Words that are agreed to: a change of them is a new version of the consent."""
    store(turn).consent(NETWORK, answer == "si", consent_version(turn))
    if answer == "si":
        return experiencia
    turn.say("no_entro")
    return END


@red.step(Choice(*YEARS))
def experiencia(turn: Turn, years: str) -> Next:
    found = agenda(turn).certificates()
    if not found:
        return sin_certificado
    agenda(turn).join_network(found[0].trade, years)
    turn.say("adentro")
    return END


def _profile(turn: Turn) -> Mapping[str, object]:
    profile = agenda(turn).network()
    if profile is None:
        raise Unanswered(mirar)
    years = turn.copy.labels("red", "experiencia").get(profile.experience)
    return {"oficio": work(turn, profile.trade), "anios": years.title if years else turn.copy.common("sin_dato", {})}


@red.step(Choice("dejar", "experiencia", "salir"), values=_profile)
def dentro(turn: Turn, answer: str) -> Next:
    if answer == "experiencia":
        return experiencia
    return salir if answer == LEAVE else END


@red.gate
def salir(turn: Turn) -> Next:
    """At once: leaving needs no reason and no second question."""
    store(turn).consent(NETWORK, False, consent_version(turn))
    agenda(turn).leave_network()
    turn.say("hecho")
    return END


# --- «salir de la red» --------------------------------------------------------------------------------------

salir_red = Flow("salir_red")


@salir_red.gate
def fuera(turn: Turn) -> Next:
    return Jump("red", {"hacer": LEAVE})
