"""Exhibits, estimates, maps and the fused PET on the page."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from Testing.report.hand_made import (
    BONE_MM,
    ESTIMATES,
    LESION_MM,
    Generous,
    PetSystem,
    exhibits_with,
    pet_over_ct,
)
from Testing.report.page import Page, decode
from Testing.session.stand_ins import disc, make_library, make_study, systems
from TumorResponseLib.core.colours import overlay_colours
from TumorResponseLib.core.exhibits import Exhibits, Overlay
from TumorResponseLib.core.fusion_grid import onto_grid
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import SourceFile, Study
from TumorResponseLib.report.backdrop import at_pixels
from TumorResponseLib.report.figures import Figure, draw_figures
from TumorResponseLib.report.numbers import significant
from TumorResponseLib.report.pictures import MAP_OPACITY
from TumorResponseLib.report.plane import Plane
from TumorResponseLib.report.regions import empty_rings
from TumorResponseLib.report.report import render_report
from TumorResponseLib.session.reading import Reading

NO_VOXEL = "No voxel lies in the ring 0-3 mm: it is thinner than a voxel (4 × 4 × 4 mm)."
PEAK = np.where(disc(radius=32), 40.0, np.nan).astype(np.float32)


def read_ultrasound(folder: Path, *overlays: Overlay, shows: Exhibits | None = None) -> Reading:
    library = make_library(folder, "breast-us-segmentation", "dlrs3")
    reading = Reading(library, systems(Generous(shows=exhibits_with(*overlays) if shows is None else shows)))
    reading.open(make_study())
    assert reading.run() == ()
    return reading


def read_pet(folder: Path, study: Study, *, backdrop: str | None = "ct", shows: Exhibits | None = None) -> Reading:
    library = make_library(folder, "prrt-pfs")
    system = PetSystem(name="prrt-pfs", backdrop=backdrop, shows=shows or Exhibits())
    reading = Reading(library, systems(system))
    reading.open(study)
    assert reading.run() == ()
    return reading


def figures(reading: Reading) -> dict[str, Figure]:
    return {each.title: each for each in draw_figures(reading)}


def test_curves_bars_and_tables_stand_on_the_page(tmp_path: Path) -> None:
    html = render_report(read_ultrasound(tmp_path, Overlay("peak", "Peak enhancement", "a.u.", PEAK, 0.0, 80.0)))
    page = Page(html)
    assert page.open == []
    assert page.tags.count("svg") - html.count('aria-hidden="true"') == 4  # three charts and the bar of the probability
    for words in (
        "Curves and tables Progression-free survival",
        "0 80 a.u. Peak enhancement. As colour over the image",
        "Groups by the median of the training patients' predictions.",
        "Importance of the laboratory values",
        "Permuted 20 times.",
        "Value Result Unit Reference Chromogranin A 1235 * µg/l 0 to 100 γ-GT 31 U/l 0 to 60 Albumin – g/l 35 to 52",
        "* Marked, such as a value outside of its range. Albumin is missing and was imputed.",
    ):
        assert words in page.text, words
    assert html.count('class="n marked"') == 1
    assert "<Albumin>" in page.text and "<Albumin>" not in html
    assert not re.search(r'(href|src)="(?!data:)', html)


def test_estimates_stand_beside_the_probability(tmp_path: Path) -> None:
    text = Page(render_report(read_ultrasound(tmp_path))).text
    start = text.index("Probability of “responder”")
    shown = text[start : text.index("Share of the saliency")]
    assert "Viability 62 % 90 % interval 51 to 73 %" in shown
    assert "Volume 1234 mm³ 90 % interval 1100 to 1302 mm³" in shown
    assert len(ESTIMATES) == 2


def test_without_exhibits_there_is_no_such_section(tmp_path: Path) -> None:
    text = Page(render_report(read_ultrasound(tmp_path, shows=Exhibits()))).text
    assert "Curves and tables" not in text


def test_exhibits_that_no_longer_fit_the_mask_are_not_shown(tmp_path: Path) -> None:
    reading = read_ultrasound(tmp_path, Overlay("peak", "Peak enhancement", "a.u.", PEAK, 0.0, 80.0))
    reading.set_mask(disc(radius=12.0))
    page = Page(render_report(reading))
    assert "Curves and tables" not in page.text and "Peak enhancement" not in page.text


def test_a_map_lies_over_the_image_where_it_is_known(tmp_path: Path) -> None:
    reading = read_ultrasound(tmp_path, Overlay("peak", "Peak enhancement", "a.u.", PEAK, 0.0, 30.0))
    drawn = figures(reading)
    shown = drawn["Peak enhancement"]
    assert shown.colours is not None and (shown.colours.low, shown.colours.high) == ("0", "≥ 30 a.u.")
    picture = decode(shown.picture).astype(float)
    scale = picture.shape[1] / 160
    inside = picture[round(60 * scale), round((80 + 24) * scale)]  # beyond the tumour, within the map
    grey = decode(drawn["Image"].picture)[round(60 * scale), round((80 + 24) * scale)]
    red = 255 * overlay_colours("perfusion")[-1]
    np.testing.assert_allclose(inside, grey + MAP_OPACITY * (red - grey), atol=2.0)
    outside = picture[round(10 * scale), round(10 * scale)]
    assert np.ptp(outside) == 0


def test_a_map_without_a_value_says_so(tmp_path: Path) -> None:
    nothing = np.full((120, 160), np.nan, np.float32)
    shown = figures(read_ultrasound(tmp_path, Overlay("area", "Area", "", nothing, 0.0, 1.0)))["Area"]
    assert shown.caption == "Nothing is known of it in this slice."


def test_pet_over_ct_shows_both_at_their_places(tmp_path: Path) -> None:
    study = pet_over_ct()
    reading = read_pet(tmp_path, study)
    shown = figures(reading)["PET over CT"]
    assert shown.letters == ("R", "L", "A", "P")
    assert shown.colours is not None and (shown.colours.low, shown.colours.high) == ("0", "≥ 15 SUVbw")
    assert "CT from −160 (black) to 240 HU (white)." in shown.caption
    picture = decode(shown.picture).astype(float)
    columns_mm = 31 * 4.0
    corner = np.array([-58.0, -62.0]) - 2.0  # upper left corner of the slice: y, x
    coloured = picture[..., 0] - picture[..., 2] > 40
    white = (picture.min(axis=-1) > 225) & ~coloured
    for mask, place in ((coloured, LESION_MM), (white & _near(white, BONE_MM, corner, columns_mm), BONE_MM)):
        found = np.argwhere(mask).mean(axis=0) / picture.shape[1] * columns_mm + corner
        np.testing.assert_allclose(found, place[1::-1], atol=1.5)


def _near(picture: np.ndarray, place: tuple[float, float, float], corner: np.ndarray, width_mm: float) -> np.ndarray:
    """Pixels within 15 mm of a place, and farther from the lesion."""
    mm = np.moveaxis(np.indices(picture.shape), 0, -1) / picture.shape[1] * width_mm + corner
    return np.asarray(np.linalg.norm(mm - np.array(place[1::-1]), axis=-1) < 15.0)


def test_a_volume_whose_axes_run_the_other_way_is_shown_the_same(tmp_path: Path) -> None:
    usual = draw_figures(read_pet(tmp_path / "usual", pet_over_ct()))
    turned = draw_figures(read_pet(tmp_path / "turned", pet_over_ct(turned=True)))
    assert [each.title for each in turned] == ["Image", "PET over CT", "Tumour and rings", "Saliency"]
    for first, second in zip(usual, turned, strict=True):
        assert (first.title, first.caption, first.letters) == (second.title, second.caption, ("R", "L", "A", "P"))
        np.testing.assert_allclose(decode(first.picture).astype(int), decode(second.picture), atol=2)


def test_pet_is_shown_dark_on_white_in_every_picture(tmp_path: Path) -> None:
    reading = read_pet(tmp_path, pet_over_ct())
    drawn = figures(reading)
    picture = decode(drawn["Image"].picture)
    assert picture[5, 5] > 225 and picture.min() == 0
    assert "Black: SUVbw of 15 and more." in drawn["Image"].caption
    assert decode(drawn["Tumour and rings"].picture)[5, 5].min() > 225
    assert decode(drawn["Saliency"].picture)[5, 5].min() > 225


@pytest.mark.parametrize("backdrop", [None, "mr"])
def test_without_a_backdrop_nothing_is_fused(tmp_path: Path, backdrop: str | None) -> None:
    titles = [each.title for each in draw_figures(read_pet(tmp_path, pet_over_ct(), backdrop=backdrop))]
    assert titles == ["Image", "Tumour and rings", "Saliency"]


def test_a_backdrop_of_another_frame_of_reference_is_told(tmp_path: Path) -> None:
    first, *others = draw_figures(read_pet(tmp_path, pet_over_ct(reference="9.9")))
    assert "different Frame of Reference UIDs" in first.caption
    assert "PET over CT" not in [each.title for each in others]


def test_the_slice_of_the_longest_diameter_is_shown(tmp_path: Path) -> None:
    study = pet_over_ct()
    tumour = np.zeros((20, 31, 31), dtype=bool)
    tumour[8, 10:14, 10:14] = True  # 16 voxels, 17 mm across
    tumour[9, 10, 8:18] = True  # 10 voxels, 36 mm long
    reading = read_pet(tmp_path, dataclasses.replace(study, masks={"tumour": tumour}))
    shown = figures(reading)["Tumour and rings"]
    assert "Slice 10 of 20." in figures(reading)["Image"].caption
    assert shown.caption.endswith("White: the longest diameter and the longest across it (RECIST 1.1).")


def test_volumes_are_told_in_one_unit_and_an_empty_ring_is_explained(tmp_path: Path) -> None:
    reading = read_pet(tmp_path, pet_over_ct())
    tumour, ring, *_ = reading.found.measurements
    assert tumour.volume_mm3 is not None and tumour.volume_mm3 > 1000
    text = Page(render_report(reading)).text
    assert f"Volume, ml Long diam., mm Short diam., mm Voxels tumour {significant(tumour.volume_mm3 / 1000)} " in text
    assert "No voxel lies" not in text.replace(NO_VOXEL, "") and (NO_VOXEL in text) == (ring.voxels == 0)
    reading.found.measurements = (tumour, dataclasses.replace(ring, voxels=0, volume_mm3=0.0))
    assert empty_rings(reading) == NO_VOXEL
    reading.found.measurements = (dataclasses.replace(tumour, volume_mm3=999.0),)
    assert "Volume, mm³" in Page(render_report(reading)).text


def test_a_system_without_saliency_may_have_exhibits(tmp_path: Path) -> None:
    reading = read_ultrasound(tmp_path)
    reading.found.saliency, reading.found.shares = {}, {}
    page = Page(render_report(reading))
    assert "Curves and tables" in page.text and "Share of the saliency" not in page.text
    assert len(page.images) == 2


def test_a_series_of_many_files_takes_one_line(tmp_path: Path) -> None:
    names = [f"pet/{number:03d}.dcm" for number in range(42)] + ["ct/volume.nrrd", "study.json"]
    files = tuple(SourceFile(Path("/data/case") / name, "a" * 64) for name in names)
    text = Page(render_report(read_pet(tmp_path, dataclasses.replace(pet_over_ct(), files=files)))).text
    assert "Files 42 in pet, the SHA-256 of each in result.json" in text and "001.dcm" not in text
    assert "File ct/volume.nrrd, SHA-256 aaaaaaaaaaaa File case/study.json" in text
    assert "Image read pet" in text


def test_the_part_around_a_slice_gives_what_the_whole_gives(tmp_path: Path) -> None:
    study = pet_over_ct()
    reading = read_pet(tmp_path, study)
    plane = Plane(reading, study.images["pet"])
    grid = plane.grid(plane.close)
    noise = np.random.default_rng(3).normal(size=study.images["ct"].pixels.shape).astype(np.float32)
    ct = dataclasses.replace(study.images["ct"], pixels=noise)
    np.testing.assert_allclose(at_pixels(ct, grid), onto_grid(ct, grid, fill=-1000.0).pixels[0], atol=1e-4)
    far = dataclasses.replace(grid, frame=dataclasses.replace(grid.frame, origin=(-50.0, -50.0, 39.9)))
    assert (at_pixels(ct, far) == -1000.0).any()


def test_a_slice_s_grid_lies_where_its_pixels_are(tmp_path: Path) -> None:
    for turned in (False, True):
        study = pet_over_ct(turned=turned)
        pet = study.images["pet"]
        plane = Plane(read_pet(tmp_path / str(turned), study), pet)
        resampled = at_pixels(pet, plane.grid(plane.close), outside=0.0)
        middle = (slice(100, -100), slice(100, -100))
        np.testing.assert_allclose(resampled[middle], plane.close.cut(plane.pixels)[middle], atol=0.05)


def test_a_coronal_volume_stands_upright(tmp_path: Path) -> None:
    pixels = np.zeros((3, 20, 30), np.float32)
    pixels[:, :5] = 100.0  # the first rows, which lie towards the feet
    frame = dataclasses.replace(
        pet_over_ct().images["pet"].frame, directions=((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    )
    image = Image(pixels, Spacing((1.0, 1.0, 1.0), "made"), frame, "MR")
    mask = np.zeros(pixels.shape, dtype=bool)
    mask[1, 8:12, 10:20] = True
    reading = read_pet(tmp_path, Study("coronal", {"pet": image, "ct": image}, {"tumour": mask}))
    plane = Plane(reading, image)
    assert plane.letters == ("R", "L", "S", "I")
    assert plane.pixels[-1, 0] == 100.0 and plane.pixels[0, 0] == 0.0
    assert plane.place((1, 0, 0), plane.whole)[0] > plane.place((1, 19, 0), plane.whole)[0]
