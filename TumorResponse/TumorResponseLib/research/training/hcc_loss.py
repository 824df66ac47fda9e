"""The losses of the HCC network and the rule that weighs them against one another.

Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses", CVPR 2018: each task has a learned
variance; its loss is divided by it, and half the variance's logarithm is added, so that it cannot grow for nothing.
"""

from __future__ import annotations

import torch
from monai.losses import DiceCELoss
from torch import Tensor
from torch.nn import functional

from TumorResponseLib.research.networks.multitask_unetpp import TumourOutput

LEAST_LOG_VARIANCE = -2.0
"""A task that the training animals are learned by heart in would take all the weight."""


def task_losses(output: TumourOutput, mask: Tensor, responses: Tensor, estimates: Tensor) -> Tensor:
    """One for each of ``TASKS``: Dice and cross-entropy of the mask, cross-entropy of the response, squared errors.

    Args:
        output: of the network.
        mask: ``(slices, 1, rows, columns)`` of 0 and 1.
        responses: ``(volumes,)`` of 0 and 1.
        estimates: ``(volumes, 2)``, in standard deviations about the mean.
    """
    outline = DiceCELoss(sigmoid=True, batch=True)(output.mask.float(), mask)
    response = functional.binary_cross_entropy_with_logits(output.answers[:, 0], responses)
    errors = ((output.answers[:, 1:] - estimates) ** 2).mean(dim=0)
    return torch.stack([outline, response, 0.5 * errors[0], 0.5 * errors[1]])


def weighted(losses: Tensor, log_variances: Tensor) -> Tensor:
    """The sum of the tasks' losses by their learned variances."""
    logarithms = log_variances.clamp_min(LEAST_LOG_VARIANCE)
    return (torch.exp(-logarithms) * losses + 0.5 * logarithms).sum()
