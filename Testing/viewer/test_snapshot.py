"""The picture of a reading: everything in its place, and mixed as it should be."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from scipy.ndimage import binary_dilation, binary_erosion, map_coordinates

from Testing.mrml.cases import node_in, oblique, picture, reading
from TumorResponseLib.core.catalogue import region_styles
from TumorResponseLib.core.colours import saliency_colours
from TumorResponseLib.core.errors import StudyError, TumorResponseError
from TumorResponseLib.core.image import Image, MaskArray, PixelArray
from TumorResponseLib.mrml.bundle import save_scene
from TumorResponseLib.mrml.content import SceneContent
from TumorResponseLib.mrml.overlays import OPACITY, SHOWN_FROM
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.mrml.segmentations import TUMOUR_FILL
from TumorResponseLib.viewer.offscreen import NO_RENDERING, require_rendering
from TumorResponseLib.viewer.snapshot import Snapshot, render_slice

SIZE = (641, 487)
"""No multiple of the images' own size, so that no pixel's centre lies on the border of two voxels."""


@pytest.fixture(autouse=True)
def can_render() -> None:
    try:
        require_rendering()
    except TumorResponseError as error:
        pytest.skip(str(error))


def indices(snapshot: Snapshot, image: Image) -> NDArray[np.float64]:
    """Array index coordinates ``(axes, rows, columns)`` of every pixel of the picture."""
    height, width = snapshot.pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    xy = np.stack([columns, height - 1 - rows, np.zeros_like(rows), np.ones_like(rows)]).reshape(4, -1)
    ras = (snapshot.xy_to_ras @ xy)[:3]
    lps = ras * np.array([[-1.0], [-1.0], [1.0]])
    in_plane = np.linalg.inv(np.array(image.frame.directions)) @ (lps - np.array(image.frame.origin)[:, None])
    mm = (*reversed(image.spacing_mm), 1.0)[:3]
    kji = (in_plane / np.array(mm)[:, None])[::-1]
    return kji[-len(image.spacing_mm) :].reshape(-1, height, width)


def nearest(values: PixelArray, at: NDArray[np.float64]) -> PixelArray:
    return map_coordinates(values, at, order=0, mode="constant")


def overlap(first: MaskArray, second: MaskArray) -> float:
    return float((first & second).sum() / (first | second).sum())


def filled(content: SceneContent, role: str, segment: str, folder: Path) -> tuple[Snapshot, MaskArray]:
    """The picture with one segment filled and nothing else of ours over the image, and where it has its colour."""
    scene = new_scene()
    write_reading(scene, replace(content, image=replace(content.image, pixels=content.image.pixels * 0)))
    for other in ("tumour", "rings", "long-diameter", "short-diameter"):
        node_in(scene, other).GetDisplayNode().SetVisibility(other == role)
    for layers in ("Red", "Green", "Yellow"):
        scene.GetSingletonNode(layers, "vtkMRMLSliceCompositeNode").SetForegroundVolumeID(None)
    display = node_in(scene, role).GetDisplayNode()
    display.SetVisibility2DOutline(False)
    display.SetOpacity2DFill(1.0)
    save_scene(scene, folder / "scene.mrb")
    snapshot = render_slice(folder / "scene.mrb", folder / "filled.png", SIZE)
    names = content.rings.names if content.rings else ()
    colour = np.array(next(style.colour for style in region_styles(names) if style.name == segment)) * 255
    return snapshot, np.abs(snapshot.pixels - colour).max(axis=-1) < 3


@pytest.mark.parametrize("segment", ["tumour", "0-3 mm"])
@pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])
def test_regions_lie_where_the_masks_are(tmp_path: Path, image: Image, tumour: MaskArray, segment: str) -> None:
    content = reading(image, tumour)
    assert content.rings is not None
    region = content.rings.names.index(segment)
    snapshot, seen = filled(content, "rings" if region else "tumour", segment, tmp_path)
    expected = nearest(content.rings.band(region).astype(np.uint8), indices(snapshot, image)) > 0
    seen[-170:, :170] = expected[-170:, :170] = False  # the caption
    assert expected.sum() > 1000
    assert overlap(seen, expected) > 0.98


def test_colours_are_mixed_as_they_should_be(tmp_path: Path) -> None:
    image, tumour = picture()
    content = replace(reading(image, tumour), measurements=())  # no diameters, whose lines cross everything
    assert content.rings is not None
    snapshot = render_slice(content, tmp_path / "a.png", SIZE)
    at = indices(snapshot, image)
    grey = grey_levels(image, at)[..., None].repeat(3, axis=-1)
    saliency = map_coordinates(content.saliency["fused"], at, order=1, mode="nearest")
    shown = saliency > SHOWN_FROM
    heat = saliency_colours()[np.clip(saliency * 256, 0, 255).astype(int)] * 255
    mixed = np.where(shown[..., None], (1 - OPACITY) * grey + OPACITY * heat, grey)
    labels = nearest(content.rings.labels, at)
    yellow = np.array(region_styles(content.rings.names)[0].colour) * 255
    mixed = np.where((labels == 1)[..., None], (1 - TUMOUR_FILL) * mixed + TUMOUR_FILL * yellow, mixed)

    plain = away_from_lines(labels, shown) & nearest(np.ones(tumour.shape, bool), at)
    plain[-220:, :190] = plain[-250:, -140:] = False  # caption and colour bar
    for inside in (plain & (labels == 1) & shown, plain & (labels == 0), plain & (labels > 1) & ~shown):
        difference = np.abs(snapshot.pixels - mixed)[inside]
        assert len(difference) > 500
        assert np.percentile(difference, 98) <= 6
    assert grey[plain].mean() > 60


def grey_levels(image: Image, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """As the display node shows the image: window and level of its own choice."""
    scene = new_scene()
    node = write_reading(scene, SceneContent("case", image))
    low, high = node.GetDisplayNode().GetWindowLevelMin(), node.GetDisplayNode().GetWindowLevelMax()
    values = map_coordinates(image.pixels.astype(float), at, order=1, mode="nearest")
    return np.clip((values - low) / (high - low), 0, 1) * 255


def away_from_lines(labels: PixelArray, shown: MaskArray) -> MaskArray:
    """Pixels whose whole neighbourhood has one label and one state of the overlay."""
    lines = np.zeros(labels.shape, bool)
    for value in np.unique(labels):
        lines |= binary_dilation(labels == value, iterations=5) & (labels != value)
    edge = binary_dilation(shown, iterations=3) & ~binary_erosion(shown, iterations=3)
    return ~(lines | edge)


def test_the_picture_fills_the_view_upright(tmp_path: Path) -> None:
    image, tumour = picture()
    snapshot = render_slice(SceneContent("case", image, tumour), tmp_path / "a.png", SIZE)
    np.testing.assert_array_equal(np.asarray(Pillow.open(tmp_path / "a.png")), snapshot.pixels)
    assert snapshot.pixels.shape == (487, 641, 3)
    steps = np.linalg.norm(snapshot.xy_to_ras[:3, :2], axis=0)
    assert steps[0] == pytest.approx(steps[1])
    rows, columns = indices(snapshot, image)
    assert rows[10, 320] < rows[475, 320]
    assert columns[240, 10] < columns[240, 630]
    assert columns.min() > -2
    assert columns.max() < 242


def test_a_scene_without_a_reading_is_told(tmp_path: Path) -> None:
    save_scene(new_scene(), tmp_path / "empty.mrb")
    with pytest.raises(StudyError, match="holds no reading"):
        render_slice(tmp_path / "empty.mrb", tmp_path / "a.png", SIZE)
    assert not (tmp_path / "a.png").exists()


def test_a_machine_that_cannot_render_is_told() -> None:
    code = "from TumorResponseLib.viewer.offscreen import require_rendering; require_rendering()"
    environment = os.environ | {"VTK_DEFAULT_OPENGL_WINDOW": "vtkOSOpenGLRenderWindow"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2] / "TumorResponse")
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert NO_RENDERING in run.stderr
