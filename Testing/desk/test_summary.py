"""What the result area says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from Testing.report.hand_made import IMPORTANCE, INTENSITY, SURVIVAL, Generous, exhibits_with
from Testing.session.stand_ins import BrightnessSystem, disc, make_library, make_study, systems
from TumorResponseLib.core.exhibits import Exhibits, Overlay
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.measure import RegionMeasurement
from TumorResponseLib.desk.display import DisplayOptions, shown
from TumorResponseLib.desk.exhibits_summary import OverlayText
from TumorResponseLib.desk.summary import (
    EstimateText,
    is_volume,
    mask_source_text,
    prediction_summary,
    region_rows,
    spacing_text,
    summary,
)
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.reading import Reading


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    library = make_library(tmp_path / "bundles", "breast-us-segmentation", "dlrs3")
    reading = Reading(library, systems(BrightnessSystem()))
    reading.open(make_study())
    reading.run()
    return reading


def test_a_whole_reading(reading: Reading) -> None:
    told = summary(reading)
    assert told is not None and not told.stale and told.stale_reason == ""
    (said,) = told.predictions
    assert said.title == "Response to treatment" and said.decision == "Responder" and said.bundle == "dlrs3"
    assert said.probability_text == "responder: 78 %, 90 % interval 68 to 88 %"
    assert [name for name, _ in said.classes] == ["non-responder", "responder"]
    assert [value for _, value in said.classes] == pytest.approx([1 - said.probability, said.probability])
    assert said.evidence_text.startswith("Virtual cohort:") and said.out_of_distribution == ""
    assert [title for title, _ in said.branches] == ["Tumour", "Tumour + 3 mm"]
    assert [share.region for share in told.shares] == ["tumour", "0-3 mm", "3-5 mm", "5-10 mm", "outside"]
    assert all(share.colour.startswith("#") for share in told.shares)
    assert told.diameters.startswith("6.2 × 6.") and told.regions[0].diameters_text == told.diameters
    assert told.mask_source.startswith("automatic, confidence ")
    assert told.disclaimer == "Research use only"


def test_old_numbers_are_called_so(reading: Reading) -> None:
    reading.set_mask(disc(radius=17))
    told = summary(reading)
    assert told is not None and told.stale and told.stale_reason == "The mask changed."
    assert told.predictions and "The mask changed." not in told.warnings
    assert shown(reading, DisplayOptions()).is_stale


def test_a_study_unlike_those_of_the_training_is_told(reading: Reading) -> None:
    prediction = replace(reading.found.outputs["dlrs3"].prediction, in_distribution=False, distance=4.0)
    told = prediction_summary(prediction)
    assert "unlike" in told.out_of_distribution and "distance 4.00, limit 3.00" in told.out_of_distribution


def test_estimates_and_exhibits_are_told(tmp_path: Path) -> None:
    library = make_library(tmp_path / "bundles", "breast-us-segmentation", "dlrs3")
    overlay = Overlay("peak", "Peak enhancement", "a.u.", np.zeros((120, 160), np.float32), 0.0, 62.5)
    reading = Reading(library, systems(Generous(shows=exhibits_with(overlay))))
    reading.open(make_study())
    reading.run()
    told = summary(reading)
    assert told is not None
    assert told.predictions[0].estimates == (
        EstimateText("Viability", "62 %", "90 % interval 51 to 73 %"),
        EstimateText("Volume", "1234 mm³", "90 % interval 1100 to 1302 mm³"),
    )
    (shown,) = told.exhibits
    assert shown.system == "dlrs3" and shown.plots == (SURVIVAL, INTENSITY) and shown.bars == (IMPORTANCE,)
    assert shown.tables[0].rows[0] == ("Chromogranin A", "1235", "µg/l", "0 to 100")
    assert shown.tables[0].marked == {(0, 1)} and shown.tables[0].numeric == (False, True, False, False)
    assert shown.overlays == (OverlayText("peak", "Peak enhancement", "0 a.u.", "62.5 a.u."),)
    assert shown.overlays[0].layer in reading.found.overlays
    assert summary(reading) == told  # shells draw only what changed
    reading.set_mask(disc(radius=17))
    told = summary(reading)
    assert told is not None and told.stale and told.exhibits == (shown,)


def test_a_system_without_exhibits_tells_of_none(reading: Reading) -> None:
    reading.found.exhibits = {"dlrs3": Exhibits()}
    told = summary(reading)
    assert told is not None and told.exhibits == () and told.predictions[0].estimates == ()


def test_nothing_was_found(reading: Reading) -> None:
    reading.open(make_study(lesion=False))
    reading.run()
    told = summary(reading)
    assert told is not None and not told.predictions and not told.regions and not told.shares and told.diameters == ""
    assert any("No lesion" in sentence for sentence in told.warnings)
    assert summary(Reading(None, systems(BrightnessSystem()))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (None, ""),
        (MaskSource(MaskOrigin.MANUAL), "manual"),
        (MaskSource(MaskOrigin.CORRECTED, added=120, removed=31), "corrected: 120 voxels added, 31 removed"),
        (MaskSource(MaskOrigin.CORRECTED), "corrected"),
        (MaskSource(MaskOrigin.AUTOMATIC, confidence=0.93), "automatic, confidence 93 %"),
    ],
)
def test_who_outlined(source: MaskSource | None, text: str) -> None:
    assert mask_source_text(source) == text


def test_what_a_pixel_measures_and_who_says_so() -> None:
    pixels = np.zeros((4, 5), np.uint8)
    stated = Image(pixels, Spacing((0.1234, 0.2), "given by the user"))
    assert spacing_text(stated) == "0.123 × 0.2 mm (given by the user)"
    assert spacing_text(Image(pixels)) == "unknown"
    assert spacing_text(None) == ""
    assert [is_volume(image) for image in (None, stated, Image(np.zeros((2, 3, 4))))] == [False, False, True]


def test_small_tumours_and_their_rings_are_told_in_cubic_millimetres() -> None:
    tumour, ring = RegionMeasurement("tumour", 500, None, 620.4), RegionMeasurement("0-3 mm", 900, None, 1701.5)
    assert [row.size_text for row in region_rows((tumour, ring))] == ["620 mm³", "1702 mm³"]
    large = RegionMeasurement("tumour", 500, None, 1000.0)
    assert [row.size_text for row in region_rows((large, tumour))] == ["1.00 ml", "0.62 ml"]


def test_volumes_are_told_in_millilitres() -> None:
    (row,) = region_rows((RegionMeasurement("tumour", 1000, None, 2350.0, 20.0, 12.34),))
    assert row.size_text == "2.35 ml"
    assert row.diameters_text == "20.0 × 12.3 mm"


def test_what_may_be_shown_follows_the_choices_and_what_is_hidden(reading: Reading) -> None:
    everything = shown(reading, DisplayOptions())
    assert everything.mask and everything.rings and everything.diameters and everything.saliency and everything.result
    nothing = DisplayOptions(mask_visible=False, rings_visible=False, diameters_visible=False, saliency_layer=None)
    left = shown(reading, nothing)
    assert not (left.mask or left.rings or left.diameters or left.saliency) and left.result
    hidden = shown(reading, DisplayOptions(), ai_hidden=True)
    assert not (hidden.rings or hidden.diameters or hidden.saliency or hidden.result)
    assert not shown(reading, DisplayOptions(saliency_layer="of another system")).saliency
