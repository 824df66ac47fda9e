"""A whole reading in a scene, saved, reopened, updated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from slicer import vtkMRMLScene

from Testing.mrml.cases import STATE, ellipse, node_in, oblique, picture, reading, users_volume
from TumorResponseLib.core.errors import StudyError, TumorResponseError, UsageError
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.mrml.bundle import open_scene, save_scene
from TumorResponseLib.mrml.content import SceneContent
from TumorResponseLib.mrml.geometry import from_vtk
from TumorResponseLib.mrml.nodes import ROLE, node_of_role, nodes_of_class
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.mrml.segmentations import read_tumour
from TumorResponseLib.mrml.state import read_state
from TumorResponseLib.mrml.volumes import image_of

LONG_STATE = STATE.replace("größer", "größer " * 2000)


def classes(scene: vtkMRMLScene) -> Counter[str]:
    return Counter(node.GetClassName() for node in nodes_of_class(scene, "vtkMRMLNode"))


@pytest.mark.parametrize("state", [STATE, LONG_STATE], ids=["short state", "long state"])
@pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])
def test_saved_scene_reopens_with_all_of_it(tmp_path: Path, image: Image, tumour: MaskArray, state: str) -> None:
    content = replace(reading(image, tumour), state_json=state)
    scene = new_scene()
    write_reading(scene, content)
    save_scene(scene, tmp_path / "scene.mrb")
    assert [path.name for path in tmp_path.iterdir()] == ["scene.mrb"]
    opened = open_scene(tmp_path / "scene.mrb")

    volume = node_in(opened, "image")
    back = image_of(volume)
    np.testing.assert_array_equal(back.pixels, image.pixels)
    assert back.pixels.dtype == image.pixels.dtype
    np.testing.assert_allclose(back.spacing_mm, image.spacing_mm)
    np.testing.assert_allclose(back.frame.origin, image.frame.origin, atol=1e-6)
    np.testing.assert_allclose(back.frame.directions, image.frame.directions, atol=1e-6)
    assert (back.modality, back.frame.reference_uid) == (image.modality, image.frame.reference_uid)

    np.testing.assert_array_equal(read_tumour(node_in(opened, "tumour"), volume), tumour)
    assert content.rings is not None
    rings_node = node_in(opened, "rings")
    for region, name in enumerate(content.rings.names[1:], start=1):
        np.testing.assert_array_equal(read_tumour(rings_node, volume, name), content.rings.band(region))
    assert "Tissue" in rings_node.GetSegmentation().GetSegment("3-5 mm").GetTerminology()
    assert rings_node.GetDisplayNode().GetOpacity2DFill() == 0.0

    saliency = node_in(opened, "saliency-fused")
    np.testing.assert_array_equal(from_vtk(saliency.GetImageData()).reshape(tumour.shape), content.saliency["fused"])
    assert saliency.GetDisplayNode().GetColorNode().GetName() == "TumorResponse saliency"
    assert saliency.GetDisplayNode().GetColorNode().GetNumberOfColors() == 256
    assert saliency.GetDisplayNode().GetApplyThreshold()
    for layers in nodes_of_class(opened, "vtkMRMLSliceCompositeNode"):
        assert layers.GetBackgroundVolumeID() == volume.GetID()
        assert layers.GetForegroundVolumeID() == saliency.GetID()

    measured = content.measurements[0]
    line = node_in(opened, "long-diameter")
    assert line.GetLineLengthWorld() == pytest.approx(measured.long_diameter_mm, rel=1e-5)
    assert line.GetLocked()
    table = node_in(opened, "measurements")
    assert table.GetNumberOfRows() == len(content.measurements)
    assert table.GetColumnUnitLabel("Short diameter") == "mm"
    assert node_in(opened, "predictions").GetCellText(1, 2) == "response"
    assert read_state(opened) == state


def test_a_hundred_updates_leave_no_node_behind() -> None:
    shape = (30, 40)
    image = replace(picture()[0], pixels=np.zeros(shape, np.uint8))
    contents = [reading(image, ellipse(shape, (5, 7), (0, shift))) for shift in range(-4, 5)]
    scene = new_scene()
    write_reading(scene, contents[0])
    before = classes(scene)
    for turn in range(100):
        write_reading(scene, contents[turn % len(contents)])
    assert classes(scene) == before
    np.testing.assert_array_equal(
        read_tumour(node_in(scene, "tumour"), node_in(scene, "image")), contents[99 % 9].tumour
    )
    assert node_in(scene, "rings").GetSegmentation().GetNumberOfLayers() == 1


def test_what_no_longer_holds_is_removed_with_its_attachments(tmp_path: Path) -> None:
    image, tumour = picture()
    scene = new_scene()
    write_reading(scene, SceneContent("case", image))
    before = classes(scene)
    write_reading(scene, reading(image, tumour))
    save_scene(scene, tmp_path / "scene.mrb")  # gives the nodes their storage nodes
    write_reading(scene, SceneContent("case", image))
    after = classes(scene)
    assert after - before - Counter(vtkMRMLVolumeArchetypeStorageNode=1) == Counter()
    assert node_of_role(scene, "tumour") is None
    for layers in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        assert not layers.GetForegroundVolumeID()


def test_the_users_own_nodes_and_settings_stay() -> None:
    image, tumour = picture()
    scene = new_scene()
    own_volume = users_volume(scene, image)
    own_lines = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "Long diameter")
    assert write_reading(scene, reading(image, tumour), own_volume) is own_volume
    node_in(scene, "tumour").GetDisplayNode().SetOpacity2DFill(0.9)
    layers = nodes_of_class(scene, "vtkMRMLSliceCompositeNode")[0]
    layers.SetForegroundOpacity(0.77)
    write_reading(scene, reading(image, tumour), own_volume)
    assert node_in(scene, "tumour").GetDisplayNode().GetOpacity2DFill() == 0.9
    assert layers.GetForegroundOpacity() == 0.77
    write_reading(scene, SceneContent("case", image), own_volume)
    assert own_lines.GetScene() is scene
    assert own_volume.GetScene() is scene
    assert own_volume.GetName() == "loaded by Slicer"


@pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])
def test_all_that_lies_on_the_users_volume_has_its_calibrated_spacing(image: Image, tumour: MaskArray) -> None:
    scene = new_scene()
    volume = users_volume(scene, image)
    thickness = volume.GetSpacing()[2]
    calibrated = image.with_spacing(Spacing(tuple(1.5 * step for step in image.spacing_mm), "depth scale"))
    content = reading(calibrated, tumour)
    write_reading(scene, content, volume)
    assert image_of(volume).spacing == calibrated.spacing
    assert volume.GetSpacing()[2] == (thickness if tumour.ndim == 2 else calibrated.spacing_mm[0])
    assert node_in(scene, "saliency-fused").GetSpacing()[:2] == volume.GetSpacing()[:2]
    measured = content.measurements[0].long_diameter_mm
    assert node_in(scene, "long-diameter").GetLineLengthWorld() == pytest.approx(measured)
    np.testing.assert_array_equal(read_tumour(node_in(scene, "tumour"), volume), tumour)


def test_a_volume_without_millimetres_gets_none() -> None:
    image, _ = picture(None)
    scene = new_scene()
    volume = users_volume(scene, image)
    write_reading(scene, SceneContent("case", image), volume)
    assert image_of(volume).spacing is None
    assert volume.GetSpacing() == (1.0, 1.0, 3.0)


def test_the_role_of_the_image_passes_from_node_to_node() -> None:
    image, _ = picture()
    content = SceneContent("case", image)
    scene = new_scene()
    ours = write_reading(scene, content)
    assert write_reading(scene, content, ours) is ours  # naming our own node does not make it the user's
    first, second = users_volume(scene, image), users_volume(scene, oblique()[0])
    write_reading(scene, content, first)
    assert node_in(scene, "image") is first
    assert ours.GetScene() is None
    write_reading(scene, SceneContent("case", oblique()[0]), second)
    assert node_in(scene, "image") is second
    again = write_reading(scene, SceneContent("other", replace(image, pixels=image.pixels * 0)))
    assert node_in(scene, "image") is again
    np.testing.assert_array_equal(image_of(first).pixels, image.pixels)
    np.testing.assert_array_equal(image_of(second).pixels, oblique()[0].pixels)
    for node in (first, second):
        assert node.GetScene() is scene
        assert node.GetName() == "loaded by Slicer"
        assert node.GetAttribute(ROLE) is None


def test_files_that_cannot_be_are_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.mrb").write_text("no bundle")
    for name in ("text.mrb", "missing.mrb"):
        with pytest.raises(StudyError, match=f"{name} cannot be read"):
            open_scene(tmp_path / name)
    with pytest.raises(UsageError, match=r"\.mrb"):
        save_scene(new_scene(), tmp_path / "scene.zip")
    with pytest.raises(TumorResponseError, match=r"scene\.mrb cannot be written"):
        save_scene(new_scene(), tmp_path / "missing" / "scene.mrb")
