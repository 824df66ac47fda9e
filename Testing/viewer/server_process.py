"""A viewer in a process of its own, as a user starts it, with its log."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from Testing.packaging.imports import REPOSITORY

START_S, END_S = 60.0, 20.0
COMPLAINTS = re.compile(r"Traceback|JS Error|\bERR\||\bERROR: ")
"""What must not stand in the log: of Python, of the browser, of VTK in both its styles."""


class ViewerProcess:
    """Start it as a context; outside of it nothing is left.

    Args:
        folder: ``--out``.
        studies: to add to the worklist.
        module: what is run; the viewer with a probe, else the command line.
        arguments: of that module, before the studies.
    """

    def __init__(
        self,
        folder: Path,
        *studies: Path,
        module: str = "Testing.viewer.probed_viewer",
        arguments: tuple[str, ...] = (),
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments, "--out", str(folder), *map(str, studies)]
        self._log_path = folder.with_suffix(f".{time.monotonic_ns()}.log")

    def __enter__(self) -> ViewerProcess:
        folders = [str(REPOSITORY / "TumorResponse"), str(REPOSITORY)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
        for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
            environment.pop(screen, None)
        with self._log_path.open("w") as log:
            self.process = subprocess.Popen(
                self._command, env=environment, cwd=REPOSITORY, stdout=log, stderr=log, start_new_session=True
            )
        self.url = self._wait_for_url()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        if error is None:
            assert not COMPLAINTS.search(self.log), self.log

    @property
    def log(self) -> str:
        """All that it wrote so far."""
        return self._log_path.read_text(encoding="utf-8")

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait; returns the exit code. Ctrl-C reaches the worker too, as from a terminal."""
        if number is signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        try:
            return self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _wait_for_url(self) -> str:
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"http://\S+", self.log)
            if found:
                return found.group()
            time.sleep(0.05)
        if self.process.poll() is None:
            self.process.kill()
        raise AssertionError(f"The viewer did not start:\n{self.log}")
