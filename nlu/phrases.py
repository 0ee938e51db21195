"""Patterns that a psychologist or a trainer can read, matched on words in time linear in the message.

A pattern is words, compared by sound (`nlu.text.spelled`):

    me (quiero|voy a) matar     one of several ways, each of any number of words
    [ya] no aguanto             the word may be missing
    se … la vida                up to three words may stand between
    suicid*                     any word that begins so
    ^ hola $                    the beginning and the end of the message
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Generic, TypeVar

from nlu.text import expand, normalise, sound_of_word

START, END, BREAK = "^", "$", "|"
GAP = 3  # words that «…» may stand for
_REMEMBERED = 20_000  # states; a memory that strange messages cannot fill without end
_PIECE = re.compile(r"[()\[\]|^$…]|[^\s()\[\]|…]+")

_UNKNOWN = "?"
_LEAST_STEM = 2  # letters before «*»
_CLOSING = {"(": ")", "[": "]"}

Value = TypeVar("Value")


class BadPattern(ValueError):
    """A pattern cannot be read: close every bracket and put words into it."""


@dataclass(slots=True, eq=False)
class _Node(Generic[Value]):
    """One place in a pattern: which words and «beginnings*» lead on, what any word leads to, what is found."""

    edges: dict[str, list[_Node[Value]]] = field(default_factory=dict)
    any: list[_Node[Value]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)


_Step = tuple[int, _Node[Value]]
"""Which of a state's places leads on, and to what."""


class _State(Generic[Value]):
    """All the places that the same words lead to. What comes after is worked out once, then remembered."""

    __slots__ = ("after", "any", "edges", "nodes", "values")

    def __init__(self, nodes: tuple[_Node[Value], ...]) -> None:
        self.nodes = nodes
        self.values = tuple(value for node in nodes for value in node.values)
        self.after: dict[str, _State[Value] | None] = {}
        self.edges: dict[str, list[_Step[Value]]] | None = None  # of all the places together, once it is asked
        self.any: list[_Step[Value]] = []

    def step(self, keys: Sequence[str]) -> Iterable[_Step[Value]]:
        """Where one word leads, in the order of the places: `keys` are the word and the beginnings that it has."""
        edges = self._gathered() if self.edges is None else self.edges
        found = [edges[key] for key in keys if key in edges]
        if self.any and keys[0] not in (START, END):
            found.append(self.any)
        return sorted(chain(*found), key=itemgetter(0)) if len(found) > 1 else chain(*found)

    def _gathered(self) -> dict[str, list[_Step[Value]]]:
        edges: dict[str, list[_Step[Value]]] = {}
        self.any = [(at, target) for at, node in enumerate(self.nodes) for target in node.any]
        for at, node in enumerate(self.nodes):
            for key, targets in node.edges.items():
                steps = edges.setdefault(key, [])
                steps += [(at, target) for target in targets]
        self.edges = edges
        return edges


