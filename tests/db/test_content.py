"""The content: it is in order, and what would not be is told with its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from db import content

TRADES = "trades.yml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the content, to be spoilt."""
    for file in content.FOLDER.glob("*.*"):
        if file.suffix in (".yml", ".json"):
            shutil.copyfile(file, tmp_path / file.name)
    return tmp_path


@pytest.fixture
def spoil(folder: Path) -> Callable[[str, str, str], Path]:
    """Put one thing in another's place, in one file, once."""

    def change(file: str, old: str, new: str) -> Path:
        words = (folder / file).read_text(encoding="utf-8")
        assert old in words
        (folder / file).write_text(words.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def test_the_content_is_in_order() -> None:
    assert content.problems() == []


def test_every_trade_has_its_questionnaire() -> None:
    trades = content.load_trades()
    assert len(trades) == 12
    first = trades["drywall_installer"]
    assert first.names["SV"][1] == "Tablayesero"
    assert first.criteria[10].critical
    assert first.questions[1].options[first.questions[1].correct] == "Trazar y revisar nivel y plomo"
    assert first.version == content.content_version(first)
    assert first.reviewed is None


def test_every_country_has_its_lines_and_a_fallback() -> None:
    lines = content.load_lines()
    assert dict(lines.fallback) == {"SV": ("911", "132"), "GT": ("110", "122", "123"), "HN": ("911",)}
    assert lines.by_case["violencia_mujer"]["GT"] == ("1572", "110")
    assert not any(line.signed for listed in lines.by_country.values() for line in listed)


@pytest.mark.parametrize(
    ("score", "unsafe", "band"),
    [
        (1.0, True, "seguridad_primero"),
        (1.0, False, "listo"),
        (0.70, False, "listo"),
        (0.699, False, "repaso"),
        (0.40, False, "repaso"),
        (0.399, False, "aprender"),
        (0.0, False, "aprender"),
    ],
)
def test_the_first_rule_that_holds_gives_the_band(score: float, unsafe: bool, band: str) -> None:
    assert content.load_bands().of(score, unsafe).name == band


def test_the_version_changes_with_the_questionnaire_alone() -> None:
    trade = content.load_trades()["carpenter"]
    assert content.content_version(replace(trade, colloquial=("otro",))) == trade.version
    other = replace(trade.criteria[0], text="Otra cosa.")
    assert content.content_version(replace(trade, criteria=(other, *trade.criteria[1:]))) != trade.version


def test_what_nobody_signed_is_listed() -> None:
    listed = content.unreviewed()
    assert "trades.yml: carpenter: no institute has reviewed it" in listed
    assert any(line.startswith("crisis_lines.yml: HN: 114") for line in listed)


def test_what_is_signed_is_not_listed(spoil: Callable[[str, str, str], Path]) -> None:
    spoil(TRADES, '  en: "Carpenter"', '  en: "Carpenter"\n  revisado: "INCAF, 2027-01-15"')
    folder = spoil("crisis_lines.yml", '{num: "114",', '{num: "114", staff_verificado: "2027-01-15, A. P.",')
    listed = content.unreviewed(folder)
    assert not any("carpenter" in line or "HN: 114" in line for line in listed)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (TRADES, "id: carpenter", "id: drywall_installer", "drywall_installer: two trades have this id"),
        (TRADES, "{id: dw02", "{id: dw01", "dw01: two criteria or questions have this id"),
        (TRADES, "ok: 1,", "ok: 3,", "dwq2: «ok: 3» names no option"),
        (TRADES, "critico: true", "critico: false", "drywall_installer: fewer than 2 critical criteria"),
        (TRADES, "tipo: material", "tipo: cosa", "dw01: kind «cosa» is none of"),
        (TRADES, "n: basico", "n: facil", "dw01: level «facil» is none of"),
        (TRADES, 'f: "Herramientas", ', "", "trades.yml: drywall_installer: dw01: «f» is missing"),
        (TRADES, "puntaje < 0.40", "puntaje < 0.30", "no band holds for a score of 0.3"),
        (TRADES, "puntaje < 0.40", "puntaje poco", "is no rule"),
        (TRADES, "trades:", "trades: [", "trades.yml: cannot be read"),
        ("crisis_lines.yml", 'SV: ["911", "132"], GT', 'SV: ["911", "133"], GT', "133 is no line of that country"),
        ("crisis_lines.yml", "GT: [], HN", 'GT: ["1503"], HN', "animo_suicidio: GT: 1503 is not verified"),
        ("crisis_lines.yml", "estado: verificado, ", "estado: quizas, ", "state «quizas» is none of"),
        ("institutions.yml", "id: intecap", "id: incaf", "incaf: two institutions have this id"),
        ("institutions.yml", "pais: GT", "pais: MX", "«MX» is no country of ours"),
        ("geo.json", '"iso_3166_2": "SV-AH"', '"iso_3166_2": "GT-AH"', "the code does not belong to SV"),
        ("geo.json", '"lat": 13.9769', '"lat": 31.9769', "Atiquizaya: (31.9769, -89.7525) lies in none"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    spoil: Callable[[str, str, str], Path], file: str, old: str, new: str, told: str
) -> None:
    found = content.problems(spoil(file, old, new))
    assert any(told in problem for problem in found), found
    assert all(problem.startswith(file) for problem in found)
