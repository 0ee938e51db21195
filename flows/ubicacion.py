"""Where the person lives: by words, by list or by a shared location. Ends with a place's id, or "" for abroad.

What is ambiguous is asked, never guessed; the old municipalities of El Salvador, now districts, lead to the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.core.ask import Choice, Pick, Where
from flows.core.reply import Option
from flows.core.said import Said
from flows.core.step import Done, Flow, Next, Unanswered, Unclear
from flows.core.turn import Turn
from flows.store import country, person, store, world
from nlu.geography import Place
from nlu.text import yes_no

flow = Flow("ubicacion")

COUNTRIES = ("SV", "GT", "HN")
SURE = 0.97  # of a match by words; below it the person confirms
ROW = 24  # characters of a title in WhatsApp's lists


@flow.gate
def inicio(turn: Turn) -> Next:
    return donde if country(turn) and not turn.answers.get("de_nuevo") else pais


def country_said(turn: Turn, said: Said) -> str | None:
    """The country that is named, or that of the town that is named or shared: «vivo en Honduras», «sps»."""
    named = world(turn).gazetteer.country_of(said.text)
    if named:
        return named
    towns = [place for place, score in _named(turn, said.text) if score >= SURE]
    if said.location:
        near = [place for place, _ in _near(turn, *said.location)]
        towns = [place for place in near if place.country == near[0].country]
    if len({place.country for place in towns}) != 1:
        return None
    turn.answers["pueblos"] = "|".join(place.id for place in towns)
    return towns[0].country


@flow.step(Choice(*COUNTRIES, "otro", hears=country_said))
def pais(turn: Turn, answer: str) -> Next:
    if answer == "otro":
        store(turn).set_country("other")
        turn.say("en_otro_pais")
        return Done("")
    store(turn).set_country(answer)
    towns = turn.answers.pop("pueblos", "")
    if towns:
        turn.answers["candidatos"] = towns
        return cual
    return donde


@flow.step(Where())
def donde(turn: Turn, answer: str) -> Next:
    match answer:
        case "#lista":
            return departamento
        case "#otro_pais":
            return pais
        case "#saltar":
            turn.say("saltado")
            return Done("")
    found = _near(turn, *map(float, answer[1:].split(","))) if answer.startswith("@") else _named(turn, answer)
    if not found:
        raise Unclear("lejos" if answer.startswith("@") else "no_conozco")
    turn.answers["candidatos"] = "|".join(place.id for place, _ in found)
    if len(found) == 1 and found[0][1] >= SURE and not _thanks(turn):
        return _settle(turn, found[0][0])
    return cual


def _narrow(turn: Turn, place: Place) -> Next:
    """A department is where a municipality is asked for."""
    turn.answers["departamento"] = place.id
    return municipio


def _named(turn: Turn, text: str) -> list[tuple[Place, float]]:
    """What a name may mean; who names a department's seat means the town."""
    matches = world(turn).gazetteer.find(text, country=country(turn) or None)
    if not matches:
        return []
    if _thanks(turn) and matches[0].place.country != country(turn):
        return []
    best = matches[0].score
    close = [match for match in matches if match.score >= min(best, SURE) - 0.02]
    seats = {(match.place.country, match.place.name) for match in close if match.place.level != "department"}
    towns = [
        match
        for match in close
        if match.place.level != "department" or (match.place.country, match.place.name) not in seats
    ]
    return [(match.place, match.score) for match in towns[:9]]


def _thanks(turn: Turn) -> bool:
    """«Gracias» is a town in Honduras too: never without asking."""
    understanding = turn.said.understanding
    return understanding is not None and understanding.intent.name == "thanks"


def _near(turn: Turn, latitude: float, longitude: float) -> list[tuple[Place, float]]:
    nearest = world(turn).gazetteer.nearest(latitude, longitude, n=4) or []
    return [(place, 0.0) for place, _ in nearest]


def _likely(turn: Turn) -> list[Place]:
    ids = turn.answers.get("candidatos", "").split("|")
    return [place for place in map(world(turn).gazetteer.by_id, filter(None, ids)) if place]


def _candidates(turn: Turn) -> Sequence[Option]:
    places = _likely(turn)
    names = [place.name for place in places]
    return [_as_option(turn, place, alone=names.count(place.name) == 1) for place in places]


def _that_one(turn: Turn, said: Said) -> str | None:
    """A plain yes, where just one place is asked about."""
    places = _likely(turn)
    return places[0].id if len(places) == 1 and yes_no(said.text) else None


@flow.step(
    Pick(_candidates, _that_one),
    values=lambda turn: {"lugar": ", ".join(map(described, _likely(turn)))},
    variant=lambda turn: "texto" if len(_likely(turn)) > 1 else "una",
)
def cual(turn: Turn, answer: str) -> Next:
    if answer == "ninguno":
        return donde
    return _settle_id(turn, answer)


def _departments(turn: Turn) -> Sequence[Option]:
    return [_row(place) for place in world(turn).gazetteer.departments(country(turn))]


@flow.step(Pick(_departments))
def departamento(turn: Turn, answer: str) -> Next:
    return municipio


def _towns(turn: Turn) -> Sequence[Option]:
    """The names that people use: in El Salvador the districts, which were the municipalities until 2024."""
    gazetteer = world(turn).gazetteer
    department = gazetteer.by_id(turn.answer(departamento))
    if department is None:
        raise Unanswered(departamento)
    municipalities = gazetteer.municipalities(department.country, department.name)
    places = [
        town
        for place in municipalities
        for town in gazetteer.districts(place.country, place.department, place.municipality) or [place]
    ]
    return [_row(place) for place in sorted(places, key=lambda place: place.name)]


@flow.step(Pick(_towns))
def municipio(turn: Turn, answer: str) -> Next:
    return _settle_id(turn, answer)


def _settle_id(turn: Turn, place_id: str) -> Next:
    place = world(turn).gazetteer.by_id(place_id)
    return _settle(turn, place) if place else donde


def _settle(turn: Turn, place: Place) -> Next:
    if place.level == "department":
        return _narrow(turn, place)
    store(turn).set_place(place.id)
    turn.say("anotado", lugar=described(place))
    return Done(place.id)


def described(place: Place) -> str:
    """A place as a person says it: «Guazapa, San Salvador»."""
    parts = dict.fromkeys(part for part in (place.name, place.department) if part)
    return ", ".join(parts)


def _as_option(turn: Turn, place: Place, *, alone: bool) -> Option:
    """A place among others; where another has its name, the title tells them apart."""
    kind = "en_pais" if place.country != country(turn) else "en_departamento"
    values = {"departamento": place.department, "pais": turn.copy.common(f"pais_{place.country}", {})}
    below = turn.copy.common(kind, values)
    title = f"{place.name}, {place.department}"
    if alone:
        return _row(place, below)
    return Option(place.id, title, below) if len(title) <= ROW else Option(place.id, place.department, title)


def _row(place: Place, below: str = "") -> Option:
    """A place in a list; a name that is too long for a title stands below it in full."""
    if len(place.name) <= ROW:
        return Option(place.id, place.name, below)
    return Option(place.id, f"{place.name[: ROW - 1].rstrip()}…", ", ".join(filter(None, [place.name, below])))


def known_place(turn: Turn) -> str:
    """The person's place in words, "" if it is not known."""
    place = world(turn).gazetteer.by_id(person(turn).place) if person(turn).place else None
    return described(place) if place else ""
