"""Short messages and their languages: `languages.tsv` (text, language, Mayan one, asked for, source).

The sources are those of `nlu/data/mayan.toml`. Nobody who speaks a Mayan language has verified the rows. The sentences
of the Declaration are in the text that the trigrams come from: flattering, and said so in docs/nlu.md.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from nlu.language import heard, language_of
from nlu.mayan import LEXICON, Lexicon
from nlu.words import load

LEAST = {"es": 0.99, "en": 0.96, "myn": 0.96, "other": 0.99}
VARIANT = 0.9


class Row(NamedTuple):
    text: str
    language: str
    variant: str
    speaks: str
    source: str


def _rows() -> list[Row]:
    with (Path(__file__).parent / "languages.tsv").open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Row(text, *("" if cell == "-" else cell for cell in rest)) for text, *rest in lines]


ROWS = _rows()


def test_there_are_enough_rows_and_each_names_its_source() -> None:
    assert len(ROWS) >= 150
    sources = {*load("mayan.toml")["fuentes"], "uso común"}
    assert {row.source for row in ROWS} <= sources


def test_accuracy_by_language() -> None:
    right, wrong = Counter[str](), []
    for row in ROWS:
        found = language_of(row.text)
        right[row.language] += found == row.language
        if found != row.language:
            wrong.append((row.text, row.language, found))
    totals = Counter(row.language for row in ROWS)
    print({name: f"{right[name]}/{total}" for name, total in totals.items()}, *wrong, sep="\n")
    for name, total in totals.items():
        assert right[name] / total >= LEAST[name], wrong


def test_accuracy_of_the_mayan_language() -> None:
    rows = [row for row in ROWS if row.variant]
    found = Counter((row.variant, heard(row.text).variant or "?") for row in rows)
    print(dict(found))
    assert sum(count for (meant, got), count in found.items() if meant == got) / len(rows) >= VARIANT


@pytest.mark.parametrize("row", [row for row in ROWS if row.speaks], ids=lambda row: row.text)
def test_the_language_that_is_asked_for(row: Row) -> None:
    assert heard(row.text).speaks == row.speaks


def test_nothing_is_asked_for_where_no_language_is_named() -> None:
    assert [row.text for row in ROWS if not row.speaks and heard(row.text).speaks] == []


@pytest.mark.parametrize("mark", ["'", "’", "ʼ", "`", "´", "ꞌ", ""])
def test_every_apostrophe_is_the_same(mark: str) -> None:
    said = heard(f"xeq{mark}ij nan, la utz awach")
    assert (said.language, said.variant, said.clear) == ("myn", "quc", True)
    assert heard(f"hablo q{mark}anjob{mark}al").speaks == "kjb"


@pytest.mark.parametrize("text", ["hello", "nice", "saqarik", "maltyox", "chjonte", "hola", "ok", "yes"])
def test_one_word_is_never_enough(text: str) -> None:
    assert not heard(text).clear


def test_the_same_answer_every_time() -> None:
    texts = [row.text for row in ROWS]
    assert list(map(heard, texts)) == list(map(heard, texts))


def test_no_greeting_is_shown_that_nobody_reviewed() -> None:
    assert all(LEXICON.greeting(code) == "" for code in LEXICON.languages)
    reviewed = load("mayan.toml")
    reviewed["mam"]["revisado"] = "Una hablante, 2027-01-15"
    assert Lexicon(reviewed).greeting("mam") == reviewed["mam"]["saludo"]


def test_every_word_names_a_source_that_is_listed() -> None:
    data = load("mayan.toml")
    named = {source for code in LEXICON.languages for part in ("claras", "ayudan") for source in data[code][part]}
    assert named <= set(data["fuentes"])


def test_it_is_quick() -> None:
    ordinary = [row.text for row in ROWS if row.language in ("es", "en")]
    best = min(_seconds(ordinary) for _ in range(5)) / len(ordinary)
    print(f"{best * 1000:.3f} ms a message")
    assert best < 0.001  # 0.2 ms where the machine has nothing else to do: docs/nlu.md


def _seconds(texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        heard(text)
    return time.perf_counter() - began
