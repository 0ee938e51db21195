"""Whatever somebody in danger writes or taps: numbers of their country, and nothing that is pushed at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import Media
from flows.core.session import Session
from tests.chat import Bot, bot
from tests.walk.states import STRANGER, State, restore

NUMBERS = {"SV": {"911", "132"}, "GT": {"110", "122", "123"}, "HN": {"911"}}
CERTAIN = ("me quiero matar", "ya no quiero vivir", "mi marido me pega", "me amenazaron", "mi niño tiene golpes")
DOUBTFUL = ("ya no aguanto", "hay muchos mareros donde vivo", "no sirvo para nada")
WORDS = (
    *("sí", "no", "no sé", "no puedo más", "era broma", "😂", "gracias", "hola", "tengo miedo", "persona", "ayuda"),
    *("números", "1", "2", "3", "4", "7890 1234", "xyzzy", "", "BAJA", "atrás", "pausa", "no, ya pasó", "en la noche"),
)
TAP = st.integers(0, 5).map(lambda place: ("tap", place))
SAY = st.sampled_from((*CERTAIN, *DOUBTFUL, *WORDS)).map(lambda text: ("say", text))
SEND = st.just(("send", "voice"))
PUSHED = ("menu.", "servicio.", "diagnostico.", "bienvenida.")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with bot(tmp_path_factory.mktemp("danger")) as made:
        made.app.__dict__["nlu"] = made.app.rules
        yield made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    country=st.sampled_from(sorted(NUMBERS)),
    first=st.sampled_from((*CERTAIN, *DOUBTFUL)),
    then=st.lists(st.one_of(TAP, SAY, SEND), max_size=8),
)
def test_numbers_of_their_country_and_nothing_pushed(
    running: Bot, country: str, first: str, then: list[tuple[str, object]]
) -> None:
    person = STRANGER | {"country": country, "age_band": "25_34", "consent_asked": True, "consent_kept": True}
    chat = restore(running, State(Session(), person))
    keys = chat.says(first)
    told, heard = chat.text, list(keys)
    others = set().union(*NUMBERS.values()) - NUMBERS[country]
    for what, detail in then:
        spoken = (chat.session.top.flow if chat.session.top else "") in ("crisis", "contacto")
        if what == "tap":
            options = next((reply.options for reply in reversed(chat.replies) if reply.options), ())
            if not options:
                continue
            keys = chat.does(option=options[int(str(detail)) % len(options)].id)
        elif what == "say":
            keys = chat.says(str(detail))
        else:
            keys = chat.does(media=(Media("voice", "https://example.org/voice"),))
        told += chat.text
        heard += keys
        if spoken:
            assert not [key for key in keys if key.startswith(PUSHED)], keys
        assert not [line for line in chat.text.splitlines() if "📞" in line and any(n in line for n in others)]
    affirmed = any(key.startswith(("crisis.avisar.", "crisis.ahora.peligro")) for key in heard)
    assert affirmed or first not in CERTAIN
    if affirmed:
        assert any(f"📞 {number}" in told for number in NUMBERS[country])
