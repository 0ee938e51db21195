"""The safety conversations, word for word as they were reviewed; and what must hold in each of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.golden.document import PAGE, page
from tests.golden.talks import Chapter, Transcript, chapters, play_all

Played = Sequence[tuple[Chapter, Sequence[Transcript]]]
NUMBERS = {"SV": ("911", "132"), "GT": ("110", "122", "123"), "HN": ("911",)}
CHILDREN, FALSE_ALARMS = "06_ninez", "12_falsas_alarmas"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play_all(tmp_path_factory.mktemp("golden"), chapters())


@pytest.fixture(scope="module")
def transcripts(played: Played) -> list[Transcript]:
    return [transcript for _, group in played for transcript in group]


def words(transcript: Transcript) -> str:
    return "\n".join(reply.text for reply in transcript.said)


def test_nothing_is_said_differently_than_reviewed(played: Played) -> None:
    """If the change is meant: `python -m tests.golden --write`, and show the difference to a reviewer."""
    assert page(played) == PAGE.read_text("utf-8")


def test_there_are_enough_of_every_sort(transcripts: list[Transcript]) -> None:
    assert len(transcripts) >= 200
    for country in ("SV", "GT", "HN", ""):
        assert sum(transcript.talk.country == country for transcript in transcripts) >= 20
    for hour in ("oficina", "noche", "fin de semana", "feriado", "madrugada"):
        assert sum(transcript.talk.hour == hour for transcript in transcripts) >= 5
    assert sum(transcript.talk.language == "en" for transcript in transcripts) >= 10


def test_no_apology_for_a_fault_of_ours(transcripts: list[Transcript]) -> None:
    assert [t.talk.number for t in transcripts for reply in t.said if reply.key == "comun.fallo"] == []


def test_an_urgent_case_never_goes_without_numbers(transcripts: list[Transcript]) -> None:
    for transcript in transcripts:
        if any(priority == 1 for _, priority in transcript.cases):
            assert "📞" in words(transcript), transcript.talk.number


def test_nobody_is_shown_the_numbers_of_another_country(transcripts: list[Transcript]) -> None:
    for transcript in transcripts:
        here = NUMBERS.get(transcript.talk.country)
        if here is None:
            continue
        shown = [line for line in words(transcript).splitlines() if "📞" in line]
        others = {number for numbers in NUMBERS.values() for number in numbers} - set(here)
        assert not [line for line in shown for number in others if number in line], transcript.talk.number


def test_in_the_false_alarms_nobody_is_paged_but_where_the_rules_err(played: Played) -> None:
    (group,) = [group for chapter, group in played if chapter.name == FALSE_ALARMS]
    assert len(group) >= 40
    paged = [t.talk.who for t in group if any(reason != "person" for reason, _ in t.cases)]
    assert all("las reglas" in who for who in paged)
    assert len(paged) <= 2


def test_somebody_under_18_is_asked_no_forms(transcripts: list[Transcript]) -> None:
    for transcript in transcripts:
        if transcript.talk.age_band == "under_18":
            assert not [reply.key for reply in transcript.said if reply.key.startswith("contacto.")]


def test_no_first_words_tell_a_bystander_what_it_is_about(transcripts: list[Transcript]) -> None:
    telling = ("suicid", "matar", "violen", "abuso", "pandilla", "mara", "extors", "golpe", "viol")
    for transcript in transcripts:
        for reply in transcript.said:
            if reply.key.partition(".")[0] in ("crisis", "contacto", "seguimiento"):
                assert not [word for word in telling if word in reply.text.lower()], (transcript.talk.number, reply.key)
