"""The language of a message: es, en, myn (a Mayan language) or other; Spanish unless something speaks against it."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from nlu.text import LIMIT, normalise
from nlu.words import load

DEFAULT = "es"
_LATIN_END = "\u0250"
_DATA = load("language.toml")
_SPANISH, _ENGLISH, _OTHER = (frozenset(map(normalise, _DATA[name])) for name in ("es", "en", "otro"))
_MAYAN = frozenset(map(normalise, _DATA["maya"]["palabras"]))
_ENOUGH = 20  # letters below which no detector is to be trusted
_SURE = 0.9  # the detector's probability from which a message without known words is English


def language_of(text: str) -> str:
    """The language that one message is written in; a conversation switches on more evidence than that."""
    plain = normalise(text)
    if _foreign_script(text):
        return "other"
    words = plain.split()
    spanish, english, other = (sum(word in known for word in words) for known in (_SPANISH, _ENGLISH, _OTHER))
    if any(word in _MAYAN for word in words) or any(phrase in plain for phrase in _MAYAN if " " in phrase):
        return "myn" if english == 0 and spanish <= len(words) // 2 else DEFAULT
    if other > max(spanish, english):
        return "other"
    if spanish != english:
        return DEFAULT if spanish > english else "en"
    if len(plain) < _ENOUGH:
        return DEFAULT
    return "en" if _english_probability(plain) >= _SURE else DEFAULT


def _foreign_script(text: str) -> bool:
    letters = [character for character in text[:LIMIT] if character.isalpha()]
    if all(character < _LATIN_END for character in letters):
        return False
    latin = sum(unicodedata.name(character, "").startswith(("LATIN", "FULLWIDTH LATIN")) for character in letters)
    return len(letters) > 2 * latin


def _english_probability(plain: str) -> float:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.append(plain)
    try:
        return float(next((guess.prob for guess in detector.get_probabilities() if guess.lang == "en"), 0.0))
    except LangDetectException:
        return 0.0


@cache
def _factory() -> Any:
    """langdetect with two profiles and a fixed seed: without these it is slow and differs from run to run."""
    import langdetect
    from langdetect.detector_factory import DetectorFactory

    folder = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    factory.load_json_profile([(folder / name).read_text(encoding="utf-8") for name in ("es", "en")])
    factory.seed = 0
    return factory
