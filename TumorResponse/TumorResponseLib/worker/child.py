"""The worker: keeps the models warm and reads what its parent asks for, one thing after another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle, resolve_device
from TumorResponseLib.predict.system import Prediction, System
from TumorResponseLib.session.choosing import Decision
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Models, Reading
from TumorResponseLib.session.steps import Cancelled, Status, Step, StepState
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.worker.channel import Channel
from TumorResponseLib.worker.messages import Message, MessageError, Packer, Unpacker
from TumorResponseLib.worker.requests import End, Outcome
from TumorResponseLib.worker.warming import warm_up

BEFORE_WARMING_S = 0.1
"""A first request, such as to load a study, comes before the models are warmed."""

DECISION: Any = Decision | None

NO_MEMORY = (
    "The memory is too small for this; close other programs and try again (the earlier result stands, and the program "
    "that runs the models was started anew)."
)


class LazyLibrary:
    """The model library, looked for when the first model is wanted: images can be loaded without ONNX Runtime."""

    def __init__(self, folders: list[Path], device: str) -> None:
        self._folders = folders
        self._device = device
        self._library: ModelLibrary | None = None

    def open(self, name: str) -> OpenBundle:
        """See ``session.reading.Models``; also raises DeviceError."""
        if self._library is None:
            self._library = ModelLibrary(self._folders, resolve_device(self._device))
        return self._library.open(name)


def serve(models: Models, systems: Mapping[str, System], warm: Callable[[], None] | None = None) -> None:
    """Answer the parent until it ends.

    Args:
        models: where open bundles come from.
        systems: by name.
        warm: runs the models once; by default on a made-up image.
    """
    worker = Worker(Channel(), models, systems)
    worker.serve(warm or (lambda: warm_up(models, systems)))


class Worker:
    """Holds the parent's readings by their numbers and answers one message after another."""

    def __init__(self, channel: Channel, models: Models, systems: Mapping[str, System]) -> None:
        self._channel = channel
        self._models = models
        self._systems = systems
        self._readings: dict[int, Reading] = {}
        self._is_warm = False

    def serve(self, warm: Callable[[], None]) -> None:
        """See ``serve``."""
        self._channel.send({"event": "ready"})
        while True:
            try:
                message = self._channel.receive(None if self._is_warm else BEFORE_WARMING_S)
                if message is not None:
                    self._answer(message)
            except MessageError as error:
                print(f"The worker was sent something that makes no sense: {error}", file=sys.stderr)
                continue
            if message is None and not self._is_warm:
                warm()
                self._note_warm()

    def _note_warm(self) -> None:
        self._is_warm = True
        self._channel.send({"event": "warm"})

    def _answer(self, message: Message) -> None:
        unpacker = Unpacker(self._channel.arrays)
        if "drop" in message:
            self._readings.pop(unpacker.unpack(int, message["drop"]), None)
            return
        request = unpacker.unpack(int, message.get("id"))
        is_last = False
        try:
            end = self._do(request, message, unpacker)
        except TumorResponseError as error:
            end = End(Outcome.FAILED, str(error))
        except MessageError as error:
            end = End(Outcome.FAILED, f"The worker does not understand what it was asked ({error}).")
        except OSError as error:  # of the exchange folder; what cannot be read of a study is a StudyError
            end = End(Outcome.FAILED, f"There is no room to hand over the result ({error.strerror}); free some memory.")
        except MemoryError:
            end, is_last = End(Outcome.FAILED, NO_MEMORY), True
        self._tell(request, "end", end=end, last=is_last)
        if is_last:
            sys.exit()

    def _do(self, request: int, message: Message, unpacker: Unpacker) -> End:
        tasks = {"open": self._open, "run": self._run, "aside": self._aside}
        task = tasks.get(str(message.get("task")))
        if task is None:
            raise MessageError(f"there is no task {message.get('task')!r}")
        return task(request, message, unpacker)

    def _tell(self, request: int, event: str, **values: object) -> None:
        self._channel.send({"id": request, "event": event} | Packer(self._channel.arrays).pack(values))

    # What can be asked

    def _open(self, request: int, message: Message, unpacker: Unpacker) -> End:
        """Load a study and hand it over."""
        start = perf_counter()
        study = unpacker.unpack(StudySource, message.get("source")).load()
        seconds = perf_counter() - start
        reading = self._hold(message, unpacker, study)
        self._tell(request, "study", study=study, seconds=seconds, decision=reading.found.decision)
        return End(Outcome.DONE)

    def _run(self, request: int, message: Message, unpacker: Unpacker) -> End:
        """Bring a reading up to date and hand over every step's result as it comes."""
        reading = self._given(message, unpacker)
        self._take_inputs(reading, message, unpacker)

        def hand_over(step: Step, state: StepState) -> None:
            if state.status in (Status.READY, Status.FAILED):
                results = reading.found.results(step) if state.status is Status.READY else {}
                seconds = reading.timing_s.get(step.value) if state.status is Status.READY else None
                self._tell(request, "step", step=step, state=state, results=results, seconds=seconds)

        leave = reading.observe(hand_over)
        try:
            reading.run(
                lambda step, fraction: self._tell(request, "progress", step=step),
                lambda: self._channel.is_cancelled(request),
                first=unpacker.unpack(Step, message.get("first")),
                again=unpacker.unpack(bool, message.get("again")),
            )
        except Cancelled:
            return End(Outcome.CANCELLED)
        finally:
            leave()
        if not self._is_warm and reading.is_ready(Step.SALIENCY):
            self._note_warm()  # nothing is left to be warmed
        return End(Outcome.DONE)

    def _aside(self, request: int, message: Message, unpacker: Unpacker) -> End:
        """Predict for another mask."""
        reading = self._given(message, unpacker)
        self._take_values(reading, message, unpacker)
        outputs = reading.predict_for(unpacker.unpack(MaskArray, message.get("mask")))
        predictions: dict[str, Prediction] = {name: output.prediction for name, output in outputs.items()}
        self._tell(request, "predictions", predictions=predictions)
        return End(Outcome.DONE)

    # The parent's readings

    def _given(self, message: Message, unpacker: Unpacker) -> Reading:
        if "study" in message:
            return self._hold(message, unpacker, unpacker.unpack(Study, message["study"]))
        reading = self._readings.get(unpacker.unpack(int, message.get("reading")))
        if reading is None:
            raise MessageError("there is no such reading")
        return reading

    def _hold(self, message: Message, unpacker: Unpacker, study: Study) -> Reading:
        reading = Reading(self._models, self._systems, unpacker.unpack(ReadingOptions, message.get("options")))
        reading.open(study, decision=unpacker.unpack(DECISION, message.get("decision")))
        self._readings[unpacker.unpack(int, message.get("reading"))] = reading
        return reading

    def _take_inputs(self, reading: Reading, message: Message, unpacker: Unpacker) -> None:
        """What the parent's reading was given since it was last asked for."""
        self._take_values(reading, message, unpacker)
        radii_mm = unpacker.unpack(tuple[float, ...], message.get("radii_mm"))
        if radii_mm != reading.options.radii_mm:
            reading.set_radii(radii_mm)
        if "limits" in message:
            limits = unpacker.unpack(dict[str, MaskArray], message["limits"])
            reading.set_limits(within=limits.get("within"), exclude=limits.get("exclude"))
        if "mask" in message:
            reading.set_mask(unpacker.unpack(MaskArray, message["mask"]))

    def _take_values(self, reading: Reading, message: Message, unpacker: Unpacker) -> None:
        """Spacing and laboratory values, on which every prediction rests."""
        if reading.found.study is None or reading.found.image is None:
            raise UsageError("No study is open; open one first.")
        if message.get("spacing") is not None:
            spacing = unpacker.unpack(Spacing, message["spacing"])
            if spacing != reading.found.image.spacing:
                reading.set_spacing(spacing)
        laboratory = unpacker.unpack(dict[str, float], message.get("laboratory"))
        held = reading.found.study.laboratory
        changed = {name for name in held | laboratory if held.get(name) != laboratory.get(name)}
        if changed:
            reading.set_laboratory({name: laboratory.get(name) for name in changed})
