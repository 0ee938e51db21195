"""Reads the content's files, and says in which place of which file something is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
COUNTRIES = ("SV", "GT", "HN")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContentError(Exception):
    """A content file cannot be read, or lacks what the program needs; the message says where."""


@cache
def read(name: str, folder: Path = FOLDER) -> Any:
    """The plain data of a `.yml` or `.json` file, read once. Not to be changed."""
    path = folder / name
    try:
        words = path.read_text(encoding="utf-8")
        return json.loads(words) if path.suffix == ".json" else yaml.load(words, _Loader)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ContentError(f"{name}: cannot be read: {error}") from error


def need(item: Mapping[str, Any], key: str, where: str) -> Any:
    """A value that must be there. Raises `ContentError`."""
    if not isinstance(item, Mapping) or item.get(key) is None:
        raise ContentError(f"{where}: «{key}» is missing")
    return item[key]
