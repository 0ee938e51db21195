"""What is wrong with the words of other languages: each must fit the Spanish text that it stands below."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from flows.core.check import PARTS, REVIEWED, Tightest, placeholders
from flows.core.copy import COMMON, GAP, Copy, Texts

QUESTION: Final = "texto"  # the key whose text has the options below it
MARK: Final = "huella_consentimiento"  # of the words agreed to, in each language its own


def problems(copy: Copy, limits: Tightest | None = None) -> Iterator[str]:
    """One line a problem, with its remedy."""
    for language, files in copy.others.items():
        for name, headings in files.items():
            place, spanish = f"{language}/{name}", copy.texts.get(name)
            if spanish is None:
                yield f"{place}.toml: there is no {name}.toml; delete the file, or mend its name"
            elif name == COMMON:
                yield from _heading(place, headings, spanish, limits or Tightest())
            else:
                yield from _file(place, headings, spanish, limits or Tightest())


def unreviewed(copy: Copy, signed: Container[str] = ()) -> Iterator[str]:
    """Which files nobody has approved who speaks the language; `signed`: those approved elsewhere, as «en/crisis»."""
    for language, files in copy.others.items():
        unread = [name for name, headings in files.items() if not headings.get(REVIEWED)]
        names = ", ".join(name for name in unread if f"{language}/{name}" not in signed)
        if names:
            yield f"textos/{language}: nobody who speaks it has approved the words of {names}"


def _file(place: str, headings: Mapping[str, Any], spanish: Mapping[str, Any], limits: Tightest) -> Iterator[str]:
    for heading, own in headings.items():
        if heading == REVIEWED:
            continue
        if not isinstance(spanish.get(heading), dict):
            yield f"{place}.{heading}: there is no such heading in Spanish; delete it, or mend its name"
        else:
            yield from _heading(f"{place}.{heading}", own, spanish[heading], limits)


def _heading(place: str, own: Mapping[str, Any], spanish: Mapping[str, Any], limits: Tightest) -> Iterator[str]:
    for key, template in own.items():
        if key in PARTS or key in (REVIEWED, MARK):
            continue
        if not isinstance(template, str) or not isinstance(spanish.get(key), str):
            yield f"{place}.{key}: there is no such text in Spanish; delete it, or mend its name"
            continue
        yield from _text(f"{place}.{key}", key, template, spanish[key], limits)
    yield from _options(place, own, spanish, limits)


def _text(place: str, key: str, template: str, spanish: str, limits: Tightest) -> Iterator[str]:
    for name in placeholders(template):
        if name not in set(placeholders(spanish)):
            yield f"{place}: «{name}» is no placeholder of the Spanish text; mend its name"
    most = limits.text_with_options if key == QUESTION else limits.text
    room = limits.room if any(placeholders(spanish)) else 0
    length = len(spanish.strip()) + len(GAP) + len(template.strip()) + room
    if length > most:
        yield f"{place}: with the Spanish above it, {length} characters are too long for WhatsApp ({most})"


def _options(place: str, own: Mapping[str, Any], spanish: Mapping[str, Any], limits: Tightest) -> Iterator[str]:
    known: Mapping[str, str] = spanish.get("botones", {})
    titles = {**known, **own.get("botones", {})}
    most = limits.row_title if len(known) > limits.buttons else limits.button_title
    for part in sorted(PARTS):
        for option in own.get(part, {}):
            if option not in known and option not in spanish.get("sinonimos", {}):
                yield f"{place}: {part}.{option} is no option in Spanish; delete it, or mend its name"
    for option in own.get("botones", {}):
        if len(titles[option]) > most:
            yield f"{place}: the title of «{option}» has {len(titles[option])} characters; {most} fit"
    if len(set(titles.values())) < len(titles):
        yield f"{place}: two options have the same title; nobody can tell them apart"
    for option, line in own.get("detalles", {}).items():
        if len(line) > limits.row_description:
            yield f"{place}: detalles.{option} has {len(line)} characters; {limits.row_description} fit"


def consent_words(files: Texts, headings: tuple[tuple[str, str], ...]) -> str:
    """The words that people agree to, in one language's files."""
    return "\n".join(str(files.get(flow, {}).get(heading, {}).get(QUESTION, "")) for flow, heading in headings)
