"""What a training leaves behind of a fold, and finds again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.training.trained_fold import TrainedFold, load_fold, save_fold

KEY: dict[str, object] = {"recipe": {"epochs": 3}, "cohort": "abc", "fold": 0}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    fold = TrainedFold(
        {"net": torch.nn.Linear(2, 1).state_dict()},
        np.array([1, 3]),
        {"net": np.array([[0.5], [1.5]], dtype=np.float32)},
        {"net": np.arange(8, dtype=np.float32).reshape(4, 2)},
    )
    save_fold(tmp_path / "fold0.pt", KEY, fold)
    return tmp_path / "fold0.pt"


def test_a_fold_is_found_as_it_was_left(checkpoint: Path) -> None:
    found = load_fold(checkpoint, KEY)
    assert found is not None and [path.name for path in checkpoint.parent.iterdir()] == ["fold0.pt"]
    assert found.held_out.tolist() == [1, 3] and found.logits["net"].tolist() == [[0.5], [1.5]]
    assert found.features["net"].shape == (4, 2) and found.networks["net"]["weight"].shape == (1, 2)


@pytest.mark.parametrize(
    "other", [{**KEY, "recipe": {"epochs": 4}}, {**KEY, "cohort": "abd"}, {**KEY, "fold": 1}], ids=str
)
def test_a_fold_of_another_training_is_none(checkpoint: Path, other: dict[str, object]) -> None:
    assert load_fold(checkpoint, other) is None
    assert load_fold(checkpoint.with_name("fold1.pt"), KEY) is None


def test_a_damaged_checkpoint_is_named(checkpoint: Path) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:200])
    with pytest.raises(StudyError, match=r"checkpoint fold0\.pt is damaged"):
        load_fold(checkpoint, KEY)
