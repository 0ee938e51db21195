"""Where the person lives: by words, by list or by a shared location. Ends with a place's id, or "" for abroad.

What is ambiguous is asked, never guessed; the old municipalities of El Salvador, now districts, lead to the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.core.ask import Choice, Pick, Where
from flows.core.reply import Option
from flows.core.step import Done, Flow, Next, Unanswered, Unclear
from flows.core.turn import Turn
from flows.store import country, person, store, world
from nlu.geography import Place

flow = Flow("ubicacion")

COUNTRIES = ("SV", "GT", "HN")
SURE = 0.97  # of a match by words; below it the person confirms
ROW = 24  # characters of a title in WhatsApp's lists


@flow.gate
def inicio(turn: Turn) -> Next:
    return donde if country(turn) else pais


@flow.step(Choice(*COUNTRIES, "otro"))
def pais(turn: Turn, answer: str) -> Next:
    if answer == "otro":
        store(turn).set_country("other")
        turn.say("en_otro_pais")
        return Done("")
    store(turn).set_country(answer)
    return donde


@flow.step(Where())
def donde(turn: Turn, answer: str) -> Next:
    if answer == "#lista":
        return departamento
    if answer == "#otro_pais":
        return pais
    found = _near(turn, answer) if answer.startswith("@") else _named(turn, answer)
    if not found:
        raise Unclear("lejos" if answer.startswith("@") else "no_conozco")
    turn.answers["candidatos"] = "|".join(place.id for place, _ in found)
    if len(found) == 1 and found[0][1] >= SURE:
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
    best = matches[0].score
    close = [match for match in matches if match.score >= min(best, SURE) - 0.02]
    seats = {(match.place.country, match.place.name) for match in close if match.place.level != "department"}
    towns = [
        match
        for match in close
        if match.place.level != "department" or (match.place.country, match.place.name) not in seats
    ]
    return [(match.place, match.score) for match in towns[:9]]


def _near(turn: Turn, located: str) -> list[tuple[Place, float]]:
    latitude, longitude = (float(part) for part in located[1:].split(","))
    nearest = world(turn).gazetteer.nearest(latitude, longitude, n=4) or []
    return [(place, 0.0) for place, _ in nearest]


def _candidates(turn: Turn) -> Sequence[Option]:
    ids = turn.answers.get("candidatos", "").split("|")
    places = [place for place in map(world(turn).gazetteer.by_id, filter(None, ids)) if place]
    return [_as_option(turn, place) for place in places]


@flow.step(Pick(_candidates), variant=lambda turn: "texto" if "|" in turn.answers.get("candidatos", "") else "una")
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


def _as_option(turn: Turn, place: Place) -> Option:
    kind = "en_pais" if place.country != country(turn) else "en_departamento"
    values = {"departamento": place.department, "pais": turn.copy.common(f"pais_{place.country}", {})}
    return _row(place, turn.copy.common(kind, values))


def _row(place: Place, below: str = "") -> Option:
    """A place in a list; a name that is too long for a title stands below it in full."""
    if len(place.name) <= ROW:
        return Option(place.id, place.name, below)
    return Option(place.id, f"{place.name[: ROW - 1].rstrip()}…", ", ".join(filter(None, [place.name, below])))


def known_place(turn: Turn) -> str:
    """The person's place in words, "" if it is not known."""
    place = world(turn).gazetteer.by_id(person(turn).place) if person(turn).place else None
    return described(place) if place else ""
