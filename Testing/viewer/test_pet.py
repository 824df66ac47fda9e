"""The sample of PET over CT: what was predicted, colours, lesions by click, laboratory values that came with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess

Reads = Callable[[ViewerProcess], Reader]


def test_pet_lies_over_ct_and_lesions_are_clicked_out_and_in(
    tmp_path: Path, sample: Path, reads: Reads, pictures: Path | None
) -> None:
    with ViewerProcess(tmp_path / "out", sample.parent / "prrt-pfs") as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        sees_the_prediction(reader)
        reader.press("tab-overlays")
        assert reader.scene()["foreground"] == "Saliency: All together"
        reader.press("layer")
        reader.page.get_by_role("option", name="None").click()
        reader.wait_until(lambda: reader.scene()["foreground"] == "prrt-pfs", "The PET over the CT")
        assert reader.scene()["background"] == "prrt-pfs ct"
        fused = reader.picture().astype(int)
        assert (np.ptp(fused, axis=2) > 60).mean() > 0.005  # hot uptake
        if pictures is not None:
            reader.picture(pictures / "viewer-pet.png")
        reader.see("backdrop").locator("input").uncheck()
        reader.wait_until(lambda: reader.scene()["background"] == "prrt-pfs", "The PET alone")
        alone = reader.picture(None if pictures is None else pictures / "viewer-pet-alone.png")
        assert (alone.min(axis=2) > 230).mean() > 0.2 > 0.05 > (fused.min(axis=2) > 230).mean()  # dark on white
        reader.see("backdrop").locator("input").check()
        reader.wait_until(lambda: reader.scene()["background"] == "prrt-pfs ct", "The CT again")
        clicks_a_lesion_out_and_in(reader)


def sees_the_prediction(reader: Reader) -> None:
    estimates = [row.inner_text() for row in reader.see("estimate").all()]
    assert [re.findall(r"free at (\d+) months", text) for text in estimates] == [["6"], ["24"]]
    assert all(re.search(r"90 % interval \d+ to \d+ %", text) for text in estimates)
    reader.press("tab-details")
    titles = [chart.locator("h2").inner_text() for chart in reader.see("chart").all()]
    assert titles[0] == "Progression-free survival"
    curves = reader.see("chart").first.locator("svg").get_attribute("aria-label") or ""
    assert all(line in curves for line in ("low risk", "high risk", "this patient"))
    assert {"Lesions on PET", "Laboratory values"} <= {
        table.locator("h2").inner_text() for table in reader.see("details-table").all()
    }
    for box in reader.see("details-table").locator(".wide").all():
        assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 1  # nothing is cut off
    marked = reader.see("details-table").locator(".marked").all_inner_texts()
    assert marked.count("missing") == 2  # alkaline phosphatase and ALT
    flags = [reader.see(f"laboratory-{name}").get_attribute("class") for name in ("chromogranin_a", "alt", "albumin")]
    assert flags == ["flag-high", "flag-missing", "flag-normal"]


def clicks_a_lesion_out_and_in(reader: Reader) -> None:
    mask = reader.mask()
    reader.press("tool-lesions")
    reader.wait_until(lambda: reader.see("lesions").count() == 1, "The panel")
    assert "take it out" in reader.see("lesions-hint").inner_text()
    index = shown_slice(reader, mask.shape)
    inside = np.argwhere(mask[index])
    assert len(inside)  # the views came to the tumour
    row, column = inside[len(inside) // 2]
    click_voxel(reader, (index, row, column))
    reader.wait_until(lambda: not reader.mask()[index, row, column], "The lesion taken out")
    without = reader.mask()
    assert not (without & ~mask).any()
    reader.page.wait_for_timeout(300)
    click_voxel(reader, (index, row, column))
    reader.wait_until(lambda: reader.mask()[index, row, column], "A lesion taken in")
    reader.press("undo")
    reader.wait_until(lambda: np.array_equal(reader.mask(), without), "The click taken back")
    reader.see("lesions-method").select_option("liver")
    reader.wait_until(lambda: "right lobe" in reader.see("lesions-hint").inner_text(), "What is measured first")
    reader.press("lesions-stop")
    reader.wait_until(lambda: reader.see("lesions").count() == 0, "The end")


def shown_slice(reader: Reader, shape: tuple[int, ...]) -> int:
    """Index of the slice in the axial view."""
    scene = reader.scene()
    ijk = np.linalg.inv(scene["ijk_to_ras"]) @ np.array(scene["xy_to_ras"]) @ [0, 0, 0, 1]
    return int(np.clip(round(ijk[2]), 0, shape[0] - 1))


def click_voxel(reader: Reader, voxel: tuple[int, int, int]) -> None:
    """Click on a voxel in the axial view, which fills the upper left quarter."""
    scene = reader.scene()
    ras = np.array(scene["ijk_to_ras"]) @ [voxel[2], voxel[1], voxel[0], 1]
    x, y = (np.linalg.inv(scene["xy_to_ras"]) @ ras)[:2]
    view = reader.page.locator(".shell-views canvas, .shell-views img").first.bounding_box()
    assert view is not None
    at = view["x"] + x + 0.5, view["y"] + view["height"] - 0.5 - y
    reader.page.mouse.move(at[0] + 3, at[1])
    reader.page.wait_for_timeout(250)
    reader.page.mouse.move(*at)
    reader.page.wait_for_timeout(250)
    reader.page.mouse.click(*at)
