"""How answers are asked for and read: generously, by number, title, synonym, emoji, with typos, by tap or by words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import phonenumbers

from flows.core.reply import Option
from flows.core.said import Said, Shown
from flows.core.step import Unclear
from nlu.text import normalise, number, similar, yes_no

if TYPE_CHECKING:
    from flows.core.copy import Label
    from flows.core.turn import Turn

T = TypeVar("T")

Hears: TypeAlias = "Callable[[Turn, Said], str | None]"
"""Reads an option in words that no title has; None if there is none."""

SHORT = 3  # words of an answer in which a single one may name an option
TYPO = 0.86  # how alike a word must be to a title to be taken for it; below, «solo» and «sola» are safe, «si» is not


class Ask(Protocol[T]):
    """One kind of question. What `save` gives, `load` reads again: answers are stored as plain text."""

    @property
    def wants(self) -> str: ...

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        """The options to show, the one that leads forward first; none where the person writes freely."""

    def read(self, turn: Turn, said: Said, shown: Shown) -> T:
        """The answer in what was said; raises `Unclear`."""

    def save(self, value: T) -> str: ...

    def load(self, stored: str) -> T: ...


@dataclass(frozen=True)
class _Plain:
    """What the asks whose answer is a text have in common."""

    wants: str = field(default="", kw_only=True)

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        return ()

    def save(self, value: str) -> str:
        return value

    def load(self, stored: str) -> str:
        return stored


@dataclass(frozen=True)
class Choice(_Plain):
    """One of a few options, each with a title in the copy file. `hears` reads other words for them."""

    options: tuple[str, ...]
    hears: Hears | None

    def __init__(self, *options: str, hears: Hears | None = None) -> None:
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "hears", hears)
        object.__setattr__(self, "wants", "")

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        return [Option(option, labels[option].title, labels[option].description) for option in self.options]

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        option = _heard(self.hears, turn, said, shown)
        if option not in self.options:  # shown before a deploy that took it away
            raise Unclear
        return option


@dataclass(frozen=True)
class Pick(_Plain):
    """One of options that come from data, kept with the question as shown. `hears` reads other words for them.

    `said` are such words where they are data too, by option: they count like those of the copy.
    """

    source: Callable[[Turn], Sequence[Option]]
    hears: Hears | None = None
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        fixed = [Option(option, label.title, label.description) for option, label in labels.items()]
        return [*self.source(turn), *fixed]

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        return _heard(self.hears, turn, said, shown)


@dataclass(frozen=True)
class Text(_Plain):
    """Free words, at most so many characters."""

    max_length: int = 500

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        text = said.text.strip()
        if not text:
            raise Unclear("solo_texto" if said.media else "no_entendido")
        if len(text) > self.max_length:
            raise Unclear("texto_largo")
        return text


@dataclass(frozen=True)
class Where(_Plain):
    """Words for a place, or a shared location, which is stored as «@latitude,longitude». May offer ways to help."""

    max_length: int = 120
    wants: str = field(default="location", kw_only=True)

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        return [Option(option, label.title, label.description) for option, label in labels.items()]

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        if said.location:
            return f"@{said.location[0]:.5f},{said.location[1]:.5f}"
        try:
            return f"#{chosen(said, shown)}"
        except Unclear:
            words = Text(self.max_length).read(turn, said, shown).lstrip("#@ ")  # those are ours
        if not words:
            raise Unclear
        return words


@dataclass(frozen=True)
class Number:
    """A whole number between two bounds, in digits or words."""

    least: int = 0
    most: int = 1_000_000
    wants: str = ""

    def offers(self, turn: Turn, labels: Mapping[str, Label]) -> Sequence[Option]:
        return ()

    def read(self, turn: Turn, said: Said, shown: Shown) -> int:
        value = number(said.text)
        if value is None:
            raise Unclear
        if not self.least <= value <= self.most:
            raise Unclear("numero_fuera", least=self.least, most=self.most)
        return value

    def save(self, value: int) -> str:
        return str(value)

    def load(self, stored: str) -> int:
        return int(stored)


@dataclass(frozen=True)
class Phone(_Plain):
    """A telephone number, stored as E.164. `region` is the country assumed where no prefix is written."""

    region: str = "SV"

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        try:
            parsed = phonenumbers.parse(said.text, self.region)
        except phonenumbers.NumberParseException:
            raise Unclear("telefono_malo") from None
        if not phonenumbers.is_valid_number(parsed):
            raise Unclear("telefono_malo")
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True)
class Call(_Plain):
    """Another flow asks; what it ends with is the answer. `answers` are what that flow may know beforehand."""

    flow: str
    answers: Callable[[Turn], Mapping[str, str]] | None = None

    def read(self, turn: Turn, said: Said, shown: Shown) -> str:
        raise Unclear


def _heard(hears: Hears | None, turn: Turn, said: Said, shown: Shown) -> str:
    try:
        return chosen(said, shown)
    except Unclear:
        heard = hears(turn, said) if hears and said.option is None else None
        if heard is None:
            raise
        return heard


def chosen(said: Said, shown: Shown) -> str:
    """The one option that was meant: tapped, numbered, named, or nearly named; raises `Unclear`."""
    if said.option is not None:
        if any(option.id == said.option for option in shown.options):
            return said.option
        raise Unclear
    if not shown.options or not said.text.strip():
        raise Unclear("solo_texto" if said.media else "no_entendido")
    position = number(said.text)
    if position is not None and 1 <= position <= len(shown.page):
        return shown.page[position - 1].id
    for reading in (_named, _agreed, _nearly, _contained):
        if option := reading(normalise(said.text), said.text, shown):
            return option
    raise Unclear


def named(text: str, shown: Shown) -> bool:
    """Whether a text is nothing but an option of the question: its number, its title, or a wording of the copy."""
    position = number(text)
    if position is not None and 1 <= position <= len(shown.page):
        return True
    return _named(normalise(text), text, shown) is not None


def _words(shown: Shown) -> list[tuple[str, str]]:
    """Every normalised wording of every option, with the option."""
    wordings = []
    for option in shown.options:
        for wording in (option.id, option.title, *shown.synonyms.get(option.id, ())):
            if plain := normalise(wording):
                wordings.append((plain, option.id))
    return wordings


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None


def _named(plain: str, _: str, shown: Shown) -> str | None:
    return _only({option for wording, option in _words(shown) if wording == plain}) if plain else None


def _agreed(plain: str, text: str, shown: Shown) -> str | None:
    meant = yes_no(text)
    option = {True: "si", False: "no", None: ""}[meant]
    if not any(o.id == option for o in shown.options):
        return None
    if {held for _, held in _held(plain, shown)} - {option, "si"}:
        raise Unclear  # «no, con ayuda» is neither of the two
    return option


def _nearly(plain: str, _: str, shown: Shown) -> str | None:
    if len(plain) < 4:
        return None
    return _only({option for wording, option in _words(shown) if similar(wording, plain) >= TYPO})


def _held(plain: str, shown: Shown) -> list[tuple[str, str]]:
    """The wordings that stand within a short sentence; a story that happens to hold one is not an answer."""
    padded = f" {plain} "
    if len(padded) > 80:
        return []
    return [(wording, option) for wording, option in _words(shown) if len(wording) >= 4 and f" {wording} " in padded]


def _contained(plain: str, _: str, shown: Shown) -> str | None:
    """An option named within a short sentence. One word among many says too little: «… como soldador» asks nothing."""
    held = _held(plain, shown)
    if len(plain.split()) > SHORT and not any(" " in wording for wording, _ in held):
        return None
    found = _only({option for _, option in held})
    return (
        None if found == "si" and " no " in f" {plain} " else found
    )  # «está bien, pero no mi número» agrees to nothing
