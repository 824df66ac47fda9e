"""What else a reader does: calibrate, teach, try, write, look into a volume."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image as Pillow

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess
from TumorResponseLib.core.loading import load_study

Reads = Callable[[ViewerProcess], Reader]


def test_a_picture_is_calibrated_by_a_line(tmp_path: Path, sample: Path, reads: Reads) -> None:
    image = load_study(sample).image()
    Pillow.fromarray(image.pixels).save(tmp_path / "picture.png")
    with ViewerProcess(tmp_path / "out", tmp_path / "picture.png") as viewer:
        reader = reads(viewer)
        reader.wait_for_step("mask")
        reader.wait_for_step("rings", "failed")
        assert reader.desk()["spacing"] is None
        reader.press("press-rings")
        reader.click_at((100, 60))
        reader.click_at((300, 60))
        reader.see("calibrate-length").fill("20")
        reader.press("calibrate-apply")
        reader.wait_until(lambda: reader.desk()["spacing"] is not None, "The spacing")
        assert reader.desk()["spacing"] == pytest.approx([0.1, 0.1], rel=0.02)
        reader.wait_for_step("saliency")
        reader.press("tab-overlays")
        assert "line drawn on the scale" in reader.see("spacing").inner_text()
        reader.see("radii").fill("4 8")
        reader.see("radii").press("Enter")
        reader.wait_until(lambda: reader.scene()["rings"] == ["0-4 mm", "4-8 mm"], "Other rings")
        reader.see("radii").fill("8 four")
        reader.see("radii").press("Enter")
        reader.wait_until(lambda: "not a list of radii" in reader.see("notice").inner_text(), "The refusal")
        assert reader.desk()["radii"] == [4, 8]


def test_a_learner_outlines_before_the_model_speaks(
    tmp_path: Path, sample: Path, reads: Reads, pictures: Path | None
) -> None:
    with ViewerProcess(tmp_path / "out", sample) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        tumour = reader.mask()
        reader.press("tab-teaching")
        reader.see("teach").locator("input").check()
        reader.wait_until(lambda: not reader.scene()["rings"], "Hiding")
        assert reader.scene()["foreground"] is None and not reader.scene()["voxels"]
        assert reader.see("reveal").is_disabled()
        assert reader.see("probability").count() == 0
        rows, columns = np.nonzero(tumour)
        top, left, bottom, right = rows.min(), columns.min(), rows.max(), columns.max()
        reader.press("tool-draw")
        reader.drag((top, left), (top, right), (bottom, right), (bottom, left), (top, left))
        reader.wait_until(lambda: reader.see("reveal").is_enabled(), "The learner's outline")
        drawn = reader.mask()
        if pictures is not None:
            reader.picture(pictures / "viewer-teaching-hidden.png")
        reader.press("reveal")
        dice = 2 * (drawn & tumour).sum() / (drawn.sum() + tumour.sum())
        reader.wait_until(lambda: reader.see("comparison").count() == 1, "The comparison")
        assert f"Dice {dice:.2f}" in reader.see("comparison").inner_text()
        reader.wait_until(lambda: reader.see("step-count").count() == 1, "What the model saw")
        assert reader.see("step-title").first.inner_text() == "Normalised image"
        reader.press("step-after")
        loaded = "picture => picture.complete && picture.naturalWidth > 50"
        reader.wait_until(lambda: reader.see("step-picture").nth(1).evaluate(loaded), "The picture")
        np.testing.assert_array_equal(reader.mask(), tumour)
        if pictures is not None:
            reader.picture(pictures / "viewer-teaching.png")


def test_what_is_pressed_is_written_and_shown(
    tmp_path: Path, sample: Path, reads: Reads, pictures: Path | None
) -> None:
    folder = tmp_path / "out"
    with ViewerProcess(folder) as viewer:
        reader = reads(viewer)
        reader.press("open")
        reader.press("sample-dlrs3")
        reader.wait_for_step("saliency")
        probability = reader.desk()["probability"]
        reader.press("sensitivity")
        reader.wait_until(
            lambda: "percentage points" in (reader.see("sensitivity-text").all_inner_texts() or [""])[0], "All rows"
        )
        rows = reader.see("sensitivity-row").all_inner_texts()
        assert len(rows) == 5 and f"{probability:.0%}" in rows[2]
        reader.press("card")
        assert "intended use" in reader.see("card-dialog").inner_text().lower()
        reader.press("card-close")
        reader.press("press-report")
        reader.wait_for_step("report")
        answer = reader.page.request.get(
            f"{reader.page.url.rpartition('/')[0]}/{reader.see('report-link').get_attribute('href')}"
        )
        assert answer.status == 200 and "Research use only" in answer.text()
        reader.press("export")
        reader.wait_until((folder / "export" / "results.csv").is_file, "The table")
        if pictures is not None:
            reader.picture(pictures / "viewer-sensitivity.png")

        tumour = reader.mask()
        rows_, columns = np.nonzero(tumour)
        middle = float(rows_.mean()), float(columns.mean())
        reader.page.locator("body").press("e")
        reader.drag(middle, (middle[0], middle[1] + 12))
        reader.wait_until(lambda: reader.scene()["voxels"] < tumour.sum(), "The hole")
        reader.press("back-to-model")
        reader.wait_until(lambda: reader.scene()["voxels"] == tumour.sum(), "The model's outline")
        reader.page.locator("body").press("x")
        reader.drag(*[(middle[0] + r, middle[1] + c) for r, c in ((-8, -8), (-8, 8), (8, 8), (8, -8), (-8, -8))])
        reader.wait_until(lambda: reader.scene()["voxels"] < tumour.sum(), "The cut")
        reader.page.keyboard.press("Control+z")
        reader.wait_until(lambda: reader.scene()["voxels"] == tumour.sum(), "The way back")
        reader.press("smooth")
        reader.wait_until(lambda: reader.scene()["voxels"] != tumour.sum(), "The smoothed outline")
        assert abs(reader.scene()["voxels"] - tumour.sum()) < 0.05 * tumour.sum()


def test_studies_are_found_by_looking_through_folders(
    tmp_path: Path, sample: Path, reads: Reads, pictures: Path | None
) -> None:
    study = tmp_path / "to read" / "sample"
    shutil.copytree(sample, study)
    (tmp_path / "to read" / "letter.pdf").touch()
    with ViewerProcess(tmp_path / "out", study) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        reader.press("open")
        rows = reader.see("folder-row")

        def names() -> list[str]:
            return [text.strip() for text in rows.all_inner_texts()]

        reader.wait_until(lambda: names() == ["sample"], "What lies beside the present case")
        assert reader.see("path").locator("input").input_value() == str(study.parent)
        reader.press("folder-up")
        reader.wait_until(lambda: "to read" in names(), "The folder above")
        for name in ("to read", "sample", "image.dcm"):
            rows.filter(has_text=name).click()
        if pictures is not None:
            reader.picture(pictures / "viewer-open.png")
        reader.press("open-path")
        reader.wait_until(lambda: len(reader.desk()["statuses"]) == 2, "The image as a case of its own")
        reader.wait_until(lambda: not reader.see("open-dialog").is_visible(), "The views behind the dialog")
        reader.press("open")
        reader.wait_until(lambda: "image.dcm" in names(), "The folder that was looked at last")


def test_a_volume_has_four_views_at_its_tumour(tmp_path: Path, reads: Reads, pictures: Path | None) -> None:
    slices, rows, columns = np.mgrid[:40, :60, :50]
    ball = (slices - 28) ** 2 + (rows - 30) ** 2 + (columns - 25) ** 2 < 9**2
    study = tmp_path / "volume"
    study.mkdir()
    for name, voxels in (("image", 40 * ball + 10 * np.sin(rows / 4) + 20), ("mask", ball)):
        volume = sitk.GetImageFromArray(voxels.astype(np.int16))
        volume.SetSpacing((1.0, 1.0, 1.5))
        sitk.WriteImage(volume, study / f"{name}.nii.gz")
    (study / "study.json").write_text('{"image": "image.nii.gz", "mask": "mask.nii.gz"}', encoding="utf-8")
    with ViewerProcess(tmp_path / "out", study) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("rings")
        assert reader.scene()["shown_views"] == ["Red", "Green", "Yellow"]
        np.testing.assert_array_equal(reader.mask(), ball)
        place = np.linalg.inv(reader.scene()["ijk_to_ras"]) @ np.array(reader.scene()["xy_to_ras"])[:, 3]
        assert place[2] == pytest.approx(28, abs=1)
        assert reader.see("mask-source").inner_text() == "manual"
        picture = reader.picture(None if pictures is None else pictures / "viewer-volume.png").astype(float)
        height, width = (size // 2 for size in picture.shape[:2])
        for top in (0, height):
            for left in (0, width):
                assert picture[top : top + height, left : left + width].max(axis=2).std() > 5
