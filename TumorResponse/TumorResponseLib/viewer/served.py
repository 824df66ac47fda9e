"""What the page fetches besides its state: thumbnails, pictures of the teaching, the report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from TumorResponseLib.viewer.app import Viewer

if TYPE_CHECKING:
    from aiohttp.web import Request, RouteDef, StreamResponse

    Handler = Callable[[Request], Awaitable[StreamResponse]]


def routes(viewer: Viewer) -> list[RouteDef]:
    """The viewer's own addresses; the gate stands before them as before all others."""
    from aiohttp import web

    async def thumbnail(request: Request) -> StreamResponse:
        number = int(request.match_info["number"])
        entry = next((entry for entry in viewer.desk.entries() if entry.number == number), None)
        if entry is None or entry.thumbnail is None:
            raise web.HTTPNotFound
        return web.Response(body=entry.thumbnail, content_type="image/png")

    async def teaching_picture(request: Request) -> StreamResponse:
        place, steps = int(request.match_info["place"]), viewer.teaching_steps
        if place >= len(steps):
            raise web.HTTPNotFound
        return web.Response(body=steps[place].png(), content_type="image/png")

    async def report(request: Request) -> StreamResponse:
        path = viewer.desk.report_of(int(request.match_info["number"]))
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    return [
        web.get(r"/thumbnails/{number:\d+}", thumbnail),
        web.get(r"/teaching/{place:\d+}", teaching_picture),
        web.get(r"/report/{number:\d+}", report),
    ]
