"""The public pages and their files: made once at the start, kept in memory plain and compressed."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.services import Links
from bot.web.templating import HERE, render

STATIC = HERE / "static"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
REVALIDATE = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent. `etag` is a digest of its content."""

    body: bytes
    compressed: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> Asset:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        return cls(body, gzip.compress(body, mtime=0), media_type, etag)

    def respond(self, request: Request, cache: str) -> Response:
        """The file, compressed where the browser reads gzip; 304 where it has this very content already."""
        headers = {"ETag": self.etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.body, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.compressed, headers=headers, media_type=self.media_type)


class Pages:
    """`/`, `/chat` and the files under `/static/<version>/`, whose version is a digest of all of them."""

    def __init__(self, public_url: str, links: Links, panel: bool) -> None:
        self.files = read_files(STATIC)
        digest = hashlib.sha256("".join(file.etag for file in self.files.values()).encode())
        self.version = digest.hexdigest()[:12]
        values = {
            "static": f"/static/{self.version}",
            "host": urlsplit(public_url).netloc,
            "links": links,
            "panel": panel,
        }
        self.landing_page = Asset.of(render("landing.html", **values).encode(), "text/html")
        self.chat_page = Asset.of(render("chat.html", **values).encode(), "text/html")

    async def landing(self, request: Request) -> Response:
        return self.landing_page.respond(request, REVALIDATE)

    async def chat(self, request: Request) -> Response:
        return self.chat_page.respond(request, REVALIDATE)

    async def static(self, request: Request) -> Response:
        """A file. Under an older version's address it is today's file, and not kept for ever."""
        file = self.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        current = request.path_params["version"] == self.version
        return file.respond(request, FOR_EVER if current else REVALIDATE)


def read_files(folder: Path) -> dict[str, Asset]:
    """Name -> file, for every file in the folder."""
    return {
        path.name: Asset.of(path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in sorted(folder.iterdir())
        if path.suffix in MEDIA_TYPES
    }
