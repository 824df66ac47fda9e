"""What the worker's copy of a reading was given, and what it still has to be given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from TumorResponseLib.core.loading.masks import TUMOUR_ROLE
from TumorResponseLib.core.study import Study
from TumorResponseLib.session.choosing import LIMITS
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step, StepState
from TumorResponseLib.worker.inputs import Inputs
from TumorResponseLib.worker.messages import Message, Packer


class Sync:
    """Keeps the worker's copy in step with the reading that the user works on.

    Args:
        key: the reading's number.
        reading: the user's.
    """

    def __init__(self, key: int, reading: Reading) -> None:
        self._key = key
        self._reading = reading
        self._held: Inputs | None = None
        self._life = 0

    @property
    def head(self) -> Message:
        """What says which reading a message is of."""
        return {"reading": self._key}

    @contextmanager
    def as_before_if_unsent(self) -> Iterator[None]:
        """While a message is packed: where there is no room for it, the worker holds what it held before."""
        before = self._held, self._life
        try:
            yield
        except OSError:
            self._held, self._life = before
            raise

    def opened(self, life: int) -> None:
        """The worker of this life has opened the same study in the same way."""
        self._held, self._life = Inputs.of(self._reading), life

    def study(self, packer: Packer, life: int) -> Message:
        """The reading's number, spacing and values, with the study where the worker has none, or another one."""
        now = Inputs.of(self._reading)
        message = self.head | {"spacing": packer.pack(now.spacing), "laboratory": packer.pack(now.laboratory)}
        if self._held is None or self._life != life or self._held.opened is not now.opened:
            message |= {"options": packer.pack(self._reading.options), "study": packer.pack(self._study_alone())}
            message |= {"decision": packer.pack(now.opened.decision)}
            self._held, self._life = replace(now, mask=None, limits={}), life
        self._held = replace(self._held, spacing=now.spacing, laboratory=now.laboratory)
        return message

    def inputs(self, packer: Packer, life: int) -> Message:
        """All that the worker lacks to run; from here on ``fits`` tells whether its results are still wanted."""
        message = self.study(packer, life)
        now, held = Inputs.of(self._reading), self._held
        assert held is not None
        message["radii_mm"] = list(now.radii_mm)
        if now.mask is not None and now.mask is not held.mask:
            message["mask"] = packer.pack(now.mask)
        if not now.same_limits(held):
            message["limits"] = packer.pack(now.limits)
        self._held = now
        return message

    def _study_alone(self) -> Study:
        """Without the masks that a reading opens with, since what became of them is sent beside it."""
        study, view = self._reading.found.study, self._reading.view
        assert study is not None and view is not None
        taken = (TUMOUR_ROLE, *LIMITS, view.role)
        return replace(study, masks={role: mask for role, mask in study.masks.items() if role not in taken})

    def fits(self, step: Step) -> bool:
        """Whether what the worker finds in a step is still asked for, or was never asked for yet."""
        return self._held is None or self._held.fit(step, Inputs.of(self._reading))

    def is_up_to_date(self) -> bool:
        """Whether the reading was given nothing since."""
        return self._held is not None and self._held.first_changed(Inputs.of(self._reading)) is None

    def adopt(self, step: Step, state: StepState, results: Mapping[str, Any], seconds: float | None) -> None:
        """Take the worker's result of a step that ``fits``."""
        assert self._held is not None
        if state.status is Status.READY and step is Step.MASK:
            self._held = replace(self._held, mask=results["mask"])  # first, since observers may ask for a run
        self._reading.adopt(step, state, results, seconds)
