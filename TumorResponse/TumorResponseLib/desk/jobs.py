"""Drawing and writing beside the user's work, in one thread; what is done arrives by ``poll``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from TumorResponseLib.core.errors import TumorResponseError

Result = TypeVar("Result")
Progress = Callable[[float], None]


@dataclass
class Job:
    """Work under way.

    Attributes:
        title: what is done, such as ``"Writing the report"``.
        fraction: how much of it is done, in [0, 1].
    """

    title: str
    fraction: float = 0.0

    def tell(self, fraction: float) -> None:
        """Take note of progress."""
        self.fraction = fraction


class Jobs:
    """Jobs in the order in which they were given, one at a time.

    Attributes:
        error: the sentence of the last job that failed; ``""`` when the last one went well.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._waiting: deque[tuple[Job, Future[Any], Callable[[Any], None]]] = deque()
        self.error = ""

    @property
    def current(self) -> Job | None:
        """The job under way; None when there is none."""
        return self._waiting[0][0] if self._waiting else None

    @property
    def is_working(self) -> bool:
        """Whether a job is not done yet; one that is done stays ``current`` until the next ``poll``."""
        return any(not future.done() for _, future, _ in self._waiting)

    def start(self, title: str, work: Callable[[Progress], Result], done: Callable[[Result], None]) -> None:
        """Have ``work(progress)`` done in the thread, and ``done(result)`` called by a later ``poll``."""
        job = Job(title)
        self._waiting.append((job, self._thread.submit(work, job.tell), done))

    def poll(self) -> bool:
        """Take what is done; True when there was something. An error that is no TumorResponseError is raised here."""
        finished = False
        while self._waiting and self._waiting[0][1].done():
            _, future, done = self._waiting.popleft()
            finished = True
            self.error = ""
            try:
                result = future.result()
            except TumorResponseError as error:
                self.error = str(error)
            else:
                done(result)
        return finished

    def close(self) -> None:
        """Wait for all jobs, so that nothing is half written."""
        self._thread.shutdown(wait=True)
        self.poll()
