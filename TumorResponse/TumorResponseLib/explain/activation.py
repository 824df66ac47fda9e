"""Class activation maps as saliency on the image: which tissue speaks for the decision.

Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016. The networks hand out their maps in
the forward pass that predicts; pooling and head being linear, a map's mean is the logit and nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.crop import CropGrid, restore
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.predict.system import SystemOutput

FUSED = "fused"


def saliency_maps(output: SystemOutput) -> dict[str, NDArray[np.float32]]:
    """Saliency by branch, and ``fused``, on the image grid.

    A map is positive where the tissue speaks for ``output.activated_class``. It is turned to the decided class, and
    what speaks against the decision is cut off. ``fused`` is the sum of the branches' maps by their weights in the
    decision, cut off only afterwards, as the stacking model adds up their logits.

    Returns:
        Maps in [0, 1] whose maximum is 1; 0 everywhere where nothing in a branch speaks for the decision.

    Raises:
        StudyError: the system handed out no maps, or maps without their grids.
    """
    if not output.activations or set(output.activations) != set(output.grids):
        raise StudyError(f"The system {output.prediction.system} handed out no activation maps to show.")
    probabilities = output.prediction.probabilities
    favoured = probabilities[output.activated_class] >= max(probabilities)
    towards_decision = {
        branch: activation if favoured else -activation for branch, activation in output.activations.items()
    }
    maps = {branch: _shown(activation, output.grids[branch]) for branch, activation in towards_decision.items()}
    return maps | {FUSED: _fused(towards_decision, output)}


def saliency_layers(outputs: Mapping[str, SystemOutput]) -> dict[str, NDArray[np.float32]]:
    """The ``saliency_maps`` of one system, or of several with the system's name before each: ``dlrs3-fused``.

    A system without activation maps, such as one that reads laboratory values alone, has none.
    """
    layers: dict[str, NDArray[np.float32]] = {}
    for name, output in outputs.items():
        before = f"{name}-" if len(outputs) > 1 else ""
        maps = saliency_maps(output) if output.activations else {}
        layers |= {before + layer: values for layer, values in maps.items()}
    return layers


def _fused(activations: dict[str, NDArray[np.float32]], output: SystemOutput) -> NDArray[np.float32]:
    """Branches that share grid and resolution are added before they are brought to the image, once for all."""
    sums: dict[tuple[CropGrid, tuple[int, ...]], NDArray[np.float32]] = {}
    for branch, activation in activations.items():
        key = (output.grids[branch], activation.shape)
        sums[key] = sums.get(key, np.float32(0.0)) + np.float32(output.weights.get(branch, 0.0)) * activation
    (whole, box), *others = [(restore(total, grid), grid.field_box) for (grid, _), total in sums.items()]
    for values, own in others:
        whole[own.slices] += values[own.slices]
        box = box.union(own)
    return _rectified(whole, box)


def _shown(activation: NDArray[np.float32], grid: CropGrid) -> NDArray[np.float32]:
    return _rectified(restore(activation, grid), grid.field_box)


def _rectified(values: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
    """The positive part, scaled to a maximum of 1, in place; only ``box``, beyond which all is 0, is touched."""
    part = values[box.slices]
    np.maximum(part, 0.0, out=part)
    largest = float(part.max(initial=0.0))
    if largest > 0:
        part /= np.float32(largest)
    return values
