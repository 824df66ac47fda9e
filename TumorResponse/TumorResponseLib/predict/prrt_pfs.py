"""PRRT-PFS: progression within a year of radioligand therapy, from laboratory values, PET and CT before it.

Networks on PET and CT around the lesions are fused with laboratory values; the chance of progression within a year is
carried on to a survival curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from scipy.special import logit

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.image_units import SUV_BODY_WEIGHT
from TumorResponseLib.core.laboratory.imputation import Completed, completed
from TumorResponseLib.core.laboratory.panel import ANALYTES
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.cautions import size_warning
from TumorResponseLib.predict.prrt_exhibits import exhibits_of
from TumorResponseLib.predict.prrt_inputs import CT, PET, SAMPLES, STEP_MM, LesionInputs, inputs_of
from TumorResponseLib.predict.prrt_lesions import MM3_A_ML, outline_lesions
from TumorResponseLib.predict.prrt_networks import (
    LABORATORY,
    branch_probabilities,
    gradient_sizes,
    lesion_rule_of,
    network_inputs,
    rules_of,
    run_fusion,
)
from TumorResponseLib.predict.prrt_progression import Progression
from TumorResponseLib.predict.segmentation import Segmentation
from TumorResponseLib.predict.system import Estimate, Prediction, SystemOutput, View

NAME = "prrt-pfs"
"""Of the system and of its shipped bundle."""

CLASSES = ("no progression", "progression")
DECISIONS = ("No progression within a year", "Progression within a year")
THRESHOLD = 0.5
ESTIMATED_MONTHS = (6, 24)
"""Beside the endpoint's own 12: when progression-free survival is told as a number."""

TITLES = {LABORATORY: LABORATORY, PET: "PET", CT: "CT"}
"""Of the branches, by the bundle's names."""

WEIGHTS = {TITLES[PET]: 0.5, TITLES[CT]: 0.5}
"""Their activation maps are parts of one sum."""

MOST_UNSEEN = 0.02
"""Share of the lesions that may lie beyond the field or the CT without a word."""


class PrrtPfs:
    """The system; see ``predict.system.System``."""

    name = NAME
    title = "PRRT-PFS: PET/CT and laboratory values, progression after radioligand therapy"
    roles = (PET, CT)
    segmentation = NAME

    def view(self, study: Study) -> View:
        """The PET, over the CT where there is one."""
        study.image(PET)
        return View(PET, backdrop=CT if CT in study.images else None)

    def outline(self, study: Study, image: Image, bundle: OpenBundle) -> Segmentation:
        """The lesions, by the threshold method that the bundle names; no network takes part.

        Raises:
            StudyError: the PET is not known to be in SUV.
            SpacingError: it has no spacing.
            UsageError: it is no volume.
            BundleError: the bundle names no rule for lesions.
        """
        mask, warnings = outline_lesions(image, lesion_rule_of(bundle))
        return Segmentation(
            mask, mask.astype(np.float32), None, None, bundle.bundle.name, bundle.bundle.sha256, warnings
        )

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        """Predict progression from PET, CT, the lesions on the PET, and the laboratory values that there are.

        Raises:
            StudyError: PET or CT is missing, not in SUV or HU, of another examination, or shows no lesion.
            SpacingError: an image has no spacing.
            MaskError: the mask is empty, too small to be sampled, or of another image.
            BundleError: the bundle does not hold this system's models.
        """
        seen = lesions_seen(study, tumour)
        rules = rules_of(bundle)
        laboratory = completed(study.laboratory, rules.imputation)
        inputs = network_inputs(seen, laboratory)
        fusion = run_fusion(inputs, bundle)
        probability = rules.progression.probability(fusion.logits)
        interval = rules.progression.interval(fusion.logits)
        branches = branch_probabilities(inputs, rules.progression, bundle)
        distance = rules.reference.distance(fusion.features)
        prediction = Prediction(
            system=NAME,
            bundle=bundle.bundle.name,
            bundle_sha256=bundle.bundle.sha256,
            endpoint=bundle.bundle.setting("endpoint"),
            classes=CLASSES,
            probabilities=(1.0 - probability, probability),
            interval=interval,
            interval_level=rules.progression.interval_level,
            decision=DECISIONS[int(probability >= THRESHOLD)],
            in_distribution=distance <= rules.reference.limit,
            distance=distance,
            distance_limit=rules.reference.limit,
            evidence=bundle.bundle.metadata["evidence"],
            branches={TITLES[name]: value for name, value in branches.items()},
            estimates=tuple(
                _progression_free(rules.progression, probability, interval, months) for months in ESTIMATED_MONTHS
            ),
        )
        # A gradient's size has no sign: turned to the decision, all of it is shown.
        turned = np.float32(1.0 if probability >= THRESHOLD else -1.0)
        maps = {TITLES[role]: activation for role, activation in fusion.activations.items()}
        for role, size in gradient_sizes(inputs, bundle).items():
            maps[f"{TITLES[role]}-gradient"] = turned * size
        volume_ml = float(np.count_nonzero(tumour)) * prod(study.image(PET).spacing_mm) / MM3_A_ML
        return SystemOutput(
            prediction=prediction,
            activations=maps,
            grids=dict.fromkeys(maps, seen.grid),
            weights=WEIGHTS,
            inputs=inputs,
            warnings=(
                *_units_warning(study.image(PET)),
                *_unseen_warnings(seen),
                *_missing_warning(laboratory),
                *size_warning("PRRT-PFS", volume_ml, bundle.bundle.setting("lesion_volume_ml"), "ml"),
                *filter(None, [prediction.outside_training]),
            ),
        )

    def exhibits(
        self, study: Study, tumour: MaskArray, rings: Rings | None, output: SystemOutput, bundle: OpenBundle
    ) -> Exhibits:
        """Lesions, laboratory values, the survival curve between the groups', and what speaks for progression."""
        return exhibits_of(study, tumour, lesions_seen(study, tumour), bundle)


