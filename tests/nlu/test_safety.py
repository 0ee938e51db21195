"""The safety layer: every line of its data does what it says, stories are searched whole, idioms are no alarm."""

from __future__ import annotations

import tomllib
from pathlib import Path
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.model.examples import KINDS, read
from nlu.phrases import BadPattern
from nlu.safety import FILES, Rule, Safety
from nlu.training.safety import figures, harmless_alarms, judge, seen
from nlu.understanding import Alarm
from nlu.words import DATA, load

HERE = Path(__file__).parent
SAFETY = Safety.read()
RULES = SAFETY.rules
HARMLESS = (HERE / "harmless.txt").read_text(encoding="utf-8").splitlines()
ALARMS = [line.split("\t") for line in (HERE / "alarms.tsv").read_text(encoding="utf-8").splitlines()]
STORY = "Le cuento que yo trabajé ocho años en Houston, pegando block y poniendo piso, y me vine en enero. "


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern[:60])
def test_every_line_keeps_its_examples(safety: Safety, rule: Rule) -> None:
    assert rule.examples, "a line needs a sentence that it must find"
    for sentence in rule.examples:
        gravest = safety.check(sentence)
        assert gravest is not None, sentence
        assert gravest.kind == rule.kind, sentence
        assert Alarm(rule.kind, rule.sub, rule.certain, rule.pattern) in safety.alarms(sentence), sentence
    for sentence in rule.harmless:
        assert safety.check(sentence) is None, sentence


@pytest.mark.parametrize("sentence", HARMLESS)
def test_harmless_talk_raises_no_alarm(safety: Safety, sentence: str) -> None:
    assert safety.check(sentence) is None


@pytest.mark.parametrize(("kind", "sentence"), ALARMS)
def test_alarms_as_people_write_them(safety: Safety, kind: str, sentence: str) -> None:
    for typed in (sentence, sentence.upper(), STORY * 5 + sentence + ". " + STORY * 5):
        alarm = safety.check(typed)
        assert alarm is not None
        assert alarm.kind == kind


@pytest.mark.parametrize(
    ("sentence", "kind", "sub", "certain"),
    [
        ("mi hermana dice que ya no quiere vivir", "self_harm", "third_person", True),
        ("no me quiero matar", "self_harm", "now", False),
        ("no, me quiero matar", "self_harm", "now", True),
        ("no sé qué hacer, me quiero matar", "self_harm", "now", True),
        ("ya no aguanto", "self_harm", "thoughts", False),
        ("mi marido me pega y ya no aguanto", "report_violence", "partner", True),
        ("los mareros me amenazan y ya no quiero vivir", "self_harm", "thoughts", True),
        ("ya no me pega", "report_violence", "partner", False),
        ("ya no me pega desde que me separé", "report_violence", "partner", False),
        ("mequieromatar", "self_harm", "now", True),
        ("tengo ganas demorirme", "self_harm", "thoughts", True),
        ("la mara", "report_violence", "gang", False),
        ("mi marido no me pega", None, "", False),
        ("un carro me sigue y mi marido no me pega", "report_violence", "", False),
        ("me muero de hambre y ya no quiero vivir", "self_harm", "thoughts", True),
        ("nos amenasaron", "report_violence", "", True),
        ("mi padrastro me toca", "report_violence", "child", True),
        ("me tienen encerrada", "report_violence", "trafficking", True),
        ("me tomé veneno", "self_harm", "attempt", True),
    ],
)
def test_kinds(safety: Safety, sentence: str, kind: str | None, sub: str, certain: bool) -> None:
    alarm = safety.check(sentence)
    if kind is None:
        assert alarm is None
        return
    assert alarm is not None
    assert (alarm.kind, alarm.sub, alarm.certain) == (kind, sub, certain)


def test_why_is_a_rule_and_never_the_persons_words(safety: Safety) -> None:
    patterns = {rule.pattern for rule in RULES} | {"pegadas"}
    for _, sentence in ALARMS:
        alarm = safety.check(sentence)
        assert alarm is not None
        assert alarm.why in patterns


def test_nobody_has_reviewed_it_yet(safety: Safety) -> None:
    assert safety.reviewed == ""
    assert len({rule.pattern for rule in RULES}) == len(RULES), "a line stands there twice"


def test_the_data_is_one_line_a_rule() -> None:
    for kind in KINDS:
        text = (DATA / "safety" / f"{kind}.toml").read_text(encoding="utf-8")
        lines = sum(line.lstrip().startswith("{ sub =") for line in text.splitlines())
        assert lines == len(tomllib.loads(text)[kind])


def test_a_group_that_nobody_wrote_is_refused() -> None:
    data = {
        "revisado": "",
        "niegan": [],
        "entre_self_harm": [],
        "entre_report_violence": [],
        "palabras_corrientes": [],
        "pegadas": [],
        "se_pegan": [],
        "se_escribe": {},
        "grupos": {"mal": ["malo"]},
        "self_harm": [{"sub": "now", "seguro": True, "patron": "<peor> día"}],
        "report_violence": [],
        "no_es_alarma": [],
    }
    with pytest.raises(BadPattern, match="peor"):
        Safety(data)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("traigo la pastilla y voy al puente", True),
        ("voy al puente con la pastilla", True),
        ("voy al puente" + " y ando" * 13 + " con la pastilla", False),
        ("voy al puente", False),
    ],
)
def test_both_sides_of_and_stand_close_together_in_any_order(sentence: str, found: bool) -> None:
    data = {name: part for file in FILES for name, part in load(file).items()}
    line = {"sub": "thoughts", "seguro": False, "patron": "puente & (pastilla|soga)"}
    safety = Safety(data | {"self_harm": [line], "report_violence": []})
    assert (safety.check(sentence) is not None) is found


def test_finds_what_writers_wrote_whom_nobody_read_for_the_rules() -> None:
    judged = seen(judge(SAFETY, read()), whether=False)
    unseen = figures(judged)
    assert unseen.recall >= 0.69  # 0.708 of 924 today
    assert unseen.right_kind >= 0.67
    assert unseen.false <= 0.004  # 0.0010 of 7129 today


def test_ordinary_talk_raises_no_alarm() -> None:
    assert harmless_alarms(SAFETY) == []


@given(st.text(max_size=300))
def test_takes_anything(text: str) -> None:
    SAFETY.check(text)


@pytest.mark.parametrize(
    "piece",
    [
        "me ",
        "no me ",
        "a,",
        "a\u0316\u0301",
        "漢",
        "ﷺ",
        "x",
        "mara se los la ",
        "amenaxz ",
        "me quiero ",
        "quiero … ",
        "😀",
    ],
)
def test_time_is_linear_in_the_message(safety: Safety, piece: str) -> None:
    long = (piece * 10_000)[:10_000]
    start = thread_time()  # of this thread alone: a busy machine proves nothing
    safety.check(long)
    assert thread_time() - start < 2.0  # some 0.02 s here; a pattern that explodes takes minutes


def test_reads_ten_thousand_characters(safety: Safety) -> None:
    assert safety.check("hola " * 1_900 + "me quiero matar") is not None
