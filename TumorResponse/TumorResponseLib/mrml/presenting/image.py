"""The reading's image in the slice views."""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.nodes import nodes_of_class
from TumorResponseLib.mrml.volumes import add_volume, adopt_volume, show_image, state_spacing


class PresentedImage:
    """The image's node, and the views that show it."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLScalarVolumeNode | None = None
        self._lent: vtkMRMLScalarVolumeNode | None = None
        self._image: Image | None = None
        self._views: set[str] = set()

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

    def add(self, image: Image, name: str, lent: vtkMRMLScalarVolumeNode | None) -> None:
        """Put a new image into the scene and into every view."""
        if lent is None:
            self._node = add_volume(self._scene, image, name)
        else:
            adopt_volume(self._scene, lent, image)
            self._node = lent
        self._lent, self._image = lent, image
        show_image(self._scene, self._node)
        self._views = set(self._present_views())

    def place(self, image: Image) -> None:
        """Take over the spacing of an image that ``holds`` is true of."""
        if self._node is not None and not self.is_placed_as(image):
            state_spacing(self._node, image)
        self._image = image

    def show_in_new_views(self) -> None:
        """Show the image in views that came since; in the others the background is the user's to choose."""
        if self._node is None:
            return
        for view_id, layers in self._present_views().items():
            if view_id not in self._views:
                layers.SetBackgroundVolumeID(self._node.GetID())
                self._views.add(view_id)

    def forget(self) -> None:
        """Let go of node and image."""
        self._node = self._lent = self._image = None
        self._views.clear()

    def _present_views(self) -> dict[str, Any]:
        return {layers.GetID(): layers for layers in nodes_of_class(self._scene, "vtkMRMLSliceCompositeNode")}