@dataclass(frozen=True, slots=True)
class _Choice:
    """A pattern, read: one of these ways, each a row of words and further choices."""

    ways: tuple[tuple[_Choice | str, ...], ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Hit(Generic[Value]):
    """A pattern found: `words[start:end]` of the sequence that was searched."""

    value: Value
    start: int
    end: int


class Phrases(Generic[Value]):
    """Many patterns, searched together."""

    def __init__(self) -> None:
        self._root: _Node[Value] = _Node()
        self._first = _State((self._root,))
        self._stems: set[str] = set()
        self._states: dict[tuple[int, ...], _State[Value]] = {}
        self._alphabet: dict[str, tuple[str, ...]] = {}  # each key, and the beginnings that fit it
        self._heads: set[str] = set()  # the first letters of beginnings, by which most words are told to have none
        self._longest = 0  # letters of a beginning
        self.vocabulary: set[str] = set()

    def add(self, pattern: str, value: Value) -> None:
        """Add one pattern, before the first search. Raises `BadPattern`."""
        exits = self._choice(_parse(pattern), [self._root], _Node())
        if self._root in exits:
            raise BadPattern(f"{pattern!r}: put words into it that may not be missing")
        for node in exits:
            node.values.append(value)

    @property
    def stems(self) -> set[str]:
        """The beginnings that patterns have, as «stem*»."""
        return {f"{stem}*" for stem in self._stems}

    def find(self, words: Sequence[str]) -> list[Hit[Value]]:
        """Every place where a pattern matches; overlapping ones too. A `BREAK` among the words is passed over."""
        places = [at for at, word in enumerate(words) if word != BREAK]
        known, heads = self.vocabulary, self._heads
        keys = [
            word if (word := words[at]) in known else self._key_of(word) if word[:_LEAST_STEM] in heads else _UNKNOWN
            for at in places
        ]
        first, hits = self._first.after, list[Hit[Value]]()
        for index, key in enumerate(keys):
            state = first[key] if key in first else self._next(self._first, key)
            after = index
            while state is not None:
                if state.values:
                    end = places[after] + 1
                    hits += [Hit(value, places[index], end) for value in state.values]
                after += 1
                if after == len(keys):
                    break
                key = keys[after]
                state = state.after[key] if key in state.after else self._next(state, key)
        return hits

    def _key_of(self, word: str) -> str:
        """The longest beginning that patterns have of a word that they lack as a whole, else a word that none has."""
        return next(self._beginnings(word), _UNKNOWN)

    def _beginnings(self, word: str) -> Iterator[str]:
        """Those that patterns have, the longest first."""
        sizes = range(min(len(word), self._longest), _LEAST_STEM - 1, -1)
        return (f"{word[:size]}*" for size in sizes if word[:size] in self._stems)

    def _fitting(self, key: str) -> tuple[str, ...]:
        """The key, and the other beginnings that its words have; there are no more keys than words in patterns."""
        if known := self._alphabet.get(key):
            return known
        shorter = (begun for begun in self._beginnings(key.removesuffix("*")) if begun != key)
        return self._alphabet.setdefault(key, (key, *shorter))

    def _next(self, state: _State[Value], word: str) -> _State[Value] | None:
        keys = self._fitting(word)
        nodes = {id(node): node for _, node in state.step(keys)}
        following = self._states.get(key := tuple(nodes)) or (_State(tuple(nodes.values())) if nodes else None)
        if len(self._states) < _REMEMBERED:
            if following:
                self._states[key] = following
            state.after[word] = following
        return following

    def _choice(self, part: _Choice, entries: list[_Node[Value]], target: _Node[Value]) -> list[_Node[Value]]:
        """All the ways lead to the same place, which keeps the patterns small."""
        exits: dict[int, _Node[Value]] = {}
        for way in part.ways:
            last: list[_Node[Value]] = entries
            for at, item in enumerate(way):
                last = self._item(item, last, target if at == len(way) - 1 else _Node())
            exits.update((id(node), node) for node in last)
        if part.optional:
            exits.update((id(node), node) for node in entries)
        return list(exits.values())

    def _item(self, item: _Choice | str, entries: list[_Node[Value]], target: _Node[Value]) -> list[_Node[Value]]:
        if isinstance(item, _Choice):
            return self._choice(item, entries, target)
        if item == "…":
            return self._gap(entries)
        key, stem = _key(item)
        if stem:
            self._stems.add(key)
            self._heads.add(key[:_LEAST_STEM])
            self._longest = max(self._longest, len(key))
        else:
            self.vocabulary.add(key)
        for entry in entries:
            entry.edges.setdefault(f"{key}*" if stem else key, []).append(target)
        return [target]

    @staticmethod
    def _gap(entries: list[_Node[Value]]) -> list[_Node[Value]]:
        exits, last = list(entries), entries
        for _ in range(GAP):
            node: _Node[Value] = _Node()
            for entry in last:
                entry.any.append(node)
            last = [node]
            exits.append(node)
        return exits


@lru_cache(maxsize=_REMEMBERED)
def _key(piece: str) -> tuple[str, bool]:
    """How a word of a pattern is compared, and whether it is only a beginning."""
    if piece in (START, END):
        return piece, False
    key = sound_of_word(normalise(piece.rstrip("*")))
    if not key or (piece.endswith("*") and len(key) < _LEAST_STEM):
        raise BadPattern(f"{piece!r}: a word must have letters, and a beginning at least {_LEAST_STEM}")
    return key, piece.endswith("*")


def _parse(pattern: str) -> _Choice:
    pieces = _PIECE.findall(pattern)
    choice, rest = _parse_ways(pieces, 0)
    if rest != len(pieces):
        raise BadPattern(f"{pattern!r}: close every bracket")
    return choice


def _parse_ways(pieces: list[str], at: int) -> tuple[_Choice, int]:
    """The ways from `at` up to a closing bracket or the end, and where that is."""
    ways: list[list[_Choice | str]] = [[]]
    while at < len(pieces) and pieces[at] not in (")", "]"):
        piece = pieces[at]
        if piece == "|":
            ways.append([])
        elif piece in _CLOSING:
            inside, at = _parse_ways(pieces, at + 1)
            if pieces[at : at + 1] != [_CLOSING[piece]]:
                raise BadPattern(f"{' '.join(pieces)!r}: close every bracket")
            ways[-1].append(_Choice(inside.ways, optional=piece == "["))
        else:
            ways[-1].append(piece)
        at += 1
    if not all(ways):
        raise BadPattern(f"{' '.join(pieces)!r}: put words between the brackets and bars")
    return _Choice(tuple(map(tuple, ways)), optional=False), at


def sounds(parts: Sequence[str]) -> list[str]:
    """Normalised words as patterns compare them: abbreviations written out, then by sound."""
    written_out = " ".join(expand(list(parts))).split()
    return [sound_of_word(part) for part in written_out]
