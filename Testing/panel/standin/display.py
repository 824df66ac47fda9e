"""A screen that nobody sees, and the one Qt application on it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SCREEN = "1280x2400x24"


@pytest.fixture(scope="session")
def application() -> Iterator[object]:
    """The application under Xvfb."""
    pytest.importorskip("PySide6", reason="PySide6-Essentials is not installed; install the test extra.")
    pytest.importorskip("slicer", reason="slicer-core is not installed; install the viewer extra.")
    command = shutil.which("Xvfb")
    if command is None:
        pytest.skip("The panel's tests open a window, and Xvfb is not installed; install it with: apt-get install xvfb")
    _check_platform_plugin()
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [command, "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    if not number:
        server.wait()
        pytest.skip("The panel's tests open a window, and Xvfb does not start on this machine.")
    # Only Qt may see the screen: VTK would leave EGL for it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", f":{number}")
        patch.setenv("QT_QPA_PLATFORM", "xcb")
        patch.setenv("QT_LOGGING_RULES", "qt.qpa.*=false")
        from Testing.panel.standin.application import qSlicerApplication

        qt_application = qSlicerApplication()
    yield qt_application
    # The connection is closed before the server, else Xlib ends the process.
    qt_application.shutdown()
    server.terminate()
    server.wait()


def _check_platform_plugin() -> None:
    """Qt ends the process when its plugin for X11 lacks a library; skip instead."""
    import PySide6
    from PySide6 import QtGui  # noqa: F401  # Qt's own libraries are loaded before the plugin

    plugin = Path(PySide6.__file__).parent / "Qt/plugins/platforms/libqxcb.so"
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        pytest.skip(f"Qt cannot open a window: {error}; run tools/system_libraries.sh")
