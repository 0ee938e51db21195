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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from nlu.text import expand, normalise, sound_of_word

START, END, BREAK = "^", "$", "|"
GAP = 3  # words that «…» may stand for
_REMEMBERED = 20_000  # states; a memory that strange messages cannot fill without end
_PIECE = re.compile(r"[()\[\]|^$…]|[^\s()\[\]|…]+")

Value = TypeVar("Value")


class BadPattern(ValueError):
    """A pattern cannot be read: close every bracket and put words into it."""


@dataclass(slots=True, eq=False)
class _Node(Generic[Value]):
    """One place in a pattern: which words lead on, which beginnings of words, what any word leads to, what is found."""

    edges: dict[str, list[_Node[Value]]] = field(default_factory=dict)
    prefixes: list[tuple[str, _Node[Value]]] = field(default_factory=list)
    any: list[_Node[Value]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def step(self, word: str) -> Iterator[_Node[Value]]:
        """The places that one word (or `beginning*`) leads to."""
        yield from self.edges.get(word, ())
        yield from (node for prefix, node in self.prefixes if word.startswith(prefix))
        if word not in (START, END):
            yield from self.any


class _State(Generic[Value]):
    """All the places that the same words lead to. What comes after is worked out once, then remembered."""

    __slots__ = ("after", "nodes", "values")

    def __init__(self, nodes: tuple[_Node[Value], ...]) -> None:
        self.nodes = nodes
        self.values = tuple(value for node in nodes for value in node.values)
        self.after: dict[str, _State[Value] | None] = {}


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
        self._prefixes: dict[str, list[str]] = {}  # by first letter, longest first
        self._states: dict[tuple[int, ...], _State[Value]] = {}
        self.vocabulary: set[str] = set()

    def add(self, pattern: str, value: Value) -> None:
        """Add one pattern, before the first search. Raises `BadPattern`."""
        pieces = _PIECE.findall(pattern)
        exits, rest = self._alternatives(pieces, 0, [self._root])
        if rest != len(pieces) or self._root in exits:
            raise BadPattern(f"{pattern!r}: close every bracket and put words into it")
        for node in exits:
            node.values.append(value)

    def find(self, words: Sequence[str]) -> list[Hit[Value]]:
        """Every place where a pattern matches; overlapping ones too. A `BREAK` among the words is passed over."""
        known = [(self._known(word), at) for at, word in enumerate(words) if word != BREAK]
        hits: list[Hit[Value]] = []
        for index, (word, start) in enumerate(known):
            state, after = self._follow(self._first, word), index + 1
            while state:
                if state.values:
                    end = known[after - 1][1] + 1
                    hits += [Hit(value, start, end) for value in state.values]
                state = self._follow(state, known[after][0]) if after < len(known) else None
                after += 1
        return hits

    def _follow(self, state: _State[Value], word: str) -> _State[Value] | None:
        return state.after[word] if word in state.after else self._next(state, word)

    def _known(self, word: str) -> str:
        """The word itself if a pattern has it, else the longest beginning that one has, else nothing."""
        if word in self.vocabulary:
            return word
        return next((f"{prefix}*" for prefix in self._prefixes.get(word[:1], ()) if word.startswith(prefix)), "")

    def _next(self, state: _State[Value], word: str) -> _State[Value] | None:
        nodes = {id(node): node for before in state.nodes for node in before.step(word)}
        following = self._states.get(key := tuple(nodes)) or (_State(tuple(nodes.values())) if nodes else None)
        if len(self._states) < _REMEMBERED:
            if following:
                self._states[key] = following
            state.after[word] = following
        return following

    def _alternatives(
        self, pieces: list[str], at: int, entries: list[_Node[Value]]
    ) -> tuple[list[_Node[Value]], int]:
        exits, at = self._sequence(pieces, at, entries)
        while at < len(pieces) and pieces[at] == "|":
            more, at = self._sequence(pieces, at + 1, entries)
            exits = exits + more
        return exits, at

    def _sequence(
        self, pieces: list[str], at: int, entries: list[_Node[Value]]
    ) -> tuple[list[_Node[Value]], int]:
        while at < len(pieces) and pieces[at] not in ("|", ")", "]"):
            piece = pieces[at]
            if piece in ("(", "["):
                inside, at = self._alternatives(pieces, at + 1, entries)
                if at >= len(pieces) or pieces[at] != {"(": ")", "[": "]"}[piece]:
                    raise BadPattern(f"{' '.join(pieces)!r}: close every bracket")
                entries = inside if piece == "(" else entries + inside
            elif piece == "…":
                entries = self._gap(entries)
            else:
                entries = [self._word(piece, entries)]
            at += 1
        return entries, at

    def _word(self, piece: str, entries: list[_Node[Value]]) -> _Node[Value]:
        node: _Node[Value] = _Node()
        stem = piece.endswith("*")
        key = piece if piece in (START, END) else sound_of_word(normalise(piece.rstrip("*")))
        if not key:
            raise BadPattern(f"{piece!r}: a word must have letters")
        if stem:
            same = self._prefixes.setdefault(key[0], [])
            self._prefixes[key[0]] = sorted({*same, key}, key=len, reverse=True)
        else:
            self.vocabulary.add(key)
        for entry in entries:
            if stem:
                entry.prefixes.append((key, node))
            else:
                entry.edges.setdefault(key, []).append(node)
        return node

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


def sounds(parts: Sequence[str]) -> list[str]:
    """Normalised words as patterns compare them: abbreviations written out, then by sound."""
    written_out = " ".join(expand(list(parts))).split()
    return [sound_of_word(part) for part in written_out]
