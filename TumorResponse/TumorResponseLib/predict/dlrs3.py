"""DLRS3: early response of breast cancer to neoadjuvant chemotherapy from one B-mode image (BMC Cancer 25:1737, 2025).

A ResNet for the tumour and one for the tumour with its 3, 5 and 10 mm margin; a stacking model joins them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from TumorResponseLib.core.errors import BundleError, StudyError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray, require_same_grid
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE, Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.cautions import field_warning, modality_warning, size_warning
from TumorResponseLib.predict.dlrs3_crops import REGIONS, SAMPLES, STEP_MM, TumourCrop, crop_tumour, region_input
from TumorResponseLib.predict.reference import Reference
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND, Segmentation, segment
from TumorResponseLib.predict.stacking import Stacking
from TumorResponseLib.predict.system import Prediction, SystemOutput, View

NAME = "dlrs3"
"""Of the system and of its shipped bundle."""
SPOKEN = "DLRS3"

INPUT = "crop"
OUTPUTS = ("logits", "features", "activation")
STACKING = "models/stacking.json"
REFERENCE = "models/reference.json"

CLASSES = ("non-responder", "responder")
DECISIONS = ("Non-responder", "Responder")
ENDPOINT = "response to neoadjuvant chemotherapy, from the image after two cycles"
THRESHOLD = 0.5
MOST_CUT_OFF = 0.01
"""Share of the tumour that may lie beyond the field without a word."""


def model_file(region: str) -> str:
    """Path in the bundle of a region's network."""
    return f"models/{region}.onnx"


@dataclass(frozen=True)
class RegionOutputs:
    """What the networks say of one crop, by region.

    Attributes:
        inputs: ``(3, rows, columns)``.
        logits: ``(regions, members)``.
        features: ``(members, features of all regions)``.
        activations: signed, ``(rows / 4, columns / 4)``; their mean is the region's mean logit.
    """

    inputs: dict[str, NDArray[np.float32]]
    logits: NDArray[np.float32]
    features: NDArray[np.float32]
    activations: dict[str, NDArray[np.float32]]


def run_networks(crop: TumourCrop, bundle: OpenBundle) -> RegionOutputs:
    """One forward pass of each region's network."""
    inputs = {region: region_input(crop.image, crop.distance_mm, crop.inside, region) for region in REGIONS}
    outputs = {region: bundle.run(model_file(region), {INPUT: inputs[region][None]}) for region in REGIONS}
    logits = np.concatenate([outputs[region]["logits"] for region in REGIONS])
    members = logits.shape[1]
    features = [outputs[region]["features"][0].reshape(members, -1) for region in REGIONS]
    activations = {region: outputs[region]["activation"][0] for region in REGIONS}
    return RegionOutputs(inputs, logits, np.concatenate(features, axis=1), activations)


class Dlrs3:
    """The system; see ``predict.system.System``."""

    name = NAME
    title = "DLRS3: breast ultrasound, early response to neoadjuvant chemotherapy"
    roles = (SINGLE_IMAGE_ROLE,)
    segmentation = BREAST_ULTRASOUND

    def view(self, study: Study) -> View:
        """The single image; of a cine the first frame."""
        return View(SINGLE_IMAGE_ROLE, frame=0 if study.image().is_cine else None)

    def outline(self, study: Study, image: Image, bundle: OpenBundle) -> Segmentation:
        """The lesion, by the breast ultrasound network; raises StudyError where the image is a volume."""
        return segment(image, bundle)

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """Predict the response from one 2-D image and its tumour mask.

        Raises:
            StudyError: the image is a volume or a cine.
            SpacingError: the image carries no spacing.
            MaskError: the mask is empty, too small to be sampled, or of another image.
            BundleError: the bundle does not hold this system's models.
        """
        image = study.image()
        if image.pixels.ndim != 2:
            raise StudyError(
                f"DLRS3 reads one 2-D image and {study.name} has {image.pixels.ndim} axes; choose one frame."
            )
        require_same_grid(tumour, image, "tumour mask")
        crop = crop_tumour(image.pixels, tumour, image.spacing_mm)
        outputs = run_networks(crop, bundle)
        stacking, reference = _parameters(bundle)
        probability = stacking.probability(outputs.logits)
        distance = reference.distance(outputs.features)
        prediction = Prediction(
            system=NAME,
            bundle=bundle.bundle.name,
            bundle_sha256=bundle.bundle.sha256,
            endpoint=ENDPOINT,
            classes=CLASSES,
            probabilities=(1.0 - probability, probability),
            interval=stacking.interval(outputs.logits),
            interval_level=stacking.interval_level,
            decision=DECISIONS[int(probability >= THRESHOLD)],
            in_distribution=distance <= reference.limit,
            distance=distance,
            distance_limit=reference.limit,
            evidence=bundle.bundle.metadata["evidence"],
            branches=dict(zip(REGIONS, expit(outputs.logits.mean(axis=1)).tolist(), strict=True)),
        )
        area_mm2 = float(np.count_nonzero(tumour)) * float(np.prod(image.spacing_mm))
        return SystemOutput(
            prediction=prediction,
            activations=outputs.activations,
            grids=dict.fromkeys(REGIONS, crop.grid),
            weights=stacking.weights,
            inputs=outputs.inputs,
            warnings=(
                *modality_warning(SPOKEN, "B-mode ultrasound", image.modality, ("US",)),
                *field_warning(SPOKEN, SAMPLES * STEP_MM, crop.tumour_in_field, MOST_CUT_OFF),
                *size_warning(SPOKEN, area_mm2, bundle.bundle.setting("tumour_area_mm2")),
                *filter(None, [prediction.outside_training]),
            ),
        )

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """Nothing beside the saliency of the regions."""
        return Exhibits()


def _parameters(bundle: OpenBundle) -> tuple[Stacking, Reference]:
    try:
        return Stacking.of_json(bundle.bundle.read_json(STACKING)), Reference.of_json(
            bundle.bundle.read_json(REFERENCE)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The files {STACKING} and {REFERENCE} of the bundle {bundle.bundle.name} are not what DLRS3 needs; "
            "train the bundle again."
        ) from error
