"""The words: one TOML file a flow, one heading a step, and `comun.toml` for what belongs to no step.

A subfolder named by a language's code (`en`) holds files of the same shape: what is written there is shown below the
Spanish to who understands that language better.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self, TypeAlias

COMMON = "comun"
GAP: Final = "\n\n"  # between two languages, where either has more than a line
NEWLINE: Final = "\n"
NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class MissingCopy(Exception):
    """The copy files lack a text that the code says; `arraigo check` finds these before anybody meets one."""


class BadCopy(Exception):
    """A copy file is not TOML; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Label:
    """A button's title and, in lists, the line below it."""

    title: str
    description: str = ""


Texts: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What the files of one folder hold, by their names."""


class Bilingual(str):
    """A text with another language's below it. As a placeholder's value, each of the two goes into its own text."""

    __slots__ = ("below", "own")
    own: str
    below: str

    def __new__(cls, own: str, below: str) -> Self:
        made = super().__new__(cls, f"{own}{GAP if NEWLINE in own + below else NEWLINE}{below}")
        made.own, made.below = own, below
        return made


class Copy:
    """Every text that a person reads, by flow, heading and key."""

    def __init__(self, texts: Texts, others: Mapping[str, Texts] = NONE) -> None:
        self.texts, self.others, self.language = texts, others, ""
        self._beside = {language: BilingualCopy(self, language, other) for language, other in others.items()}

    @classmethod
    def load(cls, folder: Path) -> Copy:
        """The folder's files, and those of its subfolders by language."""
        return cls(_read(folder), {below.name: _read(below) for below in sorted(folder.iterdir()) if below.is_dir()})

    def beside(self, language: str) -> Copy:
        """The words for somebody of that language: Spanish alone, where nobody wrote any in it."""
        return self._beside.get(language, self)

    def heading(self, flow: str, heading: str) -> Mapping[str, Any]:
        """Everything written under one heading; empty if there is none."""
        found = self.texts.get(flow, {}).get(heading, {})
        return found if isinstance(found, dict) else {}

    def text(self, flow: str, heading: str, key: str, values: Mapping[str, object]) -> str:
        """A step's own text, or the common one of that name; raises `MissingCopy`."""
        own = self.heading(flow, heading).get(key)
        return _filled(own, values) if isinstance(own, str) else self.common(key, values)

    def common(self, key: str, values: Mapping[str, object]) -> str:
        """A text that belongs to no step; raises `MissingCopy`."""
        found = self.texts.get(COMMON, {}).get(key)
        if not isinstance(found, str):
            raise MissingCopy(f"{COMMON}.toml has no text «{key}»")
        return _filled(found, values)

    def labels(self, flow: str, heading: str) -> dict[str, Label]:
        """The buttons written under a heading, by option, in the file's order."""
        own = self.heading(flow, heading)
        details = own.get("detalles", {})
        return {option: Label(title, details.get(option, "")) for option, title in own.get("botones", {}).items()}

    def synonyms(self, flow: str, heading: str) -> dict[str, tuple[str, ...]]:
        """Other words for the options of a heading, by option."""
        return {option: tuple(words) for option, words in self.heading(flow, heading).get("sinonimos", {}).items()}

    @cached_property
    def common_labels(self) -> dict[str, str]:
        """Titles of the buttons that the engine itself adds, by command."""
        return dict(self.texts.get(COMMON, {}).get("botones", {}))

    @cached_property
    def common_synonyms(self) -> dict[str, tuple[str, ...]]:
        """Other words for those buttons, by command."""
        return {name: tuple(words) for name, words in self.texts.get(COMMON, {}).get("sinonimos", {}).items()}


class BilingualCopy(Copy):
    """The copy for who understands another language better; what that language lacks is said in Spanish alone.

    Its `botones` take the place of the Spanish titles, its `detalles` stand below them, and its `sinonimos` are
    understood as well.
    """

    def __init__(self, spanish: Copy, language: str, other: Texts) -> None:
        super().__init__(spanish.texts)
        self.language, self._spanish, self._other = language, spanish, other

    def beside(self, language: str) -> Copy:
        return self._spanish.beside(language)

    def _below(self, flow: str, heading: str) -> Mapping[str, Any]:
        found = self._other.get(flow, {}).get(heading, {})
        return found if isinstance(found, dict) else {}

    def text(self, flow: str, heading: str, key: str, values: Mapping[str, object]) -> str:
        if not isinstance(self.heading(flow, heading).get(key), str):
            return self.common(key, values)
        return _joined(super().text(flow, heading, key, values), self._below(flow, heading).get(key), values)

    def common(self, key: str, values: Mapping[str, object]) -> str:
        return _joined(super().common(key, values), self._other.get(COMMON, {}).get(key), values)

    def labels(self, flow: str, heading: str) -> dict[str, Label]:
        below = self._below(flow, heading)
        titles, details = below.get("botones", {}), below.get("detalles", {})
        return {
            option: Label(titles.get(option, label.title), details.get(option, label.description))
            for option, label in super().labels(flow, heading).items()
        }

    def synonyms(self, flow: str, heading: str) -> dict[str, tuple[str, ...]]:
        known = super().synonyms(flow, heading)
        for option, words in self._below(flow, heading).get("sinonimos", {}).items():
            known[option] = (*known.get(option, ()), *words)
        return known

    @cached_property
    def common_labels(self) -> dict[str, str]:
        return {**self._spanish.common_labels, **self._other.get(COMMON, {}).get("botones", {})}

    @cached_property
    def common_synonyms(self) -> dict[str, tuple[str, ...]]:
        known = dict(self._spanish.common_synonyms)
        for name, words in self._other.get(COMMON, {}).get("sinonimos", {}).items():
            known[name] = (*known.get(name, ()), *words)
        return known


def _read(folder: Path) -> Texts:
    texts = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            texts[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadCopy(f"{path.name}: {error}") from error
    return texts


def _joined(own: str, template: object, values: Mapping[str, object]) -> str:
    """A text with its sibling below, each filled with its own language's values."""
    if not isinstance(template, str):
        return own
    theirs = {name: value.below if isinstance(value, Bilingual) else value for name, value in values.items()}
    return Bilingual(own, _filled(template, theirs))


def _filled(template: str, values: Mapping[str, object]) -> str:
    if any(isinstance(value, Bilingual) for value in values.values()):
        values = {name: value.own if isinstance(value, Bilingual) else value for name, value in values.items()}
    try:
        return template.strip().format_map(values)
    except (KeyError, IndexError, ValueError) as error:
        raise MissingCopy(f"placeholder {error} of «{template.strip()[:40]}…» has no value") from error
