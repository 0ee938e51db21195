"""Takes out of a message what tells who wrote it: telephones, numbers, addresses on the net, names as one says them.

Rather too much than too little: a trade that is taken for a name is a loss for training, a name that stays is one for
a person. It is no anonymisation; whoever reads the words afterwards looks for what no rule finds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from nlu.text import LONG, Word, normalise, tokens, words
from nlu.words import load

PARTS: Final = 4  # words of a name
PHONE: Final = 7  # digits of a number that is a telephone; shorter ones may be a house, a document, a code
_DATA: Final = load("pseudonyms.toml")
_MARKS: Final[dict[str, str]] = _DATA["marcas"]
_ENDS: Final = r"(?:com|org|net|edu|gob|gov|info|io|me|app|link|ly|gt|sv|hn|mx|us|es)"
_BETWEEN: Final = r"[\s().,/*_\-–—\ufe0f\u20e3]{0,3}"
_DIGIT: Final = f"(?:{'|'.join(_DATA['digitos']['palabras'])})"
_PATTERNS: Final = (
    ("correo", re.compile(r"\S+@\S+\.\S+|\S+\s+arroba\s+\S+(?:\s+punto\s+\S+)*", re.IGNORECASE)),
    ("enlace", re.compile(rf"(?:https?://|www\.)\S+|\b[\w.-]+\.{_ENDS}\b(?:/\S*)?", re.IGNORECASE)),
    ("usuario", re.compile(r"@\w+")),
    ("numero", re.compile(rf"\+?\d(?:{_BETWEEN}\d){{4,}}\ufe0f?\u20e3?")),
    ("numero", re.compile(rf"\b{_DIGIT}(?:\W+{_DIGIT}){{4,}}\b", re.IGNORECASE)),
)
_STOP: Final = re.compile(r"[.,;:!?¡¿()\n⟨⟩]")


class _Opening(NamedTuple):
    """Words after which a name comes; `sure`: whatever follows."""

    words: tuple[str, ...]
    sure: bool


def pseudonymised(text: str) -> str:
    """The message with a mark such as «⟨nombre⟩» in place of each thing that tells who wrote it."""
    for kind, pattern in _PATTERNS:
        text = pattern.sub(lambda found, kind=kind: _mark(kind, found[0]), text)  # type: ignore[misc]
    return _without_names(text)


def unmarked(text: str) -> str:
    """The message without marks, as an example to learn from."""
    return " ".join(re.sub("|".join(map(re.escape, _MARKS.values())), " ", text).split())


def _mark(kind: str, found: str) -> str:
    long = kind == "numero" and len(re.sub(r"\D", "", found)) >= PHONE
    return _MARKS["telefono" if long else kind]


def _without_names(text: str) -> str:
    typed = words(text, LONG)
    spans = []
    at = 0
    while at < len(typed):
        opening = next((one for one in _openings() if _is_at(one.words, typed, at)), None)
        if opening is None:
            at += 1
            continue
        first = at + len(opening.words)
        at = _end_of_name(text, typed, first, sure=opening.sure)
        if at > first:
            spans.append((typed[first].start, typed[at - 1].end))
    for start, end in reversed(spans):
        text = text[:start] + _MARKS["nombre"] + text[end:]
    return text


def _is_at(opening: Sequence[str], typed: Sequence[Word], at: int) -> bool:
    return tuple(word.plain for word in typed[at : at + len(opening)]) == opening


def _end_of_name(text: str, typed: Sequence[Word], first: int, *, sure: bool) -> int:
    """The index after the last word of the name that begins at `first`; `first` itself where none does."""
    if first >= len(typed) or (not sure and _is_common(typed[first].plain)):
        return first
    end = at = first
    while at < min(len(typed), first + PARTS) and typed[at].plain not in _plain("fin"):
        before = text[typed[at - 1].end : typed[at].start] if at else ""
        if _STOP.search(before.replace(":", "") if at == first else before):
            break
        at += 1
        if typed[at - 1].plain not in _plain("dentro"):
            end = at
    return end


def _is_common(plain: str) -> bool:
    if plain in _plain("salvo"):
        return False
    return plain in _plain("comunes") or plain.endswith(tuple(_DATA["nombres"]["terminan"]))


@cache
def _plain(name: str) -> frozenset[str]:
    return frozenset(map(normalise, _DATA["nombres"][name]))


@cache
def _openings() -> tuple[_Opening, ...]:
    """Longest first: «mi nombre es» before «nombre»."""
    names = _DATA["nombres"]
    both = [_Opening(tuple(tokens(one)), sure=key == "seguro") for key in ("seguro", "quiza") for one in names[key]]
    return tuple(sorted(both, key=lambda one: -len(one.words)))
