"""The panel's pages: Jinja2 with escaping always on, words from `textos/`, moments in the office's zone."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.pages import Asset, read_files
from bot.web.templating import HERE as WEB

HERE: Final = Path(__file__).parent


class Texts:
    """Every word that Python picks, by `file.key` or `file.table.key`."""

    def __init__(self, folder: Path) -> None:
        self.words: dict[str, Any] = {}
        for path in sorted(folder.glob("*.toml")):
            self.words |= dict(_flat(path.stem, tomllib.loads(path.read_text("utf-8"))))

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, filled in. Raises `KeyError`, which names the key."""
        text: str = self.words[key]
        return text.format(**values) if values else text

    def named(self, table: str, code: str) -> str:
        """What people call a code of ours, such as a role; the code itself where nobody has named it."""
        found = self.words.get(f"{table}.{code}", code)
        return found if isinstance(found, str) else code


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}.{key}", value)
        else:
            yield f"{prefix}.{key}", value


class Renderer:
    """Makes pages. `version` is a digest of the panel's own files, which it serves under `/panel/static/`."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.texts = Texts(HERE / "textos")
        self.files: Mapping[str, Asset] = read_files(HERE / "static")
        digest = hashlib.sha256("".join(file.etag for file in self.files.values()).encode())
        self.version = digest.hexdigest()[:12]
        self.environment = Environment(
            loader=FileSystemLoader([HERE / "templates", WEB / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters |= {"moment": self.moment, "day": self.day, "iso": datetime.isoformat}
        self.environment.globals |= {
            "t": self.texts,
            "named": self.texts.named,
            "static": f"/panel/static/{self.version}",
        }

    def __call__(self, template: str, **values: object) -> str:
        """One page as text."""
        return self.environment.get_template(template).render(**values)

    def moment(self, value: datetime | None) -> str:
        """Such as «lun 23 nov 2026, 10:05»; "" for None."""
        if value is None:
            return ""
        local = value.astimezone(self.zone)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def day(self, value: date | datetime) -> str:
        """Such as «lun 23 nov 2026»."""
        local = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        weekdays: Sequence[str] = self.texts.words["comun.dias"]
        months: Sequence[str] = self.texts.words["comun.meses"]
        return f"{weekdays[local.weekday()]} {local.day} {months[local.month - 1]} {local.year}"
