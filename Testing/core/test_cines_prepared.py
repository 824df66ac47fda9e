"""Cines as their study says: registered, with their dynamic range; and real ones that pydicom brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom.pixels import pixel_array
from scipy.ndimage import gaussian_filter, shift

from Testing.core.dicom_examples import example
from Testing.core.dicom_objects import cine, region, save
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.loading import CohortRow, load_study, read_cohort, write_cohort

SHIFTS = [(0.0, 0.0), (0.0, 0.0), (2.0, -3.0), (0.0, 0.0), (-2.5, 1.5), (0.0, 0.0)]


def dual_display() -> NDArray[np.uint8]:
    """Tissue on the left, contrast in one spot on the right from the fourth frame on; both halves move together."""
    draw = np.random.default_rng(0)
    tissue = gaussian_filter(draw.normal(size=(64, 64)), 3)
    tissue = 40 + 160 * (tissue - tissue.min()) / np.ptp(tissue)
    spot = np.zeros((64, 64))
    spot[28:36, 24:32] = 120
    frames = [
        np.concatenate(
            [shift(tissue, by, order=1, mode="nearest"), 10 + shift(spot * (when > 2), by, order=1, mode="nearest")], 1
        )
        for when, by in enumerate(SHIFTS)
    ]
    return np.rint(np.clip(np.array(frames) + draw.normal(0, 1, (6, 64, 128)), 0, 255)).astype(np.uint8)


def loaded(folder: Path, **fields: Any) -> tuple[Image, tuple[str, ...]]:
    save(cine(dual_display(), FrameTime=100), folder / "clip.dcm")
    (folder / "study.json").write_text(json.dumps({"image_cine": "clip.dcm", "contrast_side": "right", **fields}))
    study = load_study(folder)
    return study.image("cine"), study.warnings


def test_registration_follows_the_tissue_s_half_and_is_told(tmp_path: Path) -> None:
    moved, warnings = loaded(tmp_path, register="yes")
    still, none = loaded(tmp_path, register="no")
    assert moved.pixels.dtype == np.uint8 and moved.pixels.shape == still.pixels.shape and none == ()
    assert len(warnings) == 1 and "brought to frame" in warnings[0] and "3.6 pixels" in warnings[0]
    # The last frame did not move, and is the picture that the moved one must show again.
    shown, displaced, truth = (
        frames[22:42, 18:38].astype(float) for frames in (moved.pixels[4], still.pixels[4], still.pixels[5])
    )
    assert np.abs(shown - truth).mean() < 0.35 * np.abs(displaced - truth).mean()
    # Nothing is registered unless the study asks for it.
    np.testing.assert_array_equal(loaded(tmp_path)[0].pixels, still.pixels)


def test_the_dynamic_range_comes_from_the_study_or_from_a_calibrated_region(tmp_path: Path) -> None:
    assert loaded(tmp_path)[0].dynamic_range_db is None
    assert loaded(tmp_path, dynamic_range_db=52.5)[0].dynamic_range_db == 52.5
    grey = {"PixelComponentPhysicalUnits": 2, "PixelComponentOrganization": 1, "NumberOfTableBreakPoints": 3}
    straight = grey | {"TableOfXBreakPoints": [0, 100, 255], "TableOfYBreakPoints": [-60.0, -60 + 60 * 100 / 255, 0.0]}
    bent = straight | {"TableOfYBreakPoints": [-60.0, -20.0, 0.0]}
    for fields, known in (
        (straight, 60.0),
        (bent, None),
        (grey, None),
        (straight | {"PixelComponentPhysicalUnits": 0}, None),
    ):
        regions = [region(0.1, 0.1, (0, 0, 127, 63), **fields)]
        path = save(
            cine(dual_display(), FrameTime=100, SequenceOfUltrasoundRegions=regions), tmp_path / "plain" / "clip.dcm"
        )
        assert load_study(path).image().dynamic_range_db == (None if known is None else pytest.approx(known))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("dynamic_range_db", 0, "column dynamic_range_db holds '0'; it must be positive"),
        ("dynamic_range_db", "much", "column dynamic_range_db holds 'much'; it must be a number"),
        ("register", 2, "column register holds '2'; it must be 0 or 1, or no or yes"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, field: str, value: object, sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        loaded(tmp_path, **{field: value})


def test_a_cohort_keeps_both_fields(tmp_path: Path) -> None:
    path = save(cine(dual_display(), FrameTime=100), tmp_path / "clip.dcm")
    row = CohortRow("a", images={"cine": path}, dynamic_range_db=48.0, register=True)
    write_cohort([row, CohortRow("b", images={"cine": path})], tmp_path)
    first, second = read_cohort(tmp_path)
    assert (first.dynamic_range_db, first.register) == (48.0, True)
    assert (second.dynamic_range_db, second.register) == (None, False)


def test_pydicom_s_own_ultrasound_clip_has_its_times_and_spacing() -> None:
    """The only multi-frame ultrasound in pydicom's wheel: a JPEG-compressed colour clip of 30 frames."""
    path = example("examples_ybr_color.dcm")
    study = load_study(path)
    image = study.image()
    assert image.pixels.shape == (30, 240, 320) and image.pixels.dtype == np.uint8 and image.modality == "US"
    assert image.frame_times_ms == pytest.approx([33.333 * number for number in range(30)])
    assert image.spacing_mm == pytest.approx((0.5104970559477806,) * 2)
    assert image.spacing is not None and image.spacing.source == "DICOM SequenceOfUltrasoundRegions"
    # The clip was reduced after its region was calibrated: the region ends at 595, the image at 320.
    assert len(study.warnings) == 1 and "reaches beyond the image" in study.warnings[0]
    grey = [np.asarray(Pillow.fromarray(frame).convert("L")) for frame in pixel_array(path)]
    np.testing.assert_array_equal(image.pixels, grey)


@pytest.mark.parametrize("name", ["examples_rgb_color.dcm", "examples_palette.dcm", "examples_jpeg2k.dcm"])
def test_pydicom_s_ultrasound_stills_are_no_cines(name: str) -> None:
    image = load_study(example(name)).image()
    assert not image.is_cine and image.pixels.ndim == 2 and image.modality == "US"
