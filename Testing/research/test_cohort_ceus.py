"""The virtual cohort ``ceus``: its truth, its cines, and the sample made from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.loading import load_study, read_cohort, study_of
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.predict.ceus_image import CLASSES, perfusion_image
from TumorResponseLib.research.cohorts.ceus import ORACLE_COLUMNS, cine_of, simulate
from TumorResponseLib.research.cohorts.ceus_biology import (
    MIDDLES,
    PREVALENCE,
    SEPARATION,
    VirtualMouse,
    class_probabilities,
    draw_mice,
)
from TumorResponseLib.research.cohorts.ceus_image import FRAME_MS, FRAMES, SPACING_MM
from TumorResponseLib.research.cohorts.samples.ceus import write_ceus_sample

STABLE = CLASSES.index("stable")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("virtual") / "ceus"
    simulate(4, 3, folder, workers=1)
    return folder


def test_the_classes_are_as_many_as_in_the_study_and_the_stable_one_is_the_hardest() -> None:
    mice = draw_mice(587, 2026)
    responses = np.array([mouse.response for mouse in mice])
    counts = np.bincount(responses)
    np.testing.assert_allclose(counts, (276, 136, 175), atol=12)
    told = np.array([np.argmax(mouse.probabilities) for mouse in mice])
    right = [float((told[responses == one] == one).mean()) for one in range(3)]
    assert right[STABLE] == min(right) and 0.75 < right[STABLE] < 0.92
    assert 0.90 < float((told == responses).mean()) < 0.96
    assert {mouse.tumour_type for mouse in mice} == {0, 1, 2}


def test_the_oracle_is_calibrated() -> None:
    mice = draw_mice(4096, 1)
    probabilities = np.array([mouse.probabilities for mouse in mice])
    truth = np.eye(3)[[mouse.response for mouse in mice]]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    for one in range(3):
        unsure = (probabilities[:, one] > 0.3) & (probabilities[:, one] < 0.7)
        assert truth[unsure, one].mean() == pytest.approx(probabilities[unsure, one].mean(), abs=0.08)


def test_probabilities_follow_bayes_rule() -> None:
    states = np.outer(MIDDLES, SEPARATION)[1:2]
    likelihood = np.exp(-0.5 * np.array([1, 0, 1]) * float(np.square(SEPARATION).sum()))
    expected = likelihood * PREVALENCE / (likelihood * PREVALENCE).sum()
    np.testing.assert_allclose(class_probabilities(states)[0], expected)


def test_a_mouse_does_not_depend_on_the_size_of_its_cohort() -> None:
    assert draw_mice(40, 7)[:9] == draw_mice(9, 7)
    with pytest.raises(UsageError, match="at least one patient"):
        draw_mice(0, 7)


def test_the_cohort_is_read_as_cines_with_times_spacing_and_masks(cohort: Path) -> None:
    rows = read_cohort(cohort)
    assert [row.patient for row in rows] == [f"ceus-{number:04d}" for number in range(1, 5)]
    study = study_of(rows[0])
    image = study.image()
    assert image.pixels.shape[0] == FRAMES and image.modality == "US" and study.warnings == ()
    assert image.frame_times_ms == tuple(FRAME_MS * number for number in range(FRAMES))
    assert image.spacing_mm == pytest.approx(SPACING_MM)
    assert study.masks["tumour"].shape == image.spatial_shape and study.masks["tumour"].any()
    chances = [float(rows[0].other[column]) for column in ORACLE_COLUMNS]
    assert rows[0].oracle_probability is not None
    assert sum(chances) + rows[0].oracle_probability == pytest.approx(1.0, abs=1e-5)
    header = dcmread(next((cohort / "cines").iterdir()), stop_before_pixels=True)
    assert str(header.PatientName) == "Simulated" and header.PatientID == ""


def test_a_cohort_never_goes_over_another(cohort: Path) -> None:
    with pytest.raises(UsageError, match="is not empty"):
        simulate(1, 3, cohort, workers=1)


def test_states_show_where_the_model_says() -> None:
    def seen(**changed: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Mean parameters of tumour and rim over a few mice with the same chance in all but one state."""
        states = tuple(changed.get(name, 0.0) for name in ("density", "viability", "normality", "rim"))
        each = []
        for index in range(3):
            mouse = VirtualMouse(index, "train", 0, states, 1, (0.0, 1.0, 0.0))
            made = cine_of(mouse, 1)
            image = perfusion_image(made.frames, np.arange(FRAMES) * FRAME_MS / 1000, made.tumour, made.spacing_mm)
            each.append([image.values[:, image.tissues[tissue] > 0].mean(axis=1) for tissue in (0, 1)])
        return np.mean(each, axis=0)

    usual = seen()
    assert seen(density=2.0)[0, 0] > usual[0, 0] + 1.0
    assert seen(viability=-2.0)[0, 0] < usual[0, 0] - 0.5
    assert seen(normality=2.0)[0, 2] < usual[0, 2] - 0.1
    assert seen(rim=2.0)[1, 0] < usual[1, 0] - 1.0


def test_the_sample_is_the_contrast_side_of_a_dual_display(tmp_path: Path) -> None:
    write_ceus_sample(tmp_path / "ceus")
    study = load_study(tmp_path / "ceus")
    image = study.image()
    whole = load_study(tmp_path / "ceus" / "cine.dcm").image()
    np.testing.assert_array_equal(image.pixels, whole.pixels[:, :, 80:])
    assert image.is_cine and image.spacing_mm == pytest.approx(SPACING_MM) and study.warnings == ()
    assert study.masks["tumour"].shape == (80, 80)
    shipped = resources_folder() / "SampleData" / "ceus"
    assert sum(path.stat().st_size for path in shipped.iterdir()) < 2_000_000
    for path in (tmp_path / "ceus").iterdir():
        assert path.read_bytes() == (shipped / path.name).read_bytes(), path.name
