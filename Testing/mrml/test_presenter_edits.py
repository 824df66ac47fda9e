"""The tumour segment between the reading and the user's brush."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from slicer import vtkSegmentationHistory, vtkSlicerSegmentationsModuleLogic

from Testing.mrml.cases import ellipse, oblique
from Testing.mrml.presented import Stage, make_reading
from Testing.mrml.test_segmentations import paint, tag
from Testing.session.stand_ins import disc, make_study
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.mrml.segmentations import TUMOUR_SEGMENT, read_tumour
from TumorResponseLib.session.mask_source import MaskOrigin


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(make_reading(tmp_path))
    stage.show()
    return stage


def square(row: int, column: int, size: int = 12) -> MaskArray:
    mask = np.zeros((120, 160), dtype=bool)
    mask[row : row + size, column : column + size] = True
    return mask


def labelmap_time(stage: Stage) -> int:
    segment = stage.tumour.GetSegmentation().GetSegment(TUMOUR_SEGMENT)
    time: int = segment.GetRepresentation("Binary labelmap").GetMTime()
    return time


def test_a_stroke_goes_to_the_reading_and_is_not_written_back(stage: Stage) -> None:
    assert stage.presenter.edited_mask() is None
    before = disc()
    stage.paint(square(60, 90))
    edited = stage.presenter.edited_mask()
    np.testing.assert_array_equal(edited, before | square(60, 90))
    assert stage.presenter.edited_mask() is None
    assert edited is not None
    painted = labelmap_time(stage)
    told: list[str] = []
    stage.presenter.observe_edits(lambda: told.append("edit"))
    stage.reading.set_mask(edited.copy())
    stage.show()
    assert told == []
    stage.reading.run()
    stage.show()
    assert labelmap_time(stage) == painted
    assert stage.presenter.edited_mask() is None
    segment = stage.tumour.GetSegmentation().GetSegment(TUMOUR_SEGMENT)
    assert tag(segment, "DICOM.SegmentAlgorithmType") == "SEMIAUTOMATIC"


def test_a_stroke_during_an_update_survives_it(stage: Stage) -> None:
    stage.paint(square(60, 90))
    first = stage.presenter.edited_mask()
    assert first is not None
    stage.paint(square(30, 60))  # the user paints on while the first stroke is on its way
    stage.reading.set_mask(first)
    stage.show()
    stage.reading.run()
    stage.show()
    np.testing.assert_array_equal(stage.presenter.edited_mask(), first | square(30, 60))


def test_a_mask_that_the_segment_holds_already_is_not_written(stage: Stage) -> None:
    stage.paint(square(60, 90))
    painted = labelmap_time(stage)
    stage.reading.set_mask(disc() | square(60, 90))
    stage.show()
    assert labelmap_time(stage) == painted
    assert stage.presenter.edited_mask() is None


def test_a_mask_from_elsewhere_replaces_the_segment(stage: Stage) -> None:
    stage.paint(square(60, 90))
    edited = stage.presenter.edited_mask()
    assert edited is not None
    stage.reading.set_mask(edited)
    stage.show()
    stage.reading.segment()  # back to the model's mask
    stage.show()
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume), stage.reading.found.mask)
    assert stage.presenter.edited_mask() is None


def test_the_editors_undo_reaches_back_over_updates(stage: Stage) -> None:
    history = vtkSegmentationHistory()
    history.SetSegmentation(stage.tumour.GetSegmentation())
    automatic = stage.reading.found.mask
    told: list[str] = []
    stage.presenter.observe_edits(lambda: told.append("edit"))
    history.SaveState()
    stage.paint(square(60, 90))
    edited = stage.presenter.edited_mask()
    assert edited is not None
    stage.reading.set_mask(edited)
    stage.reading.run()
    stage.show()
    told.clear()
    assert history.RestorePreviousState()
    assert told
    np.testing.assert_array_equal(stage.presenter.edited_mask(), automatic)
    told.clear()
    assert history.RestoreNextState()
    assert told
    np.testing.assert_array_equal(stage.presenter.edited_mask(), edited)


def test_edits_are_told_and_our_own_writing_is_not(stage: Stage) -> None:
    told: list[str] = []
    end = stage.presenter.observe_edits(lambda: told.append("edit"))
    for radius in (12.0, 9.0):
        stage.reading.set_mask(disc(radius=radius))
        stage.show(mask_visible=radius == 9.0)
        stage.reading.run()
        stage.show()
    assert told == []
    stage.paint(square(60, 90))
    assert told
    told.clear()
    end()
    end()
    stage.paint(square(10, 10))
    assert told == []
    assert stage.presenter.edited_mask() is not None


def test_a_node_that_the_user_removed_is_no_longer_listened_to(stage: Stage) -> None:
    removed = stage.tumour
    stage.scene.RemoveNode(removed)
    stage.show()
    told: list[str] = []
    stage.presenter.observe_edits(lambda: told.append("edit"))
    removed.GetSegmentation().RemoveSegment(TUMOUR_SEGMENT)
    assert told == []
    stage.paint(square(60, 90))
    assert told


def test_who_observes_hears_of_the_next_case_too(stage: Stage, tmp_path: Path) -> None:
    told: list[str] = []
    stage.presenter.observe_edits(lambda: told.append("edit"))
    stage.reading = make_reading(tmp_path, make_study(name="next"))
    stage.show()
    assert told == []
    stage.paint(square(60, 90))
    assert told


def test_an_erased_tumour_is_an_edit(stage: Stage) -> None:
    vtkSlicerSegmentationsModuleLogic.ClearSegment(stage.tumour, TUMOUR_SEGMENT)
    edited = stage.presenter.edited_mask()
    assert edited is not None and edited.shape == (120, 160) and not edited.any()
    stage.reading.set_mask(edited)
    stage.show()
    stage.paint(square(60, 90))
    np.testing.assert_array_equal(stage.presenter.edited_mask(), square(60, 90))


def test_a_removed_segment_is_an_erased_tumour(stage: Stage) -> None:
    stage.tumour.GetSegmentation().RemoveSegment(TUMOUR_SEGMENT)
    edited = stage.presenter.edited_mask()
    assert edited is not None and not edited.any()
    node = stage.presenter.ensure_tumour()
    assert node is stage.tumour
    assert stage.presenter.edited_mask() is None
    stage.paint(square(60, 90))
    np.testing.assert_array_equal(stage.presenter.edited_mask(), square(60, 90))


def test_an_outline_drawn_from_nothing(tmp_path: Path) -> None:
    stage = Stage(make_reading(tmp_path, run=False))
    stage.show(ai_hidden=True)
    assert stage.presenter.tumour_node is None
    node = stage.presenter.ensure_tumour()
    assert stage.presenter.ensure_tumour() is node
    assert node.GetSegmentation().GetSegmentIDs() == (TUMOUR_SEGMENT,)
    assert stage.presenter.edited_mask() is None
    stage.show(ai_hidden=True)
    assert node.GetDisplayVisibility()
    stage.paint(square(60, 90))
    stage.show(ai_hidden=True)  # the stroke is not fetched yet
    outline = stage.presenter.edited_mask()
    np.testing.assert_array_equal(outline, square(60, 90))
    assert outline is not None
    stage.reading.set_mask(outline, MaskOrigin.MANUAL)
    stage.show(ai_hidden=True)
    assert stage.tumour is node
    np.testing.assert_array_equal(read_tumour(node, stage.volume), outline)


def test_a_new_spacing_leaves_the_mask_on_its_pixels(stage: Stage) -> None:
    stage.paint(square(60, 90))
    before, stale_rings = stage.tumour, stage.reading.found.rings
    assert stale_rings is not None
    stage.reading.set_spacing(Spacing((0.5, 0.25), "drawn on the scale"))
    stage.show()
    np.testing.assert_array_equal(read_tumour(stage.rings, stage.volume, "0-3 mm"), stale_rings.band(1))
    stage.reading.run()
    stage.show()
    assert stage.volume.GetSpacing()[:2] == (0.25, 0.5)
    assert stage.tumour is not before  # what its editor could undo lies on the old grid
    expected = disc() | square(60, 90)
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume), expected)
    np.testing.assert_array_equal(stage.presenter.edited_mask(), expected)
    rings = stage.reading.found.rings
    assert rings is not None
    np.testing.assert_array_equal(read_tumour(stage.rings, stage.volume, "0-3 mm"), rings.band(1))


def test_the_users_own_segments_beside_the_tumour_stay(stage: Stage) -> None:
    segmentation = stage.tumour.GetSegmentation()
    segmentation.AddEmptySegment("body", "body", (0.0, 1.0, 0.0))
    paint(stage.tumour, stage.volume, square(50, 70, 30), vtkSlicerSegmentationsModuleLogic.MODE_REPLACE, "body")
    stage.reading.set_mask(square(60, 90))
    stage.show()
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume), square(60, 90))
    np.testing.assert_array_equal(read_tumour(stage.tumour, stage.volume, "body"), square(50, 70, 30))


def test_a_volume_is_edited_as_a_picture_is(tmp_path: Path) -> None:
    image, tumour = oblique()
    stage = Stage(make_reading(tmp_path, Study("case", {"image": image}, {"tumour": tumour}), run=False))
    stage.reading.compute_rings()
    stage.show()
    rings = stage.reading.found.rings
    assert rings is not None
    np.testing.assert_array_equal(read_tumour(stage.rings, stage.volume, "3-5 mm"), rings.band(2))
    stroke = ellipse(tumour.shape, (2, 6, 5), (-2, 15, -15))
    stage.paint(stroke)
    np.testing.assert_array_equal(stage.presenter.edited_mask(), tumour | stroke)
    stage.tumour.GetSegmentation().RemoveSegment(TUMOUR_SEGMENT)
    erased = stage.presenter.edited_mask()
    assert erased is not None and erased.shape == tumour.shape and not erased.any()


def test_a_stroke_on_a_large_picture_is_quick(tmp_path: Path) -> None:
    shape = (1000, 1500)
    rows, columns = np.ogrid[:1000, :1500]
    tumour = np.asarray(((rows - 500) / 150) ** 2 + ((columns - 700) / 220) ** 2 <= 1.0)
    pixels = np.where(tumour, 200, 40).astype(np.uint8)
    study = Study("large", {"image": Image(pixels, Spacing((0.1, 0.1), "test"), modality="US")}, {"tumour": tumour})
    stage = Stage(make_reading(tmp_path, study))
    stage.show()
    seconds = []
    for turn in range(3):
        stroke = np.zeros(shape, dtype=bool)
        stroke[500:540, 900 + 20 * turn : 940 + 20 * turn] = True
        stage.paint(stroke)
        start = perf_counter()
        edited = stage.presenter.edited_mask()
        assert edited is not None
        taken = perf_counter() - start
        stage.reading.set_mask(edited)
        start = perf_counter()
        stage.show()
        seconds.append(taken + perf_counter() - start)
    assert min(seconds) < 0.06
