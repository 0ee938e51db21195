"""A tap on what the bot said unasked: it works hours later, whatever was spoken of since, as if it were on screen."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.inbox.deps import Deps
from bot.inbox.record import Record
from flows.core.step import Unclear
from flows.core.turn import Turn
from flows.escucha import SPEAKS
from flows.plantillas import MARK, doors

REFERENCE: Final = re.compile(r"[A-Za-z0-9]{1,12}", re.ASCII)


def follow(turn: Turn, tapped: str, record: Record, deps: Deps) -> bool:
    """Open the conversation that the button belongs to, unseen, and answer with it the question that it belongs to.

    Where something else is to be asked or said first, that is shown instead: nobody agrees to what they have not read.
    False: it is no such button, or danger is spoken of.
    """
    flow, option, reference = (*tapped.split(MARK, 2), "", "")[:3]
    top = turn.session.top
    form = doors().get(flow)
    if form is None or not record.person.asked or (top is not None and top.flow in SPEAKS):
        return False
    if not REFERENCE.fullmatch(reference):  # a provider that did not fill it in, or somebody who plays
        reference = ""
    said = len(turn.replies)
    deps.engine.interrupt(turn, flow, {form.datum: reference})
    question, top = turn.session.question, turn.session.top
    asked = top is not None and (top.flow, top.step) == (flow, form.asks)
    if asked and question is not None and any(one.id == option for one in question.options):
        del turn.replies[said:]
        turn.said = replace(turn.said, option=option)
        try:
            deps.engine.answer(turn)
        except Unclear as unclear:
            deps.engine.unclear(turn, unclear)
    return True
