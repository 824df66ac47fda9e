"""The worker's side of the pipe."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import BinaryIO

from TumorResponseLib.worker.arrays import ArrayFolder
from TumorResponseLib.worker.messages import Message, MessageError, of_line, to_line

STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR = 0, 1, 2


class Channel:
    """Messages from and to the parent.

    What this program and its libraries print goes to standard error from here on. When the parent ends, in whichever
    way, its end of the pipe closes, and this process removes the exchange folder and ends, whatever it is doing.

    Attributes:
        arrays: the exchange folder.

    Raises:
        MessageError: the parent's first line names no exchange folder.
    """

    def __init__(self) -> None:
        self._input: BinaryIO = os.fdopen(os.dup(STANDARD_INPUT), "rb")
        self._output: BinaryIO = os.fdopen(os.dup(STANDARD_OUTPUT), "wb", buffering=0)
        os.dup2(STANDARD_ERROR, STANDARD_OUTPUT)
        first = of_line(self._input.readline())
        if not isinstance(first.get("exchange"), str):
            raise MessageError("the first line names no exchange folder")
        self._folder = Path(first["exchange"])
        self.arrays = ArrayFolder(self._folder, "child")
        self._inbox: SimpleQueue[Message | MessageError] = SimpleQueue()
        self._cancelled = 0
        Thread(target=self._listen, daemon=True).start()

    def send(self, message: Message) -> None:
        """Write a message; where the parent is gone, this process is about to end."""
        with suppress(BrokenPipeError):
            self._output.write(to_line(message))

    def receive(self, seconds: float | None = None) -> Message | None:
        """The next message; None when there is none within ``seconds``; raises MessageError for what is none."""
        try:
            message = self._inbox.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(message, MessageError):
            raise message
        return message

    def is_cancelled(self, request: int) -> bool:
        """Whether the parent gave this request up."""
        return self._cancelled == request

    def _listen(self) -> None:
        for line in self._input:
            try:
                message = of_line(line)
            except MessageError as error:
                self._inbox.put(error)
                continue
            if isinstance(message.get("cancel"), int):
                self._cancelled = message["cancel"]
            else:
                self._inbox.put(message)
        shutil.rmtree(self._folder, ignore_errors=True)
        sys.stderr.flush()
        os._exit(0)
