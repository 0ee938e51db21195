"""Keys, tokens and hashes: what opens, what does not, and why."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.crypto import BadKey, CannotOpen, Cipher, Hasher, new_key, read_key

OLD, NEW = new_key(), new_key()


@given(st.one_of(st.text(), st.binary()), st.text())
def test_what_is_sealed_opens_with_its_key_and_its_use(content: str | bytes, context: str) -> None:
    cipher = Cipher([NEW, OLD])
    token = cipher.seal(content, context)
    plain = content.encode() if isinstance(content, str) else content
    assert cipher.open_bytes(token, context) == plain
    if isinstance(content, str):
        assert cipher.open(token, context) == content


@given(st.data())
def test_a_changed_token_never_opens(data: st.DataObject) -> None:
    token = bytearray(Cipher([NEW]).seal("7777-1234", "address"))
    at = data.draw(st.integers(0, len(token) - 1))
    token[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        Cipher([NEW]).open(bytes(token), "address")


@given(st.integers(0, 40))
def test_a_token_that_was_cut_short_never_opens(length: int) -> None:
    token = Cipher([NEW]).seal("7777-1234", "address")
    with pytest.raises(CannotOpen):
        Cipher([NEW]).open(token[: min(length, len(token) - 1)], "address")


def test_a_token_of_another_use_does_not_open() -> None:
    with pytest.raises(CannotOpen, match="«name»"):
        Cipher([NEW]).open(Cipher([NEW]).seal("x", "address"), "name")


def test_a_missing_key_is_named_by_its_id() -> None:
    token = Cipher([OLD]).seal("x", "name")
    with pytest.raises(CannotOpen, match=f"key {token[1:5].hex()}.*add the older key"):
        Cipher([NEW]).open(token, "name")


def test_turning_seals_anew_with_the_newest_key() -> None:
    token = Cipher([OLD]).seal("x", "name")
    both = Cipher([NEW, OLD])
    assert both.needs_turning(token)
    turned = both.turn(token, "name")
    assert not both.needs_turning(turned)
    assert Cipher([NEW]).open(turned, "name") == "x"


def test_the_same_text_is_never_sealed_alike() -> None:
    tokens = [Cipher([NEW]).seal("x", "name") for _ in range(50)]
    assert all(one != other for one, other in pairwise(sorted(tokens)))


def test_a_memoryview_opens_as_bytes_do() -> None:
    assert Cipher([NEW]).open(memoryview(Cipher([NEW]).seal("x", "name")), "name") == "x"  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ids=str.__len__, argvalues=["", "short", NEW + "AAAA", NEW[:-1] + "é", "=" * 44])
def test_a_key_of_another_shape_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(BadKey) as caught:
        Cipher([key])
    assert len(key) < 5 or key not in str(caught.value)


def test_a_key_may_come_padded_and_with_white_space() -> None:
    assert read_key(f" {NEW}=\n") == read_key(NEW)
    assert len(read_key(NEW)) == 32


def test_no_key_is_refused() -> None:
    with pytest.raises(BadKey):
        Cipher([])


def test_a_hash_depends_on_key_kind_and_value() -> None:
    hasher = Hasher(NEW)
    same = hasher.of("whatsapp", "whatsapp:+50377771234")
    assert same == Hasher(NEW).of("whatsapp", "whatsapp:+50377771234")
    others = [hasher.of("sms", "whatsapp:+50377771234"), hasher.of("whatsapp", "x"), Hasher(OLD).of("a", "b")]
    assert len({same, *others}) == 4
    assert len(same) == 32
