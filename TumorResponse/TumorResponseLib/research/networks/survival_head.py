"""A network that gives a survival curve: the chance of the event in each of some intervals of time."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SurvivalHead(nn.Module):
    """Several small perceptrons side by side, from features to survival at the ends of the intervals.

    Discrete-time hazards as Gensheimer and Narasimhan (PeerJ 7:e6257, 2019): nothing ties one interval to the next.
    The members see the same patients, start differently, and do not touch each other; their survival is averaged.

    Args:
        features: how many.
        intervals: how many.
        hidden: units of the one hidden layer of each member.
        members: perceptrons.
        dropout: share of hidden units left out in training.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, features: int, intervals: int, hidden: int = 16, members: int = 5, dropout: float = 0.3) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self.first = nn.Parameter(torch.randn(members, features, hidden) / max(1, features) ** 0.5)
        self.first_bias = nn.Parameter(torch.zeros(members, 1, hidden))
        self.second = nn.Parameter(0.1 * torch.randn(members, hidden, intervals) / hidden**0.5)
        self.second_bias = nn.Parameter(torch.zeros(members, 1, intervals))
        self.dropout = nn.Dropout(dropout)

    def logits(self, features: Tensor) -> Tensor:
        """Log odds of the event within each interval for those who reached it, ``(members, patients, intervals)``."""
        scaled = (features - self.mean) / self.spread
        hidden = torch.relu(torch.matmul(scaled, self.first) + self.first_bias)
        return torch.matmul(self.dropout(hidden), self.second) + self.second_bias

    def forward(self, features: Tensor) -> Tensor:
        """Chance of no event up to the end of each interval, ``(patients, intervals)``; takes complete features."""
        survived = torch.nn.functional.logsigmoid(-self.logits(features))
        return torch.exp(torch.cumsum(survived, dim=2)).mean(dim=0)
