"""HCC: response of liver tumours to sorafenib and NK cells from multi-parametric MRI (Diagnostics 15:2844, 2025).

One network outlines the tumour and reads it: response, and the viability and apoptosis that histology would find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray, require_same_grid
from TumorResponseLib.core.loading.masks import TUMOUR_ROLE
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.cautions import field_warning, modality_warning, size_warning
from TumorResponseLib.predict.hcc_exhibits import hcc_exhibits, size_at, size_earlier
from TumorResponseLib.predict.hcc_inputs import (
    CONTRAST_ROLE,
    ROLES,
    SAMPLES,
    STEP_MM,
    KeptSequences,
    Sequences,
    tumour_slices,
)
from TumorResponseLib.predict.hcc_outline import MODEL, SEQUENCES_INPUT, TUMOUR_INPUT, outlined
from TumorResponseLib.predict.reference import Reference
from TumorResponseLib.predict.segmentation import Segmentation
from TumorResponseLib.predict.stacking import Stacking
from TumorResponseLib.predict.system import Estimate, Prediction, SystemOutput, View

NAME = "hcc"
"""Of the system and of its shipped bundle."""

CALIBRATION = "models/calibration.json"
REFERENCE = "models/reference.json"
BRANCH = "MRI"

CLASSES = ("non-responder", "responder")
DECISIONS = ("Non-responder", "Responder")
ENDPOINT = "response to sorafenib and NK cells, from MRI at the end of therapy"
ESTIMATES = ("viability", "apoptosis")
THRESHOLD = 0.5
MOST_CUT_OFF = 0.02
"""Share of the tumour that may lie beyond the field without a word."""

SEQUENCE_NAMES = {"t1": "T1-weighted", "t2": "T2-weighted"}


@dataclass(frozen=True)
class Scale:
    """From what the network says of a share to the estimate.

    Attributes:
        intercept, slope: of the straight line.
        reach: how far histology lies from the estimate at most, in ``interval_level`` of the animals.
    """

    intercept: float
    slope: float
    reach: float

    def value(self, told: float) -> float:
        """The estimate: a share lies between 0 and 1."""
        return float(np.clip(self.intercept + self.slope * told, 0.0, 1.0))


@dataclass(frozen=True)
class Calibration:
    """From what the network says to probabilities and intervals, fitted on animals that it was not trained on.

    Attributes:
        response: of the logit.
        estimates: one for each of ``ESTIMATES``.
    """

    response: Stacking
    estimates: tuple[Scale, ...]

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Calibration:
        """From one entry of ``models/calibration.json``."""
        scales = (content["estimates"][name] for name in ESTIMATES)
        return cls(
            Stacking.of_json(content["response"]),
            tuple(Scale(float(one["intercept"]), float(one["slope"]), float(one["reach"])) for one in scales),
        )

    def estimated(self, told: NDArray[np.floating]) -> tuple[Estimate, ...]:
        """The estimates with their intervals, from what the network says of each."""
        made = []
        for name, scale, one in zip(ESTIMATES, self.estimates, told.tolist(), strict=True):
            value = scale.value(one)
            made.append(Estimate(name, value, max(0.0, value - scale.reach), min(1.0, value + scale.reach)))
        return tuple(made)


def given_name(missing: tuple[str, ...]) -> str:
    """What the bundle's files call a study that lacks these roles: ``all`` where it lacks none, ``without_t1``, ..."""
    return f"without_{'_'.join(missing)}" if missing else "all"


def tumour_of(study: Study) -> MaskArray | None:
    """The tumour's mask on the image after contrast agent; None where the study brings none."""
    return study.masks.get(CONTRAST_ROLE, study.masks.get(TUMOUR_ROLE))


