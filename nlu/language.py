"""The language of a message: es, en, myn (a Mayan language) or other; Spanish unless something speaks against it.

In this order: the words of Mayan languages (`nlu.mayan`); words that Spanish or English alone has; and only where none
is known, in four words or more, letters: `nlu.trigrams` for Mayan languages, langdetect between Spanish and English.
A conversation does not switch on one message of little evidence: `clear` says which ones are enough.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path
from typing import Any, Final

from nlu.mayan import CLEAR, ENOUGH, LEXICON, NAMES, Signs
from nlu.text import LIMIT, normalise
from nlu.trigrams import fits
from nlu.words import load

DEFAULT: Final = "es"
ENGLISH: Final = "en"
MAYAN: Final = "myn"
OTHER: Final = "other"

_LATIN_END: Final = "\u0250"
_DATA: Final = load("language.toml")
_SPANISH, _ENGLISH = (frozenset(map(normalise, _DATA[name])) - LEXICON.shared for name in ("es", "en"))
_OTHER: Final = frozenset(map(normalise, _DATA["otro"])) - LEXICON.shared
_READ: Final = 60  # words of a long message that are looked at
_LONG: Final = 4  # different words below which letters say nothing …
_LETTERS: Final = 14  # … and letters
_SURE: Final = 0.9  # langdetect's probability from which a message without known words is English
_PLAINLY: Final = 3  # words of one language that are enough on their own, with none of the other …
_TIMES: Final = 3  # … or so many times more than of the other
_MARGIN: Final = 1.2  # by which letters must fit a Mayan language better than Spanish and English (see docs/nlu.md)
_NAMED: Final = -6.9  # the fit from which letters may say which one; other Mayan languages stay below


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message tells about languages. Codes are ISO 639: es, en, quc, mam, kek, cak, kjb …"""

    language: str  # es, en, myn, other
    clear: bool = False  # enough to answer in that language from now on
    variant: str = ""  # which Mayan language it probably is, "" if that is not known
    probability: float = 0.0  # of that variant
    speaks: str = ""  # the language that the writer says they speak, or asks for


def language_of(text: str) -> str:
    """The language that one message is written in; a conversation switches on more evidence than that."""
    return heard(text).language


def heard(text: str) -> Heard:
    """Everything that one message tells about its writer's language."""
    if _foreign_script(text):
        return Heard(OTHER)
    plain = normalise(text)
    words = plain.split()[:_READ]
    spanish, english, other = (sum(word in known for word in words) for known in (_SPANISH, _ENGLISH, _OTHER))
    speaks = NAMES.named(" ".join(words), english=english > spanish)
    if found := _mayan(plain, words, spanish, english, speaks):
        return found
    if other > max(spanish, english):
        return Heard(OTHER, speaks=speaks)
    if spanish == english == 0:
        return _by_letters(plain, words, speaks)
    language = ENGLISH if english > spanish else DEFAULT
    most, least = max(spanish, english), min(spanish, english)
    clear = speaks == ENGLISH if language == ENGLISH and speaks else most >= _PLAINLY and _TIMES * least < most
    return Heard(language, clear, speaks=speaks)


def _mayan(plain: str, words: Sequence[str], spanish: int, english: int, speaks: str) -> Heard | None:
    """By words that are known: clear ones in a message that is not mostly Spanish, or several short ones."""
    signs = LEXICON.signs(plain, words)
    if signs is None or english > signs.clear:
        return None
    if signs.clear and spanish > len(words) // 2:
        return None
    if not signs.clear and (signs.all < ENOUGH or signs.all <= CLEAR * (spanish + english)):
        return None
    return Heard(MAYAN, _enough(signs, words), signs.variant, signs.share if signs.variant else 0.0, speaks)


def _enough(signs: Signs, words: Sequence[str]) -> bool:
    """More than a greeting that many know who write in Spanish."""
    return signs.clear > 1 or (signs.clear and signs.all > CLEAR) or (signs.all >= ENOUGH and len(words) >= _LONG)


def _by_letters(plain: str, words: Sequence[str], speaks: str) -> Heard:
    """A message without a word that is known."""
    if len(set(words)) < _LONG or sum(map(len, words)) < _LETTERS:
        return Heard(DEFAULT, speaks=speaks)
    fit = fits(words)
    mayan = {language: value for language, value in fit.items() if language in LEXICON.languages}
    best = max(mayan, key=lambda language: mayan[language])
    if mayan[best] - max(fit[DEFAULT], fit[ENGLISH]) >= _MARGIN:
        length = sum(map(len, words))
        chance = 1 / sum(exp((value - mayan[best]) * length) for value in mayan.values())
        known = mayan[best] >= _NAMED
        return Heard(MAYAN, True, best if known else "", chance if known else 0.0, speaks)
    return Heard(ENGLISH if _english_probability(plain) >= _SURE else DEFAULT, speaks=speaks)


def _foreign_script(text: str) -> bool:
    if max(text[:LIMIT], default="") < _LATIN_END:
        return False
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
        return float(next((guess.prob for guess in detector.get_probabilities() if guess.lang == ENGLISH), 0.0))
    except LangDetectException:
        return 0.0


@cache
def _factory() -> Any:
    """langdetect with two profiles and a fixed seed: without these it is slow and differs from run to run."""
    import langdetect
    from langdetect.detector_factory import DetectorFactory

    folder = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    factory.load_json_profile([(folder / name).read_text(encoding="utf-8") for name in (DEFAULT, ENGLISH)])
    factory.seed = 0
    return factory
