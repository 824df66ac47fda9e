"""The parent's side of the worker: starts it, asks it one thing after another, and starts it anew when it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.worker.messages import Message, MessageError, Packer, Unpacker, of_line
from TumorResponseLib.worker.pace import Pace
from TumorResponseLib.worker.process import ChildProcess, default_command
from TumorResponseLib.worker.requests import End, Outcome, Request

WORKER = "The program that runs the models"
LONGEST_END_S = 2.0
"""How long ``close`` waits for the killed process."""


class WorkerClient:
    """One worker process with a queue of requests; nothing here waits, and ``poll`` has to be called every 50 ms.

    Requests for what is read ahead wait until there is no other; one under way is stopped after its present step.

    Args:
        command: starts the worker; by default ``python -m TumorResponseLib.worker`` with the Python of this program.
        device: ``auto``, ``cpu`` or ``cuda``; for the default command.
        folders: where its model bundles are; for the default command.

    Attributes:
        is_warm: whether the models have been run once, so that the first answer comes fast.
        life: counts the processes that were started.
        pace: how long steps took so far.
        problem: one sentence when the worker does not start; ``""`` otherwise. The next request tries again.
    """

    def __init__(
        self, command: Sequence[str] | None = None, *, device: str = "auto", folders: Sequence[Path] | None = None
    ) -> None:
        self._command = list(command or default_command(device, folders or default_folders()))
        self._child: ChildProcess | None = None
        self._ending: list[ChildProcess] = []
        self._is_ready = False
        self._queue: list[Request] = []
        self._current: Request | None = None
        self._current_id = 0
        self._is_interrupted = False
        self._is_put_off = False
        self._ids = count(1)
        self.is_warm = False
        self.life = 0
        self.pace = Pace()
        self.problem = ""

    @property
    def is_alive(self) -> bool:
        """Whether there is a process."""
        return self._child is not None

    @property
    def pid(self) -> int | None:
        """The system's number of the process."""
        return self._child.pid if self._child else None

    def new_key(self) -> int:
        """A number that nobody else on this client has."""
        return next(self._ids)

    def start(self) -> None:
        """Start the process where there is none; it begins to warm the models at once."""
        if self._child is not None:
            return
        try:
            self._child = ChildProcess(self._command)
        except OSError as error:
            self._give_up(f"{WORKER} cannot be started ({error.strerror or error}): {self._command[0]}.")
            return
        self.life += 1
        self.problem = ""

    def restart(self) -> None:
        """End the process and start it anew, as after packages were installed; what it was asked for is asked again."""
        request, is_withdrawn = self._current, self._is_withdrawn
        self._let_go()
        if request is not None and not is_withdrawn:
            self._queue.insert(0, request)
        self.start()
        if request is not None and is_withdrawn:
            request.ended(End(Outcome.CANCELLED))

    def poll(self) -> bool:
        """Take what came and send what waits; True when something changed."""
        self._ending = [child for child in self._ending if not child.wait()]
        changed = self._child is not None and self._receive(self._child)
        self._send_next()
        return changed

    def close(self) -> None:
        """End the process and forget every request."""
        self._queue.clear()
        self._let_go()
        for child in self._ending:
            child.wait(LONGEST_END_S)
        self._ending.clear()

    # For those who ask

    def submit(self, request: Request) -> None:
        """Ask for something as soon as the worker is free; starts the worker where there is none."""
        self._queue.append(request)
        self.start()
        self._send_next()

    def is_under_way(self, request: Request) -> bool:
        """Whether the worker is at it just now."""
        return request is self._current

    def withdraw(self, request: Request) -> None:
        """Let go of a request: one that waits is gone, one under way ends after its present step."""
        if request in self._queue:
            self._queue.remove(request)
            request.ended(End(Outcome.CANCELLED))
        elif request is self._current:
            self._is_put_off = False
            self._interrupt()

    def cancel(self, owner: object) -> None:
        """End all requests of an owner now; for one under way the process is killed and started anew."""
        cancelled = [request for request in self._queue if request.owner is owner]
        self._queue = [request for request in self._queue if request.owner is not owner]
        if self._current is not None and self._current.owner is owner:
            cancelled.insert(0, self._current)
            self._let_go()
            self.start()
        for request in cancelled:
            request.ended(End(Outcome.CANCELLED))

    def tell(self, message: Message) -> None:
        """Send something that wants no answer."""
        if self._child is not None and self._is_ready:
            self._child.send(message)

    # How it works

    @property
    def _is_withdrawn(self) -> bool:
        """Whether nobody waits for what is under way."""
        return self._is_interrupted and not self._is_put_off

    def _send_next(self) -> None:
        child = self._child
        if child is None or child.is_mute or not self._is_ready or not self._queue:
            return
        request = min(self._queue, key=lambda request: request.ahead)  # the first one of those
        if self._current is not None:
            if self._current.ahead and not request.ahead and not self._is_interrupted:
                self._is_put_off = True
                self._interrupt()
            return
        self._queue.remove(request)
        self._current, self._current_id = request, next(self._ids)
        packer = Packer(child.arrays)
        try:
            message = request.message(packer, self.life)
        except OSError as error:
            packer.drop()
            self._finish(End(Outcome.FAILED, f"There is no room to hand the image to the worker ({error.strerror})."))
            return
        child.send(message | {"id": self._current_id})

    def _interrupt(self) -> None:
        if self._child is not None and not self._is_interrupted:
            self._is_interrupted = True
            self._child.send({"cancel": self._current_id})

    def _receive(self, child: ChildProcess) -> bool:
        """Handle all that came from the child, and its end."""
        changed = False
        child.read()
        try:
            while self._child is child and (line := child.next_line()) is not None:
                self._handle(of_line(line), child)
                changed = True
        except MessageError as error:
            self._lose(f"sent something that makes no sense ({error})")
            return True
        if self._child is child and (ending := child.ending()) is not None:
            self._lose(ending)
            return True
        return changed

    def _handle(self, message: Message, child: ChildProcess) -> None:
        event, unpacker = message.get("event"), Unpacker(child.arrays)
        if event == "ready":
            self._is_ready = True
        elif event == "warm":
            self.is_warm = True
        elif self._current is None or message.get("id") != self._current_id:
            raise MessageError("an answer to no question")
        elif event == "end":
            self._finish(unpacker.unpack(End, message.get("end")), is_last=message.get("last") is True)
        else:
            self._current.told(message, unpacker)

    def _finish(self, end: End, *, is_last: bool = False) -> None:
        request, is_put_off = self._current, self._is_put_off
        assert request is not None
        self._current, self._is_interrupted, self._is_put_off = None, False, False
        if is_last:  # the process leaves, to give its memory back
            self._let_go()
            self.start()
        if is_put_off and end.outcome is Outcome.CANCELLED:
            self._queue.insert(0, request)
        else:
            request.ended(end)

    def _lose(self, cause: str) -> None:
        """The process ended or must end: its request fails, and the others wait for the next process."""
        request, is_withdrawn = self._current, self._is_withdrawn
        is_used = self.is_warm or request is not None
        self._let_go()
        if not is_used:  # it would go on like this for ever
            self._give_up(f"{WORKER} {cause} when it started; look into the error log, and try again.")
            return
        self.start()
        if request is not None and is_withdrawn:
            request.ended(End(Outcome.CANCELLED))
        elif request is not None:
            sentence = f"{WORKER} {cause}; it was started anew and the earlier result stands, so try again."
            request.ended(End(Outcome.FAILED, sentence))

    def _give_up(self, problem: str) -> None:
        """Nothing can be asked; the next request tries again, since the cause may have been mended."""
        self.problem = problem
        waiting, self._queue = self._queue, []
        for request in waiting:
            request.ended(End(Outcome.FAILED, problem))

    def _let_go(self) -> None:
        child, self._child = self._child, None
        self._current, self._is_interrupted, self._is_put_off = None, False, False
        self._is_ready = self.is_warm = False
        if child is not None:
            child.kill()
            self._ending.append(child)
