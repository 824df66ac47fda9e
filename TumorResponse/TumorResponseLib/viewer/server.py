"""Running the viewer: from the paths to the address, and to a clean end with everything saved."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.viewer.access import LOOPBACK, Gate
from TumorResponseLib.viewer.departures import keep_quiet_about_departures
from TumorResponseLib.viewer.offscreen import require_rendering
from TumorResponseLib.worker.client import WorkerClient

if TYPE_CHECKING:
    from aiohttp.web import RouteDef
    from trame_server import Server

    from TumorResponseLib.viewer.app import Viewer

TICK_S = 0.05
STOPPING = (signal.SIGINT, signal.SIGTERM)
MoreRoutes = Callable[["Viewer"], "Sequence[RouteDef]"]


def run_viewer(
    paths: Sequence[Path],
    folder: Path,
    *,
    port: int = 0,
    device: str = "auto",
    tell: Callable[[str], None],
    more_routes: MoreRoutes = lambda viewer: (),
) -> None:
    """Serve the viewer until Ctrl-C or SIGTERM.

    Args:
        paths: studies to add to the worklist; without any the worklist is opened as it was left.
        folder: output folder with the worklist.
        port: to listen on, on the loopback address; 0 takes a free one.
        device: ``auto``, ``cpu`` or ``cuda``.
        tell: called with the address once it can be opened.
        more_routes: further addresses behind the same gate.

    Raises:
        TumorResponseError: a path cannot be opened, the folder or the port is in use, or nothing can be rendered here.
    """
    require_rendering()
    client = WorkerClient(device=device)
    try:
        desk = Desk(client, folder)
        try:
            if paths:
                desk.open(paths)
            asyncio.run(_serve(desk, port, tell, more_routes))
        finally:
            desk.close()
    finally:
        client.close()


async def _serve(desk: Desk, port: int, tell: Callable[[str], None], more_routes: MoreRoutes) -> None:
    from aiohttp import web
    from trame.app import get_server

    from TumorResponseLib.viewer.app import Viewer
    from TumorResponseLib.viewer.served import routes

    stop = asyncio.Event()
    _stop_on_signals(stop)
    keep_quiet_about_departures()
    os.environ["TRAME_ARGS"] = ""  # else trame takes the command line for its own
    server = get_server("TumorResponse", client_type="vue3")
    viewer = Viewer(server, desk)
    gate = Gate()

    @server.controller.add("on_server_bind")
    def bind(web_app: Any) -> None:
        web_app.app.middlewares.append(web.middleware(gate))
        web_app.app.add_routes([*routes(viewer), *more_routes(viewer)])

    @server.controller.add("on_server_ready")
    def ready(**_: Any) -> None:
        tell(gate.url(server.port))

    serving = asyncio.ensure_future(_listen(server, port))
    ticking = asyncio.ensure_future(_tick(viewer))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        done, _ = await asyncio.wait({serving, ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        if not serving.done():
            await server.stop()
        for task in (serving, ticking, stopping):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        viewer.close()


async def _listen(server: Server, port: int) -> None:
    try:
        await server.start(
            port=port,
            host=LOOPBACK,
            exec_mode="coroutine",
            thread=True,  # which means that signals are ours
            timeout=0,  # nobody looks for a while: that is no reason to end
            open_browser=False,
            show_connection_info=False,
        )
    except OSError as error:
        raise UsageError(f"Port {port} cannot be used ({error.strerror}); choose another one with --port.") from error


async def _tick(viewer: Viewer) -> None:
    while True:
        viewer.tick()
        await asyncio.sleep(TICK_S)


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        # Not the loop's add_signal_handler, which Windows does not have.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
