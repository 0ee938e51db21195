"""What people recorded for us in their languages: `audios.toml` lists the files of the folder `audios`.

A recording is played only once somebody who speaks the language has reviewed it; there is no table, a file is enough.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MANIFEST: Final = Path(__file__).parent / "audios.toml"
FOLDER: Final = MANIFEST.parent / "audios"
URL: Final = "/audios"  # the folder's address, below the public URL
KEYS: Final = ("idioma.avisar",)
"""Where a recording may be played: `flow.step`."""


class BadRecording(Exception):
    """The manifest cannot be read; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One line of the manifest. `reviewed`: who speaks the language and approved it, and when; "" if nobody did."""

    language: str
    key: str
    file: str
    recorded_by: str
    reviewed: str


class Audios:
    """The recordings that there are."""

    def __init__(self, recordings: Sequence[Recording] = (), folder: Path = FOLDER) -> None:
        self.recordings, self._folder = recordings, folder

    @classmethod
    def load(cls, manifest: Path = MANIFEST, folder: Path = FOLDER) -> Audios:
        """Read the manifest; raises `BadRecording`."""
        try:
            lines = tomllib.loads(manifest.read_text(encoding="utf-8")).get("audio", [])
        except tomllib.TOMLDecodeError as error:
            raise BadRecording(f"{manifest.name}: {error}") from error
        return cls([_recording(line) for line in lines], folder)

    def path(self, language: str, key: str) -> str:
        """The path, below the public URL, of a reviewed recording whose file is there; "" if there is none."""
        for one in self.recordings:
            if (one.language, one.key) == (language, key) and one.reviewed and (self._folder / one.file).is_file():
                return f"{URL}/{one.file}"
        return ""

    def problems(self) -> Iterator[str]:
        """What is wrong with the manifest: one line each, with its remedy."""
        for one in self.recordings:
            if one.key not in KEYS:
                yield f"audios.toml: «{one.key}» is no place where a recording is played; use one of {', '.join(KEYS)}"
            if not (self._folder / one.file).is_file():
                yield f"audios.toml: the file {one.file} is missing; put it into flows/audios"

    def notes(self) -> Iterator[str]:
        """What is missing: nothing recorded, or recorded and not reviewed."""
        if not self.recordings:
            yield "audios.toml: nothing is recorded in any Mayan language yet"
        for one in self.recordings:
            if not one.reviewed:
                yield f"audios.toml: nobody who speaks it has reviewed {one.file}"


def _recording(line: dict[str, Any]) -> Recording:
    try:
        return Recording(line["idioma"], line["clave"], line["archivo"], line["grabo"], line.get("revisado", ""))
    except KeyError as error:
        raise BadRecording(f"audios.toml: a recording has no {error}; see the head of the file") from error
