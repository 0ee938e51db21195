"""Like messages stand together, the same way every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlu.likeness import groups

SAID = [
    *("quiero saber de las becas", "laminas para mi techo", "kiero saver de las vecas", "saber de las becas quisiera"),
    *("dan láminas para techo?", "si", "no", "me pueden dar lamina para el techo"),
]


def test_spelling_and_order_do_not_part_them() -> None:
    assert groups(SAID) == [[0, 2, 3], [1, 4, 7], [5], [6]]


@given(st.lists(st.text(max_size=20), max_size=12))
def test_each_stands_in_one_group(said: list[str]) -> None:
    found = groups(said)
    assert sorted(at for group in found for at in group) == list(range(len(said)))
    assert groups(said) == found
