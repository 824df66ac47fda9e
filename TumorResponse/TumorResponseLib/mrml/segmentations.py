"""The tumour and its rings as segmentation nodes, and an edited tumour back as a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLTransformNode,
    vtkOrientedImageData,
    vtkOrientedImageDataResample,
    vtkSegment,
    vtkSlicerSegmentationsModuleLogic,
)
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkGeneralTransform

from TumorResponseLib.core.box import Box, bounding_box
from TumorResponseLib.core.catalogue import RegionStyle, region_styles
from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.mrml.geometry import from_vtk, to_vtk
from TumorResponseLib.mrml.nodes import display_of, ensure_node
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.software import PRODUCT

TUMOUR_ROLE = "tumour"
RINGS_ROLE = "rings"
TUMOUR_SEGMENT = "tumour"
ALGORITHM_TYPES = {
    MaskOrigin.AUTOMATIC: "AUTOMATIC",
    MaskOrigin.CORRECTED: "SEMIAUTOMATIC",
    MaskOrigin.MANUAL: "MANUAL",
}
"""DICOM (0062,0008) Segment Algorithm Type."""
TUMOUR_FILL = 0.1
DRAWN = MaskSource(MaskOrigin.MANUAL)


def add_tumour(
    scene: vtkMRMLScene, mask: MaskArray, volume_node: vtkMRMLScalarVolumeNode, source: MaskSource
) -> vtkMRMLSegmentationNode:
    """The tumour mask as a segmentation node of one segment, made once and then updated.

    Args:
        scene: where it goes.
        mask: on the volume's grid, with at least one voxel.
        volume_node: the image that it was drawn on.
        source: who drew it; becomes DICOM's Segment Algorithm Type and Name.
    """
    node = _tumour_segmentation(scene, volume_node)
    box = bounding_box(mask)
    style = region_styles([TUMOUR_SEGMENT])[0]
    _fill_segments(node, [(style, mask[box.slices])], box, volume_node, _Algorithm.of(source))
    return node


def empty_tumour(
    scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, *, clear: bool = False
) -> vtkMRMLSegmentationNode:
    """The tumour's node with a segment to draw in, made where either is missing.

    Args:
        scene: where it goes.
        volume_node: the image to draw on.
        clear: whether a segment that is there is emptied.
    """
    node = _tumour_segmentation(scene, volume_node)
    if node.GetSegmentation().GetSegment(TUMOUR_SEGMENT) is None:
        _describe(_ensure_segment(node, region_styles([TUMOUR_SEGMENT])[0]), _Algorithm.of(DRAWN))
    elif clear:
        # Slicer's own way of clearing leaves no voxels to make a surface of, of which it complains.
        shape = [min(2, size) for size in volume_node.GetImageData().GetDimensions()[::-1]]
        _replace(node, TUMOUR_SEGMENT, np.zeros(shape, dtype=np.bool_), (0, 0, 0), volume_node)
    return node


def describe_tumour(node: vtkMRMLSegmentationNode, source: MaskSource) -> None:
    """Say who drew the tumour's segment, whose voxels stay as they are."""
    segment = node.GetSegmentation().GetSegment(TUMOUR_SEGMENT)
    if segment is not None:
        _describe(segment, _Algorithm.of(source))


def add_rings(
    scene: vtkMRMLScene, rings: Rings, volume_node: vtkMRMLScalarVolumeNode, *, as_margins: bool = False
) -> vtkMRMLSegmentationNode:
    """The tissue around the tumour, in a segmentation of its own that no brush stroke can eat.

    Args:
        scene: where it goes.
        rings: at least one band.
        volume_node: the image that they lie on.
        as_margins: False for a segment a band; True for a segment a margin, the tumour with all up to that distance.
    """
    node = _segmentation(scene, volume_node, RINGS_ROLE, "Rings", fill=0.0, outline=2)
    labels = rings.labels[rings.box.slices]
    styles = region_styles(margin_names(rings) if as_margins else rings.names)
    regions = [
        (style, (labels > 0) & (labels <= label) if as_margins else labels == label)
        for label, style in enumerate(styles, start=1)
    ]
    for segment_id in set(node.GetSegmentation().GetSegmentIDs()) - {style.name for style in styles}:
        node.GetSegmentation().RemoveSegment(segment_id)
    _fill_segments(node, regions[1:], rings.box, volume_node, _Algorithm("AUTOMATIC", PRODUCT))
    return node


def margin_names(rings: Rings) -> tuple[str, ...]:
    """``tumour`` and each margin as ``"tumour to 5 mm"``."""
    return (TUMOUR_SEGMENT, *(f"{TUMOUR_SEGMENT} to {radius:g} mm" for radius in rings.radii_mm))


