"""What lies in the background of the slice views."""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.mrml.nodes import nodes_of_class
from TumorResponseLib.mrml.volumes import show_image


class PresentedBackground:
    """The image, the shown frame of its cine, or another image behind it; where the user chose another one, his."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._shown: vtkMRMLScalarVolumeNode | None = None
        self._views: set[str] = set()

    @property
    def node(self) -> vtkMRMLScalarVolumeNode | None:
        """The volume, unless it is gone from the scene."""
        return self._shown if self._shown is not None and self._shown.GetScene() is self._scene else None

    def begin(self, volume_node: vtkMRMLScalarVolumeNode) -> None:
        """Put a new image into every view."""
        show_image(self._scene, volume_node)
        self._shown, self._views = volume_node, set(self._present_views())

    def show(self, volume_node: vtkMRMLScalarVolumeNode) -> None:
        """Show a volume in views that came since, and in those that show what was put there last."""
        last = None if self._shown is None else self._shown.GetID()
        for view_id, layers in self._present_views().items():
            is_ours = self._shown is not volume_node and layers.GetBackgroundVolumeID() in (last, None)
            if view_id not in self._views or is_ours:
                layers.SetBackgroundVolumeID(volume_node.GetID())
                self._views.add(view_id)
        self._shown = volume_node

    def forget(self) -> None:
        """Let go of the volume."""
        self._shown = None
        self._views.clear()

    def _present_views(self) -> dict[str, Any]:
        return {layers.GetID(): layers for layers in nodes_of_class(self._scene, "vtkMRMLSliceCompositeNode")}
