"""The chosen layer over the image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.desk.layers import Layer
from TumorResponseLib.mrml.colour_tables import COLOURS_ROLE
from TumorResponseLib.mrml.legend import drop_legend, show_legend
from TumorResponseLib.mrml.nodes import display_of, drop_role, nodes_of_class
from TumorResponseLib.mrml.overlays import add_layer, hide_below, layer_role, legend_title
from TumorResponseLib.mrml.presenting.looks import STALE_OPACITY
from TumorResponseLib.mrml.presenting.remembered import Remembered

OWN_COLOURS = ("saliency", "perfusion")
"""Tables that go with the last map; that of PET may colour the image itself."""


class PresentedLayers:
    """The maps that were looked at, one of them in the foreground of the views.

    A map is copied into the scene when it is chosen: those that nobody looks at cost nothing when results are renewed.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._nodes: dict[str, vtkMRMLScalarVolumeNode] = {}
        self._layers: dict[str, Layer] = {}
        self._written = Remembered()
        self._views: set[str] = set()
        self._fused: vtkMRMLScalarVolumeNode | None = None
        self._fused_title = ""
        self._dimmed = 1.0

    @property
    def nodes(self) -> dict[str, vtkMRMLScalarVolumeNode]:
        """The maps in the scene by key."""
        return {key: node for key, node in self._nodes.items() if node.GetScene() is self._scene}

    def show(
        self,
        layers: Mapping[str, Layer],
        key: str | None,
        image: Image,
        volume_node: vtkMRMLScalarVolumeNode,
        *,
        opacity: float,
        threshold: float,
        stale: bool,
        fused: bool = False,
    ) -> None:
        """Lay one map over the image.

        Args:
            layers: by key; those that came instead of others that were looked at push these out of the scene.
            key: of the one to show; None for none.
            image: on whose grid the maps are.
            volume_node: that image's node.
            opacity: of the map in the views.
            threshold: saliency below it is not shown.
            stale: whether something before the maps changed since.
            fused: whether, without a map, the image itself lies over what is behind it.
        """
        for other in [other for other in self._nodes if other != key]:
            if other not in layers or self._written.changed(f"map {other}", layers[other].values, image):
                self._drop(other)
        if key is None:
            if fused:
                self._fused, self._fused_title = volume_node, image.units or "uptake"
            self._lay_over(volume_node if fused else None, opacity, 1.0)
            if not self._nodes:
                for colours in OWN_COLOURS:
                    drop_role(self._scene, COLOURS_ROLE.format(colours=colours))
            return
        layer = layers[key]
        if self._written.changed(f"map {key}", layer.values, image) or key not in self.nodes:
            self._nodes[key], self._layers[key] = add_layer(self._scene, layer, image, volume_node), layer
        node = self._nodes[key]
        if self._written.changed(f"threshold {key}", threshold, node):
            hide_below(display_of(node), layer, threshold)
        self._lay_over(node, opacity, STALE_OPACITY if stale else 1.0)

    def forget(self) -> None:
        """Let go of the nodes; the image stays without a legend."""
        self._drop_fused_legend()
        self._nodes.clear()
        self._layers.clear()
        self._written.forget()
        self._views.clear()
        self._fused = None

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
            for key, each in self.nodes.items():
                show_legend(self._scene, each, legend_title(self._layers[key]), visible=each is node)
            if self._fused is not None and self._fused is node:
                show_legend(self._scene, self._fused, self._fused_title, visible=True)
            else:
                self._drop_fused_legend()
        self._views, self._dimmed = set(views), dimmed

    def _put_foreground(self, layers: Any, node: vtkMRMLScalarVolumeNode | None) -> None:
        ours = {each.GetID() for each in (*self._nodes.values(), self._fused) if each is not None}
        if node is not None:
            layers.SetForegroundVolumeID(node.GetID())
        elif layers.GetForegroundVolumeID() in ours:
            layers.SetForegroundVolumeID(None)  # only what is ours: the foreground may be the user's by now

    def _drop_fused_legend(self) -> None:
        if self._fused is not None and self._fused.GetScene() is self._scene:
            drop_legend(self._scene, self._fused)

    def _drop(self, key: str) -> None:
        node = self._nodes.pop(key)
        if node.GetScene() is self._scene:
            drop_legend(self._scene, node)  # first: the views would look for the colours of what is gone
        drop_role(self._scene, layer_role(self._layers.pop(key)))
