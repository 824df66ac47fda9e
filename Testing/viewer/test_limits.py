"""Rings that stay within one mask and keep out of another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from Testing.viewer.reader import Reader
from Testing.viewer.server_process import ViewerProcess

OUTERMOST = "5-10 mm"


def test_rings_stay_within_a_mask_and_keep_out_of_another(
    tmp_path: Path, sample: Path, reads: Callable[[ViewerProcess], Reader]
) -> None:
    out = tmp_path / "out"
    with ViewerProcess(out, sample) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        reader.press("tab-overlays")
        tumour, whole = reader.mask(), reader.scene()["ring_voxels"][OUTERMOST]
        rows, columns = (np.flatnonzero(tumour.any(axis=axis)) for axis in (1, 0))
        upper, left = np.zeros_like(tumour), np.zeros_like(tumour)
        upper[: rows.max() + 5] = True
        left[:, : columns.min()] = True
        upper_path, left_path = written(tmp_path / "upper half.png", upper), written(tmp_path / "left.png", left)

        take(reader, "within", upper_path)
        reader.wait_until(lambda: reader.scene()["ring_voxels"][OUTERMOST] < whole, "The clipped rings")
        clipped = reader.scene()["ring_voxels"][OUTERMOST]
        assert reader.desk()["limits"] == {"within": upper.sum()}
        reader.wait_until(
            lambda: f"{upper.sum()} voxels" in reader.see("within-state").inner_text(), "The mask on the page"
        )

        take(reader, "exclude", left_path)
        reader.wait_until(lambda: reader.scene()["ring_voxels"][OUTERMOST] < clipped, "The rings beside the other mask")
        assert reader.desk()["limits"] == {"within": upper.sum(), "exclude": left.sum()}

        take(reader, "within", written(tmp_path / "small.png", upper[:50, :50]))
        reader.wait_until(lambda: reader.see("notice").count() == 1, "The refusal")
        assert "small.png" in reader.see("notice").inner_text()
        assert reader.desk()["limits"] == {"within": upper.sum(), "exclude": left.sum()}
    with ViewerProcess(out) as viewer:
        reader = reads(viewer)
        reader.wait_for_step("saliency")
        reader.press("tab-overlays")
        assert f"{left.sum()} voxels" in reader.see("exclude-state").inner_text()
        for role in ("exclude", "within"):
            reader.press(f"{role}-clear")
        reader.wait_until(lambda: reader.scene()["ring_voxels"][OUTERMOST] == whole, "The whole rings")
        assert reader.desk()["limits"] == {}
        assert reader.see("within-clear").is_disabled()


def take(reader: Reader, role: str, path: Path) -> None:
    reader.see(role).fill(str(path))
    reader.press(f"{role}-load")


def written(path: Path, mask: np.ndarray) -> Path:
    Pillow.fromarray(mask.astype(np.uint8) * 255).save(path)
    return path
