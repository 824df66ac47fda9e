"""The reading desk: a worklist, the present case in the worker, and what a person does with it; below every shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray, Spacing
from TumorResponseLib.desk import papers
from TumorResponseLib.desk.case import OpenCase
from TumorResponseLib.desk.pet_lesions import LesionTool, shows_lesions
from TumorResponseLib.desk.sensitivity import Sensitivity
from TumorResponseLib.desk.snapshot import Snapshot
from TumorResponseLib.desk.strip import HIDDEN, Action, strip
from TumorResponseLib.desk.worklist_desk import RADII, WorklistDesk
from TumorResponseLib.session.mask_source import MaskSource
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

USER = "given by the user"
LESION_TOOL = "lesion_tool"


class Desk(WorklistDesk):
    """Everything that a shell shows and commands.

    No method blocks: what takes time happens in the worker or beside, and arrives by ``poll``, to be called every 50 ms
    from the thread that made the desk. A command that makes no sense now raises a TumorResponseError with one sentence
    for the user and changes nothing. Every change is saved before the method returns.

    Args:
        client: the worker; started here if it is not yet. Whoever made it closes it, after the desk.
        folder: output folder with the worklist and the remembered choices; the case shown last is shown again.
        systems: the systems to ask; None takes all there are.
        options: what a reading is asked to do; remembered radii win.
        clock: seconds, for the time spent on each case.

    Attributes:
        folder: the output folder.
        teaching: hides the AI until the learner has outlined the tumour.
        message: what was done last, one sentence, such as where the report was written; ``""`` when nothing.

    Raises:
        TumorResponseError: another program has the folder's worklist open, or it cannot be used.
    """

    # The present case

    def read(self) -> None:
        """Bring every step that is not ready up to date."""
        self._visible.run()
        self._changed()

    def press(self, step: Step) -> None:
        """Press a step's button in the strip; without an enabled button, and for CALIBRATE, nothing happens."""
        view = next(view for view in strip(self) if view.step is step)
        actions: dict[Action, Callable[[], object]] = {
            Action.OPEN: self._present.open_again,
            Action.RUN: self.read,
            Action.CANCEL: self.cancel,
            Action.REPORT: lambda: self.save_results(self._case_folder(self._present.number)),
        }
        if view.enabled and view.action in actions:
            actions[view.action]()
            self._changed()

    def cancel(self) -> None:
        """Stop what runs within a second; earlier results stand."""
        self._present.background.cancel()
        self._changed()

    # Correct

    @property
    def mask_source(self) -> MaskSource | None:
        """Who outlined the tumour, and what was changed."""
        return None if self.reading is None else self.reading.found.mask_source

    def edit_mask(self, mask: MaskArray) -> None:
        """Take the tumour mask after a stroke, ``bool`` on the image's grid; the mask that is there changes nothing."""
        if self._outlining.draw(mask):
            self._changed()

    def back_to_model(self) -> None:
        """Take the model's own mask again; outlines anew where it is not known."""
        self._visible.back_to_model()
        self._changed()

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier mask."""
        return self._pile.present is not None and self._outlining.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a mask was undone."""
        return self._pile.present is not None and self._outlining.can_redo

    def undo(self) -> None:
        """Take the mask before the last change, where there is one."""
        self._outlining.undo()
        self._changed()

    def redo(self) -> None:
        """Take the mask that was undone last, where there is one."""
        self._outlining.redo()
        self._changed()

    @property
    def lesion_tool(self) -> LesionTool | None:
        """What ``click_pet`` does, remembered; None where the present image is no PET in SUV."""
        present = self._pile.present
        if present is None or not shows_lesions(self._outlining.reading.found.image):
            return None
        method, suv = self._store.setting(LESION_TOOL, [LesionTool.method, LesionTool.suv])
        return LesionTool(method, suv, present.healthy_tissue)

    def set_lesion_tool(self, method: str, suv: float) -> None:
        """Choose by which threshold lesions are found on a PET."""
        LesionTool().with_settings(method, suv)
        self._store.set_setting(LESION_TOOL, [method, suv])
        self._changed()

    def click_pet(self, click: Sequence[int]) -> None:
        """Take the lesion at a voxel into the mask, or out of it; measure healthy tissue where that must be first.

        Args:
            click: array index on the present PET.
        """
        tool, found = self.lesion_tool, self._outlining.reading.found
        if tool is None or found.image is None:
            raise UsageError("Lesions are clicked on a PET volume in SUV; open one.")
        voxel = tuple(click)
        if tool.needs_region:
            self._present.healthy_tissue = tool.measured(found.image, voxel).region
            self._changed()
        else:
            self.edit_mask(tool.clicked(found.mask, found.image, voxel))

    def measure_again(self) -> None:
        """Forget the healthy tissue that was measured on the present PET: the next click measures it."""
        self._present.healthy_tissue = None
        self._changed()

    # Options

    @property
    def radii_mm(self) -> tuple[float, ...]:
        """Outer radius of each ring; remembered."""
        return self._options.radii_mm

    def set_radii(self, radii_mm: tuple[float, ...]) -> None:
        """Choose other ring radii, for all cases."""
        self._options = replace(self._options, radii_mm=tuple(radii_mm))
        self._store.set_setting(RADII, list(radii_mm))
        if self._pile.present is not None:
            self._pile.present.set_radii(self._options.radii_mm)
        self._changed()

    def set_limits(self, *, within: MaskArray | None = None, exclude: MaskArray | None = None) -> None:
        """Choose the masks that the rings stay within and keep out of, for the present case."""
        self._present.set_limits(within, exclude)
        self._changed()

    def set_laboratory(self, values: Mapping[str, float | None]) -> None:
        """Take laboratory values of the present case that a person typed or corrected; those not named stay.

        Args:
            values: by the panel's names and in its units (``core.laboratory``); None takes a value away.
        """
        self._present.set_laboratory(values)
        self._changed()

    def set_spacing(self, spacing_mm: Sequence[float], source: str = USER) -> None:
        """Say what a voxel of the present case measures, in array order."""
        self._present.set_spacing(Spacing(tuple(spacing_mm), source))
        self._spacing_changed()

    def calibrate(self, start: Sequence[float], end: Sequence[float], length_mm: float) -> None:
        """Take the spacing from a line on the depth scale: its ends in array index order, and its length."""
        self._present.calibrate(tuple(start), tuple(end), length_mm)
        self._spacing_changed()

    # Analysis and report

    def start_sensitivity(self) -> None:
        """Ask the model again for the mask shrunk and grown by 1 and 2 mm; the rows of ``sensitivity`` fill in."""
        self._visible.start_sensitivity()
        self._changed()

    @property
    def sensitivity(self) -> Sensitivity | None:
        """The last run for the present mask; None when there is none."""
        present = self._pile.present
        return None if present is None or self.teaching.hidden else present.sensitivity

    def write_report(self, path: Path) -> None:
        """Write the present case's report as one HTML page, beside the user's work; see ``job``."""
        still, reading = self._still()
        self._jobs.start(
            "Writing the report",
            lambda progress: papers.write_report(still, path),
            lambda written: self._tell_reported(still, reading, written),
        )
        self._changed()

    def save_results(self, out: Path) -> None:
        """Write ``result.json``, regions, saliency and report of the present case into a folder; see ``job``."""
        still, reading = self._still()
        self._jobs.start(
            "Saving the results",
            lambda progress: papers.write_results(still, out),
            lambda written: self._tell_reported(still, reading, written),
        )
        self._changed()

    def report_of(self, number: int) -> Path | None:
        """The report that was written for a case, where there is one; while the AI is hidden, the learner's own."""
        path = self._case_folder(number) / papers.REPORT
        return path if path.is_file() else None

    # How it works

    def _case_folder(self, number: int) -> Path:
        return papers.case_folder(self.folder, number, learner=self.teaching.hides(number))

    @property
    def _visible(self) -> OpenCase:
        """The present case, where the AI may be asked."""
        if self.teaching.hidden:
            raise UsageError(HIDDEN)
        return self._present

    def _spacing_changed(self) -> None:
        self.teaching.set_spacing()
        self._changed()

    def _still(self) -> tuple[Snapshot, Reading]:
        """The reading as it stands for the thread, and the one that goes on; of the learner while the AI is hidden."""
        reading = self._outlining.reading
        if reading.found.image is None:
            raise UsageError("There is nothing to write yet; wait until the image is open.")
        return Snapshot(reading), reading

    def _tell_reported(self, still: Snapshot, reading: Reading, written: Path) -> None:
        self.message = f"Written: {written}"
        if still.still_holds(reading):  # else the report is old already
            reading.report(lambda finished: None)
        self._changed()
