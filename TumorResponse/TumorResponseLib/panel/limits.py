"""The segmentations that the rings stay within and keep out of, as masks on the image's grid."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.mrml.segmentations import read_tumour

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.panel.parameters import Parameters


def limit_mask(node: vtkMRMLSegmentationNode | None, volume: vtkMRMLScalarVolumeNode) -> MaskArray | None:
    """All segments of a segmentation together; None without one.

    Raises:
        MaskError: a segment has no voxels that can be read.
    """
    if node is None:
        return None
    names = node.GetSegmentation().GetSegmentIDs()
    masks = [read_tumour(node, volume, name) for name in names]
    return reduce(np.logical_or, masks) if masks else None


class Limits:
    """Hands the chosen masks to the desk when the choice or the case changed, and not again."""

    def __init__(self) -> None:
        self._handed: tuple[Any, ...] = ()

    def hand(self, parameters: Parameters, volume: vtkMRMLScalarVolumeNode | None, desk: Desk) -> None:
        """Take the user's choice over, once the image is there.

        Raises:
            MaskError: a segment has no voxels that can be read.
        """
        if volume is None or desk.reading is None:
            return
        wanted = (desk.reading, volume, parameters.within, parameters.exclude)
        before, self._handed = self._handed, wanted
        # A case without limits needs none taken away.
        had_limits = len(before) == len(wanted) and before[0] is wanted[0] and any(before[2:])
        if wanted != before and (any(wanted[2:]) or had_limits):
            within, exclude = (limit_mask(node, volume) for node in wanted[2:])
            desk.set_limits(within=within, exclude=exclude)
