"""Long lists a page at a time: «from this row on», which stays quick and right while rows are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of rows. `more` is the address of the next one, "" on the last page; `first` of the first, "" on it."""

    rows: Sequence[T]
    more: str
    first: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Cuts pages of `size` rows; `filters` are the other parameters of the list's address, kept from page to page."""

    path: str
    filters: dict[str, str]
    cursor: str  # name of the parameter that says where a page begins
    size: int = 50

    def cut(self, rows: Sequence[T], place: Callable[[T], object], begun: bool) -> Paged[T]:
        """A page of `size + 1` rows at most. `place` gives a row's place; `begun`: this is not the first page."""
        shown = rows[: self.size]
        more = self.address({self.cursor: place(shown[-1])}) if len(rows) > self.size else ""
        return Paged(shown, more, self.address({}) if begun else "")

    def address(self, more: dict[str, object]) -> str:
        """The list's address with its filters; empty ones are left out."""
        parameters = {name: value for name, value in {**self.filters, **more}.items() if value}
        return f"{self.path}?{urlencode(parameters)}" if parameters else self.path
