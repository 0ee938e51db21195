"""What is wrong with the copy and the flows, and how to mend it: run before anybody meets it in a conversation."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from flows.core import graph
from flows.core.ask import Call, Choice
from flows.core.copy import COMMON, Copy
from flows.core.step import Flow, Step

REVIEWED: Final = "revisado"  # who approved the words of a file, and when
PARTS: Final = frozenset({"botones", "sinonimos", "detalles"})
SAYS: Final = frozenset({"say", "say_content", "give"})
SAYS_COMMON: Final = frozenset({"say_common", "common"})


@dataclass(frozen=True, slots=True)
class Tightest:
    """The least of what all channels show (characters). WhatsApp's, through Twilio, as of November 2026:
    https://www.twilio.com/docs/content/twilio-quick-reply and …/twilio-list-picker.
    """

    text: int = 1600
    text_with_options: int = 1024
    buttons: int = 3
    button_title: int = 20
    row_title: int = 24
    row_description: int = 72
    room: int = 250  # for what placeholders become, where there are any


@dataclass(frozen=True, slots=True)
class Words:
    """Every word that the code says: exact keys, beginnings of keys put together, names of values, common texts."""

    exact: frozenset[str]
    beginnings: tuple[str, ...]
    values: frozenset[str]
    common: frozenset[str]

    def says(self, key: str) -> bool:
        return key in self.exact or key.startswith(self.beginnings)


@dataclass
class Checker:
    """Looks through flows and copy; each problem is one line that names the place and the remedy."""

    flows: Mapping[str, Flow]
    copy: Copy
    code: Sequence[Path]
    limits: Tightest = Tightest()
    other_files: frozenset[str] = frozenset()  # copy files of no flow
    data_keys: frozenset[str] = frozenset()  # keys that content names, not code
    _words: Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = _words(self.code)

    def problems(self) -> list[str]:
        """All of them, in the order of the flows."""
        found = [line for flow in self.flows.values() for line in self._flow(flow)]
        found += self._common()
        found += self._strays()
        return found

    def _flow(self, flow: Flow) -> Iterator[str]:
        for heading in sorted(graph.unreachable(flow)):
            yield f"{flow.name}.{heading}: no step leads here; delete it, or lead to it"
        for edge in graph.edges(flow):
            target = edge.end.removeprefix("→ ")
            if edge.end.startswith("→ ") and target not in self.flows:
                yield f"{flow.name}.{edge.start}: goes on in «{target}», which is no flow"
        for step in {step.copy: step for step in flow.steps.values()}.values():
            yield from self._step(step)

    def _step(self, step: Step[Any]) -> Iterator[str]:
        place = f"{step.flow.name}.{step.copy}"
        heading = self.copy.heading(step.flow.name, step.copy)
        asks = step.ask is not None and not isinstance(step.ask, Call)
        if asks and step.variant is None and "texto" not in heading:
            yield f"{place}: asks, but has no text; write «texto» under [{step.copy}] in {step.flow.name}.toml"
        if not asks and graph.is_unclear(step):
            yield f"{place}: has no answer of its own to call unclear; let the step that asks raise it"
        if isinstance(step.ask, Choice):
            yield from self._titles_match(step, step.ask, heading)
        titles = heading.get("botones", {})
        row = len(titles) > self.limits.buttons or (asks and not isinstance(step.ask, Choice))
        yield from self._titles_fit(place, titles, heading.get("detalles", {}), row=row)
        said = set(_said(graph.tree(step), SAYS))
        for key, template in heading.items():
            if key not in PARTS:
                yield from self._text(f"{place}.{key}", key, template, options=asks and key not in said)
        for key in sorted(said - set(heading) - set(self.copy.texts.get(COMMON, {}))):
            yield f"{place}: says «{key}», which is not written; write it under [{step.copy}] in {step.flow.name}.toml"

    def _titles_match(self, step: Step[Any], ask: Choice, heading: Mapping[str, Any]) -> Iterator[str]:
        place, titles = f"{step.flow.name}.{step.copy}", set(heading.get("botones", {}))
        for missing in sorted(set(ask.options) - titles):
            yield f"{place}: option «{missing}» has no title; write botones.{missing}"
        for extra in sorted(titles - set(ask.options)):
            yield f"{place}: botones.{extra} is no option of the step; delete it"
        for extra in sorted(set(heading.get("sinonimos", {})) - set(ask.options)):
            yield f"{place}: sinonimos.{extra} is no option of the step; delete it"

    def _titles_fit(
        self, place: str, titles: Mapping[str, str], details: Mapping[str, str], *, row: bool
    ) -> Iterator[str]:
        most = self.limits.row_title if row else self.limits.button_title
        for option, title in titles.items():
            if len(title) > most:
                yield f"{place}: the title of «{option}» has {len(title)} characters; {most} fit"
        for option, line in details.items():
            if len(line) > self.limits.row_description:
                yield f"{place}: detalles.{option} has {len(line)} characters; {self.limits.row_description} fit"
        if len(set(titles.values())) < len(titles):
            yield f"{place}: two options have the same title; nobody can tell them apart"

    def _text(self, place: str, key: str, template: object, *, options: bool) -> Iterator[str]:
        if not isinstance(template, str):
            return
        if key != "texto" and key not in self.data_keys and not self._words.says(key):
            yield f"{place}: no step says this; delete it, or mend its name"
        names = list(placeholders(template))
        for name in names:
            if name is None:
                yield f"{place}: a brace that is no placeholder; write {{{{ or }}}}"
            elif name not in self._words.values:
                yield f"{place}: no code gives «{name}»; mend the placeholder's name"
        most = self.limits.text_with_options if options else self.limits.text
        if len(template) + (self.limits.room if names else 0) > most:
            yield f"{place}: {len(template)} characters are too long for WhatsApp ({most}, less what is filled in)"

    def _common(self) -> Iterator[str]:
        common = self.copy.texts.get(COMMON, {})
        for key, template in common.items():
            if key not in PARTS:
                yield from self._text(f"{COMMON}.{key}", key, template, options=False)
        for key in sorted(self._words.common - set(common)):
            yield f"{COMMON}.{key}: the code says this, but it is not written; write it in {COMMON}.toml"

    def _strays(self) -> Iterator[str]:
        for name, headings in self.copy.texts.items():
            if name == COMMON or name in self.other_files:
                continue
            if name not in self.flows:
                yield f"{name}.toml: there is no flow of this name; delete the file, or mend its name"
                continue
            known = {step.copy for step in self.flows[name].steps.values()}
            for heading in headings:
                if heading not in known and heading != REVIEWED:
                    yield f"{name}.{heading}: there is no step of this name; delete the heading, or mend its name"


def placeholders(template: str) -> Iterator[str | None]:
    """The names of a text's placeholders; None for a brace that is none."""
    try:
        for _, name, _, _ in string.Formatter().parse(template):
            if name is not None:
                yield name
    except ValueError:
        yield None


def _words(code: Sequence[Path]) -> Words:
    exact: set[str] = set()
    beginnings: set[str] = set()
    values: set[str] = set()
    common: set[str] = set()
    for path in code:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        common.update(_said(tree, SAYS_COMMON))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                exact.add(node.value)
                values.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
            elif isinstance(node, ast.keyword) and node.arg:
                values.add(node.arg)
    return Words(frozenset(exact), tuple(b for b in beginnings if len(b) > 2), frozenset(values), frozenset(common))


def _said(tree: ast.AST, methods: frozenset[str]) -> Iterator[str]:
    """The keys that calls of these methods name outright."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[key, *_]) if name in methods:
                keys = [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]
                yield from (k.value for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str))
