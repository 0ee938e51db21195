"""The words: one TOML file a flow, one heading a step, and `comun.toml` for what belongs to no step."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

COMMON = "comun"


class MissingCopy(Exception):
    """The copy files lack a text that the code says; `arraigo check` finds these before anybody meets one."""


class BadCopy(Exception):
    """A copy file is not TOML; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Label:
    """A button's title and, in lists, the line below it."""

    title: str
    description: str = ""


class Copy:
    """Every text that a person reads, by flow, heading and key."""

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        self.texts = texts

    @classmethod
    def load(cls, folder: Path) -> Copy:
        texts = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                texts[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise BadCopy(f"{path.name}: {error}") from error
        return cls(texts)

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


def _filled(template: str, values: Mapping[str, object]) -> str:
    try:
        return template.strip().format_map(values)
    except (KeyError, IndexError, ValueError) as error:
        raise MissingCopy(f"placeholder {error} of «{template.strip()[:40]}…» has no value") from error
