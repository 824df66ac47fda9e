"""The .seg.nrrd that core writes, opened by Slicer's own storage node."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from slicer import vtkMRMLSegmentationStorageNode

from Testing.mrml.cases import oblique, picture
from TumorResponseLib.core.catalogue import region_styles
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.saving import write_segmentation
from TumorResponseLib.mrml.scene import new_scene
from TumorResponseLib.mrml.segmentations import read_tumour
from TumorResponseLib.mrml.volumes import add_volume


@pytest.mark.parametrize(("image", "tumour"), [picture(), oblique()], ids=["2-D", "oblique"])
def test_slicer_opens_it_with_names_colours_terminology_and_voxels(
    tmp_path: Path, image: Image, tumour: MaskArray
) -> None:
    rings = make_rings(tumour, image.spacing_mm)
    write_segmentation(rings, image, tmp_path / "regions.seg.nrrd")
    scene = new_scene()
    volume = add_volume(scene, image, "case")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    assert isinstance(storage, vtkMRMLSegmentationStorageNode)
    storage.SetFileName(str(tmp_path / "regions.seg.nrrd"))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "regions")
    assert storage.ReadData(node)
    segmentation = node.GetSegmentation()
    assert segmentation.GetNumberOfSegments() == len(rings.names)
    assert segmentation.GetNumberOfLayers() == 1
    for region, style in enumerate(region_styles(rings.names)):
        segment = segmentation.GetNthSegment(region)
        assert segment.GetName() == style.name
        assert segment.GetColor() == pytest.approx(style.colour, abs=1e-5)
        assert segment.GetTerminology() == style.terminology
        assert segment.GetLabelValue() == region + 1
        read = read_tumour(node, volume, segmentation.GetNthSegmentID(region))
        np.testing.assert_array_equal(read, rings.band(region))
