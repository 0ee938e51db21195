"""Two people who write whatever comes to their mind, in any order, to one bot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import select, update

from bot.channels.base import Inbound, Media
from bot.inbox.outcome import Outcome
from bot.inbox.router import OURS
from db.tables import contacts, conversations, identities
from flows.core.screen import MORE, PERSON
from flows.core.session import Session
from nlu.text import normalise
from tests.chat import Bot, Chat
from tests.walk.events import COMMANDS, CRIES, KINDS, WISHES
from tests.walk.states import STRANGER, State, current, restore
from tests.walk.walker import mistakes

ANSWERS: Final = (
    *("sí", "no", "1", "2", "10", "la tercera", "34", "16", "Guazapa", "Choluteca", "xela", "San Lorenzo", "soldador"),
    *(
        "ver más",
        "con ayuda",
        "👍",
        "",
        " ",
        "hola",
        "/start",
        "@",
        "@1,2",
        "#",
        "#lista",
        "!mas",
        "{texto}",
        "%s",
        "\x00",
    ),
)
TEXTS: Final = st.one_of(
    st.sampled_from((*ANSWERS, *COMMANDS, *WISHES)),
    st.sampled_from((*ANSWERS, *COMMANDS, *CRIES)),
    st.text(max_size=60),
    st.builds(lambda words, times: words * times, st.text(min_size=1, max_size=12), st.integers(1, 1_500)),
)
DEGREES: Final = st.one_of(st.floats(), st.floats(-90, 90), st.just(13.7), st.just(-89.2))
HOMES: Final = ("menu.que_hacer.texto", "menor.acompanar.texto", "bienvenida.acepta.texto")


STORED: Final = sorted((Path(__file__).parents[1] / "kernel" / "sessions").glob("*.json"))
SEEN: Final = {"country": "SV", "age_band": "25_34", "consent_asked": True, "consent_kept": True}
BESIDE_A_HUMAN: Final = (
    "crisis.",
    "contacto.",
    "baja.",
    "borrar.",
    "comun.seguimos",
    "comun.ya_es_el_inicio",
    "comun.muchos_mensajes",
)
"""What the bot may still say while somebody of the team has the conversation."""


class People(RuleBasedStateMachine):
    """Whatever they do: an answer that can be shown, nothing of the other, and a way on."""

    running: ClassVar[Bot]

    @initialize(starts=st.tuples(*[st.sampled_from([None, *STORED])] * 2))
    def they_come_from_anywhere(self, starts: tuple[Path | None, Path | None]) -> None:
        """As strangers, or from the middle of a conversation."""
        hows: list[dict[str, Any]] = [{}, {"channel": "whatsapp", "phone": "+50370001234"}]
        self.chats = [self._comes(start, how) for start, how in zip(starts, hows, strict=True)]
        self.taken: list[list[tuple[Inbound, Outcome]]] = [[], []]
        self.buttons: list[list[str]] = [[], []]
        self.codes: list[set[str]] = [set(), set()]
        self.before: list[set[str]] = [set(), set()]

    def _comes(self, start: Path | None, how: dict[str, Any]) -> Chat:
        if start is None:
            return self.running.chat(**how)
        state = State(Session.from_json(start.read_text("utf-8")), STRANGER | SEEN)
        return restore(self.running, state, **how)

    # --- what they do --------------------------------------------------------------------------------------------

    @rule(who=st.integers(0, 1), text=TEXTS)
    def says(self, who: int, text: str) -> None:
        self._does(who, text=text)

    @rule(who=st.integers(0, 1), places=st.lists(st.integers(0, 400), min_size=1, max_size=6))
    def taps(self, who: int, places: list[int]) -> None:
        for place in places:
            state = self._state(who)
            if state is None or state.session.question is None:
                return
            options = [*(option.id for option in state.session.question.options), MORE, PERSON]
            self._does(who, option=f"{state.session.question.id}.{options[place % len(options)]}")

    @rule(who=st.integers(0, 1), times=st.integers(1, 12))
    def taps_what_leads_forward(self, who: int, times: int) -> None:
        for _ in range(times):
            if not (self.chats[who].replies and self.chats[who].replies[-1].options):
                return
            self._does(who, option=self.chats[who].replies[-1].options[0].id)

    @rule(who=st.integers(0, 1), place=st.integers(0, 400))
    def taps_an_old_button(self, who: int, place: int) -> None:
        if self.buttons[who]:
            self._does(who, option=self.buttons[who][place % len(self.buttons[who])], text="Su título")

    @rule(who=st.integers(0, 1), option=st.one_of(st.text(max_size=80), st.just("."), st.just("zz.si")))
    def taps_what_was_never_shown(self, who: int, option: str) -> None:
        self._does(who, option=option)

    @rule(who=st.integers(0, 1), latitude=DEGREES, longitude=DEGREES)
    def shares_a_location(self, who: int, latitude: float, longitude: float) -> None:
        self._does(who, location=(latitude, longitude))

    @rule(who=st.integers(0, 1), kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=12), text=TEXTS)
    def sends_files(self, who: int, kinds: list[str], text: str) -> None:
        self._does(who, media=tuple(Media(kind, "https://example.org/x") for kind in kinds), text=text)

    @rule(who=st.integers(0, 1), place=st.integers(0, 400), text=TEXTS)
    def an_event_comes_twice(self, who: int, place: int, text: str) -> None:
        """Maybe long after, and maybe with other words: the provider's id is what counts."""
        if not self.taken[who]:
            return
        first, outcome = self.taken[who][place % len(self.taken[who])]
        before = self._state(who)
        again = self.running.take(Inbound(first.channel, first.provider_id, first.address, text=text))
        assert again.duplicate
        assert again.event_id == outcome.event_id
        assert again.replies == outcome.replies or not again.replies  # none once they were erased
        assert self._state(who) == before

    @rule(minutes=st.sampled_from([1, 30, 800, 60 * 24 * 3]))
    def time_passes(self, minutes: int) -> None:
        self.running.wait(minutes=minutes)

    @rule(who=st.integers(0, 1), texts=st.lists(TEXTS, max_size=3))
    def somebody_of_the_team_has_the_conversation(self, who: int, texts: list[str]) -> None:
        for text in texts:
            state = self._state(who)
            self._hands_over(who, True)
            self._does(who, text=text)
            wants_the_bot = self.running.app.deps.commands.get(normalise(text)) == "menu"
            if state and state.on_screen not in OURS and not wants_the_bot:
                assert all(reply.key.startswith(BESIDE_A_HUMAN) for reply in self.chats[who].replies[:1])
            self._hands_over(who, False)

    def _hands_over(self, who: int, human: bool) -> None:
        mine = select(identities.c.id).where(identities.c.address_hash == self._key(who))
        since = self.running.now if human else None
        change = update(conversations).where(conversations.c.identity_id.in_(mine)).values(human_since=since)
        self.running.app.database.write_now(lambda connection: connection.execute(change).rowcount)

    @rule(who=st.integers(0, 1))
    def somebody_else_has_the_phone_now(self, who: int) -> None:
        self._does(who, text="soy otra persona")
        state = self._state(who)
        if state is None or state.on_screen != ("otra_persona", "empezar_de_nuevo") or not state.session.question:
            return
        earlier = set(self.codes[who])
        self._does(who, option=f"{state.session.question.id}.si")
        state = self._state(who)
        assert state
        assert [(frame.flow, frame.step) for frame in state.session.stack] == [("bienvenida", "acepta")]
        assert (state.session.paused, state.session.goal, state.person) == ([], None, STRANGER)
        self.before[who] |= earlier
        self.taken[who] = self.taken[who][-1:]
        self.buttons[who].clear()

    # --- what always holds ---------------------------------------------------------------------------------------

    def _does(self, who: int, **what: Any) -> None:
        chat = self.chats[who]
        inbound = Inbound(chat.channel, self.running.next_id(), chat.address, phone=chat.phone, **what)
        outcome = self.running.take(inbound)
        self.taken[who].append((inbound, outcome))
        assert not outcome.duplicate
        chat.replies = [reply for _, reply in outcome.replies]
        for reply in chat.replies:
            assert reply.key != "comun.fallo", what
            assert mistakes(reply) == [], reply.key
            self.buttons[who].extend(option.id for option in reply.options)
        for code in self.codes[1 - who] | self.before[who]:
            assert code not in chat.text
        query = select(contacts.c.code).join(identities).where(identities.c.address_hash == self._key(who))
        self.codes[who].update(row.code for row in self.running.rows(query))

    def _key(self, who: int) -> bytes:
        return self.running.app.hasher.of(self.chats[who].channel, self.chats[who].address)

    def _state(self, who: int) -> State | None:
        return current(self.chats[who], ())

    def teardown(self) -> None:
        """Whatever happened: the web shows only its own; a little later «menú» shows what there is, or the welcome."""
        web = self.chats[0]
        own = {id_ for _, outcome in self.taken[0] for id_, _ in outcome.replies}
        seen = asyncio.run(self.running.app.inbox.transcript(web.address, 0))
        assert {id_ for id_, _ in seen} <= own
        self.running.wait(minutes=2)
        for who, chat in enumerate(self.chats):
            self._does(who, text="menú")
            assert chat.replies, "no answer to «menú»"
            assert chat.replies[-1].key in HOMES, chat.replies[-1].key
            assert chat.replies[-1].options
