"""Codes: hard to guess, readable over the telephone, and a slip is noticed before the database is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.certificates import codes

CODES = st.text(codes.ALPHABET, min_size=16, max_size=16).map(lambda body: body + codes._check(body))


def test_a_new_code_has_eighty_random_bits_and_no_letter_that_looks_like_another() -> None:
    made = {codes.new() for _ in range(200)}
    assert len(made) == 200
    assert all(len(code) == 17 and not set(code) & set("ILOU") for code in made)


@given(CODES)
def test_it_is_read_however_it_is_written(code: str) -> None:
    assert codes.read(code) == code
    assert codes.read(codes.shown(code).lower()) == code
    assert codes.read(f"  {' '.join(code)} ") == code
    assert codes.read(code.replace("0", "O").replace("1", "l")) == code


@given(CODES, st.integers(0, 16), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_noticed(code: str, at: int, other: str) -> None:
    wrong = code[:at] + other + code[at + 1 :]
    assert codes.read(wrong) == (code if other == code[at] else None)


@given(CODES, st.integers(0, 15))
def test_two_characters_that_changed_places_are_noticed_but_for_the_pair_that_luhn_cannot(code: str, at: int) -> None:
    first, second = code[at], code[at + 1]
    swapped = code[:at] + second + first + code[at + 2 :]
    if {first, second} != {"0", "Z"}:  # 0 and 31: the known blind spot of the rule
        assert codes.read(swapped) == (code if first == second else None)


@given(st.text(max_size=80))
def test_anything_else_is_no_code(text: str) -> None:
    read = codes.read(text)
    assert read is None or codes.read(codes.shown(read)) == read
