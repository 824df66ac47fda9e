"""Another image of the study behind the one that is read, as the CT behind a PET."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.companions import add_companion, colour_as_before, colour_as_pet
from TumorResponseLib.mrml.presenting.remembered import Remembered


class PresentedBackdrop:
    """The backdrop's node, made when it is first looked at, and the colours of the image that lies over it."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLScalarVolumeNode | None = None
        self._written = Remembered()
        self._coloured: vtkMRMLScalarVolumeNode | None = None

    @property
    def node(self) -> vtkMRMLScalarVolumeNode | None:
        """The node, unless it is gone from the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def show(
        self, role: str, backdrop: Image, image: Image, name: str, volume_node: vtkMRMLScalarVolumeNode
    ) -> vtkMRMLScalarVolumeNode:
        """Colour the image's node for lying over the backdrop, and return the backdrop's node.

        Args:
            role: of the backdrop in the study.
            backdrop: on its own grid.
            image: the one that is read.
            name: of the study.
            volume_node: the image's node.
        """
        if self.node is None or self._written.changed("backdrop", backdrop):
            self._node = add_companion(self._scene, role, backdrop, name)
            self._written.changed("backdrop", backdrop)
        colour_as_pet(self._scene, volume_node, image)
        self._coloured = volume_node
        assert self._node is not None
        return self._node

    def hide(self) -> None:
        """Give the image's node the colours that it had before."""
        if self._coloured is not None and self._coloured.GetScene() is self._scene:
            colour_as_before(self._coloured)
        self._coloured = None

    def forget(self) -> None:
        """Let go of the nodes; the image looks as before where it stays."""
        self.hide()
        self._node = None
        self._written.forget()
