"""Who may see the viewer: whoever has the address with its token, one person at a time."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp.web import Request, StreamResponse

    Handler = Callable[[Request], Awaitable[StreamResponse]]

LOOPBACK = "127.0.0.1"
SOCKET_PATH = "/ws"
NO_ENTRY = "Open the address that was printed in the terminal; it holds the key and is new each time."
IN_USE = "The viewer is in use in another browser. Close it there, then load this page again."
STRANGE_PAGE = "This request comes from another page than the viewer's own."
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>TumorResponse</title>
<style>body{{background:#0b0d10;color:#d7dde3;font:18px/1.6 sans-serif;display:grid;place-items:center;height:95vh}}
p{{max-width:34em;padding:1em}}small{{color:#8b949e}}</style>
<p data-testid="refused">{reason}<br><small>TumorResponse. Research use only.</small></p></html>"""
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
"""The token must stay out of caches and other sites' logs, and the page out of other pages' frames."""


class Gate:
    """Lets in the browser that came with the token, and of several browsers the first, as long as it is connected.

    The token is taken out of the address at once and replaced by a cookie that ends with the browser. Of several
    windows in one browser the newest goes on.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self._sessions: set[str] = set()
        self._connected: dict[str, Request] = {}

    def url(self, port: int) -> str:
        """The address to open."""
        return f"http://{LOOPBACK}:{port}/?token={self.token}"

    async def __call__(self, request: Request, handler: Handler) -> StreamResponse:
        """Pass a request on, or refuse it; aiohttp's middleware."""
        from aiohttp import web

        cookie = f"tumor-response-{request.url.port}"  # cookies do not know ports
        if "token" in request.query:
            if not secrets.compare_digest(request.query["token"].encode(), self.token.encode()):
                return refusal(HTTPStatus.FORBIDDEN, NO_ENTRY)
            entered = web.HTTPFound("/index.html", headers=HEADERS)
            if request.cookies.get(cookie) not in self._sessions:
                session = secrets.token_urlsafe(24)
                self._sessions.add(session)
                entered.set_cookie(cookie, session, httponly=True, samesite="Strict")
            return entered
        session = request.cookies.get(cookie, "")
        if session not in self._sessions:
            return refusal(HTTPStatus.FORBIDDEN, NO_ENTRY)
        if any(other != session for other in self._connected):
            return refusal(HTTPStatus.LOCKED, IN_USE)
        if request.path != SOCKET_PATH:
            response = await handler(request)
            response.headers.update(HEADERS)
            return response
        if request.headers.get("Origin") != str(request.url.origin()):
            return refusal(HTTPStatus.FORBIDDEN, STRANGE_PAGE)
        return await self._connect(session, request, handler)

    async def _connect(self, session: str, request: Request, handler: Handler) -> StreamResponse:
        earlier = self._connected.get(session)
        if earlier is not None and earlier.transport is not None:
            earlier.transport.close()
        self._connected[session] = request
        try:
            return await handler(request)
        except ConnectionResetError:  # the browser left while it was being answered
            return refusal(HTTPStatus.GONE, NO_ENTRY)
        finally:
            if self._connected.get(session) is request:
                del self._connected[session]


def refusal(status: HTTPStatus, reason: str) -> StreamResponse:
    """A page that says why."""
    from aiohttp import web

    page = PAGE.format(reason=escape(reason))
    return web.Response(status=status, text=page, content_type="text/html", headers=HEADERS)
