"""Fit the estimates of the HCC network in closed form."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from TumorResponseLib.research.networks.multitask_unetpp import OneTumour
from TumorResponseLib.research.training.hcc_held_out import ask
from TumorResponseLib.research.training.hcc_volumes import HccSet

PENALTIES = np.logspace(-3, 4, 29)
"""Of which the one with the least leave-one-out error is taken."""


def refit_estimates(network: OneTumour, data: HccSet, trained: NDArray[np.int64]) -> None:
    """Fit the linear layer of viability and apoptosis once more, in place, on undisturbed volumes.

    The pooled features go together, so that steps along the gradient reach the least error slowly, and training
    disturbs what is read: sequences are left out, masks redrawn. Ridge regression (Hoerl and Kennard, Technometrics
    12:55, 1970) on the training animals' features ends there at once.

    Args:
        network: trained, in evaluation mode.
        data: of a cohort.
        trained: indices in ``data.read`` of the animals that the network was trained on.
    """
    inner = network.network
    features = ask(network, data.read, trained).features * inner.get_buffer("scale").numpy()
    means, deviations = (network.get_buffer(name).numpy() for name in ("means", "deviations"))
    known = (data.histology[trained] - means) / deviations
    for column, values in enumerate(known.T, start=1):
        ridge = RidgeCV(PENALTIES).fit(features, values)
        with torch.no_grad():
            inner.head.weight[column] = torch.from_numpy(ridge.coef_).float()
            inner.head.bias[column] = float(ridge.intercept_)
