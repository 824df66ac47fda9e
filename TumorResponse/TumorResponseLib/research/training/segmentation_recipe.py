"""Everything that decides a training run of the segmentation."""

from __future__ import annotations

from dataclasses import dataclass, replace

FOLDS = 3
SPLIT_SEED = 2026
"""Fixes which group is held out in which fold, for every member alike."""


@dataclass(frozen=True)
class Recipe:
    """The training of one member of the ensemble; stored with its checkpoints."""

    epochs: int = 40
    refining_epochs: int = 30
    final_epochs: int = 10
    coarse_epochs: int = 16
    coarse_size: int = 192
    batch_size: int = 8
    learning_rate: float = 1e-3
    encoder_learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    presence_weight: float = 0.3
    ema_decay: float = 0.995
    crop_probability: float = 0.0
    normal_repeats: int = 1
    seed: int = 2026

    def refining(self, epochs: int) -> Recipe:
        """The second part: fine images only, crops beside lesions as further normals, gentler steps."""
        return replace(
            self,
            epochs=epochs,
            coarse_epochs=0,
            learning_rate=self.learning_rate / 2,
            encoder_learning_rate=self.encoder_learning_rate / 2,
            crop_probability=0.4,
            normal_repeats=2,
        )


MEMBERS = (Recipe(), Recipe(epochs=16, refining_epochs=22, seed=2027))
"""Two networks from different starts answer together: where they disagree, the mean is unsure."""
