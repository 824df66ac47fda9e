"""Fit the estimates of the HCC network in closed form."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from TumorResponseLib.research.networks.multitask_unetpp import (
    CELL_FEATURES,
    ENHANCING_PART,
    SIGNAL_FEATURES,
    TISSUES,
    TUMOUR,
    OneTumour,
)
from TumorResponseLib.research.training.hcc_held_out import ask
from TumorResponseLib.research.training.hcc_volumes import HccSet

PENALTIES = np.logspace(-3, 4, 29)
"""Of which the one with the least leave-one-out error is taken."""


def refit_estimates(network: OneTumour, data: HccSet, trained: NDArray[np.int64]) -> None:
    """Fit the linear layer of viability and apoptosis once more, in place, on undisturbed volumes.

    Ridge regression (Hoerl and Kennard, Technometrics 12:55, 1970) on the signals of the tumour and of its enhancing
    part alone: what the convolutions find has more numbers than a few hundred animals can weigh, and fits histology's
    own error. In training steps along the gradient weigh all of it, so that the encoder learns from histology too.

    Args:
        network: trained, in evaluation mode.
        data: of a cohort.
        trained: indices in ``data.read`` of the animals that the network was trained on.
    """
    inner = network.network
    read = np.zeros((TISSUES, CELL_FEATURES), dtype=np.bool_)
    read[[TUMOUR, ENHANCING_PART], :SIGNAL_FEATURES] = True
    features = ask(network, data.read, trained).features[:, read.ravel()]
    means, deviations = (network.get_buffer(name).numpy() for name in ("means", "deviations"))
    known = (data.histology[trained] - means) / deviations
    for row, values in enumerate(known.T, start=1):
        ridge = RidgeCV(PENALTIES).fit(features, values)
        with torch.no_grad():
            inner.head.weight[row] = 0.0
            inner.head.weight[row, torch.from_numpy(read.ravel())] = torch.from_numpy(ridge.coef_).float()
            inner.head.bias[row] = float(ridge.intercept_)
