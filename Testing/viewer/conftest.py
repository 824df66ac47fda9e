"""The views need trame-slicer and a way to render; the viewer's tests a Chromium as well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.resources import resources_folder

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed; install the viewer extra.")

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from Testing.viewer.reader import Reader
    from Testing.viewer.server_process import ViewerProcess

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    from TumorResponseLib.viewer.offscreen import require_rendering

    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed; install the test extra."
    )
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("No Chromium is installed; run tools/system_libraries.sh tests as root.")
    try:
        require_rendering()
    except TumorResponseError as error:
        pytest.skip(str(error))
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def reads(browser: Browser) -> Iterator[Callable[[ViewerProcess], Reader]]:
    """Somebody who opens a viewer's address in a browser of his own; any error of the page fails the test."""
    from Testing.viewer.reader import Reader

    readers: list[Reader] = []

    def start(viewer: ViewerProcess) -> Reader:
        readers.append(Reader(browser.new_context(viewport={"width": 1440, "height": 900}), viewer))
        return readers[-1]

    yield start
    errors = [error for reader in readers for error in reader.errors]
    for reader in readers:
        reader.close()
    assert not errors


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample study."""
    return resources_folder() / "SampleData" / "dlrs3"


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where pictures for the documentation go; None for nowhere."""
    folder = os.environ.get("TUMOR_RESPONSE_SCREENSHOTS")
    return None if not folder else Path(folder)
