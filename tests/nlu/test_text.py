"""Text as people type it becomes comparable, whatever it contains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text import LIMIT, normalise, number, similar, spelled, tokens, words, yes_no


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("¡HOLÁ, señor!", "hola senor"),
        ("siiiii", "si"),
        ("calle carro acción", "calle carro accion"),
        ("callllle carrrro", "calle carro"),
        ("k'iche' Q’eqchi’", "kiche qeqchi"),
        ("so\u200bldador", "soldador"),
        ("hola\x00\x07 mundo", "hola mundo"),
        ("ｓｏｌｄａｄｏｒ", "soldador"),
        ("  a \t\n b  ", "a b"),
        ("si👍🏽", "si 👍"),
        ("2️⃣ 🔟 ٣", "2 10 3"),
        ("", ""),
        ("...", ""),
    ],
)
def test_normalise(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


@given(st.text(max_size=200))
def test_normalise_takes_anything_and_is_stable(text: str) -> None:
    plain = normalise(text)
    assert normalise(plain) == plain
    assert plain == plain.strip()
    assert [word.plain for word in words(text)] == tokens(text)


@given(st.text(max_size=200))
def test_words_know_where_they_stand(text: str) -> None:
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert normalise(text[word.start : word.end])


def test_only_the_beginning_of_a_long_message_is_read() -> None:
    assert len(normalise("ab " * 100_000)) <= LIMIT


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        *(("2", 2), ("2.", 2), ("2️⃣", 2), ("(2)", 2), ("٢", 2), ("la 2", 2), ("dos", 2), ("La segunda", 2)),
        *(("opción 3", 3), ("opcion tres por favor", 3), ("la número 4", 4), ("🔟", 10), ("doce", 12), ("no. 5", 5)),
        *(("treinta y dos", 32), ("veinticinco", 25), ("quiero la uno", 1), ("the third", 3), ("0", 0)),
        *(("tengo 2 hijos", None), ("1 y 3", None), ("hola", None), ("", None), ("12345678901234", None)),
        *(("2.5", None), ("ninguna", None)),
    ],
)
def test_number(answer: str, value: int | None) -> None:
    assert number(answer) == value


@pytest.mark.parametrize(
    "answer",
    [
        "si",
        "Sí",
        "siii",
        "simón",
        "cabal",
        "va",
        "vaya pues",
        "dale",
        "ok",
        "claro que sí",
        "👍",
        "👍🏿",
        "yes",
        "yep",
        "sí, gracias",
        "si por favor",
        "sí quiero",
        "cómo no",
        "ajá",
        "ey",
        "puchica si",
        "acepto",
        "✅",
        "👍👍",
        "si si",
    ],
)
def test_yes(answer: str) -> None:
    assert yes_no(answer) is True


@pytest.mark.parametrize(
    "answer",
    [
        "no",
        "NO",
        "nel",
        "nop",
        "nope",
        "no gracias",
        "fíjese que no",
        "todavía no",
        "no puedo",
        "👎",
        "no tengo tiempo",
        "claro que no",
        "mejor no",
        "no, gracias señor",
        "para nada",
        "❌",
        "no quiero",
        "ahorita no",
    ],
)
def test_no(answer: str) -> None:
    assert yes_no(answer) is False


@pytest.mark.parametrize(
    "answer",
    [
        "tal vez",
        "a saber",
        "no sé",
        "depende",
        "sí pero no puedo",
        "busco trabajo",
        "",
        "?",
        "soldador",
        "quién sabe",
        "sí o no",
        "no entiendo",
        "trabajé en Houston y no me pagaron las últimas dos semanas",
    ],
)
def test_neither_yes_nor_no(answer: str) -> None:
    assert yes_no(answer) is None


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        *(("kiero", "quiero"), ("cosinero", "cocinero"), ("aser", "hacer"), ("vevida", "bebida"), ("llo", "yo")),
        *(("serca", "cerca"), ("guitara", "guitarra"), ("espediente", "expediente"), ("ijo", "hijo")),
    ],
)
def test_spelled_keeps_what_misspelling_changes(wrong: str, right: str) -> None:
    assert spelled(wrong) == spelled(right)


def test_similar() -> None:
    assert similar("Soldador", "soldador") == 1.0
    assert similar("sordador", "soldador") > 0.85
    assert similar("kosinera", "cocinera") > 0.95
    assert similar("soldador", "jardinero") < 0.6


@given(st.text(max_size=50), st.text(max_size=50))
def test_similar_is_a_share(a: str, b: str) -> None:
    assert 0.0 <= similar(a, b) <= 1.0
