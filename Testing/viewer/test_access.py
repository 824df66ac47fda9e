"""Nobody sees the viewer without its address, two never at once, and it ends as it should."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess

COMMAND_LINE = "TumorResponseLib.cli.app"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def ask(url: str, path: str, **headers: str) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1"
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=20)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def cookie_of(response: http.client.HTTPResponse) -> str:
    morsels = SimpleCookie(response.getheader("Set-Cookie"))
    return "; ".join(f"{name}={morsel.value}" for name, morsel in morsels.items())


def command_line_viewer(folder: Path, *arguments: str) -> ViewerProcess:
    return ViewerProcess(folder, module=COMMAND_LINE, arguments=("view", "--device", "cpu", *arguments))


def test_only_the_printed_address_opens_and_only_in_one_browser(
    tmp_path: Path, reads: Callable[[ViewerProcess], Reader]
) -> None:
    with command_line_viewer(tmp_path / "out") as viewer:
        host = urlsplit(viewer.url).netloc
        for path in ("/", "/index.html", "/ws", "/thumbnails/1", "/?token=guessed", "/report/1"):
            refused = ask(viewer.url, path)
            assert refused.status == 403, path
            assert b"printed in the terminal" in refused.read()

        entered = ask(viewer.url, viewer.url.partition(host)[2])
        assert entered.status == 302
        assert "token" not in (entered.getheader("Location") or "")
        said = entered.getheader("Set-Cookie") or ""
        assert "HttpOnly" in said and "SameSite=Strict" in said
        guest = {"Cookie": cookie_of(entered)}
        assert ask(viewer.url, "/index.html", **guest).status == 200
        for origin in ("http://evil.example", f"http://localhost:{urlsplit(viewer.url).port}1"):
            assert ask(viewer.url, "/ws", Origin=origin, **HANDSHAKE, **guest).status == 403

        first = reads(viewer)
        assert "token" not in first.page.url
        second = first.page.context.browser.new_context().new_page()  # type: ignore[union-attr]
        answer = second.goto(viewer.url)
        assert answer is not None and answer.status == 423
        assert "in use" in second.get_by_test_id("refused").inner_text()
        assert ask(viewer.url, "/ws", Origin=f"http://{host}", **HANDSHAKE, **guest).status == 423

        first.page.reload()
        first.page.wait_for_selector("[data-testid=strip]")
        first.close()
        first_gone = second.goto(viewer.url)
        while first_gone is not None and first_gone.status == 423:  # the server is about to notice
            second.wait_for_timeout(100)
            first_gone = second.goto(viewer.url)
        second.wait_for_selector("[data-testid=strip]")


def test_a_newer_window_of_the_same_browser_goes_on(tmp_path: Path, reads: Callable[[ViewerProcess], Reader]) -> None:
    with command_line_viewer(tmp_path / "out") as viewer:
        reader = reads(viewer)
        other = reader.page.context.new_page()
        other.goto(viewer.url)
        other.wait_for_selector("[data-testid=strip]")
        assert "another window" in reader.see("ended").inner_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals, browser: object) -> None:
    with command_line_viewer(tmp_path / "out") as viewer:
        assert viewer.end(number) == 0
        assert "has ended" in viewer.log


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path, browser: object) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError) as failed, command_line_viewer(tmp_path / "out", "--port", str(port)):
            pass
    assert f"Error: Port {port} cannot be used" in str(failed.value)
    assert "Traceback" not in str(failed.value)
