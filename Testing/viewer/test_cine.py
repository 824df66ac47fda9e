"""The sample of contrast-enhanced ultrasound: its frames, curves, table and maps; and laboratory values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess
from TumorResponseLib.core.loading import load_study

Reads = Callable[[ViewerProcess], Reader]


def test_a_cine_is_looked_through_and_its_curves_and_maps_are_shown(
    tmp_path: Path, sample: Path, reads: Reads, pictures: Path | None
) -> None:
    folder = sample.parent / "ceus"
    cine = load_study(folder).image("cine")
    brightest = int(cine.pixels.mean(axis=(1, 2)).argmax())
    with ViewerProcess(tmp_path / "out", folder) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        goes_through_the_frames(reader, brightest, len(cine.pixels))
        looks_at_the_details(reader, pictures)
        lays_a_map_over_the_image(reader, pictures)
        types_laboratory_values(reader)


def goes_through_the_frames(reader: Reader, brightest: int, count: int) -> None:
    assert reader.scene()["background"] == "ceus frame"
    assert reader.scene()["frame"] == brightest
    said = reader.see("cine-text").inner_text()
    assert said.startswith(f"Frame {brightest + 1} of {count}, ") and said.endswith("measured")
    voxels, bright = reader.scene()["voxels"], reader.picture().astype(float)
    reader.press("cine-before")
    reader.wait_until(lambda: reader.scene()["frame"] == brightest - 1, "The frame before")
    reader.see("cine-slider").locator("[role=slider]").press("Home")
    reader.wait_until(lambda: reader.scene()["frame"] == 0, "The first frame")
    reader.wait_until(lambda: reader.see("cine-text").inner_text().startswith("Frame 1 of"), "Its number on the page")
    assert reader.picture().astype(float).mean() < bright.mean() - 20  # no contrast agent yet
    assert reader.scene()["voxels"] == voxels
    reader.page.locator("body").press(".")
    reader.wait_until(lambda: reader.scene()["frame"] == 1, "The frame after")


def looks_at_the_details(reader: Reader, pictures: Path | None) -> None:
    assert reader.see("no-details").count() == 0
    reader.press("tab-details")
    titles = [chart.locator("h2").inner_text() for chart in reader.see("chart").all()]
    assert len(titles) >= 3
    curves = reader.see("chart").first.locator("svg")
    assert curves.get_attribute("role") == "img"
    box = curves.bounding_box()
    assert box is not None and box["width"] > 250 and box["height"] > 150
    assert "tumour" in (curves.get_attribute("aria-label") or "")
    letters = curves.locator("text").first.bounding_box()
    assert letters is not None and letters["height"] > 9  # legible
    table = reader.see("details-table").first
    assert "tumour" in table.inner_text() and "5-10 mm" in table.inner_text()
    wide = table.locator(".wide").evaluate("box => box.scrollWidth - box.clientWidth")
    assert wide <= 1  # nothing is cut off
    if pictures is not None:
        reader.picture(pictures / "viewer-details.png")


def lays_a_map_over_the_image(reader: Reader, pictures: Path | None) -> None:
    reader.press("tab-overlays")
    reader.press("layer")
    reader.page.get_by_role("option", name="Peak enhancement").click()
    reader.wait_until(lambda: (reader.scene()["foreground"] or "").startswith("Peak enhancement"), "The map")
    coloured = np.ptp(reader.picture().astype(int), axis=2) > 60
    assert coloured.mean() > 0.05
    if pictures is not None:
        reader.picture(pictures / "viewer-map.png")
    reader.press("tab-details")
    reader.page.keyboard.press("s")
    reader.wait_until(lambda: reader.scene()["foreground"] is None, "The image without a map")


def types_laboratory_values(reader: Reader) -> None:
    reader.press("laboratory")
    albumin = reader.see("laboratory-albumin")
    assert albumin.input_value() == ""
    albumin.fill("31,5")
    albumin.press("Enter")
    reader.wait_until(lambda: reader.desk()["laboratory"].get("albumin") == pytest.approx(31.5), "The value")
    reader.wait_until(lambda: "flag-low" in (albumin.get_attribute("class") or ""), "The flag")
    reader.wait_for_step("saliency")  # the prediction was made anew
    albumin.fill("lots")
    albumin.press("Enter")
    reader.wait_until(lambda: "is not a value for albumin" in reader.see("notice").inner_text(), "The refusal")
    assert reader.desk()["laboratory"]["albumin"] == pytest.approx(31.5)
    albumin.fill("")
    albumin.press("Enter")
    reader.wait_until(lambda: "albumin" not in reader.desk()["laboratory"], "The value taken away")
