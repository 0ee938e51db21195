"""The web application: which address leads where. Wiring only."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Lifespan

from bot.web.edge import BODY_SECONDS, Edge
from bot.web.errors import on_database_away, on_http_exception
from bot.web.files import PATH as FILE_PATH
from bot.web.files import OfferedFile
from bot.web.health import Health
from bot.web.limits import Gate
from bot.web.pages import Pages
from bot.web.services import Services
from bot.web.stream import Pace, Streams
from bot.web.webchat import Messages, Stream
from db.database import DatabaseAway
from flows import audios


def create_app(
    services: Services,
    extra: Sequence[BaseRoute] = (),
    lifespan: Lifespan[Starlette] | None = None,
    *,
    pace: Pace | None = None,
    body_seconds: float = BODY_SECONDS,
) -> Starlette:
    """The application. `extra`: routes of the panel, the partners' API and the like.

    Serve it with uvicorn's own access log off (`access_log=False`), and with `timeout_graceful_shutdown` of a
    few seconds, because an open stream would otherwise hold a shutdown back for minutes.
    """
    routes = [*webhook_routes(services), *webchat_routes(services, pace or Pace()), *extra]
    routes += page_routes(services, panel=any(getattr(route, "path", "") == "/panel" for route in extra))
    edge = Middleware(
        Edge,
        registry=services.registry,
        routes=labels(routes),
        https=urlsplit(services.public_url).scheme == "https",
        body_seconds=body_seconds,
    )
    handlers = {HTTPException: on_http_exception, DatabaseAway: on_database_away}
    return Starlette(routes=routes, middleware=[edge], exception_handlers=handlers, lifespan=lifespan)


def webhook_routes(services: Services) -> list[BaseRoute]:
    """The providers' addresses. A provider's library is loaded only where its channel is on."""
    routes: list[BaseRoute] = []
    if services.twilio is not None:
        from bot.web import twilio

        for webhook in (twilio.Messages, twilio.Statuses):
            endpoint = webhook(services.twilio, services.inbox)
            routes.append(Route(webhook.path, endpoint, methods=["POST"]))
    if services.telegram is not None:
        from bot.web import telegram

        of = services.telegram
        updates = telegram.Updates(of.webhook, of.channel, services.inbox, of.staff)
        routes.append(Route(telegram.PATH, updates, methods=["POST"]))
    return routes


def webchat_routes(services: Services, pace: Pace) -> list[BaseRoute]:
    gate = Gate(services.limits, services.monotonic)
    streams = Streams(services.inbox, services.limits.streams, services.monotonic, pace)
    return [
        Route("/webchat/messages", Messages(services.inbox, gate), methods=["GET", "POST"]),
        Route("/webchat/stream", Stream(streams, gate), methods=["GET"]),
    ]


def page_routes(services: Services, *, panel: bool) -> list[BaseRoute]:
    pages, health = Pages(services.public_url, services.links, panel), Health(services)
    return [
        Route("/", pages.landing),
        Route("/chat", pages.chat),
        Route("/static/{version}/{name}", pages.static),
        Mount(audios.URL, StaticFiles(directory=audios.FOLDER)),
        Route(FILE_PATH, OfferedFile(services.offered), methods=["GET"]),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
    ]


def labels(routes: Sequence[BaseRoute]) -> list[str]:
    """What requests are called in logs and metrics: whole addresses, and the first part of variable ones."""
    paths = [route.path for route in routes if isinstance(route, Route | Mount)]
    return ["/" + path[1:].partition("/")[0] if "{" in path else path for path in paths]
