"""CEUS-CNN: response to chemo-immunotherapy from contrast-enhanced ultrasound before it (Front. Artif. Intell. 2026).

Convolutional networks on the perfusion image of one contrast cine, three classes by RECIST 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, softmax

from TumorResponseLib.core.errors import BundleError, StudyError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray, require_same_grid
from TumorResponseLib.core.loading.frames import TIMES_NAME
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import CINE_ROLE, Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.cautions import field_warning, modality_warning, size_warning
from TumorResponseLib.predict.ceus_exhibits import over_time_plot, perfusion_exhibits
from TumorResponseLib.predict.ceus_image import (
    CLASSES,
    SAMPLES,
    STEP_MM,
    PerfusionImage,
    SampledCine,
    image_of,
    sampled_cine,
)
from TumorResponseLib.predict.jackknife import jackknife_interval
from TumorResponseLib.predict.over_time import time_saliency
from TumorResponseLib.predict.reference import Reference
from TumorResponseLib.predict.segmentation import Segmentation
from TumorResponseLib.predict.system import Prediction, SystemOutput, View

NAME = "ceus"
"""Of the system and of its shipped bundle."""
SPOKEN = "CEUS"

MODEL = "models/perfusion.onnx"
INPUT = "perfusion"
CALIBRATION = "models/calibration.json"
REFERENCE = "models/reference.json"
BRANCH = "perfusion"

DECISIONS = ("Non-responsive", "Stable", "Responsive")
ENDPOINT = "response to chemo-immunotherapy by RECIST 1.1, from contrast-enhanced ultrasound before it"
MOST_CUT_OFF = 0.02
"""Share of the tumour that may lie beyond the field without a word."""
EXTREME = 1e-4
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


@dataclass(frozen=True)
class Calibration:
    """From the members' logits to probabilities.

    Attributes:
        temperature: the mean logits are divided by it (Guo et al., ICML 2017); fitted on out-of-fold logits.
        interval_level: nominal coverage of ``interval``.
    """

    temperature: float
    interval_level: float

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Calibration:
        """From ``models/calibration.json``."""
        return cls(float(content["temperature"]), float(content["interval_level"]))

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of each class, from the members' logits ``(members, classes)``."""
        return np.asarray(softmax(logits.mean(axis=0).astype(np.float64) / self.temperature))

    def interval(self, logits: NDArray[np.floating]) -> tuple[float, float]:
        """Of the last class's probability: how far the answer depends on which patients were drawn for training.

        See ``jackknife_interval``; each member was trained without one fold.
        """
        chances = [self.probabilities(one[None])[-1] for one in logits]
        each, centre = (
            logit(np.clip(some, EXTREME, 1 - EXTREME)) for some in (chances, self.probabilities(logits)[-1])
        )
        return jackknife_interval(each, float(centre), self.interval_level)


def perfusion_of(study: Study, tumour: MaskArray) -> tuple[Image, PerfusionImage]:
    """The study's cine and its perfusion image; errors as ``sampled_of``."""
    image, sampled = sampled_of(study, tumour)
    return image, image_of(sampled)


def sampled_of(study: Study, tumour: MaskArray) -> tuple[Image, SampledCine]:
    """The study's cine, and the same on the network's grid.

    Raises:
        StudyError: the study has no cine, or one of too few frames or of unknown times.
        SpacingError: the cine carries no spacing.
        MaskError: the mask is empty, too small to be sampled, or of another image.
    """
    image = study.image(CINE_ROLE)
    if image.frame_times_ms is None:
        raise StudyError(
            f"CEUS reads the whole cine of a contrast bolus and {study.name} holds a single image; give the cine."
        )
    if not image.times_known:
        raise StudyError(
            f"CEUS measures seconds and the cine {study.name} does not say when its frames were taken; give it with "
            f"Frame Time (DICOM), or a folder of frames with {TIMES_NAME}."
        )
    require_same_grid(tumour, image, "tumour mask")
    return image, sampled_cine(image.pixels, times_s(image), tumour, image.spacing_mm)


def times_s(cine: Image) -> NDArray[np.float64]:
    """Seconds of each frame from the first one."""
    return np.array(cine.frame_times_ms or ()) / 1000


