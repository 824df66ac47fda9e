"""The virtual cohort hcc: the same for the same seed, as hard as stated, with images that show what is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from sklearn.metrics import roc_auc_score

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import CohortRow, load_study, read_cohort, study_of
from TumorResponseLib.core.recist import diameters
from TumorResponseLib.core.saving.volumes import itk_volume
from TumorResponseLib.research.cohorts.hcc import HISTOLOGY_COLUMNS, TRUTH_COLUMNS, scans_of, simulate
from TumorResponseLib.research.cohorts.hcc_anatomy import draw_anatomy, grow_tumour
from TumorResponseLib.research.cohorts.hcc_biology import (
    APOPTOSIS_NOISE,
    ARMS,
    BOTH,
    CONTROL,
    VIABILITY_NOISE,
    WEEKS,
    VirtualRat,
    draw_rats,
)
from TumorResponseLib.research.cohorts.hcc_image import SEQUENCES, VirtualScan, draw_tissue, render, spin_echo
from TumorResponseLib.research.cohorts.samples.hcc import write_hcc_sample

SEED = 2026
WRITTEN = 2


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> list[CohortRow]:
    done: list[int] = []
    folder = tmp_path_factory.mktemp("virtual") / "hcc"
    table = simulate(WRITTEN, SEED, folder, lambda: done.append(1), workers=1)
    assert table == folder / "cohort.csv" and len(done) == WRITTEN
    assert [one.name for one in folder.parent.iterdir()] == ["hcc"]
    return read_cohort(folder)


@pytest.fixture(scope="module")
def many() -> list[VirtualRat]:
    return draw_rats(8192, 1)


@pytest.fixture(scope="module")
def scans() -> list[VirtualScan]:
    return scans_of(draw_rats(1, SEED)[0], SEED)


def test_rats_do_not_depend_on_how_many_there_are() -> None:
    rats = draw_rats(300, SEED)
    assert rats[:40] == draw_rats(40, SEED) != draw_rats(40, SEED + 1)
    assert sum(rat.split == "test" for rat in rats) == 100
    assert {arm: sum(rat.arm == arm for rat in rats) for arm in ARMS} == pytest.approx(dict.fromkeys(ARMS, 75), abs=2)


def test_the_states_tell_the_response_and_size_does_not(many: list[VirtualRat]) -> None:
    responses = [rat.response for rat in many]

    def auc(scores: list[float]) -> float:
        return float(roc_auc_score(responses, scores))

    assert auc([rat.probability for rat in many]) == pytest.approx(0.96, abs=0.005)
    assert auc([-rat.diameter_mm[-1] / rat.diameter_mm[0] for rat in many]) == pytest.approx(0.66, abs=0.015)
    # Either state alone is not enough, and before therapy nothing is known.
    assert 0.85 < auc([-rat.viability[-1] for rat in many]) < 0.92
    assert 0.8 < auc([rat.apoptosis[-1] for rat in many]) < 0.88
    assert auc([rat.viability[0] for rat in many]) == pytest.approx(0.5, abs=0.02)
    # Told chances are true ones.
    sure = [rat.response for rat in many if 0.7 < rat.probability < 0.8]
    assert np.mean(sure) == pytest.approx(0.75, abs=0.05)


def test_arms_pseudo_progression_and_histology_are_as_stated(many: list[VirtualRat]) -> None:
    share = {arm: np.mean([rat.response for rat in many if rat.arm == arm]) for arm in ARMS}
    assert share[CONTROL] < 0.15 and share[BOTH] > 0.8
    assert all(share[CONTROL] < share[arm] < share[BOTH] for arm in ARMS[1:3])
    swollen = [rat for rat in many if rat.pseudo_progression]
    assert 0.1 < len(swollen) / len(many) < 0.25 and {rat.arm for rat in swollen} == set(ARMS[2:])
    # Grows while viability falls, and responds more often than not.
    assert np.mean([rat.diameter_mm[-1] > 1.1 * rat.diameter_mm[0] for rat in swollen]) > 0.75
    assert all(rat.viability[-1] < 0.65 * rat.viability[0] for rat in swollen)
    assert np.mean([rat.response for rat in swollen]) > 0.8
    truth = np.array([(rat.viability[-1], rat.apoptosis[-1]) for rat in many])
    error = np.std(np.array([rat.histology for rat in many]) - truth, axis=0)
    assert error == pytest.approx([VIABILITY_NOISE, APOPTOSIS_NOISE], rel=0.03)


def test_a_spin_echo_has_the_signal_of_its_equation() -> None:
    def one(value: float) -> np.ndarray:
        return np.array([value], dtype=np.float32)

    t1, t2, contrast = (
        float(spin_echo(0.8, one(1000.0), one(50.0), one(0.5), SEQUENCES[role])[0]) for role in ("t1", "t2", "contrast")
    )
    assert t1 == pytest.approx(0.8 * (1 - np.exp(-0.5)) * np.exp(-0.18), rel=1e-5)
    assert t2 == pytest.approx(0.8 * (1 - np.exp(-3.0)) * np.exp(-0.84), rel=1e-5)
    # r1 = 4.2 and r2 = 5.5 per second and mmol/l, 0.5 mmol/l: R1 = 3.1 /s, R2 = 22.75 /s.
    assert contrast == pytest.approx(0.8 * (1 - np.exp(-0.4 * 3.1)) * np.exp(-0.009 * 22.75), rel=1e-5)


def test_the_dead_share_is_one_minus_viability_and_apoptosis_lengthens_t2() -> None:
    anatomy = draw_anatomy(np.random.default_rng(3))
    tumour = grow_tumour(anatomy, 13.0)
    body = tumour.share > 0.5
    for viability in (0.2, 0.5, 0.9):
        inside = draw_tissue(anatomy, tumour, viability, 0.05, np.random.default_rng(4))
        taken_up = inside.agent[body] > 0.5 * (inside.agent[body].min() + np.quantile(inside.agent[body], 0.99))
        assert taken_up.mean() == pytest.approx(viability, abs=0.03)
    few, most = (draw_tissue(anatomy, tumour, 0.6, share, np.random.default_rng(4)) for share in (0.01, 0.1))
    assert (most.t2_ms[body] > few.t2_ms[body]).all() and (most.agent[body] <= few.agent[body]).all()
    assert (
        most.t2_ms[body].std() > 1.2 * few.t2_ms[body].std() or most.t2_ms[body].mean() > 1.4 * few.t2_ms[body].mean()
    )


def test_the_tumour_is_as_long_as_drawn_and_inside_the_field(scans: list[VirtualScan]) -> None:
    rat = draw_rats(1, SEED)[0]
    for week, scan in zip(WEEKS, scans, strict=True):
        contrast = scan.images["contrast"]
        assert diameters(scan.tumour, contrast.spacing_mm).long_mm == pytest.approx(rat.diameter_mm[week], rel=0.15)
        assert not scan.tumour[[0, -1]].any()
        assert not scan.tumour[:, [0, -1]].any() and not scan.tumour[:, :, [0, -1]].any()


def test_images_are_magnitudes_with_noise_and_grids_of_their_own(scans: list[VirtualScan]) -> None:
    images = scans[0].images
    assert {role: image.pixels.shape for role, image in images.items()} == {
        "t1": (14, 96, 96),
        "t2": (14, 80, 80),
        "contrast": (14, 96, 96),
    }
    for role, image in images.items():
        extent = [size * step for size, step in zip(image.pixels.shape, image.spacing_mm, strict=True)]
        assert extent == pytest.approx([16.8, 43.2, 43.2]) and image.modality == "MR", role
        assert image.pixels.dtype == np.int16 and image.pixels.min() >= 0
        # Rayleigh's distribution where there is no signal: its mean is 1.91 standard deviations.
        air = image.pixels[:, :4, :4].astype(float)
        assert air.mean() / air.std() == pytest.approx(1.91, rel=0.12)


def test_the_motion_brings_the_sequences_together() -> None:
    anatomy = draw_anatomy(np.random.default_rng(8))
    before: list[float] = []
    after: list[float] = []
    for seed in range(6):
        scan = render(anatomy, 12.0, 0.7, 0.03, np.random.default_rng(seed))
        fixed, moving = scan.images["contrast"], scan.images["t1"]
        body = fixed.pixels > 0.25 * np.quantile(fixed.pixels, 0.9)
        motion = scan.motions["t1"]
        true = sitk.Euler3DTransform((0.0, 0.0, 0.0), *np.deg2rad(motion.turn_deg).tolist(), motion.shift_mm)
        for transform, found in ((sitk.Transform(), before), (true, after)):
            seen = _onto(moving, fixed, transform)
            found.append(2 * (seen & body).sum() / (seen.sum() + body.sum()))
    assert min(after) > 0.985 and np.mean(after) > np.mean(before) + 0.002


def _onto(moving: Image, fixed: Image, transform: sitk.Transform) -> np.ndarray:
    volume = itk_volume(moving.pixels.astype(np.float32), moving)
    pixels = sitk.GetArrayFromImage(sitk.Resample(volume, itk_volume(fixed.pixels, fixed), transform))
    return pixels > 0.25 * np.quantile(moving.pixels, 0.9)


def test_the_table_holds_what_was_drawn(cohort: list[CohortRow]) -> None:
    rats = draw_rats(WRITTEN, SEED)
    assert [(row.patient, row.timepoint) for row in cohort] == [
        (f"hcc-{number:04d}", f"week-{week}") for number in (1, 2) for week in WEEKS
    ]
    for index, row in enumerate(cohort):
        rat, week = rats[index // len(WEEKS)], index % len(WEEKS)
        assert (row.split, row.arm) == (rat.split, rat.arm)
        truth = [float(row.other[column]) for column in TRUTH_COLUMNS]
        assert truth == pytest.approx([rat.viability[week], rat.apoptosis[week]], abs=1e-5)
        last = week == WEEKS[-1]
        assert row.response == (rat.response if last else None)
        assert (row.oracle_probability is not None) == last
        stained = [row.other[column] for column in HISTOLOGY_COLUMNS if column in row.other]
        assert [float(text) for text in stained] == pytest.approx(rat.histology if last else [], abs=1e-5)


def test_images_are_read_back(cohort: list[CohortRow], scans: list[VirtualScan]) -> None:
    for row, scan in zip(cohort, scans, strict=False):
        study = study_of(row)
        assert np.array_equal(study.masks["contrast"], scan.tumour)
        for role, image in scan.images.items():
            read = study.images[role]
            assert np.array_equal(read.pixels, image.pixels)
            assert read.spacing_mm == pytest.approx(image.spacing_mm, abs=1e-6)
            assert read.frame.origin == pytest.approx(image.frame.origin, abs=1e-4)


def test_the_sample_is_a_rat_that_responds_though_its_tumour_grows(tmp_path: Path) -> None:
    write_hcc_sample(tmp_path / "hcc")
    study = load_study(tmp_path / "hcc")
    assert [one.timepoint for one in study.earlier] == ["week-0", "week-1", "week-2"] and not study.masks
    volumes = [int(one.masks["contrast"].sum()) for one in study.earlier]
    assert volumes == sorted(volumes) and volumes[-1] > 1.3 * volumes[0]
    assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) < 3e6


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        simulate(1, SEED, tmp_path)
    with pytest.raises(UsageError, match="at least one patient"):
        simulate(0, SEED, tmp_path / "new")
    assert [one.name for one in tmp_path.iterdir()] == ["note.txt"]
