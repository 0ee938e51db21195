"""How it went on, one, three and six months later: a few questions, each may be left out, and stopped at any time.

The questions are data (`db/content/seguimiento.yml`); each is a step of its own, so that a person who stops in the
middle goes on days later where they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from db.content.seguimiento import LaterQuestion, load_questionnaire
from flows.agenda import FOLLOWUPS, Followup
from flows.core.ask import Choice, Pick
from flows.core.copy import Bilingual
from flows.core.reply import Option
from flows.core.step import Flow, Next, Step, Unanswered
from flows.core.turn import Turn
from flows.final import rest
from flows.oficios import work
from flows.store import agenda, consent_version, store

flow = Flow("despues", resumable=True)

REFERENCE: Final = "seguimiento"
UNSAID, ENOUGH = "sin_decir", "basta"
QUESTIONS: Final = load_questionnaire()


def _asked(turn: Turn) -> Followup:
    found = agenda(turn).followup(turn.answers.get(REFERENCE, ""))
    if found is None:
        raise Unanswered(ya_no)
    return found


@flow.gate
def comprobar(turn: Turn) -> Next:
    if agenda(turn).followup(turn.answers.get(REFERENCE, "")) is None:
        return ya_no
    return invitar if store(turn).consents().get(FOLLOWUPS) else permiso


@flow.gate
def ya_no(turn: Turn) -> Next:
    turn.say("texto")
    return rest(turn)


@flow.step(Choice("si", "ahora_no", "nunca"), static=True)
def permiso(turn: Turn, answer: str) -> Next:
    """Words that are agreed to, once, before the first questions."""
    if answer == "ahora_no":
        turn.say("cuando_quiera")
        return rest(turn)
    store(turn).consent(FOLLOWUPS, answer == "si", consent_version(turn))
    if answer == "si":
        return siguiente
    agenda(turn).skip_followup(turn.answers[REFERENCE])
    turn.say("no_pregunto")
    return rest(turn)


@flow.step(Choice("si", "ahora_no", "nunca"))
def invitar(turn: Turn, answer: str) -> Next:
    if answer == "si":
        return siguiente
    if answer == "nunca":
        store(turn).consent(FOLLOWUPS, False, consent_version(turn))
        agenda(turn).skip_followup(turn.answers[REFERENCE])
    turn.say("cuando_quiera" if answer == "ahora_no" else "no_pregunto")
    return rest(turn)


def _given(turn: Turn) -> dict[str, str]:
    """What was answered so far, also before this conversation was begun anew."""
    now = {question.id: turn.answers[question.id] for question in QUESTIONS.questions if question.id in turn.answers}
    return {**_asked(turn).answers, **now}


@flow.gate
def siguiente(turn: Turn) -> Next:
    """The first question that is to be asked and was not answered."""
    asked, given = _asked(turn), _given(turn)
    for question in QUESTIONS.questions:
        if question.id not in given and question.is_asked(asked.months, asked.certified, given):
            return flow.steps[question.id]
    return fin


@flow.gate
def fin(turn: Turn) -> Next:
    agenda(turn).save_followup(turn.answers[REFERENCE], QUESTIONS.version, _given(turn), finished=True)
    turn.say("texto")
    return rest(turn)


def _add_question(question: LaterQuestion) -> None:
    def offered(turn: Turn) -> Sequence[Option]:
        english = bool(turn.copy.language)
        return [Option(answer.id, answer.title, answer.english if english else "") for answer in question.answers]

    said = {answer.id: (answer.english, *answer.said) for answer in question.answers}

    def values(turn: Turn) -> Mapping[str, object]:
        """How many are left cannot be said: that depends on the answers."""
        trade = {"oficio": work(turn, _asked(turn).trade).lower()}
        spanish, english = question.text.format(**trade), question.english.format(**trade)
        return {"pregunta": Bilingual(spanish, english) if turn.copy.language else spanish}

    def then(turn: Turn, answer: str) -> Next:
        if answer == ENOUGH:
            del turn.answers[question.id]
            _keep_for_later(turn)
            turn.say("aqui_lo_dejamos")
            return rest(turn)
        agenda(turn).save_followup(turn.answers[REFERENCE], QUESTIONS.version, _given(turn), finished=False)
        return siguiente

    flow.add(Step(flow, question.id, Pick(offered, said=said), then, "pregunta", values))


def _keep_for_later(turn: Turn) -> None:
    """To be taken up from the menu, at this very question."""
    others = [frame for frame in turn.session.paused if frame.flow != flow.name]
    turn.session.paused = [*others, turn.frame]


for _later in QUESTIONS.questions:
    _add_question(_later)