class Hcc:
    """The system; see ``predict.system.System``."""

    name = NAME
    title = "HCC: liver tumours on multi-parametric MRI, response to sorafenib and NK cells"
    roles = ROLES
    segmentation = NAME

    def __init__(self) -> None:
        self._sequences = KeptSequences()

    def view(self, study: Study) -> View:
        """The image after contrast agent."""
        study.image(CONTRAST_ROLE)
        return View(CONTRAST_ROLE)

    def outline(self, study: Study, image: Image, bundle: OpenBundle) -> Segmentation:
        """The tumour on every slice, by the network that also predicts.

        Raises:
            StudyError, SpacingError: as ``hcc_inputs.sequences_of``.
        """
        return outlined(self._sequences.of(study), bundle)

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """Predict the response and estimate viability and apoptosis from three sequences and the tumour's mask.

        Raises:
            StudyError, SpacingError: as ``hcc_inputs.sequences_of``.
            MaskError: the mask is empty, too small to be sampled, or of another image.
            BundleError: the bundle does not hold this system's models.
        """
        sequences = self._sequences.of(study)
        image = sequences.contrast
        require_same_grid(tumour, image, "tumour mask")
        seen = tumour_slices(sequences, tumour)
        calibration, reference = _parameters(bundle, given_name(sequences.missing))
        output = bundle.run(MODEL, {SEQUENCES_INPUT: seen.sequences, TUMOUR_INPUT: seen.tumour})
        logits = output["response"].reshape(1, 1)
        probability = calibration.response.probability(logits)
        distance = reference.distance(output["features"].reshape(1, -1))
        prediction = Prediction(
            system=NAME,
            bundle=bundle.bundle.name,
            bundle_sha256=bundle.bundle.sha256,
            endpoint=ENDPOINT,
            classes=CLASSES,
            probabilities=(1.0 - probability, probability),
            interval=calibration.response.interval(logits),
            interval_level=calibration.response.interval_level,
            decision=DECISIONS[int(probability >= THRESHOLD)],
            in_distribution=distance <= reference.limit,
            distance=distance,
            distance_limit=reference.limit,
            evidence=bundle.bundle.metadata["evidence"],
            estimates=calibration.estimated(output["estimates"]),
        )
        volume_mm3 = float(np.count_nonzero(tumour)) * float(np.prod(image.spacing_mm))
        return SystemOutput(
            prediction=prediction,
            activations={BRANCH: output["activation"]},
            grids={BRANCH: seen.grid},
            weights={BRANCH: 1.0},
            warnings=(
                *modality_warning("HCC", "MRI", image.modality, ["MR"]),
                *_missing_warnings(sequences, bundle),
                *_registration_warnings(sequences),
                *field_warning("HCC", SAMPLES * STEP_MM, seen.tumour_in_field, MOST_CUT_OFF),
                *size_warning("HCC", volume_mm3, bundle.bundle.setting("tumour_volume_mm3"), "mm³"),
                *filter(None, [prediction.outside_training]),
            ),
        )

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """The tumour's size over time, the estimates, and how the sequences were brought to one grid."""
        sequences = self._sequences.of(study)
        earlier = [size_earlier(each, tumour_of(each), bundle) for each in study.earlier]
        return hcc_exhibits([*earlier, size_at(study, tumour, sequences.contrast)], output.prediction, sequences)


def _parameters(bundle: OpenBundle, given: str) -> tuple[Calibration, Reference]:
    """Of the animals' sequences that are there, see ``given_name``."""
    try:
        return Calibration.of_json(bundle.bundle.read_json(CALIBRATION)[given]), Reference.of_json(
            bundle.bundle.read_json(REFERENCE)[given]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The files {CALIBRATION} and {REFERENCE} of the bundle {bundle.bundle.name} are not what HCC needs; "
            "train the bundle again."
        ) from error


def _missing_warnings(sequences: Sequences, bundle: OpenBundle) -> list[str]:
    """What the prediction loses, as it was measured on animals that the network was not trained on."""
    sentences = []
    for role in sequences.missing:
        whole, lacking = (bundle.bundle.setting("held_out", given_name(one)) for one in ((), (role,)))
        sentences.append(
            f"The {SEQUENCE_NAMES[role]} image is missing. On held-out animals this changed the AUROC from "
            f"{whole['auc']:.3f} to {lacking['auc']:.3f} and the error of viability from {whole['viability_rmse']:.3f} "
            f"to {lacking['viability_rmse']:.3f}; give all three sequences."
        )
    return sentences


def _registration_warnings(sequences: Sequences) -> list[str]:
    return [
        f"The {SEQUENCE_NAMES[role]} image was moved by {np.linalg.norm(made.motion.shift_mm):.1f} mm and turned by "
        f"{made.motion.angle_deg:.1f}° to lie on the one after contrast agent ({made.reason}); check the overlay."
        for role, made in sequences.registrations.items()
    ]
