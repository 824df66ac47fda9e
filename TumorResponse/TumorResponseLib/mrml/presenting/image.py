"""The reading's image."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.volumes import add_volume, adopt_volume, state_spacing


class PresentedImage:
    """The image's node."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLScalarVolumeNode | None = None
        self._lent: vtkMRMLScalarVolumeNode | None = None
        self._image: Image | None = None

    @property
    def node(self) -> vtkMRMLScalarVolumeNode | None:
        """The node, unless it is gone from the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def holds(self, image: Image, lent: vtkMRMLScalarVolumeNode | None) -> bool:
        """Whether the node, ours or the user's own, was made from these very pixels, whatever a pixel measures."""
        return (
            self.node is not None
            and self._image is not None
            and self._image.pixels is image.pixels
            and self._lent is lent
        )

    def is_placed_as(self, image: Image) -> bool:
        """Whether the node has this image's spacing too."""
        return self._image is not None and self._image.spacing == image.spacing

    def add(self, image: Image, name: str, lent: vtkMRMLScalarVolumeNode | None) -> vtkMRMLScalarVolumeNode:
        """Put a new image into the scene."""
        if lent is None:
            self._node = add_volume(self._scene, image, name)
        else:
            adopt_volume(self._scene, lent, image)
            self._node = lent
        self._lent, self._image = lent, image
        return self._node

    def place(self, image: Image) -> None:
        """Take over the spacing of an image that ``holds`` is true of."""
        if self._node is not None and not self.is_placed_as(image):
            state_spacing(self._node, image)
        self._image = image

    def forget(self) -> None:
        """Let go of node and image."""
        self._node = self._lent = self._image = None
