"""The rings around the tumour, as bands or margins."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.mrml.nodes import display_of, drop_role
from TumorResponseLib.mrml.presenting.looks import set_stale
from TumorResponseLib.mrml.presenting.remembered import Remembered
from TumorResponseLib.mrml.segmentations import RINGS_ROLE, add_rings


class PresentedRings:
    """The rings' segmentation."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLSegmentationNode | None = None
        self._written = Remembered()

    @property
    def node(self) -> vtkMRMLSegmentationNode | None:
        """The node, unless it is gone from the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def show(
        self, rings: Rings | None, image: Image, volume_node: vtkMRMLScalarVolumeNode, *, as_margins: bool, stale: bool
    ) -> None:
        """Bring the segments in step with the rings on the image's grid; None removes the node."""
        if rings is None:
            if self.node is not None:
                drop_role(self._scene, RINGS_ROLE)
            self.forget()
            return
        if self._written.changed("rings", rings, image, as_margins, self.node):
            self._node = add_rings(self._scene, rings, volume_node, as_margins=as_margins)
            self._written.changed("rings", rings, image, as_margins, self._node)
        if self._written.changed("stale", stale, self._node):
            set_stale(display_of(self._node), stale)

    def set_visible(self, visible: bool) -> None:
        """Show or hide them where that changed."""
        if self.node is not None and self._written.changed("visible", visible, self.node):
            self.node.SetDisplayVisibility(visible)

    def forget(self) -> None:
        """Let go of the node."""
        self._written.forget()
        self._node = None
