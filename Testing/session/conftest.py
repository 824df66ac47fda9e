"""Readings over bundles whose weights are replaced by a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.session.stand_ins import BrightnessSystem, make_library, systems
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.session.reading import Reading


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    """A model library with the two bundles that a reading of breast ultrasound opens."""
    return make_library(tmp_path / "bundles", "breast-us-segmentation", "dlrs3")


@pytest.fixture
def system() -> BrightnessSystem:
    return BrightnessSystem()


@pytest.fixture
def reading(library: ModelLibrary, system: BrightnessSystem) -> Reading:
    """A reading with no study open."""
    return Reading(library, systems(system))
