"""One case of the worklist, open in the worker."""

from __future__ import annotations

from collections.abc import Mapping

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray, Spacing
from TumorResponseLib.core.pet.thresholds import ReferenceRegion
from TumorResponseLib.desk.calibration import calibrated_spacing
from TumorResponseLib.desk.outlining import Outlining
from TumorResponseLib.desk.record import CaseRecord
from TumorResponseLib.desk.sensitivity import Sensitivity, SensitivityRun
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step, StepState
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient


class OpenCase:
    """A case from the moment that it is asked for; read ahead, or the present one.

    Nothing is saved before ``bring_up``: a case that was only read ahead has not been looked at.

    Args:
        client: of the worker.
        record: what the worklist keeps of the case.
        source: where its study lies.
        systems: the systems to ask.
        options: what the reading is asked to do.
        auto_update: whether results follow by themselves.

    Attributes:
        remark: one sentence when something that was saved does not fit the image any more; ``""`` otherwise.
        healthy_tissue: what was measured on this PET for a threshold; None before.
    """

    def __init__(
        self,
        client: WorkerClient,
        record: CaseRecord,
        source: StudySource,
        systems: Mapping[str, System],
        options: ReadingOptions,
        *,
        auto_update: bool,
    ) -> None:
        self.record = record
        self.source = source
        self.auto_update = auto_update
        self.remark = ""
        self.healthy_tissue: ReferenceRegion | None = None
        self._background = BackgroundReading(client, systems, options, ahead=True)
        self._is_restored = False
        self._is_asked_for = False
        self._is_present = False
        self._keeps_results = False
        self._has_news = True
        self._sensitivity: SensitivityRun | None = None
        self._saved_mask: MaskArray | None = None
        self.outlining = Outlining(self.reading, self._mask_drawn)
        self._background.open(source)
        self._unsubscribe = self.reading.observe(self._note)

    # What there is

    @property
    def number(self) -> int:
        """Of the case in the worklist."""
        return self.record.number

    @property
    def reading(self) -> Reading:
        """The parent's side of the reading."""
        return self._background.reading

    @property
    def background(self) -> BackgroundReading:
        """The worker's side."""
        return self._background

    @property
    def is_settled(self) -> bool:
        """Whether the image is there, or cannot be had, and nothing runs."""
        opened = self.reading.state(Step.IMAGE).status is not Status.EMPTY
        return opened and self._background.running is None

    @property
    def sensitivity(self) -> Sensitivity | None:
        """The run for the present mask; None when there is none."""
        return None if self._sensitivity is None else self._sensitivity.state()

    # How it moves on

    def advance(self) -> None:
        """Do what the last messages of the worker allow; to be called after each poll."""
        if not self._is_restored and self.reading.is_ready(Step.IMAGE):
            self._is_restored = True
            self.remark = self.record.restore(self.reading)
            self._saved_mask = self.reading.found.mask
            if self.auto_update or self._is_asked_for:
                self.run()
        if self._is_present:
            self._save()

    def bring_up(self, *, keeps_results: bool) -> None:
        """Make it the present case: from now on all is saved, the AI's results only where they are not hidden."""
        self._is_present = True
        self._background.ahead = False
        self.keep_results(keeps_results)

    def keep_results(self, keeps_results: bool) -> None:
        """Choose whether the AI's mask and results are saved; from now on, those that are there at once."""
        self._has_news |= keeps_results and not self._keeps_results
        self._keeps_results = keeps_results
        self._save()

    def follow_from_now(self, auto_update: bool) -> None:
        """Choose whether results follow; what is stale is renewed at once."""
        if auto_update and not self.auto_update:
            self.run()
        self.auto_update = auto_update

    def follow(self) -> None:
        """Have the results follow what changed, where the user wants that."""
        if self.auto_update:
            self.run()

    def run(self) -> None:
        """Bring every step up to date, once the study is open."""
        self._is_asked_for = not self._is_restored
        if self._is_restored:
            self._background.run()

    def open_again(self) -> None:
        """Load the study once more."""
        self._is_restored = False
        self._background.open(self.source)

    def close(self) -> None:
        """Let go of it."""
        self._unsubscribe()
        self._background.close()

    # What the user changes

    def back_to_model(self) -> None:
        """Take the model's own mask, outlined anew where it is not known."""
        if not self.outlining.back_to_model():
            self._background.run(Step.MASK, again=True)

    def set_radii(self, radii_mm: tuple[float, ...]) -> None:
        """Cut other rings."""
        if radii_mm != self.reading.options.radii_mm:
            self.reading.set_radii(radii_mm)
            self.follow()

    def set_limits(self, within: MaskArray | None, exclude: MaskArray | None) -> None:
        """Limit the rings."""
        self.reading.set_limits(within=within, exclude=exclude)
        self.record.keep_limits(self.reading.limits)
        self.follow()

    def set_laboratory(self, values: Mapping[str, float | None]) -> None:
        """Correct laboratory values."""
        self.reading.set_laboratory(values)
        self.record.keep_laboratory(values)
        self._sensitivity = None
        self.follow()

    def set_spacing(self, spacing: Spacing) -> None:
        """Say what a voxel measures."""
        self.reading.set_spacing(spacing)
        self.record.keep_spacing(spacing)
        self._sensitivity = None
        self.follow()

    def calibrate(self, start: tuple[float, ...], end: tuple[float, ...], length_mm: float) -> None:
        """Take the spacing from a line of known length."""
        image = self.reading.found.image
        if image is None:
            raise UsageError("There is no image to calibrate; open a study first.")
        self.set_spacing(calibrated_spacing(image, start, end, length_mm))

    def start_sensitivity(self) -> None:
        """Ask about smaller and larger outlines; raises UsageError where there is no prediction to compare with."""
        found = self.reading.found
        if found.mask is None or found.image is None or not found.outputs or not self.reading.is_ready(Step.PREDICTION):
            raise UsageError("The sensitivity needs a prediction of the present outline; press Read first.")
        present = next(iter(found.outputs.values())).prediction
        self._sensitivity = SensitivityRun(found.mask, found.image.spacing_mm, present, self._background.run_aside)

    # How it is kept

    def _note(self, step: Step, state: StepState) -> None:
        self._has_news = True

    def _mask_drawn(self) -> None:
        self._sensitivity = None
        self._saved_mask = self.reading.found.mask
        self.record.keep_mask(self.reading)
        source = self.reading.found.mask_source
        if source is not None:
            self.record.note_edit(source.origin)
        self.follow()

    def _save(self) -> None:
        if not self._has_news:
            return
        if self.outlining.record():
            self._sensitivity = None
        if self.is_settled:
            self._has_news = False
            self.record.keep_picture(self.reading)
        if self._keeps_results:
            self._save_results()

    def _save_results(self) -> None:
        mask = self.reading.found.mask
        if mask is not self._saved_mask and self.reading.is_ready(Step.MASK):
            self._saved_mask = mask
            self.record.keep_mask(self.reading)
        if self.is_settled:
            self.record.keep_result(self.reading)
