"""One reading: a study on its way from image to report, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import Image, MaskArray, Spacing, require_same_grid
from TumorResponseLib.core.loading.masks import TUMOUR_ROLE
from TumorResponseLib.core.measure import measure_regions
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.explain.activation import saliency_layers
from TumorResponseLib.explain.shares import region_shares
from TumorResponseLib.predict.system import System, SystemOutput
from TumorResponseLib.session.choosing import LIMITS, Decision, decide, masks_on
from TumorResponseLib.session.consulting import Models, ask_for_exhibits, ask_systems, outline_tumour
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.laboratory import corrected_values
from TumorResponseLib.session.mask_source import MaskOrigin, describe_source
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading_state import ReadingState
from TumorResponseLib.session.steps import Cancelled, Status, Step
from TumorResponseLib.session.still import calibrated, choose_still

NO_LESION = "No lesion was found in this image; draw the outline if you see one."
NO_TUMOUR = "The mask is empty; draw the outline of the tumour."


class Reading(ReadingState):
    """One study being read.

    A command either finishes and leaves its step READY, or raises a TumorResponseError and leaves it FAILED with the
    sentence as its reason; the earlier result stands then. Either way the later results become STALE. A refused
    argument, or a command whose input is missing, raises and changes nothing. ``run`` does whatever is not READY
    and raises nothing but Cancelled. Results are to be read, not changed; one counts only while its step is READY.

    Args:
        models: where open bundles come from.
        systems: those that can be asked, by name.
        options: what to do.
    """

    def __init__(self, models: Models, systems: Mapping[str, System], options: ReadingOptions | None = None) -> None:
        super().__init__(options or ReadingOptions())
        unknown = [name for name in self.options.systems if name not in systems]
        if unknown:
            raise UsageError(f"There is no system {unknown[0]!r}; choose from {', '.join(sorted(systems))}.")
        self._models = models
        self._systems = systems

    # Commands

    def open(self, study: Study, *, seconds: float | None = None, decision: Decision | None = None) -> None:
        """Start over with a study; its own tumour mask, where it has one, is taken as drawn by hand.

        The options say which systems are asked and which image is read; what they leave open the study decides.

        Args:
            study: as ``core.loading.load_study`` gives it.
            seconds: how long loading took, for ``timing_s``.
            decision: what another reading of this study with these options decided; None decides here.
        """
        with self._board.work_on(Step.IMAGE):
            decision = decision or decide(study, self.options, self._systems)
            roles = {role for name in decision.systems if name in self._systems for role in self._systems[name].roles}
            read_study, image = choose_still(study, decision.view, roles)
            masks = masks_on(image, study, decision.view.role)
            self.found = Findings(study=read_study, decision=decision, image=image)
            self.limits = {name: masks[name] for name in LIMITS if name in masks}
            self._board.timing_s.clear()
        if seconds is not None:
            self._board.timing_s[Step.IMAGE.value] = seconds
        if TUMOUR_ROLE in masks:
            self.set_mask(masks[TUMOUR_ROLE], MaskOrigin.MANUAL)

    def segment(self) -> None:
        """Have the first system outline the tumour, or the segmentation bundle of the options, in place of any mask."""
        study, image = self._opened()
        with self._work_on(Step.MASK) as remarks:
            automatic = outline_tumour(
                self._asked(), self.options.segmentation, self._systems, self._models, study, image, self.found.bundles
            )
            self.found.segmentation = automatic
            self._take_mask(automatic.mask, MaskOrigin.AUTOMATIC)
            remarks.extend(automatic.warnings)
            if not self.found.tumour_found:
                remarks.append(NO_LESION)

    def set_mask(self, mask: MaskArray, origin: MaskOrigin | str = MaskOrigin.CORRECTED) -> None:
        """Take a mask, ``bool`` on the image's grid, in place of the present one.

        Raises:
            MaskError: it does not have the image's shape.
        """
        _, image = self._opened()
        require_same_grid(mask, image, "tumour mask")
        with self._work_on(Step.MASK) as remarks:
            self._take_mask(mask.astype(bool), MaskOrigin(origin))
            if not self.found.tumour_found:
                remarks.append(NO_TUMOUR)

    def set_spacing(self, spacing: Spacing) -> None:
        """Say what a voxel measures; the mask stays, what is measured in mm becomes stale.

        Raises:
            SpacingError: it does not have one number for each axis.
        """
        study, image = self._opened()
        self.found.study, self.found.image = calibrated(study, image, spacing)
        self._board.update({Step.IMAGE: self.state(Step.IMAGE)})  # a new result of a step that stays ready
        self._board.outdate(Step.RINGS, "The spacing changed.")

    def set_radii(self, radii_mm: tuple[float, ...]) -> None:
        """Choose other ring radii, in mm."""
        self.options = replace(self.options, radii_mm=radii_mm)
        self._board.outdate(Step.RINGS, "The ring radii changed.")

    def set_limits(self, *, within: MaskArray | None = None, exclude: MaskArray | None = None) -> None:
        """Choose the masks that the rings stay within and keep out of; None for no such limit.

        Raises:
            MaskError: one of them does not have the image's shape.
        """
        _, image = self._opened()
        limits = {name: mask for name, mask in (("within", within), ("exclude", exclude)) if mask is not None}
        for name, mask in limits.items():
            require_same_grid(mask, image, f"{name} mask")
        self.limits = limits
        self._board.outdate(Step.RINGS, "The limits of the rings changed.")

    def set_laboratory(self, values: Mapping[str, float | None]) -> None:
        """Take laboratory values that a person typed or corrected; those that are not named stay.

        Args:
            values: by the panel's names and in its units (``core.laboratory``); None takes a value away.

        Raises:
            UsageError: the panel does not hold a value, or one is impossible.
        """
        study, _ = self._opened()
        self.found.study = replace(study, laboratory=corrected_values(study.laboratory, values))
        self._board.outdate(Step.PREDICTION, "The laboratory values changed.")

    def compute_rings(self) -> None:
        """Cut the tissue around the tumour into rings and measure all regions."""
        _, image = self._opened()
        with self._work_on(Step.RINGS):
            rings = make_rings(
                self._tumour(),
                image.spacing_mm,
                self.options.radii_mm,
                **self.limits,
                tumour_box=self.found.tumour_box,
            )
            measurements = tuple(measure_regions(rings, image.spacing_mm))
            self.found.rings, self.found.measurements = rings, measurements

    def predict(self) -> None:
        """Ask every chosen system.

        Where some answer and some refuse, the step is READY with the refusals as its reason, and the refusing
        systems' earlier outputs are dropped: an old number must not stand among new ones. Where all refuse, it is
        FAILED with the first refusal and all earlier outputs stand.
        """
        self._opened()
        with self._work_on(Step.PREDICTION) as remarks:
            outputs, refusals = self._ask(self._tumour())
            remarks.extend(refusals)
            self.found.outputs = outputs

    def predict_for(self, mask: MaskArray) -> dict[str, SystemOutput]:
        """What the systems say of another mask of the tumour; the reading stays as it is.

        Raises:
            MaskError: the mask does not have the image's shape.
            TumorResponseError: every system refuses; the first one's sentence.
        """
        _, image = self._opened()
        require_same_grid(mask, image, "tumour mask")
        return self._ask(mask)[0]

    def explain(self) -> None:
        """Make the saliency maps, their share in each region where the rings are ready, and the systems' exhibits.

        A system whose exhibits cannot be made is told in the reason; the rest stands.
        """
        study, _ = self._opened()
        with self._work_on(Step.SALIENCY) as remarks:
            maps = saliency_layers(self.found.outputs)
            rings = self.found.rings if self.is_ready(Step.RINGS) else None
            shares = {} if rings is None else {layer: region_shares(values, rings) for layer, values in maps.items()}
            exhibits, refusals = ask_for_exhibits(
                self.found.outputs, self._systems, self._models, study, self._tumour(), rings, self.found.bundles
            )
            remarks.extend(refusals)
            self.found.saliency, self.found.shares, self.found.exhibits = maps, shares, exhibits

    def recall(self, outputs: Mapping[str, SystemOutput]) -> None:
        """Take the outputs of an earlier session; they stand as STALE until a run renews them."""
        self.found.outputs = dict(outputs)
        self._board.outdate(Step.PREDICTION, "Read back from a saved scene.")

    def report(self, write: Callable[[Reading], None]) -> None:
        """Have the shell write its report of this reading, and remember whether it did."""
        with self._work_on(Step.REPORT):
            write(self)
            self.found.reported = True

    def run(
        self,
        progress: Callable[[Step, float], None] = lambda step, fraction: None,
        cancelled: Callable[[], bool] = lambda: False,
        *,
        first: Step = Step.MASK,
        again: bool = False,
    ) -> tuple[Step, ...]:
        """Bring every step from mask to saliency that is not READY up to date, in order.

        A step that fails does not stop those that can do without it.

        Args:
            progress: called with each step and the fraction of the run done before it, at last with 1.
            cancelled: asked before each step.
            first: where to begin; the steps before it stay as they are.
            again: do ``first`` anew even when it is READY, as to have the model's outline in place of a drawn one.

        Returns:
            The steps that are FAILED now.

        Raises:
            Cancelled: ``cancelled`` said so; what was there before the step stands.
        """
        commands = {
            Step.MASK: self.segment,
            Step.RINGS: self.compute_rings,
            Step.PREDICTION: self.predict,
            Step.SALIENCY: self.explain,
        }
        commands = {step: command for step, command in commands.items() if step not in first.earlier}
        for done, (step, command) in enumerate(commands.items()):
            if cancelled():
                raise Cancelled(f"Stopped before the {step}.")
            progress(step, done / len(commands))
            wanted = not self.is_ready(step) or (again and step is first)
            if wanted and self._can_start(step):
                with suppress(TumorResponseError):  # the step is FAILED now and keeps the sentence
                    command()
        progress(Step.SALIENCY, 1.0)
        return tuple(step for step in commands if self.state(step).status is Status.FAILED)

    # How commands work

    @contextmanager
    def _work_on(self, step: Step) -> Iterator[list[str]]:
        """Work on a step whose input is ready; a command called too early is wrong use, not a failed step."""
        needed = step.needs
        if needed is not None and not self._can_start(step):
            reason = self.state(needed).reason or f"The {needed} is {self.state(needed).status}."
            raise UsageError(f"The {step} cannot be made without the {needed}: {reason}")
        with self._board.work_on(step) as remarks:
            yield remarks

    def _can_start(self, step: Step) -> bool:
        needed = step.needs
        return needed is None or (self.is_ready(needed) and (needed is not Step.MASK or self.found.tumour_found))

    def _opened(self) -> tuple[Study, Image]:
        if self.found.study is None or self.found.image is None:
            raise UsageError("No study is open; open one first.")
        return self.found.study, self.found.image

    def _tumour(self) -> MaskArray:
        assert self.found.mask is not None  # _work_on lets nothing start on a mask that is not there
        return self.found.mask

    def _take_mask(self, mask: MaskArray, origin: MaskOrigin) -> None:
        self.found.mask = mask
        self.found.mask_source = describe_source(mask, origin, self.found.segmentation)
        self.found.tumour_box = bounding_box(mask) if mask.any() else None
        if self.found.tumour_box is None:
            self.found.drop_what_follows_the_mask()

    def _asked(self) -> tuple[str, ...]:
        return self.found.decision.systems if self.found.decision else ()

    def _ask(self, tumour: MaskArray) -> tuple[dict[str, SystemOutput], list[str]]:
        study, _ = self._opened()
        return ask_systems(self._asked(), self._systems, self._models, study, tumour, self.found.bundles)
