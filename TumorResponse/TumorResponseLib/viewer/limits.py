"""The masks that the rings stay within and keep out of, from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.loading import load_mask
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.jobs import Job, Jobs
from TumorResponseLib.desk.strip import HIDDEN
from TumorResponseLib.session.reading import Reading

Role = Literal["within", "exclude"]
CASE_CHANGED = "Another case came up while the mask was loaded; give its path again where it belongs."


class Tell(Protocol):
    """Shows one sentence; ``""`` takes the last one away."""

    def __call__(self, sentence: str, *, is_error: bool = False) -> None:
        """Show it."""


class Limits:
    """Loads the masks beside the user's work; what is loaded, or refused, arrives by ``poll``.

    Args:
        desk: whose present case they limit.
        tell: takes the loader's sentence about a file that does not serve.
    """

    def __init__(self, desk: Desk, tell: Tell) -> None:
        self._desk = desk
        self._tell = tell
        self._jobs = Jobs()

    @property
    def job(self) -> Job | None:
        """The file being loaded; None when there is none."""
        return self._jobs.current

    @property
    def masks(self) -> Mapping[str, MaskArray]:
        """The limits of the present case by role, as they stand."""
        reading = self._desk.reading
        return {} if reading is None or self._desk.teaching.hidden else reading.limits

    def load(self, role: Role, path: Path) -> None:
        """Limit the rings by a mask from a file; raises UsageError where there is no image, or the AI is hidden."""
        reading = self._limited()
        image = reading.found.image
        if image is None:
            raise UsageError("There is no image to limit the rings on; open a study first.")
        self._jobs.start(
            f"Loading {path.name}",
            lambda progress: load_mask(path, image, role=role),
            lambda mask: self._take(role, mask, reading),
        )

    def clear(self, role: Role) -> None:
        """Limit the rings by this mask no more; raises UsageError as ``load`` does."""
        self._set({name: mask for name, mask in self._limited().limits.items() if name != role})

    def poll(self) -> bool:
        """Take in what was loaded; True when there was something."""
        finished = self._jobs.poll()
        if finished and self._jobs.error:
            self._tell(self._jobs.error, is_error=True)
        return finished

    def close(self) -> None:
        """Wait for what is being loaded."""
        self._jobs.close()

    def _limited(self) -> Reading:
        if self._desk.teaching.hidden:
            raise UsageError(HIDDEN)  # the desk's reading is the learner's, without rings
        if self._desk.reading is None:
            raise UsageError("No case is shown; open a study first.")
        return self._desk.reading

    def _take(self, role: Role, mask: MaskArray, reading: Reading) -> None:
        if self._desk.reading is not reading:
            self._tell(CASE_CHANGED, is_error=True)
            return
        self._set({**reading.limits, role: mask})
        self._tell("")

    def _set(self, masks: Mapping[str, MaskArray]) -> None:
        self._desk.set_limits(within=masks.get("within"), exclude=masks.get("exclude"))
