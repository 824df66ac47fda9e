"""What PRRT-PFS lays beside its prediction: lesions, laboratory values, survival, and what speaks for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import expand_labels

from TumorResponseLib.core.crop import CropGrid, resample
from TumorResponseLib.core.exhibits import Bars, Exhibits
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.laboratory.imputation import completed
from TumorResponseLib.core.pet.lesions import LesionLabels, labels_of_mask
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.prrt_charts import (
    contributions_shown,
    curve_months,
    importance_shown,
    lesions_left_out,
    survival_shown,
)
from TumorResponseLib.predict.prrt_inputs import PET, LesionInputs
from TumorResponseLib.predict.prrt_networks import (
    TISSUES,
    Rules,
    network_inputs,
    rules_of,
    run_fusion,
)
from TumorResponseLib.predict.prrt_tables import laboratory_shown, lesions_shown

MOST_LESIONS = 9
"""Of more lesions none is left out in turn: each takes a pass of the networks."""

BORDER_STEPS = 2
"""How far a lesion's sampled mask may reach beyond its nearest samples."""


def exhibits_of(study: Study, tumour: MaskArray, seen: LesionInputs, bundle: OpenBundle) -> Exhibits:
    """Everything that is shown beside the prediction of a study.

    Args:
        study: with PET and CT.
        tumour: the lesions on the PET's grid.
        seen: what the networks see of both.
        bundle: of PRRT-PFS.

    Raises:
        BundleError: the bundle does not hold this system's models.
    """
    rules = rules_of(bundle)
    laboratory = completed(study.laboratory, rules.imputation)
    inputs = network_inputs(seen, laboratory)
    fusion = run_fusion(inputs, bundle)
    slope = rules.progression.line.slope
    log_odds = rules.progression.log_odds(fusion.logits)
    months = curve_months(max(rules.progression.edges_months))
    survival = rules.progression.survival(np.array([log_odds]), months)[0]
    values = dict(zip(laboratory.values, (slope * fusion.value_shares).tolist(), strict=True))
    put_in = {name: laboratory.values[name] for name in laboratory.missing}
    return Exhibits(
        plots=(survival_shown(months, survival, rules.groups, rules.progression.horizon_months),),
        bars=(
            *contributions_shown(slope * fusion.shares, values, laboratory.missing),
            *_by_lesion(labels_of_mask(tumour), seen.grid, inputs, log_odds, rules, bundle),
            importance_shown(rules.importance),
        ),
        tables=(
            lesions_shown(study.image(PET), tumour),
            laboratory_shown(study.laboratory, study.laboratory_ranges, put_in),
        ),
    )


def _by_lesion(
    labels: LesionLabels,
    grid: CropGrid,
    inputs: dict[str, NDArray[np.float32]],
    log_odds: float,
    rules: Rules,
    bundle: OpenBundle,
) -> list[Bars]:
    """The chart of lesions left out in turn; none where there is one lesion only, or very many."""
    count = int(labels.max())
    if not 2 <= count <= MOST_LESIONS:
        return []
    number_at = expand_labels(resample(labels, grid, order=0).astype(np.int32), BORDER_STEPS)
    without = {}
    for number in range(1, count + 1):
        rest = (inputs[TISSUES] * (number_at != number)).astype(np.float32)
        # Without the only lesion in the field there is nothing to read.
        if rest.any():
            without[number] = rules.progression.log_odds(run_fusion({**inputs, TISSUES: rest}, bundle).logits)
    return [lesions_left_out(log_odds, without)]