class Ceus:
    """The system; see ``predict.system.System``."""

    name = NAME
    title = "CEUS: contrast-enhanced ultrasound, response to chemo-immunotherapy"
    roles = (CINE_ROLE,)
    segmentation = None

    def view(self, study: Study) -> View:
        """The brightest frame of the cine, which shows most of the contrast agent."""
        image = study.image(CINE_ROLE)
        brightest = int(image.pixels.mean(axis=(1, 2)).argmax()) if image.is_cine else None
        return View(CINE_ROLE, frame=brightest)

    def outline(self, study: Study, image: Image, bundle: OpenBundle) -> Segmentation:
        """No network outlines tumours in contrast mode."""
        raise StudyError("No model outlines the tumour in contrast mode; draw the outline.")

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """Predict the class of response from a contrast cine and its tumour mask.

        Raises:
            StudyError, SpacingError, MaskError: as ``sampled_of``.
            BundleError: the bundle does not hold this system's models.
        """
        image, seen = perfusion_of(study, tumour)
        calibration, reference = _parameters(bundle)
        outputs = bundle.run(MODEL, {INPUT: seen.network_input[None]})
        logits = outputs["logits"][0]
        distance = reference.distance(outputs["features"][0].reshape(len(logits), -1))
        probabilities = calibration.probabilities(logits)
        decided = int(probabilities.argmax())
        prediction = Prediction(
            system=NAME,
            bundle=bundle.bundle.name,
            bundle_sha256=bundle.bundle.sha256,
            endpoint=ENDPOINT,
            classes=CLASSES,
            probabilities=tuple(probabilities.tolist()),
            interval=calibration.interval(logits),
            interval_level=calibration.interval_level,
            decision=DECISIONS[decided],
            in_distribution=distance <= reference.limit,
            distance=distance,
            distance_limit=reference.limit,
            evidence=bundle.bundle.metadata["evidence"],
        )
        area_mm2 = float(np.count_nonzero(tumour)) * float(np.prod(image.spacing_mm))
        return SystemOutput(
            prediction=prediction,
            activations={BRANCH: _for_the_decision(outputs["activation"][0], decided)},
            grids={BRANCH: seen.grid},
            weights={BRANCH: 1.0},
            inputs={BRANCH: seen.network_input},
            activated_class=decided,
            warnings=(
                *modality_warning(SPOKEN, "contrast ultrasound", image.modality, ("US",)),
                *_motion_warning(seen, len(image.pixels)),
                *field_warning(SPOKEN, SAMPLES * STEP_MM, seen.tumour_in_field, MOST_CUT_OFF),
                *size_warning(SPOKEN, area_mm2, bundle.bundle.setting("tumour_area_mm2")),
                *filter(None, [prediction.outside_training]),
            ),
        )

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """Curves, perfusion numbers and maps by region, the motion of the frames, and saliency over time."""
        cine, sampled = sampled_of(study, tumour)
        calibration, _ = _parameters(bundle)

        def answer(frames: NDArray[np.floating]) -> tuple[float, ...]:
            changed = image_of(replace(sampled, frames=frames))
            logits = bundle.run(MODEL, {INPUT: changed.network_input[None]})["logits"][0]
            return tuple(calibration.probabilities(logits).tolist())

        seen = image_of(sampled)
        shown = perfusion_exhibits(cine, tumour, rings, seen.correlations, seen.steady)
        weights = time_saliency(sampled.frames, answer, output.prediction.probabilities)
        over_time = over_time_plot(times_s(cine), weights, output.prediction.decision)
        return replace(shown, plots=(*shown.plots, over_time))


def _motion_warning(seen: PerfusionImage, frames: int) -> list[str]:
    if seen.frames_left_out == 0:
        return []
    return [f"CEUS left out {seen.frames_left_out} of {frames} frames, which show another plane than their neighbours."]


def _for_the_decision(activation: NDArray[np.float32], decided: int) -> NDArray[np.float32]:
    """What speaks for the decided class and against the mean of the others: softmax sees only differences."""
    others = np.delete(activation, decided, axis=0).mean(axis=0)
    return np.asarray(activation[decided] - others)


def _parameters(bundle: OpenBundle) -> tuple[Calibration, Reference]:
    try:
        return Calibration.of_json(bundle.bundle.read_json(CALIBRATION)), Reference.of_json(
            bundle.bundle.read_json(REFERENCE)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The files {CALIBRATION} and {REFERENCE} of the bundle {bundle.bundle.name} are not what CEUS needs; "
            "train the bundle again."
        ) from error
