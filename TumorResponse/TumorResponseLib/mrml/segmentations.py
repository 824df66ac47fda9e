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
    node = _segmentation(scene, volume_node, TUMOUR_ROLE, "Tumour", fill=TUMOUR_FILL, outline=3)
    algorithm = _Algorithm(ALGORITHM_TYPES[source.origin], source.bundle or PRODUCT)
    box = bounding_box(mask)
    _fill_segments(node, [(region_styles([TUMOUR_SEGMENT])[0], mask[box.slices])], box, volume_node, algorithm)
    return node


def add_rings(scene: vtkMRMLScene, rings: Rings, volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode:
    """The bands around the tumour, a segment each, in a segmentation of their own that no brush stroke can eat."""
    node = _segmentation(scene, volume_node, RINGS_ROLE, "Rings", fill=0.0, outline=2)
    labels = rings.labels[rings.box.slices]
    regions = [(style, labels == label) for label, style in enumerate(region_styles(rings.names), start=1)]
    _fill_segments(node, regions[1:], rings.box, volume_node, _Algorithm("AUTOMATIC", PRODUCT))
    return node


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
    """Make a node hold these segments and no others; their masks cover ``box``, outside of which they are empty."""
    segmentation = node.GetSegmentation()
    wanted = {style.name for style, _ in regions}
    for segment_id in segmentation.GetSegmentIDs():
        if segment_id not in wanted:
            segmentation.RemoveSegment(segment_id)
        else:
            # An old segment in the way of a new one would force a second layer.
            vtkSlicerSegmentationsModuleLogic.ClearSegment(node, segment_id)
    for style, mask in regions:
        if segmentation.GetSegment(style.name) is None:
            segmentation.AddEmptySegment(style.name, style.name, style.colour)
        segment = segmentation.GetSegment(style.name)
        segment.SetTerminology(style.terminology)
        segment.SetTag("DICOM.SegmentAlgorithmType", algorithm.type)
        segment.SetTag("DICOM.SegmentAlgorithmName", algorithm.name)
        labelmap = _on_grid_of(volume_node)
        to_vtk(mask, labelmap, box.start)
        vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
            labelmap, node, style.name, vtkSlicerSegmentationsModuleLogic.MODE_REPLACE
        )


def _on_grid_of(volume_node: vtkMRMLScalarVolumeNode) -> vtkOrientedImageData:
    """Image data without voxels in the volume's geometry."""
    labelmap = vtkOrientedImageData()
    matrix = vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    labelmap.SetImageToWorldMatrix(matrix)
    return labelmap
