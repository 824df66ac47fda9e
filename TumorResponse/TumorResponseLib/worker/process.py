"""One life of the worker's process, as its parent sees it; nothing here waits."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

from TumorResponseLib.worker.arrays import ArrayFolder, make_exchange_folder
from TumorResponseLib.worker.messages import Message, MessageError, to_line

PACKAGES = Path(__file__).resolve().parents[2]
"""Where TumorResponseLib lies, which Slicer's own Python does not search."""

LONGEST_LINE = 1 << 24
"""Bytes of a message; arrays are not in it."""

MOST_AT_ONCE = 1 << 20
"""Bytes that one look takes out of the pipe, so that a flood does not hold up the interface."""

LONGEST_EXIT_S = 5.0
"""From the end of the pipe to the end of the process: a killed one closes its pipes before it gives back its memory."""

KILLED = 9
"""The signal of Linux's out-of-memory killer; Windows has no name for it."""


def default_command(device: str, folders: Sequence[Path]) -> list[str]:
    """How the worker is started: without the working folder on its search path, whose files could hide packages."""
    arguments = [argument for folder in folders for argument in ("--folder", str(folder))]
    return [interpreter(), "-P", "-m", "TumorResponseLib.worker", "--device", device, *arguments]


def interpreter() -> str:
    """This Python, or in Slicer, which is no Python to the outside, the one that Slicer brings."""
    if not Path(sys.executable or "").name.lower().startswith("python"):
        return shutil.which("PythonSlicer") or sys.executable
    return sys.executable


class ChildProcess:
    """A running worker with its pipes and its exchange folder.

    Raises:
        OSError: there is no such program, or no room for the folder.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._folder = make_exchange_folder()
        self._remove_folder = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.arrays = ArrayFolder(self._folder, "parent")
        self._buffer = bytearray()
        self._pipe_ended: float | None = None
        paths = [str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                start_new_session=True,  # a group: PythonSlicer is a launcher, and kill must reach the Python behind it
            )
        except OSError:
            self._remove_folder()
            raise
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdout.fileno(), False)
        self.send({"exchange": str(self._folder)})

    @property
    def pid(self) -> int:
        """The system's number of the process."""
        return self._process.pid

    @property
    def is_mute(self) -> bool:
        """Whether its output has ended: it leaves, or has to."""
        return self._pipe_ended is not None

    def send(self, message: Message) -> None:
        """Write a message; where the process is gone, ``ending`` will say so."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(to_line(message))

    def read(self) -> None:
        """Take what waits in the pipe, for ``next_line``."""
        taken = 0
        while self._pipe_ended is None and taken < MOST_AT_ONCE:
            try:
                content = os.read(self._stdout.fileno(), 1 << 16)
            except (BlockingIOError, BrokenPipeError):  # Windows says the latter of a pipe that is empty
                return
            if not content:
                self._pipe_ended = time.monotonic()
            self._buffer += content
            taken += len(content)

    def next_line(self) -> bytes | None:
        """The next whole line that was read; raises MessageError when there is no end to it."""
        line, end, rest = self._buffer.partition(b"\n")
        if end:
            self._buffer = rest
            return bytes(line)
        if len(self._buffer) > LONGEST_LINE:
            raise MessageError(f"a line of more than {LONGEST_LINE} bytes")
        return None

    def ending(self) -> str | None:
        """How the process ended, in words; None while it runs, or may still tell by its exit why its output ended."""
        code = self._process.poll()
        if code is None:
            is_given_up = self._pipe_ended is not None and time.monotonic() - self._pipe_ended > LONGEST_EXIT_S
            return "closed its output" if is_given_up else None
        if code < 0:
            why = ", as happens when memory runs out" if -code == KILLED else ""
            return f"was ended by signal {-code} ({signal.strsignal(-code)}){why}"
        return f"ended with exit code {code}"

    def kill(self) -> None:
        """End the process, and what it started, at once."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._stdin.close()
        self._stdout.close()

    def wait(self, seconds: float = 0.0) -> bool:
        """Clean up after the end; False when the process still runs after ``seconds``."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._remove_folder()
        return True
