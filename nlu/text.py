"""Text as people type it, made comparable: plain letters, tokens, numbers, yes and no, and a sound key."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from nlu.words import WORDS

LIMIT = 2_000  # characters of a message that are read; safety reads LONG
LONG = 10_000

_APOSTROPHES = frozenset("'`´’‘ʼ′ꞌꞋˈʹ＇")
_SPECIAL = {0x1F51F: " 10 ", ord("ß"): "ss"}
_SQUEEZE = re.compile(r"([^\W\d_])\1+")
_PAIRS = frozenset("lrc")
_RANGES = (range(0x250), range(0x300, 0x370), range(0x1E00, 0x1F00), range(0x2000, 0x2070))
_MAX_DIGITS = 9
_MOST_PARTS = 4  # of one character: some Arabic signs are a sentence


def _plain(code: int) -> str:
    """What one character becomes: lower-case letters without marks, a digit, a space or nothing."""
    if code in _SPECIAL:
        return _SPECIAL[code]
    character = chr(code)
    if character in _APOSTROPHES:
        return ""
    return "".join(map(_part, unicodedata.normalize("NFKD", character.lower())[:_MOST_PARTS]))


def _part(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] in "LN":
        return character.lower()
    if category in ("Mn", "Me", "Mc", "Cf", "Sk", "Cs") or (category == "Cc" and not character.isspace()):
        return ""
    return f" {character} " if category == "So" else " "


class _Table(dict[int, str]):
    """The common characters are worked out once; the others each time, so that the table never grows."""

    def __missing__(self, code: int) -> str:
        return _plain(code)


_TABLE = _Table({code: _plain(code) for part in _RANGES for code in part})


def _squeezed(match: re.Match[str]) -> str:
    letter = match[1]
    return letter * 2 if letter in _PAIRS else letter


def normalise(text: str, limit: int = LIMIT) -> str:
    """Lower case without accents (ñ -> n), marks, invisible characters, punctuation or stretched letters.

    Emoji stay, as words of their own; so do the pairs ll, rr and cc. At most `limit` characters are read.
    """
    plain = text[:limit].translate(_TABLE)
    return " ".join(_SQUEEZE.sub(_squeezed, plain).split())


def tokens(text: str, limit: int = LIMIT) -> list[str]:
    """The words of `normalise`."""
    return normalise(text, limit).split()


@dataclass(frozen=True, slots=True)
class Word:
    """A normalised word and where it stands in the message as typed: `message[start:end]`."""

    plain: str
    start: int
    end: int


def words(text: str, limit: int = LIMIT) -> list[Word]:
    """The same words as `tokens`, with their places."""
    found: list[Word] = []
    letters, start, end = "", 0, 0
    for index, character in enumerate(text[:limit]):
        for part in _TABLE[ord(character)]:
            if part == " ":
                if letters:
                    found.append(Word(_SQUEEZE.sub(_squeezed, letters), start, end))
                letters = ""
                continue
            if not letters:
                start = index
            letters, end = letters + part, index + 1
    if letters:
        found.append(Word(_SQUEEZE.sub(_squeezed, letters), start, end))
    return found


def expand(parts: list[str]) -> list[str]:
    """Abbreviations written out: q -> que, xq -> porque, toy -> estoy."""
    short = WORDS.short
    return [short.get(part, part) for part in parts]


def number(text: str) -> int | None:
    """The number that an answer names: «2», «2.», «2️⃣», «dos», «la segunda», «opción 3», «treinta y dos».

    None where there is none, more than one, or anything beside it but filler («tengo 2 hijos»).
    """
    parts = [part for part in tokens(text, 80) if part not in WORDS.number_fillers]
    phrase = " ".join(parts)
    if phrase.isascii() and phrase.isdigit():
        return int(phrase) if len(phrase) <= _MAX_DIGITS else None
    return WORDS.numbers.get(phrase)


def yes_no(text: str) -> bool | None:
    """True for yes, False for no, None for anything else («tal vez», «no sé», a story)."""
    parts = expand(tokens(text, 200))
    phrase = " ".join(parts)
    for answer, phrases in ((None, WORDS.maybe), (False, WORDS.no), (True, WORDS.yes)):
        if phrase in phrases:
            return answer
    kept = [part for part in parts if part not in WORDS.answer_fillers]
    if kept != parts and kept:
        return yes_no(" ".join(kept))
    return _opening(parts)


def _opening(parts: list[str]) -> bool | None:
    """The answer that a short sentence begins with: «sí quiero», «no tengo tiempo»."""
    if not 1 < len(parts) <= WORDS.longest_answer or not WORDS.doubts.isdisjoint(parts):
        return None
    if len(set(parts)) == 1:
        return yes_no(parts[0])
    if parts[0] in WORDS.no_openings:
        return False
    if parts[0] in WORDS.yes_openings and WORDS.no_openings.isdisjoint(parts):
        return True
    return None


_SOUND = re.compile(
    r"sh|ch|ph|tion\b|ck|qu(?=[ei])|q|c(?=[ei])|c|k|z|x|gu(?=[ei])|g(?=[ei])|hu(?=[aeio])|h|v|w|ll|"
    r"y(?![aeiou])|y|mb|mp|rr|nn"
)
_AS = {"sh": "ch", "ch": "ch", "ph": "f", "tion": "sion", "ck": "k", "qu": "k", "q": "k", "c": "k", "k": "k"}
_AS |= {"z": "s", "x": "s", "gu": "g", "hu": "gu", "h": "", "v": "b", "w": "gu", "ll": "y", "y": "y"}
_AS |= {"mb": "nb", "mp": "np", "rr": "r", "nn": "n"}


def _sound(match: re.Match[str]) -> str:
    part = match[0]
    following = match.string[match.end() : match.end() + 1]
    if part == "c" and following in ("e", "i"):
        return "s"
    if part == "g":
        return "j"
    if part == "y" and following not in ("a", "e", "i", "o", "u"):
        return "i"
    return _AS[part]


def spelled(text: str) -> str:
    """A key that Spanish spelling mistakes keep: k/q/c, s/c/z, b/v, h, y/ll, x/s, g/j (kiero = quiero)."""
    return sound_of(normalise(text))


def sound_of(plain: str) -> str:
    """`spelled` of a text that is normalised already."""
    return " ".join(map(sound_of_word, plain.split()))


@lru_cache(maxsize=20_000)
def sound_of_word(word: str) -> str:
    """The key of one normalised word; the words of a language come again and again."""
    return _SQUEEZE.sub(r"\1", _SOUND.sub(_sound, word))


def similar(a: str, b: str) -> float:
    """How alike two texts are, 0 to 1, by letters or (a little less) by sound."""
    left, right = normalise(a), normalise(b)
    if left == right:
        return 1.0
    by_sound = fuzz.ratio(sound_of(left), sound_of(right)) * 0.97
    return max(fuzz.ratio(left, right), by_sound) / 100
