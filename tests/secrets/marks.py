"""What is planted: a secret of its own for each input of `planted.tsv`, found again in whatever form it leaks."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("planted.tsv")
CODED: Final = ("log", "database", "header", "link", "twilio:addresses", "telegram:staff", "files", "cli")
"""Places that are searched for coded forms, too."""
MISSES: Final = "cli:nlu*misses"  # what was not understood is read there by whoever teaches it: docs/adr/0010
_LETTERS: Final = "bdfgjkmnpqrtvwxz"  # one a half byte: no word of any language


@dataclass(frozen=True)
class Mark:
    """One secret. `may`: patterns of the places where it may be seen; `must`: and where it is, or it never arrived."""

    name: str
    kind: str
    may: tuple[str, ...] = ()
    made: str = ""

    @cached_property
    def value(self) -> str:
        """As it is planted."""
        if self.made:
            return self.made
        digest = hashlib.sha256(self.name.encode()).hexdigest()
        digits = f"{int(digest, 16)}"
        match self.kind:
            case "phone":
                return f"+5037{digits[:7]}"
            case "number":  # a Telegram id
                return f"7{digits[:9]}"
            case "degrees":  # somewhere in El Salvador
                return f"13.7{digits[:5]}"
            case _:
                return "".join(_LETTERS[int(half, 16)] for half in digest[:16])

    @cached_property
    def plain(self) -> bytes:
        """What is sought everywhere; a telephone without its country."""
        return (self.value.removeprefix("+503") if self.kind == "phone" else self.value).lower().encode()

    @cached_property
    def coded(self) -> tuple[bytes, ...]:
        """Other forms that would give it away: hex, base64, and hashes without a key of what is guessed easily."""
        raw = self.value.removeprefix("+503").encode() if self.kind == "phone" else self.value.encode()
        hashed = [self.value, f"whatsapp:{self.value}"] if self.kind in ("phone", "number") else []
        digests = [hashlib.new(name, text.encode()) for text in hashed for name in ("sha256", "sha1", "md5")]
        forms = [raw.hex().encode(), *_in_base64(raw)]
        forms += [form for digest in digests for form in (digest.digest(), digest.hexdigest().encode())]
        return tuple(form.lower() for form in forms)

    def allowed(self, place: str) -> bool:
        return any(fnmatchcase(place, pattern) for pattern in self.may)


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What it becomes at each of the three places in a group, without the letters that its neighbours share."""
    for before in range(3):
        groups = (before + len(raw)) // 3
        yield base64.b64encode(b"\0" * before + raw)[4 if before else 0 : 4 * groups]


@dataclass(frozen=True)
class _Values:
    values: Mapping[str, str]

    def fill(self, pattern: str) -> str:
        """`{maria}` is Maria's number."""
        return re.sub(r"\{([^}]+)\}", lambda found: self.values[found[1]], pattern)


@dataclass
class Marks:
    """All of the table. `marks["input"]` is the secret of an input, which then counts as planted."""

    known: Mapping[str, Mark]
    planted: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, table: Path = TABLE) -> Marks:
        with table.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        plain = {row["input"]: Mark(row["input"], row["kind"]) for row in rows}
        values = _Values({name: mark.value for name, mark in plain.items()})
        for row in rows:
            where = tuple(values.fill(pattern) for pattern in row["may be seen in"].split())
            plain[row["input"]] = replace(plain[row["input"]], may=where)
        return cls(plain)

    def __getitem__(self, name: str) -> str:
        self.planted.add(name)
        return self.known[name].value

    def found(self, name: str, value: str) -> None:
        """A secret that the product itself made, and showed to whom it is for."""
        self.planted.add(name)
        self.made[name] = value

    def __iter__(self) -> Iterator[Mark]:
        return (replace(self.known[name], made=self.made.get(name, "")) for name in sorted(self.planted))


@dataclass(frozen=True)
class Sight:
    """A secret that was seen, and around it what shows where it came from."""

    mark: str
    place: str
    around: str


def seen(marks: Iterable[Mark], places: Mapping[str, bytes | bytearray]) -> Iterator[Sight]:
    """Every place of every secret, once for each pair, in whatever case it is written."""
    wanted = list(marks)
    for place, content in places.items():
        lowered = bytes(content.lower())
        deep = place.startswith(CODED)
        for mark in wanted:
            forms = (mark.plain, *(mark.coded if deep else ()))
            at = next((at for form in forms if (at := lowered.find(form)) >= 0), -1)
            if at >= 0:
                yield Sight(mark.name, place, bytes(content[max(0, at - 60) : at + 60]).decode("utf-8", "replace"))


def leaks(marks: Marks, places: Mapping[str, bytes | bytearray]) -> list[str]:
    """What was seen where it may not be: «input at place: …what stands around it…», but for the secret itself."""
    found = [sight for sight in seen(marks, places) if not marks.known[sight.mark].allowed(sight.place)]
    return [f"{sight.mark} at {sight.place}: …{sight.around}…" for sight in found]


def never_seen(marks: Marks, places: Mapping[str, bytes | bytearray]) -> list[str]:
    """What was seen nowhere, not even where it belongs: it never arrived, and its absence elsewhere says nothing.

    What only the database and the list of misses may hold may be gone from there, too.
    """
    found = {sight.mark for sight in seen(marks, places)}
    lasting = [mark for mark in marks if set(mark.may) - {"database", MISSES}]
    return [mark.name for mark in lasting if mark.name not in found]
