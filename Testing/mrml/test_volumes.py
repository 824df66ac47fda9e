"""An image to a volume node and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from slicer import vtkMRMLScalarVolumeNode
from vtkmodules.vtkCommonDataModel import vtkImageData

from Testing.mrml.cases import oblique, picture
from TumorResponseLib.core.display_window import HIGHEST_SUV
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.companions import colour_as_before, colour_as_pet
from TumorResponseLib.mrml.geometry import to_vtk
from TumorResponseLib.mrml.nodes import display_of
from TumorResponseLib.mrml.scene import new_scene
from TumorResponseLib.mrml.volumes import add_volume, image_of, world_points


def same(first: Image, second: Image) -> bool:
    return (
        first.pixels.dtype == second.pixels.dtype
        and np.array_equal(first.pixels, second.pixels)
        and replace(first, pixels=second.pixels) == second
    )


@pytest.mark.parametrize("image", [picture()[0], picture(None)[0], oblique()[0]], ids=["2-D", "no spacing", "oblique"])
def test_round_trip_is_exact(image: Image) -> None:
    assert same(image_of(add_volume(new_scene(), image, "case")), image)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4", "f8", ">u2"])
def test_pixel_types_are_kept(dtype: str) -> None:
    image, _ = oblique()
    pixels = np.abs(image.pixels % 100).astype(dtype)
    back = image_of(add_volume(new_scene(), replace(image, pixels=pixels), "case")).pixels
    assert back.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(back, pixels)


def test_voxels_lie_where_the_frame_says() -> None:
    image, _ = oblique()
    node = add_volume(new_scene(), image, "case")
    index = np.array([[2.0, 11.0, 30.0]])
    steps = np.array(image.spacing_mm)[::-1] * index[0, ::-1]
    lps = np.array(image.frame.origin) + np.array(image.frame.directions) @ steps
    np.testing.assert_allclose(world_points(node, index)[0], lps * (-1, -1, 1), atol=1e-9)


def test_the_node_is_updated_in_place() -> None:
    scene = new_scene()
    first = add_volume(scene, picture()[0], "case")
    second = add_volume(scene, oblique()[0], "other")
    assert first is second
    assert first.GetName() == "other"
    assert same(image_of(first), oblique()[0])


def pet_image() -> Image:
    """Uptake of 0 to 30 SUV."""
    image, _ = oblique()
    pixels = np.linspace(0, 30, image.pixels.size, dtype=np.float32).reshape(image.pixels.shape)
    return replace(image, pixels=pixels, modality="PT", units="SUVbw")


def test_a_pet_starts_dark_on_white_and_every_other_image_as_slicer_shows_it() -> None:
    scene = new_scene()
    display = add_volume(scene, pet_image(), "pet").GetDisplayNode()
    colours = display.GetColorNode()
    assert colours.GetName() == "TumorResponse uptake"
    shades = [0.0] * 4
    for index, shade in ((0, 1.0), (255, 0.0)):
        colours.GetColor(index, shades)
        assert shades == [shade, shade, shade, 1.0]
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, HIGHEST_SUV)
    other_scene = new_scene()
    other = add_volume(other_scene, oblique()[0], "mr").GetDisplayNode()
    assert other.GetColorNodeID() == "vtkMRMLColorTableNodeGrey" and other.GetAutoWindowLevel()


def looks(node: vtkMRMLScalarVolumeNode) -> tuple[object, ...]:
    display = display_of(node)
    is_automatic = bool(display.GetAutoWindowLevel())
    ends = () if is_automatic else (display.GetWindowLevelMin(), display.GetWindowLevelMax())
    colours = display.GetColorNode()  # Slicer's own tables are in Slicer's scene only
    return display.GetColorNodeID() if colours is None else colours.GetName(), is_automatic, *ends


def test_another_kind_of_image_in_the_same_node_starts_anew() -> None:
    scene = new_scene()
    other_looks = looks(add_volume(scene, oblique()[0], "mr"))
    pet_looks = looks(add_volume(scene, pet_image(), "pet"))
    assert pet_looks == ("TumorResponse uptake", False, 0.0, HIGHEST_SUV)
    assert looks(add_volume(scene, oblique()[0], "mr")) == other_looks != pet_looks


@pytest.mark.parametrize("window", [(2.0, 9.0), None], ids=["by hand", "automatic"])
@pytest.mark.parametrize("is_own", [True, False])
def test_a_pet_looks_as_before_when_the_image_behind_it_goes(is_own: bool, window: tuple[float, float] | None) -> None:
    scene, pet = new_scene(), pet_image()
    node = add_volume(scene, pet, "pet") if is_own else scene.AddNode(foreign((2.0, 2.0, 2.0)))
    display = display_of(node)
    if window is None:
        display.AutoWindowLevelOn()
    else:
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(*window)
    before = looks(node)
    colour_as_pet(scene, node, pet)
    assert looks(node) == ("TumorResponse pet", False, 0.0, HIGHEST_SUV)
    display.AutoWindowLevelOn()  # the user's, while the colours lie over the other image
    colour_as_before(node)
    assert looks(node) == before


def foreign(spacing: tuple[float, float, float]) -> vtkMRMLScalarVolumeNode:
    node = new_scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "loaded by Slicer")
    data = vtkImageData()
    to_vtk(picture()[0].pixels, data)
    node.SetAndObserveImageData(data)
    node.SetSpacing(*spacing)
    return node


def test_millimetres_that_slicer_made_up_are_not_taken() -> None:
    assert image_of(foreign((1.0, 1.0, 1.0))).spacing is None
    assert image_of(foreign((0.1, 0.2, 1.0))).spacing_mm == (0.2, 0.1)


def test_what_cannot_be_a_volume_is_refused() -> None:
    image, _ = oblique()
    cine = Image(image.pixels, None, frame_times_ms=tuple(range(9)))
    with pytest.raises(StudyError, match="cine"):
        add_volume(new_scene(), cine, "case")
    with pytest.raises(StudyError, match="empty"):
        image_of(new_scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing"))
    colours = foreign((1.0, 1.0, 1.0))
    colours.GetImageData().AllocateScalars(3, 3)
    with pytest.raises(StudyError, match="not grey"):
        image_of(colours)
