"""A reader's afternoon: open, read, look, correct, undo, next, accept, power cut, and on where it was."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_fill_holes, map_coordinates

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess
from TumorResponseLib.core.catalogue import region_styles

Reads = Callable[[ViewerProcess], Reader]


def test_a_reading_from_the_first_look_to_the_day_after(
    tmp_path: Path, sample: Path, reads: Reads, pictures: Path | None
) -> None:
    studies = tmp_path / "studies"
    for name in ("first", "second"):
        shutil.copytree(sample, studies / name)
    folder = tmp_path / "out"
    with ViewerProcess(folder, studies) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        shows_what_the_scene_holds(reader, pictures)
        before = reader.mask()
        follows_the_brush(reader, before, pictures)
        takes_it_back(reader, before)
        painted = paint(reader)
        goes_on(reader)
        viewer.end(signal.SIGKILL)
    with ViewerProcess(folder) as viewer:
        reader = reads(viewer)
        finds_everything(reader, painted)
        assert viewer.end(signal.SIGTERM) == 0


def shows_what_the_scene_holds(reader: Reader, pictures: Path | None) -> None:
    scene = reader.scene()
    assert scene["shown_views"] == ["Red"]
    assert scene["rings"] == ["0-3 mm", "3-5 mm", "5-10 mm"]
    assert scene["foreground"] == "Saliency: All together"
    assert reader.see("disclaimer").inner_text() == "Research use only"
    assert "simulated patients" in reader.see("evidence").inner_text()
    assert reader.see("probability").inner_text() == f"{100 * reader.desk()['probability']:.0f} %"
    if pictures is not None:
        reader.picture(pictures / "viewer.png")

    with_saliency = reader.picture().astype(float)
    reader.page.keyboard.press("s")
    reader.wait_until(lambda: reader.scene()["foreground"] is None, "The image without saliency")
    without = reader.picture().astype(float)
    changed = np.abs(with_saliency - without).max(axis=2) > 25
    assert 0.01 < changed.mean() < 0.5
    assert (with_saliency - without)[changed][:, 0].mean() > (with_saliency - without)[changed][
        :, 2
    ].mean()  # it is hot

    reader.page.keyboard.press("g")
    reader.press("tab-overlays")
    reader.see("show-diameters").locator("input").uncheck()
    reader.wait_until(lambda: not reader.scene()["rings_visible"], "The image without rings")
    picture = reader.picture().astype(float)
    yellow = np.array(region_styles(["tumour"])[0].colour) * 255
    outline = np.abs(picture - yellow).max(axis=2) < 90
    on_screen = binary_fill_holes(outline)
    expected = map_coordinates(reader.mask().astype(float), reader.index_of_pixels(), order=0) > 0.5
    assert (on_screen & expected).sum() / (on_screen | expected).sum() > 0.95
    in_image = map_coordinates(np.ones(reader.mask().shape), reader.index_of_pixels(), order=0) > 0.5
    assert picture[in_image].mean() > 60  # a black view would hold the outline just as well
    for key in "sg":
        reader.page.keyboard.press(key)
    reader.see("show-diameters").locator("input").check()
    reader.press("tab-result")
    reader.wait_until(lambda: reader.scene()["foreground"] == "Saliency: All together", "The saliency again")


def paint(reader: Reader) -> np.ndarray:
    """One stroke across the tumour's lower border; returns the mask after it."""
    before = reader.mask()
    rows, columns = np.nonzero(before)
    lowest = float(rows.max()), float(columns[rows.argmax()])
    reader.press("tool-paint")
    reader.drag(lowest, (lowest[0] + 15, lowest[1] + 10), (lowest[0] + 25, lowest[1] + 30))
    reader.wait_until(lambda: reader.scene()["voxels"] != before.sum(), "The stroke")
    return reader.mask()


def follows_the_brush(reader: Reader, before: np.ndarray, pictures: Path | None) -> None:
    probability, said = reader.desk()["probability"], reader.see("probability").inner_text()
    window = reader.scene()["window"]
    painted = paint(reader)
    assert painted[before].all()
    assert painted.sum() > before.sum() + 500
    reader.wait_until(lambda: reader.desk()["probability"] != probability, "Another prediction")
    reader.wait_until(lambda: reader.see("probability").inner_text() != said, "The number on the page")
    reader.wait_for_step("saliency")
    assert reader.scene()["rings"] == ["0-3 mm", "3-5 mm", "5-10 mm"]
    assert reader.desk()["status"] == "corrected"
    assert reader.scene()["window"] == window
    assert f"{painted.sum() - before.sum()} voxels added" in reader.see("mask-source").inner_text()
    if pictures is not None:
        reader.picture(pictures / "viewer-corrected.png")


def takes_it_back(reader: Reader, before: np.ndarray) -> None:
    reader.press("undo")
    reader.wait_until(lambda: reader.scene()["voxels"] == before.sum(), "The mask before the stroke")
    np.testing.assert_array_equal(reader.mask(), before)
    reader.wait_until(lambda: reader.see("undo").is_disabled(), "The end of the history on the page")
    assert reader.see("redo").is_enabled()


def goes_on(reader: Reader) -> None:
    reader.see("comment").fill("spiculated")
    reader.wait_until(lambda: reader.desk()["comment"] == "spiculated", "The comment")
    reader.wait_for_step("saliency")
    reader.press("accept")
    reader.wait_until(lambda: reader.desk()["number"] == 2, "The next case")
    assert reader.desk()["statuses"][0] == "accepted"
    reader.wait_for_step("saliency")
    reader.press("tab-overlays")
    reader.press("margins")
    reader.wait_until(lambda: reader.desk()["ring_display"] == "margins", "Margins")
    assert reader.scene()["rings"] != ["0-3 mm", "3-5 mm", "5-10 mm"]
    reader.press("tab-result")
    reader.page.locator("body").press("f")
    reader.wait_until(lambda: reader.desk()["statuses"] == ["accepted", "flagged"], "The flag")


def finds_everything(reader: Reader, painted: np.ndarray) -> None:
    assert reader.desk()["number"] == 2
    assert reader.desk()["statuses"] == ["accepted", "flagged"]
    reader.wait_for_step("saliency")
    reader.press("previous")
    reader.wait_until(lambda: reader.desk()["number"] == 1, "The first case")
    reader.wait_for_step("saliency")
    assert reader.desk()["comment"] == "spiculated"
    reader.wait_until(lambda: reader.see("comment").input_value() == "spiculated", "The comment on the page")
    np.testing.assert_array_equal(reader.mask(), painted)
    reader.press("tab-overlays")
    assert reader.desk()["ring_display"] == "margins"
    assert "v-btn--active" in (reader.see("margins").get_attribute("class") or "")
