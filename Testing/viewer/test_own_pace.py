"""A reader who works at an own pace: results wait for Read, a diameter is dragged by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess
from TumorResponseLib.core.recist import diameters

Reads = Callable[[ViewerProcess], Reader]


def test_results_wait_for_read_and_a_diameter_follows_the_hand(tmp_path: Path, sample: Path, reads: Reads) -> None:
    with ViewerProcess(tmp_path / "out", sample) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        drags_a_diameter(reader)
        strokes_and_then_presses_read(reader)


def drags_a_diameter(reader: Reader) -> None:
    measured, spacing_mm = reader.scene()["diameters"], reader.desk()["spacing"]
    assert reader.see("dragged").count() == 0
    first, last = (np.array(end) for end in diameters(reader.mask(), tuple(spacing_mm)).long_ends)
    row, column = last + 20 * (last - first) / np.linalg.norm(last - first)
    reader.drag((last[0], last[1]), (row, column))
    reader.wait_until(lambda: reader.scene()["diameters"][0] > measured[0] + 0.5, "The longer line")
    longer = reader.scene()["diameters"]
    assert longer[0] == pytest.approx(measured[0] + 20 * spacing_mm[0], abs=4 * spacing_mm[0])
    assert longer[1] == measured[1]
    reader.wait_until(lambda: reader.see("dragged").count() == 1, "The length as dragged")
    assert re.findall(r"[\d.]+", reader.see("dragged").inner_text())[:1] == [f"{longer[0]:.1f}"]
    assert f"{measured[0]:.1f}" in reader.see("diameters").inner_text()  # what was measured stands beside it


def strokes_and_then_presses_read(reader: Reader) -> None:
    reader.press("tab-overlays")
    reader.see("auto-update").locator("input").uncheck()
    reader.press("tab-result")
    before, probability = reader.mask(), reader.desk()["probability"]
    rows, columns = np.nonzero(before)
    lowest = float(rows.max()), float(columns[rows.argmax()])
    reader.press("tool-paint")
    reader.drag(lowest, (lowest[0] + 15, lowest[1] + 10), (lowest[0] + 25, lowest[1] + 30))
    reader.wait_until(lambda: reader.scene()["voxels"] > before.sum(), "The stroke")
    reader.wait_for_step("prediction", "stale")
    reader.page.wait_for_timeout(1500)  # longer than a stroke takes to be answered
    assert reader.see("step-prediction").get_attribute("data-status") == "stale"
    assert reader.see("stale").count() == 1 and reader.desk()["probability"] == probability
    reader.press("read")
    reader.wait_for_step("saliency")
    reader.wait_until(lambda: reader.see("stale").count() == 0, "Results of the present outline")
    assert reader.desk()["probability"] != probability
    assert reader.mask().sum() > before.sum()  # the reader's outline, not the model's
