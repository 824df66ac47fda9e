"""Predict, then reveal: the AI stays hidden until the learner has outlined the tumour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.desk.comparison import dice, hausdorff_95_mm
from TumorResponseLib.desk.jobs import Jobs
from TumorResponseLib.desk.outlining import Outlining
from TumorResponseLib.desk.record import packed_json, unpacked_json
from TumorResponseLib.desk.snapshot import NoModels, Snapshot
from TumorResponseLib.desk.teaching_steps import TeachingStep, teaching_steps
from TumorResponseLib.predict.system import System, View
from TumorResponseLib.session.choosing import tumour_of
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.worklist.entries import Entry
from TumorResponseLib.session.worklist.store import WorklistStore

Reference = Literal["model", "reference mask"]
TUMOUR = "tumour"
ENABLED, REVEALED = "teaching.enabled", "teaching.revealed"
"""Settings: whether teaching is on, and the numbers of the cases that were revealed."""


@dataclass(frozen=True)
class Comparison:
    """How the learner's outline compares.

    Attributes:
        dice: in [0, 1].
        hd95_mm: 95th percentile Hausdorff distance; None without spacing or where the reference is empty.
        reference: what it was compared with.
    """

    dice: float
    hd95_mm: float | None
    reference: Reference

    @property
    def text(self) -> str:
        """The comparison in words."""
        distance = "" if self.hd95_mm is None else f" and HD95 {self.hd95_mm:.1f} mm"
        whose = "the model's outline" if self.reference == "model" else "the reference mask"
        return f"Dice {self.dice:.2f}{distance} against {whose}."


class Teaching:
    """Made by the desk. While ``hidden``, ``desk.reading`` is the learner's own: it holds nothing of the AI.

    The AI reads the case meanwhile, so that all is there when it is revealed. What the learner draws is kept apart
    from the case's own mask.

    Args:
        store: remembers whether teaching is on, and each case's outline.
        systems: as the desk's.
        jobs: draw the steps.
        changed: called after the learner changed something.
    """

    def __init__(
        self, store: WorklistStore, systems: Mapping[str, System], jobs: Jobs, changed: Callable[[], None]
    ) -> None:
        self._store = store
        self._systems = systems
        self._jobs = jobs
        self._changed = changed
        self._enabled = bool(store.setting(ENABLED, False))
        self._revealed: set[int] = set(store.setting(REVEALED, []))
        self._number: int | None = None
        self._model: Reading | None = None
        self._hidden = False
        self._comparison: Comparison | None = None
        self._steps: tuple[TeachingStep, ...] = ()
        self._drawn_from: tuple[object, ...] = ()
        self._saved_outline: MaskArray | None = None
        self.outlining = self._blank()

    # What shells look at and command

    @property
    def enabled(self) -> bool:
        """Whether teaching is on, for this and the following cases; remembered."""
        return self._enabled

    @property
    def hidden(self) -> bool:
        """Whether the AI is hidden for the present case."""
        return self._hidden

    @property
    def outline(self) -> MaskArray | None:
        """What the learner drew on the present case; None before the first stroke."""
        mask = self.outlining.reading.found.mask
        return mask if mask is not None and mask.any() else None

    @property
    def comparison(self) -> Comparison | None:
        """After ``reveal``; None before, and while the model's outline is still being made."""
        return self._comparison

    @property
    def steps(self) -> tuple[TeachingStep, ...]:
        """What the model saw: normalised image, outline, region crops, activation maps, fused map.

        Empty while the AI is hidden. They are drawn when they are asked for first and then arrive by ``poll``.
        """
        model = self._model
        if self._hidden or model is None or model.found.mask is None:
            return ()
        found = model.found
        drawn_from = (found.mask, found.rings, found.outputs, found.saliency, self.outline, *map(model.state, Step))
        if not _same(self._drawn_from, drawn_from):
            self._drawn_from = drawn_from
            still, outline = Snapshot(model), self.outline
            self._jobs.start(
                "Drawing what the model saw",
                lambda progress: tuple(teaching_steps(still, outline)),
                lambda steps: self._take_steps(drawn_from, steps),
            )
        return self._steps

    def start(self) -> None:
        """Turn teaching on: hide the AI of the present case and of every case shown from now on."""
        self._enable(True)
        if self._number is not None:
            self._keep_revealed(self._revealed - {self._number})
            self._keep_outline(None)
            self._take_case()
        self._changed()

    def stop(self) -> None:
        """Turn teaching off; the AI is shown again."""
        self._enable(False)
        self._hidden = False
        self._changed()

    def reveal(self) -> Comparison | None:
        """Show the AI.

        Returns:
            How the learner's outline compares; None while the model's is still being made: ``comparison`` has it later.

        Raises:
            UsageError: the learner has outlined nothing yet, or nothing is hidden.
        """
        if not self._hidden:
            raise UsageError("Nothing is hidden; turn teaching on first.")
        if self.outline is None:
            raise UsageError("Outline the tumour first; then the model's outline is shown beside yours.")
        self._hidden = False
        if self._number is not None:
            self._keep_revealed(self._revealed | {self._number})
        self._compare()
        self._changed()
        return self._comparison

    # What the desk asks and tells

    def hides(self, number: int) -> bool:
        """Whether the AI is hidden for a case."""
        return self._enabled and number not in self._revealed

    def veiled(self, entry: Entry) -> Entry:
        """A row of the worklist without what the AI found, where it is hidden."""
        if not self.hides(entry.number):
            return entry
        # The small picture has an outline in it once there is a result.
        picture = entry.thumbnail if entry.result is None else None
        return replace(entry, result=None, has_mask=False, thumbnail=picture)

    def bring_up(self, number: int, model: Reading) -> None:
        """A case becomes the present one.

        Args:
            number: of the case.
            model: the AI's reading of it.
        """
        self._number, self._model = number, model
        self._take_case()

    def advance(self) -> None:
        """Go on when the AI's reading did: the learner gets the image, the comparison its reference."""
        if not self._enabled:
            return
        self._open_for_learner()
        if self._comparison is None:
            self._compare()

    def set_spacing(self) -> None:
        """The spacing of the model's reading changed; the learner's follows."""
        image = None if self._model is None else self._model.found.image
        if self._hidden and image is not None and image.spacing is not None and self._learner_has_image():
            self.outlining.reading.set_spacing(image.spacing)

    # How it works

    def _take_case(self) -> None:
        packed = self._store.setting(f"teaching.{self._number}.outline")
        self._saved_outline = None if packed is None else unpacked_json(packed)
        self._comparison, self._steps, self._drawn_from = None, (), ()
        self._hidden = self._number is not None and self.hides(self._number)
        self.outlining = self._blank()
        self._open_for_learner()

    def _blank(self) -> Outlining:
        return Outlining(Reading(NoModels(), self._systems), self._drawn)

    def _learner_has_image(self) -> bool:
        return self.outlining.reading.found.image is not None

    def _open_for_learner(self) -> None:
        """Give the learner the image alone, with what he drew on it before."""
        if self._model is None or self._learner_has_image() or not self._enabled:
            return
        study, view = self._model.found.study, self._model.view
        if study is None or view is None:
            return
        reading = self.outlining.reading
        reading.open(_without_tumour(study, view), decision=self._model.found.decision)
        image = reading.found.image
        if self._saved_outline is not None and image is not None and self._saved_outline.shape == image.pixels.shape:
            reading.set_mask(self._saved_outline, MaskOrigin.MANUAL)
            self.outlining.record()
        self._compare()

    def _compare(self) -> None:
        outline, model = self.outline, self._model
        if self._hidden or outline is None or model is None:
            return
        study, image, view = model.found.study, model.found.image, model.view
        given = None if study is None or view is None else tumour_of(study, view)
        reference = given if given is not None else _model_mask(model)
        if reference is None or image is None:
            return
        distance = None
        if image.spacing is not None and reference.any():
            distance = hausdorff_95_mm(outline, reference, image.spacing_mm)
        self._comparison = Comparison(
            dice(outline, reference), distance, "model" if given is None else "reference mask"
        )

    def _take_steps(self, drawn_from: tuple[object, ...], steps: tuple[TeachingStep, ...]) -> None:
        if _same(self._drawn_from, drawn_from):  # else the case changed meanwhile
            self._steps = steps
            self._changed()

    def _drawn(self) -> None:
        self._keep_outline(self.outline)
        self._changed()

    def _keep_outline(self, outline: MaskArray | None) -> None:
        packed = None if outline is None else packed_json(outline)
        self._store.set_setting(f"teaching.{self._number}.outline", packed)

    def _keep_revealed(self, numbers: set[int]) -> None:
        self._revealed = numbers
        self._store.set_setting(REVEALED, sorted(numbers))

    def _enable(self, enabled: bool) -> None:
        self._enabled = enabled
        self._store.set_setting(ENABLED, enabled)


def _without_tumour(study: Study, view: View) -> Study:
    return replace(study, masks={role: mask for role, mask in study.masks.items() if role not in (TUMOUR, view.role)})


def _model_mask(model: Reading) -> MaskArray | None:
    """The network's own outline, else the mask of its reading."""
    found = model.found
    if found.segmentation is not None:
        return found.segmentation.mask
    return found.mask if model.is_ready(Step.MASK) else None


def _same(first: tuple[object, ...], second: tuple[object, ...]) -> bool:
    """Whether both hold the same objects."""
    return len(first) == len(second) and all(one is other for one, other in zip(first, second, strict=True))
