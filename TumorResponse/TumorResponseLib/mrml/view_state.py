"""What the slice views show, remembered so that it can be put back."""

from __future__ import annotations

from dataclasses import dataclass

from slicer import vtkMRMLScene

from TumorResponseLib.mrml.nodes import nodes_of_class


@dataclass(frozen=True)
class ViewLayers:
    """The layers of one slice view: node ids, or None for an empty layer, and opacities."""

    view_id: str
    background: str | None
    foreground: str | None
    label: str | None
    foreground_opacity: float
    label_opacity: float


@dataclass(frozen=True)
class ViewState:
    """What every slice view of a scene showed at one moment."""

    views: tuple[ViewLayers, ...]

    def restore(self, scene: vtkMRMLScene) -> None:
        """Put it back; views that are gone are left out, and so are volumes: their layer becomes empty."""
        for view in self.views:
            layers = scene.GetNodeByID(view.view_id)
            if layers is None:
                continue
            was_modifying = layers.StartModify()
            layers.SetBackgroundVolumeID(view.background)
            layers.SetForegroundVolumeID(view.foreground)
            layers.SetLabelVolumeID(view.label)
            layers.SetForegroundOpacity(view.foreground_opacity)
            layers.SetLabelOpacity(view.label_opacity)
            layers.EndModify(was_modifying)


def view_state(scene: vtkMRMLScene) -> ViewState:
    """What every slice view shows now; ``.restore(scene)`` puts it back, as on leaving a module."""
    return ViewState(
        tuple(
            ViewLayers(
                layers.GetID(),
                layers.GetBackgroundVolumeID(),
                layers.GetForegroundVolumeID(),
                layers.GetLabelVolumeID(),
                layers.GetForegroundOpacity(),
                layers.GetLabelOpacity(),
            )
            for layers in nodes_of_class(scene, "vtkMRMLSliceCompositeNode")
        )
    )
