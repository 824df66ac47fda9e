"""Train the discrete-time survival head on tabular features, censored patients included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from TumorResponseLib.predict.survival import survival_between
from TumorResponseLib.research.evaluation.survival.kaplan_meier import survival_curve
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, Times
from TumorResponseLib.research.networks.survival_head import SurvivalHead


@dataclass(frozen=True)
class HeadSettings:
    """How the head is trained; chosen on lifelines' breast cancer table (GBSG2), not on what is reported."""

    intervals: int = 8
    epochs: int = 60
    learning_rate: float = 0.01
    weight_decay: float = 1.0


@dataclass(frozen=True)
class TrainedHead:
    """A trained head.

    Attributes:
        network: in evaluation mode.
        edges: ends of the intervals, rising; the first begins at 0.
    """

    network: SurvivalHead
    edges: Times

    def survival(self, features: ArrayLike, times: ArrayLike) -> NDArray[np.float64]:
        """Chance of no event up to each time, ``(patients, times)``."""
        with torch.inference_mode():
            at_edges = self.network(torch.as_tensor(np.asarray(features, dtype=np.float32))).double().numpy()
        return survival_between(at_edges, self.edges, np.asarray(times, dtype=np.float64))


def interval_edges(followed: SurvivalTimes, intervals: int) -> Times:
    """Ends of intervals in each of which the Kaplan-Meier curve falls alike; the last is the last event.

    Raises:
        ValueError: no event was seen.
    """
    if not followed.events.any():
        raise ValueError("No event was seen among these patients, so there are no intervals to learn.")
    curve = survival_curve(followed)
    fallen = 1.0 - np.array(curve.survival)
    levels = fallen[-1] * np.arange(1, intervals + 1) / intervals
    found = np.array(curve.times)[np.searchsorted(fallen, levels - 1e-12)]
    return np.unique(found[found > 0.0])


def reached_and_happened(followed: SurvivalTimes, edges: Times) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which intervals count for a patient, and in which the event was seen, both ``(patients, intervals)``.

    A censored patient counts for an interval when followed through its first half at least (Gensheimer and
    Narasimhan); an event after the last edge counts as none.
    """
    starts = np.concatenate([[0.0], edges[:-1]])
    own = followed.times[:, None]
    happened = followed.events[:, None] & (own > starts) & (own <= edges)
    # An event at time 0 falls into the first interval.
    happened[:, 0] |= followed.events & (followed.times == 0.0)
    through = np.where(followed.events[:, None], own > edges, own >= (starts + edges) / 2)
    return happened | through, happened


def fit_head(
    features: ArrayLike, followed: SurvivalTimes, settings: HeadSettings | None = None, seed: int = 0
) -> TrainedHead:
    """Train on all patients at once.

    Args:
        features: complete, ``(patients, features)``.
        followed: the patients.
        settings: of the training.
        seed: of the start and of dropout; torch's own random state is left as it was.

    Raises:
        ValueError: no event was seen.
    """
    chosen = settings or HeadSettings()
    edges = interval_edges(followed, chosen.intervals)
    counted, happened = (torch.from_numpy(one).float() for one in reached_and_happened(followed, edges))
    given = torch.as_tensor(np.asarray(features, dtype=np.float32))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = SurvivalHead(given.shape[1], len(edges))
        spread = given.std(dim=0, unbiased=False)
        network.mean.copy_(given.mean(dim=0))
        network.spread.copy_(torch.where(spread > 0.0, spread, torch.ones_like(spread)))
        # To begin with, every patient has the hazards of all.
        hazards = ((happened.sum(dim=0) + 0.5) / (counted.sum(dim=0) + 1.0)).clamp(1e-4, 1.0 - 1e-4)
        network.second_bias.data += torch.logit(hazards)
        decayed = [network.first, network.second]
        optimiser = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": chosen.weight_decay},
                {"params": [network.first_bias, network.second_bias], "weight_decay": 0.0},
            ],
            lr=chosen.learning_rate,
        )
        network.train()
        for _ in range(chosen.epochs):
            optimiser.zero_grad()
            _loss(network.logits(given), counted, happened).backward()
            optimiser.step()
    network.eval()
    return TrainedHead(network, edges)


def _loss(logits: Tensor, counted: Tensor, happened: Tensor) -> Tensor:
    """Negative log-likelihood: mean over the patients, sum over the members, which thus learn by themselves."""
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, happened.expand_as(logits), reduction="none")
    return (each * counted).sum() / logits.shape[1]