def lesions_seen(study: Study, tumour: MaskArray) -> LesionInputs:
    """What the networks see of a study.

    Raises:
        StudyError, SpacingError, MaskError: as ``PrrtPfs.predict``.
    """
    for role in (PET, CT):
        if role not in study.images:
            raise StudyError(
                f"PRRT-PFS reads a PET and a CT, and {study.name} has no {role.upper()}; name it image_{role} in "
                "study.json."
            )
    seen = inputs_of(study, tumour)
    if seen.coverage[CT] == 0.0:
        raise StudyError(f"The CT of {study.name} does not show the lesions; give a CT that covers them.")
    return seen


def _progression_free(
    progression: Progression, probability: float, interval: tuple[float, float], months: int
) -> Estimate:
    # The more progression, the less survival: the interval's ends change places.
    odds = logit([probability, interval[1], interval[0]])
    value, low, high = progression.survival(odds, np.array([float(months)]))[:, 0].tolist()
    return Estimate(f"progression-free at {months} months", value, low, high)


def _units_warning(pet: Image) -> list[str]:
    if pet.units == SUV_BODY_WEIGHT:
        return []
    return [f"PRRT-PFS was trained on SUV by body weight and this PET is in {pet.units}; give it in {SUV_BODY_WEIGHT}."]


def _unseen_warnings(seen: LesionInputs) -> list[str]:
    warnings = []
    if seen.lesions_in_field < 1.0 - MOST_UNSEEN:
        field = " x ".join(f"{samples * STEP_MM:g}" for samples in SAMPLES)
        warnings.append(
            f"PRRT-PFS looks at a field of {field} mm and {1.0 - seen.lesions_in_field:.0%} of the lesions lie beyond "
            "it; the prediction rests on the rest."
        )
    if seen.coverage[CT] < 1.0 - MOST_UNSEEN:
        warnings.append(
            f"The CT does not show {1.0 - seen.coverage[CT]:.0%} of the lesions, which it counts as air; give a CT "
            "that covers them."
        )
    return warnings


def _missing_warning(laboratory: Completed) -> list[str]:
    if not laboratory.missing:
        return []
    if len(laboratory.missing) == len(laboratory.values):
        return ["No laboratory value is known; medians of the training patients stand in for all of them."]
    return [f"Not known: {_labels(laboratory.missing)}; the medians of the training patients stand in for them."]


def _labels(names: Sequence[str]) -> str:
    return ", ".join(ANALYTES[name].label if name in ANALYTES else name for name in names)
