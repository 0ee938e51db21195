"""The staff's panel, at `/panel/`, in Spanish: the base on which each subject builds its room.

A room is one module of `bot/panel/rooms/` with a `ROOM`, named in `rooms/__init__.py`:

    async def listing(visit: Visit) -> Response:
        rows = await visit.read(lambda c: people_of(c, visit.staff.country))
        return visit.page("personas/lista.html", rows=rows)

    async def note(visit: Visit) -> Response:
        def store(connection: Connection) -> None:
            person = found(connection, visit.path_id())  # raise Missing, Refused or Conflict for those pages
            visit.audit(connection, "person.noted", "contacts", person)
        await visit.write(store)
        return visit.go(f"/personas/{visit.path_id()}", "personas.guardado")  # keys of texts, shown once

    ROOM = Room(
        "personas",  # its words are textos/personas.toml, its pages templates/personas/
        (get("/personas", "people.read", listing), post("/personas/{id:int}/nota", "people.note", note)),
        nav=(Nav("/personas", "personas.titulo", "people.read", order=20),),
        slots=(Slot("/usuarios", "usuarios.hoy_sin_segundo", "users.write", without_second_step),),
    )

- Each route names a permission of `roles.PERMISSIONS`; one that is not there does not start.
  `tests/panel/permissions.tsv` has a line for each route: add yours. `tests/panel/test_every_page.py` opens each page
  in a browser; one of a record needs an invented one: `EXAMPLES` in `tests/panel/scene.py`.
- `Visit`: `staff` (id, name, role, country, languages), `may(permission)`, `field`/`fields`/`query`/`number`/`path_id`
  read what was sent, cleaned and bounded; `form` has uploads; `read`/`write` run a work on the database; `now`;
  `services` (database, deps, care cipher, zone); `page` answers with a template, `go` redirects after a POST.
- Who has a country sees only that one: `roles.within(column, visit.staff.country)` in every query, and `Missing` for
  a record of another.
- Templates extend `layout.html` and use the macros of `ui.html` (as `ui`): every form is a
  `{% call ui.form(visit, path) %}`, which carries its token. No script or style within a page.
  Filters: `moment`, `day`.
- `static/panel.js`: `<div data-live="/panel/…" data-every="10">` keeps a piece fresh; `ui.form(…, swap="#id")` puts
  the answer in an element's place; `call(address, options)` is fetch with the form token.
- What was seen or changed of a person goes to the log:
  `visit.audit(connection, action, table, id, detail, contact_id=…)`.
"""
