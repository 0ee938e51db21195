"""How words are read while danger is spoken of: a plain no, a joke taken back, somebody who goes on telling."""

from __future__ import annotations

import re
from typing import Final

from flows.core.said import Said
from flows.core.turn import Turn
from nlu.text import normalise, number

DANGER_ASKED: Final = (("crisis", "preguntar"), ("crisis", "ahora"))
"""The questions whether there is danger: no wish leads away from them."""
SPEAKS: Final = frozenset({"crisis", "contacto"})
"""Flows in which danger is spoken of."""

PRIVATE: Final = frozenset({*SPEAKS, "seguimiento", "casos"})  # flows and files whose words are forgotten early

FURTHER: Final = "numeros"  # the option that every question here has: the numbers once more
CLEAR: Final = 0.9  # of another wish, before it leads away: who is afraid is misread easily
WISHED: Final = 0.6  # of asking for a person, before it counts as a yes
SAD: Final = frozenset(
    {"psychosocial_support", "emergency_aid", "self_harm", "report_violence"}
    | {"affirm", "deny", "greet", "goodbye", "out_of_scope"}
)
"""What a person in danger goes on telling: that there is nothing to eat, too."""
_LAUGHTER: Final = re.compile(r"(?:[aeiou]?j[aeiou]+)+j?|(?:h[aeo]){2,}h?|x+d+|lol|lmao")
_COMMA: Final = re.compile(r"[,.;:]+")
_LAUGHING: Final = frozenset("😂🤣😅😆😹😁😄😃😝😜🤪")


def private(turn: Turn) -> bool:
    """Whether what was said and answered in this turn is forgotten early: danger was heard or spoken of."""
    alarm = turn.said.understanding is not None and turn.said.understanding.alarm is not None
    spoken = any(reply.key.partition(".")[0] in PRIVATE for reply in turn.replies)
    top = turn.session.top
    return alarm or spoken or (top is not None and top.flow in SPEAKS)


def go_on(turn: Turn, said: Said) -> str | None:
    """Who goes on telling gets the numbers, never that it was not understood; another wish is left to be followed."""
    heard = said.understanding
    if heard is None:
        return None
    told = heard.alarm or joking(turn) or heard.intent.confidence < CLEAR or heard.intent.name in SAD
    return FURTHER if told else None


def sign(turn: Turn, said: Said) -> str | None:
    """Words that would raise an alarm elsewhere are a yes here; so are asking for a person, and a second answer that is
    neither yes nor no.
    """
    heard = said.understanding
    if heard and (heard.alarm or (heard.intent.name == "human_handoff" and heard.intent.confidence >= WISHED)):
        return "si"
    if joking(turn) or _says(turn, "no"):
        return "no"
    return "si" if turn.session.misses and (said.text.strip() or said.media) else None


def plainly(turn: Turn, option: str) -> bool:
    """Whether an answer to `crisis.preguntar` is just that: tapped, numbered, or as the copy has it.

    «No puedo más», «no es broma» and «no estoy bien» are none; «no, ya está en el hospital» is.
    """
    tapped = turn.said.option is not None or number(turn.said.text) is not None
    return tapped or _says(turn, option) or (option == "no" and _says_no_first(turn))


def _says_no_first(turn: Turn) -> bool:
    """A plain no, a comma, and something that neither alarms nor takes it back."""
    first, comma, rest = _COMMA.sub(",", turn.said.text.strip()).partition(",")
    alarm = turn.said.understanding.alarm if turn.said.understanding else None
    alarming = alarm is not None and alarm.why != "model"  # whose doubt is what was asked about
    doubted = set(normalise(rest).split()) & set(turn.copy.heading("crisis", "preguntar")["contradicen"])
    return bool(comma) and not alarming and not doubted and _is(turn, "no", _bare(turn, first))


def joking(turn: Turn) -> bool:
    """Whether it is taken back: «lo dije en broma», «es un decir», or nothing but laughter."""
    return _says(turn, "broma") if _bare(turn, turn.said.text) else any(map(_laughs, normalise(turn.said.text).split()))


def _says(turn: Turn, option: str) -> bool:
    return _is(turn, option, _bare(turn, turn.said.text))


def _is(turn: Turn, option: str, words: str) -> bool:
    wordings = turn.copy.synonyms("crisis", "preguntar")[option]
    if option == "no":
        wordings += tuple(turn.copy.heading("crisis", "preguntar")["un_no"])
    return any(words == normalise(each) for each in wordings)


def _bare(turn: Turn, text: str) -> str:
    """The words without laughter and politeness: «jaja no perdón, era broma 😂» says «no era broma»."""
    polite = set(map(normalise, turn.copy.heading("crisis", "preguntar")["cortesias"]))
    return " ".join(word for word in normalise(text).split() if word not in polite and not _laughs(word))


def _laughs(word: str) -> bool:
    return word in _LAUGHING or _LAUGHTER.fullmatch(word) is not None
