"""What the bot says: plain data, the same for every channel, stored as JSON until it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """A button. `id` is `<question instance>.<option>`; titles fit the tightest channel (see `flows.core.check`)."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """The form of a message that WhatsApp takes at any hour: see `flows.plantillas`. `variables` in their order."""

    name: str
    variables: tuple[str, ...] = ()
    language: str = "es"


@dataclass(frozen=True, slots=True)
class Reply:
    """One message. `key` is `flow.step.name`; the first option is the one that leads forward."""

    key: str
    text: str
    options: tuple[Option, ...] = ()
    wants: str = ""  # "location": offer the channel's own button to share one
    media: tuple[str, ...] = ()  # paths below the public URL
    static: bool = False  # no word of it comes from the person: a provider may keep it as a shared resource
    template: Template | None = None  # what goes instead where a provider takes no free text now

    def to_json(self) -> dict[str, Any]:
        """The shape that is stored: empty parts are left out."""
        body: dict[str, Any] = {"key": self.key, "text": self.text}
        if self.options:
            body["options"] = [[o.id, o.title, o.description] for o in self.options]
        if self.wants:
            body["wants"] = self.wants
        if self.media:
            body["media"] = list(self.media)
        if self.static:
            body["static"] = True
        if self.template:
            body["template"] = [self.template.name, list(self.template.variables), self.template.language]
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Reply:
        """Read what `to_json` wrote, also by an older release."""
        options = tuple(Option(*row) for row in body.get("options", ()))
        media = tuple(body.get("media", ()))
        template = _template(body["template"]) if "template" in body else None
        return cls(
            body["key"], body["text"], options, body.get("wants", ""), media, body.get("static", False), template
        )


def _template(row: list[Any]) -> Template:
    name, variables, language = row
    return Template(name, tuple(variables), language)
