"""The chosen saliency map over the image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.legend import show_legend
from TumorResponseLib.mrml.nodes import display_of, drop_role, nodes_of_class
from TumorResponseLib.mrml.overlays import COLOURS_ROLE, SALIENCY_ROLE, add_saliency
from TumorResponseLib.mrml.presenting.looks import STALE_OPACITY
from TumorResponseLib.mrml.presenting.remembered import Remembered

Maps = Mapping[str, NDArray[np.float32]]


class PresentedSaliency:
    """The maps that were looked at, one of them in the foreground of the views.

    A map is copied into the scene when it is chosen: those that nobody looks at cost nothing when results are renewed.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._nodes: dict[str, vtkMRMLScalarVolumeNode] = {}
        self._written = Remembered()
        self._views: set[str] = set()
        self._dimmed = 1.0

    @property
    def nodes(self) -> dict[str, vtkMRMLScalarVolumeNode]:
        """The maps in the scene by layer."""
        return {layer: node for layer, node in self._nodes.items() if node.GetScene() is self._scene}

    def show(
        self,
        maps: Maps,
        layer: str | None,
        image: Image,
        volume_node: vtkMRMLScalarVolumeNode,
        *,
        opacity: float,
        threshold: float,
        stale: bool,
    ) -> None:
        """Lay one map over the image.

        Args:
            maps: by layer; those that came instead of others that were looked at push these out of the scene.
            layer: the one to show; None for none.
            image: on whose grid the maps are.
            volume_node: that image's node.
            opacity: of the map in the views.
            threshold: values below it are not shown.
            stale: whether something before the maps changed since.
        """
        for other in [other for other in self._nodes if other != layer]:
            if other not in maps or self._written.changed(f"map {other}", maps[other], image):
                self._drop(other)
        if layer is None:
            self._lay_over(None, 0.0, 1.0)
            if not self._nodes:
                drop_role(self._scene, COLOURS_ROLE)
            return
        if self._written.changed(f"map {layer}", maps[layer], image) or layer not in self.nodes:
            self._nodes[layer] = add_saliency(self._scene, layer, maps[layer], image, volume_node)
        node = self._nodes[layer]
        if self._written.changed(f"threshold {layer}", threshold, node):
            display_of(node).SetThreshold(threshold, 1.0)
        self._lay_over(node, opacity, STALE_OPACITY if stale else 1.0)

    def forget(self) -> None:
        """Let go of the nodes."""
        self._nodes.clear()
        self._written.forget()
        self._views.clear()

    def _lay_over(self, node: vtkMRMLScalarVolumeNode | None, opacity: float, dimmed: float) -> None:
        """Set what changed in all views, and everything in views that came since."""
        views = {layers.GetID(): layers for layers in nodes_of_class(self._scene, "vtkMRMLSliceCompositeNode")}
        new_node = self._written.changed("foreground", node)
        new_opacity = self._written.changed("opacity", opacity)
        for view_id, layers in views.items():
            is_new = view_id not in self._views
            if new_node or is_new:
                self._put_foreground(layers, node)
            if node is not None and (new_opacity or new_node or is_new):
                layers.SetForegroundOpacity(opacity * dimmed)
            elif node is not None and dimmed != self._dimmed:  # of what the user has made of the opacity
                layers.SetForegroundOpacity(min(1.0, layers.GetForegroundOpacity() * dimmed / self._dimmed))
        if new_node or set(views) != self._views:
            for layer, each in self.nodes.items():
                show_legend(self._scene, each, layer, visible=each is node)
        self._views, self._dimmed = set(views), dimmed

    def _put_foreground(self, layers: Any, node: vtkMRMLScalarVolumeNode | None) -> None:
        if node is not None:
            layers.SetForegroundVolumeID(node.GetID())
        elif layers.GetForegroundVolumeID() in {each.GetID() for each in self._nodes.values()}:
            layers.SetForegroundVolumeID(None)  # only what is ours: the foreground may be the user's by now

    def _drop(self, layer: str) -> None:
        self._nodes.pop(layer)
        drop_role(self._scene, SALIENCY_ROLE.format(layer=layer))
