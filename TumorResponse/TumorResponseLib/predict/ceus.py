"""CEUS-CNN: response to chemo-immunotherapy from contrast-enhanced ultrasound before it (Front. Artif. Intell. 2026).

Convolutional networks on the perfusion image of one contrast cine, three classes by RECIST 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax
from scipy.stats import t as student

from TumorResponseLib.core.errors import BundleError, StudyError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray, require_same_grid
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import CINE_ROLE, Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.ceus_image import CLASSES, SAMPLES, STEP_MM, PerfusionImage, perfusion_image
from TumorResponseLib.predict.reference import Reference
from TumorResponseLib.predict.segmentation import Segmentation
from TumorResponseLib.predict.system import Prediction, SystemOutput, View

NAME = "ceus"
"""Of the system and of its shipped bundle."""

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

        Each member was trained without one fold, so that the members' spread is that of the delete-a-group jackknife:
        the variance of the mean is (members - 1) / members times the sum of squared deviations, with Student's
        quantile for members - 1 degrees of freedom (Kott, Journal of Official Statistics 17:521, 2001). It is taken on
        the scale of the logit.
        """
        centre = float(self.probabilities(logits)[-1])
        members = len(logits)
        each = np.array([self.probabilities(one[None])[-1] for one in logits])
        deviations = logit(np.clip(each, EXTREME, 1 - EXTREME))
        deviations -= deviations.mean()
        error = float(np.sqrt((members - 1) / members * (deviations**2).sum()))
        reach = float(student.ppf(0.5 + self.interval_level / 2, members - 1)) * error
        middle = float(logit(np.clip(centre, EXTREME, 1 - EXTREME)))
        return min(float(expit(middle - reach)), centre), max(float(expit(middle + reach)), centre)


def perfusion_of(study: Study, tumour: MaskArray) -> tuple[Image, PerfusionImage]:
    """The study's cine and its perfusion image.

    Raises:
        StudyError: the study has no cine, or one of too few frames.
        SpacingError: the cine carries no spacing.
        MaskError: the mask is empty, too small to be sampled, or of another image.
    """
    image = study.image(CINE_ROLE)
    if image.frame_times_ms is None:
        raise StudyError(
            f"CEUS reads the whole cine of a contrast bolus and {study.name} holds a single image; give the cine."
        )
    require_same_grid(tumour, image, "tumour mask")
    times = np.array(image.frame_times_ms) / 1000
    return image, perfusion_image(image.pixels, times, tumour, image.spacing_mm)


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
            StudyError, SpacingError, MaskError: as ``perfusion_of``.
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
                *_modality_warning(image.modality),
                *_motion_warning(seen, len(image.pixels)),
                *_field_warning(seen),
                *_size_warning(area_mm2, bundle.bundle.setting("tumour_area_mm2")),
                *filter(None, [prediction.outside_training]),
            ),
        )

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """Nothing yet."""
        return Exhibits()


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


def _modality_warning(modality: str) -> list[str]:
    if modality in ("", "US"):
        return []
    return [f"CEUS reads contrast ultrasound and this cine says that it is {modality}; its prediction means nothing."]


def _motion_warning(seen: PerfusionImage, frames: int) -> list[str]:
    if seen.frames_left_out == 0:
        return []
    return [f"CEUS left out {seen.frames_left_out} of {frames} frames, which show another plane than their neighbours."]


def _field_warning(seen: PerfusionImage) -> list[str]:
    if seen.tumour_in_field >= 1.0 - MOST_CUT_OFF:
        return []
    return [
        f"CEUS looks at a field of {SAMPLES * STEP_MM:.1f} mm and {1.0 - seen.tumour_in_field:.0%} of the tumour lies "
        "beyond it; the prediction rests on the rest."
    ]


def _size_warning(area_mm2: float, known_mm2: tuple[float, float]) -> list[str]:
    smallest, largest = known_mm2
    if smallest <= area_mm2 <= largest:
        return []
    return [
        f"The tumour measures {area_mm2:.0f} mm² and those that CEUS was trained on {smallest:.0f} to {largest:.0f} "
        "mm²; check the outline, and do not rely on the prediction."
    ]
