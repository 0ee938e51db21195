"""What WhatsApp takes at any hour: one TOML file a template in `plantillas`, approved by its reviewers beforehand.

Rules: https://www.twilio.com/docs/content/twilio-quick-reply and https://www.twilio.com/docs/whatsapp/tutorial/
send-whatsapp-notification-messages-templates. A button's id is `<flow>:<option>:<reference>`, so that a tap leads into
the right conversation whenever it comes; the reference is one variable more than the body has.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from flows.core.ask import Choice
from flows.core.copy import BadCopy
from flows.core.reply import Option, Template
from flows.core.step import Flow

FOLDER: Final = Path(__file__).parent / "plantillas"
NAMES: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
VARIABLE: Final = re.compile(r"\{\{([^{}]*)\}\}")
CATEGORIES: Final = ("UTILITY", "MARKETING")
LONGEST, BUTTONS, TITLE, VALUE = 1024, 3, 20, 255  # characters; buttons; characters of a title, of a value
INDISCREET: Final = ("deport", "retorn", "migra", "repatri", "irregular")  # beginnings of words on a shared telephone
MARK: Final = ":"


@dataclass(frozen=True, slots=True)
class Variable:
    """What stands in a place of the body, and an example for who approves it."""

    name: str
    meaning: str
    sample: str


@dataclass(frozen=True)
class Form:
    """One template as it is written. `buttons`: options, with their titles, of the question that it `asks` in the flow
    that it `opens`; `datum`: under which name that flow is given the reference.
    """

    name: str
    language: str
    category: str
    body: str
    opens: str
    datum: str
    asks: str
    buttons: tuple[Option, ...]
    variables: tuple[Variable, ...]
    reviewed: str

    @cached_property
    def types(self) -> dict[str, Any]:
        """The body and buttons as Twilio's Content API takes them."""
        reference = f"{{{{{len(self.variables) + 1}}}}}"
        actions = [
            {"type": "QUICK_REPLY", "title": option.title, "id": durable(self.opens, option.id, reference)}
            for option in self.buttons
        ]
        return {"twilio/quick-reply": {"body": self.body, "actions": actions}}

    @cached_property
    def samples(self) -> dict[str, str]:
        """An example for each variable, by its number; the last one is the reference."""
        return dict(enumerated([*(variable.sample for variable in self.variables), "K7M2QX4A"]))

    @cached_property
    def example(self) -> str:
        """The body as a person would read it, with the examples in their places."""
        return VARIABLE.sub(lambda place: self.samples.get(place[1], place[0]), self.body)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything that is approved: a changed text is a new template."""
        parts = [self.category, self.language, self.types, self.samples]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def official(self) -> str:
        """The name at WhatsApp, where no two texts may have the same: with the beginning of the hash."""
        return f"{self.name}_{self.hash[:8]}"

    def filled(self, reference: str, *values: str) -> Template:
        """The template for one person; raises ValueError for too few or too many values."""
        if len(values) != len(self.variables):
            raise ValueError(f"{self.name} takes {len(self.variables)} values, not {len(values)}")
        return Template(self.name, tuple(_plain(value) for value in (*values, reference)), self.language)


def durable(flow: str, option: str, reference: str) -> str:
    """The id of a button that works whenever it is tapped."""
    return MARK.join((flow, option, reference))


def enumerated(values: list[str]) -> Iterator[tuple[str, str]]:
    """Values with their numbers as text, from «1»."""
    return ((str(number), value) for number, value in enumerate(values, 1))


def _plain(value: str) -> str:
    """WhatsApp takes no line breaks, no tabs and no empty values in a variable."""
    return " ".join(value.split())[:VALUE] or "-"


def load(folder: Path = FOLDER) -> dict[str, Form]:
    """All templates by name. Raises `BadCopy` for a file that is not TOML or lacks a part."""
    return {path.stem: _form(path) for path in sorted(folder.glob("*.toml"))}


@cache
def written() -> Mapping[str, Form]:
    """All templates of this release, read once."""
    return load()


@cache
def doors() -> Mapping[str, Form]:
    """By each flow that templates open, one of these templates: all of one flow ask the same."""
    return {form.opens: form for form in written().values()}


def _form(path: Path) -> Form:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return Form(
            name=path.stem,
            language=raw["idioma"],
            category=raw["categoria"],
            body=raw["cuerpo"].strip(),
            opens=raw["abre"],
            datum=raw["dato"],
            asks=raw["contesta"],
            buttons=tuple(Option(option, title) for option, title in raw["botones"].items()),
            variables=tuple(Variable(v["nombre"], v["significado"], v["muestra"]) for v in raw.get("variables", ())),
            reviewed=raw["revisado"],
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadCopy(f"plantillas/{path.name}: {error}") from error


def problems(forms: Mapping[str, Form], flows: Mapping[str, Flow]) -> Iterator[str]:
    """What WhatsApp would refuse, or what leads nowhere: one line a problem, with its remedy."""
    for form in forms.values():
        for problem in (*_shape(form), *_variables(form), *_buttons(form, flows)):
            yield f"plantillas/{form.name}.toml: {problem}"


def unreviewed(forms: Mapping[str, Form]) -> list[str]:
    """Templates whose words nobody has approved here."""
    names = [form.name for form in forms.values() if not form.reviewed]
    return [f"plantillas: nobody has reviewed the words of {', '.join(names)}"] if names else []


def _shape(form: Form) -> Iterator[str]:
    if not NAMES.fullmatch(form.name):
        yield "the name has other signs than a-z, 0-9 and _, or more than 40"
    if form.category not in CATEGORIES:
        yield f"categoria is one of {', '.join(CATEGORIES)}"
    if not 0 < len(form.body) <= LONGEST:
        yield f"the body has {len(form.body)} characters; {LONGEST} fit"
    words = f"{form.body} {' '.join(option.title for option in form.buttons)}".casefold()
    for beginning in INDISCREET:
        if re.search(rf"\b{beginning}", words):
            yield f"«{beginning}…» tells too much to who sees the telephone; leave it out"


def _variables(form: Form) -> Iterator[str]:
    used = VARIABLE.findall(form.body)
    if used != [str(number) for number in range(1, len(used) + 1)]:
        yield "the places in the body are {{1}}, {{2}} …, in this order and each once"
    if len(used) != len(form.variables):
        yield f"the body has {len(used)} places, and [[variables]] describes {len(form.variables)}"
    if re.match(r"\W*\{\{", form.body) or re.search(r"\}\}\W*$", form.body):
        yield "WhatsApp refuses a body that begins or ends with a place to fill in; add words"
    if re.search(r"\}\}\W*\{\{", form.body):
        yield "WhatsApp refuses two places side by side; put words between them"
    for variable in form.variables:
        if not variable.sample.strip() or not variable.meaning.strip():
            yield f"«{variable.name}» has no meaning or no sample; write both"


def _buttons(form: Form, flows: Mapping[str, Flow]) -> Iterator[str]:
    if not 0 < len(form.buttons) <= BUTTONS:
        yield f"{len(form.buttons)} buttons; 1 to {BUTTONS} fit"
    if len({option.title for option in form.buttons}) < len(form.buttons):
        yield "two buttons have the same title; nobody can tell them apart"
    for option in form.buttons:
        if not 0 < len(option.title) <= TITLE:
            yield f"the title of «{option.id}» has {len(option.title)} characters; {TITLE} fit"
    if form.opens not in flows:
        yield f"abre = «{form.opens}» is no flow"
        return
    step = flows[form.opens].steps.get(form.asks)
    ask = step.ask if step is not None else None
    if not isinstance(ask, Choice):
        yield f"contesta = «{form.asks}» is no question of «{form.opens}»"
    elif not {option.id for option in form.buttons} <= set(ask.options):
        yield f"«{form.asks}» has not all of these buttons; name them as its options"
