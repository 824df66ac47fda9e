"""``tumor-response rings``: which masks it takes, and on which grid it writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from PIL import Image as Pillow

from TumorResponseLib.cli.app import run
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.saving import write_segmentation, write_volume

ROWS, COLUMNS = np.ogrid[:60, :80]
DISC: MaskArray = (ROWS - 30) ** 2 + (COLUMNS - 40) ** 2 <= 8**2
IMAGE = Image(np.zeros(DISC.shape, np.uint8), Spacing((0.5, 0.5), "test"), Frame((10.0, -5.0, 2.0)))
UPPER = np.zeros_like(DISC)
UPPER[:30] = True


@pytest.fixture
def regions(tmp_path: Path) -> Path:
    """What ``read`` writes: the tumour and its bands as segments."""
    write_segmentation(make_rings(DISC, IMAGE.spacing_mm), IMAGE, tmp_path / "regions.seg.nrrd")
    return tmp_path / "regions.seg.nrrd"


def png(path: Path, mask: MaskArray) -> Path:
    Pillow.fromarray(mask.astype(np.uint8) * np.uint8(255)).save(path)
    return path


def labels_of(path: Path) -> NDArray[np.uint8]:
    labels: NDArray[np.uint8] = sitk.GetArrayFromImage(sitk.ReadImage(str(path))).squeeze()
    return labels


def test_written_regions_give_the_same_rings_again(regions: Path, tmp_path: Path) -> None:
    out = tmp_path / "rings.nrrd"
    assert run(["rings", str(regions), "--out", str(out)]) == 0
    np.testing.assert_array_equal(labels_of(out), make_rings(DISC, IMAGE.spacing_mm).labels)
    written = sitk.ReadImage(str(out))
    assert written.GetSpacing()[:2] == pytest.approx((0.5, 0.5))
    assert written.GetOrigin() == pytest.approx((10.0, -5.0, 2.0))


def test_the_soft_rim_of_a_picture_is_no_tumour(tmp_path: Path) -> None:
    soft = DISC.astype(np.uint8) * np.uint8(255)
    soft[20] = 40
    Pillow.fromarray(soft).save(tmp_path / "soft.png")
    out = tmp_path / "rings.png"
    assert run(["rings", str(tmp_path / "soft.png"), "--spacing", "0.5", "--out", str(out)]) == 0
    np.testing.assert_array_equal(np.asarray(Pillow.open(out)) == 1, DISC)


def test_limits_are_taken_by_their_role(regions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rings.nrrd"
    tumour = png(tmp_path / "tumour.png", DISC)
    command = ["rings", str(tumour), "--spacing", "0.5", "--out", str(out)]
    assert run([*command, "--within", str(regions)]) == 1
    assert "as within among tumour, 0-3 mm, 3-5 mm, 5-10 mm" in capsys.readouterr().err
    assert run([*command, "--exclude", str(regions)]) == 1
    assert "as exclude among" in capsys.readouterr().err
    assert not out.exists()
    assert run([*command, "--exclude", str(png(tmp_path / "upper.png", UPPER & ~DISC))]) == 0
    assert set(np.unique(labels_of(out)[:30])) == {0, 1}


def test_nothing_to_exclude_changes_nothing_and_nowhere_to_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rings.nrrd"
    write_volume(DISC, IMAGE, tmp_path / "tumour.nrrd")
    nothing = str(png(tmp_path / "nothing.png", np.zeros_like(DISC)))
    command = ["rings", str(tmp_path / "tumour.nrrd"), "--out", str(out)]
    assert run([*command, "--exclude", nothing]) == 0
    np.testing.assert_array_equal(labels_of(out), make_rings(DISC, IMAGE.spacing_mm).labels)
    assert run([*command, "--within", nothing]) == 1
    assert "The within mask nothing.png is empty" in capsys.readouterr().err
    assert run(["rings", nothing, "--spacing", "0.5", "--out", str(out)]) == 1
    assert "The mask nothing.png is empty; outline the tumour in it." in capsys.readouterr().err
