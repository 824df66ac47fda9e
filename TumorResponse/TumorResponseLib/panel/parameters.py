"""What the panel keeps in the scene: the user's choices, bound to the widgets of the same name in TumorResponse.ui."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Default, Maximum, Minimum, WithinRange, parameterNodeWrapper


class RingStyle(Enum):
    """How rings are drawn; the values are those of the desk."""

    BANDS = "bands"
    MARGINS = "margins"

    def label(self) -> str:
        """What the combo box shows."""
        return _("bands beside each other") if self is RingStyle.BANDS else _("margins over each other")


@parameterNodeWrapper
class Parameters:
    """Choices of one scene; results and folders stay outside.

    Attributes:
        isChosen: whether the values are choices, of this user or of a loaded scene, and not yet the defaults.
        volume: image loaded into Slicer that the user may add to the worklist.
        within, exclude: segmentations that the rings stay within and keep out of.
        ringRadii: outer radii in mm as typed.
        backdropVisible: whether, without a layer, the image lies over the one behind it.
        saliencyLayer: a key of the reading's saliency or overlays; ``""`` shows none.
        scaleLength: mm between the two ends of the calibration line.
    """

    isChosen: bool = False
    volume: vtkMRMLScalarVolumeNode | None
    within: vtkMRMLSegmentationNode | None
    exclude: vtkMRMLSegmentationNode | None
    maskVisible: bool = True
    ringsVisible: bool = True
    diametersVisible: bool = True
    backdropVisible: bool = True
    autoUpdate: bool = True
    ringRadii: str = "3, 5, 10"
    ringStyle: RingStyle = RingStyle.BANDS
    saliencyLayer: str = "fused"
    saliencyOpacity: Annotated[float, WithinRange(0, 1), Default(0.5)]
    saliencyThreshold: Annotated[float, WithinRange(0, 1), Default(0.1)]
    scaleLength: Annotated[float, Minimum(0.1), Maximum(1000), Default(10.0)]
