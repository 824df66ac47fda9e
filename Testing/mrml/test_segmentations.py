"""Tumour and rings as segments; an edited tumour back as a mask."""

from __future__ import annotations

import numpy as np
import pytest
from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkOrientedImageData,
    vtkSegment,
    vtkSlicerSegmentationsModuleLogic,
)
from vtkmodules.vtkCommonCore import reference
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from Testing.mrml.cases import ellipse, oblique, picture
from TumorResponseLib.core.catalogue import region_styles
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.mrml.geometry import to_vtk
from TumorResponseLib.mrml.quiet import quiet_vtk
from TumorResponseLib.mrml.scene import new_scene
from TumorResponseLib.mrml.segmentations import add_rings, add_tumour, empty_tumour, read_tumour
from TumorResponseLib.mrml.volumes import add_volume
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource

AUTOMATIC = MaskSource(MaskOrigin.AUTOMATIC, bundle="breast-us-segmentation")
BOTH = pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])


@BOTH
def test_masks_come_back_voxel_by_voxel(image: Image, tumour: MaskArray) -> None:
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    rings = make_rings(tumour, image.spacing_mm)
    np.testing.assert_array_equal(read_tumour(add_tumour(scene, tumour, volume, AUTOMATIC), volume), tumour)
    node = add_rings(scene, rings, volume)
    for region, name in enumerate(rings.names[1:], start=1):
        np.testing.assert_array_equal(read_tumour(node, volume, name), rings.band(region))


def test_segments_carry_name_colour_terminology_and_algorithm() -> None:
    image, tumour = picture()
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    rings = make_rings(tumour, image.spacing_mm)
    segmentation = add_rings(scene, rings, volume).GetSegmentation()
    for style in region_styles(rings.names)[1:]:
        segment = segmentation.GetSegment(style.name)
        assert segment.GetName() == style.name
        assert segment.GetColor() == pytest.approx(style.colour)
        assert segment.GetTerminology() == style.terminology
    for origin, expected in zip(MaskOrigin, ("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"), strict=True):
        node = add_tumour(scene, tumour, volume, MaskSource(origin, bundle="breast-us-segmentation"))
        segment = node.GetSegmentation().GetSegment("tumour")
        assert tag(segment, "DICOM.SegmentAlgorithmType") == expected
        assert tag(segment, "DICOM.SegmentAlgorithmName") == "breast-us-segmentation"


def tag(segment: vtkSegment, name: str) -> str:
    value = reference("")
    assert segment.GetTag(name, value)
    return str(value)


def test_other_masks_and_radii_leave_nothing_behind() -> None:
    image, tumour = picture()
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    add_tumour(scene, tumour, volume, AUTOMATIC)
    add_rings(scene, make_rings(tumour, image.spacing_mm), volume)
    smaller = ellipse(tumour.shape, (9, 12), (30, -40))
    rings = make_rings(smaller, image.spacing_mm, (3.0, 4.0))
    np.testing.assert_array_equal(read_tumour(add_tumour(scene, smaller, volume, AUTOMATIC), volume), smaller)
    node = add_rings(scene, rings, volume)
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["0-3 mm", "3-4 mm"]
    np.testing.assert_array_equal(read_tumour(node, volume, "0-3 mm"), rings.band(1))
    assert node.GetSegmentation().GetNumberOfLayers() == 1


@BOTH
def test_an_edited_mask_is_read(image: Image, tumour: MaskArray) -> None:
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    node = add_tumour(scene, tumour, volume, AUTOMATIC)
    stroke = ellipse(tumour.shape, (2, 6, 5)[-tumour.ndim :], (-2, 15, -15)[-tumour.ndim :])
    assert (stroke & ~tumour).any()
    paint(node, volume, stroke, vtkSlicerSegmentationsModuleLogic.MODE_MERGE_MAX)
    np.testing.assert_array_equal(read_tumour(node, volume), tumour | stroke)
    everything = np.ones(tumour.shape, bool)
    paint(node, volume, everything, vtkSlicerSegmentationsModuleLogic.MODE_REPLACE)
    np.testing.assert_array_equal(read_tumour(node, volume), everything)
    vtkSlicerSegmentationsModuleLogic.ClearSegment(node, "tumour")
    assert not read_tumour(node, volume).any()


def paint(
    node: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    mask: MaskArray,
    mode: int,
    segment_id: str = "tumour",
) -> None:
    """As the segment editor does, with an image that covers part of the grid only."""
    labelmap = vtkOrientedImageData()
    matrix = vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    labelmap.SetImageToWorldMatrix(matrix)
    start = tuple(int(low) for low in np.argwhere(mask).min(axis=0))
    to_vtk(mask[tuple(slice(low, None) for low in start)], labelmap, start)
    vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(labelmap, node, segment_id, mode)


def test_a_transformed_volume_takes_its_tumour_along() -> None:
    image, tumour = oblique()
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtkMatrix4x4()
    matrix.SetElement(0, 3, 2 * 0.6)
    matrix.SetElement(1, 3, 25.0)
    transform.SetMatrixTransformToParent(matrix)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    node = add_tumour(scene, tumour, volume, AUTOMATIC)
    assert node.GetParentTransformNode() is transform
    np.testing.assert_array_equal(read_tumour(node, volume), tumour)
    node.SetAndObserveTransformNodeID(None)
    assert not np.array_equal(read_tumour(node, volume), tumour)


def test_a_removed_segment_is_told() -> None:
    image, tumour = picture()
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    node = add_tumour(scene, tumour, volume, AUTOMATIC)
    node.GetSegmentation().RemoveSegment("tumour")
    with pytest.raises(MaskError, match="no segment tumour"):
        read_tumour(node, volume)


def test_a_mask_whose_surface_is_shown_is_replaced_emptied_and_filled_again() -> None:
    image, tumour = oblique()
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    node = add_tumour(scene, tumour, volume, MaskSource(MaskOrigin.MANUAL))
    node.CreateClosedSurfaceRepresentation()  # as three-dimensional views do
    moved = np.roll(tumour, 2, axis=2)
    with quiet_vtk() as remarks:
        add_tumour(scene, moved, volume, MaskSource(MaskOrigin.MANUAL))
        np.testing.assert_array_equal(read_tumour(node, volume), moved)
        empty_tumour(scene, volume, clear=True)
        assert not read_tumour(node, volume).any()
        add_tumour(scene, tumour, volume, MaskSource(MaskOrigin.MANUAL))
        said = remarks.GetOutput()
    assert "ERR" not in said, said
    np.testing.assert_array_equal(read_tumour(node, volume), tumour)
    assert node.GetSegmentation().GetNumberOfLayers() == 1