def read_tumour(
    segmentation_node: vtkMRMLSegmentationNode,
    volume_node: vtkMRMLScalarVolumeNode,
    segment_id: str = TUMOUR_SEGMENT,
) -> MaskArray:
    """A segment as it stands now, edited or not, as a mask on the volume's grid.

    The mask is ``(rows, columns)`` for a volume of one slice. Transforms of either node are honoured.

    Raises:
        MaskError: the segment is gone, or has no voxels that can be read.
    """
    labelmap = vtkOrientedImageData()
    segment = segmentation_node.GetSegmentation().GetSegment(segment_id)
    if segment is None or not segmentation_node.GetBinaryLabelmapRepresentation(segment_id, labelmap):
        raise MaskError(
            f"The segmentation {segmentation_node.GetName()} has no segment {segment_id} that was painted; "
            "outline the tumour again."
        )
    grid = _on_grid_of(volume_node)
    to_vtk(np.zeros(volume_node.GetImageData().GetDimensions()[::-1], dtype=np.uint8), grid)
    if not labelmap.IsEmpty():
        to_volume = vtkGeneralTransform()
        vtkMRMLTransformNode.GetTransformBetweenNodes(
            segmentation_node.GetParentTransformNode(), volume_node.GetParentTransformNode(), to_volume
        )
        vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
            labelmap, grid, grid, False, False, to_volume
        )
    mask: MaskArray = from_vtk(grid) > 0
    return mask[0] if len(mask) == 1 else mask


@dataclass(frozen=True)
class _Algorithm:
    """DICOM Segment Algorithm Type (0062,0008) and Name (0062,0009)."""

    type: str
    name: str

    @classmethod
    def of(cls, source: MaskSource) -> _Algorithm:
        return cls(ALGORITHM_TYPES[source.origin], source.bundle or PRODUCT)


def _tumour_segmentation(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode:
    return _segmentation(scene, volume_node, TUMOUR_ROLE, "Tumour", fill=TUMOUR_FILL, outline=3)


def _segmentation(
    scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, role: str, name: str, *, fill: float, outline: int
) -> vtkMRMLSegmentationNode:
    """The node of a role in the volume's place; ``fill`` and ``outline`` (pixels) hold until the user changes them."""
    node, is_new = ensure_node(scene, "vtkMRMLSegmentationNode", role, name)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    if is_new:
        display = display_of(node)
        display.SetOpacity2DFill(fill)
        display.SetSliceIntersectionThickness(outline)
    return node


def _fill_segments(
    node: vtkMRMLSegmentationNode,
    regions: Sequence[tuple[RegionStyle, MaskArray]],
    box: Box,
    volume_node: vtkMRMLScalarVolumeNode,
    algorithm: _Algorithm,
) -> None:
    """Give a node these segments; their masks cover ``box``, outside of which they are empty."""
    for style, _ in regions if len(regions) > 1 else ():
        # An old segment in the way of a new one would force a second layer.
        if node.GetSegmentation().GetSegment(style.name) is not None:
            vtkSlicerSegmentationsModuleLogic.ClearSegment(node, style.name)
    for style, mask in regions:
        _describe(_ensure_segment(node, style), algorithm)
        _replace(node, style.name, mask, box.start, volume_node)


def _replace(
    node: vtkMRMLSegmentationNode,
    segment_id: str,
    mask: MaskArray,
    start: tuple[int, ...],
    volume_node: vtkMRMLScalarVolumeNode,
) -> None:
    """Give a segment the voxels of a mask that starts at an index of the volume's grid."""
    labelmap = _on_grid_of(volume_node)
    to_vtk(mask, labelmap, start)
    vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        labelmap, node, segment_id, vtkSlicerSegmentationsModuleLogic.MODE_REPLACE
    )


def _ensure_segment(node: vtkMRMLSegmentationNode, style: RegionStyle) -> vtkSegment:
    segmentation = node.GetSegmentation()
    if segmentation.GetSegment(style.name) is None:
        segmentation.AddEmptySegment(style.name, style.name, style.colour)
    segment = segmentation.GetSegment(style.name)
    segment.SetTerminology(style.terminology)
    return segment


def _describe(segment: vtkSegment, algorithm: _Algorithm) -> None:
    segment.SetTag("DICOM.SegmentAlgorithmType", algorithm.type)
    segment.SetTag("DICOM.SegmentAlgorithmName", algorithm.name)


def _on_grid_of(volume_node: vtkMRMLScalarVolumeNode) -> vtkOrientedImageData:
    """Image data without voxels in the volume's geometry."""
    labelmap = vtkOrientedImageData()
    matrix = vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    labelmap.SetImageToWorldMatrix(matrix)
    return labelmap
