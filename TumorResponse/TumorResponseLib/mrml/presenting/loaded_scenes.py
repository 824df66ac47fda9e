"""Readings that the user loads with a scene: they are his own, and no case of the worklist replaces them."""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScene

from TumorResponseLib.mrml.nodes import nodes_with_role, set_aside


class LoadedScenes:
    """Takes the roles from nodes that are in the scene at first, or come with another one that is loaded into it."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._ours: list[Any] = []
        set_aside(scene, ())
        self._tags = [
            scene.AddObserver(scene.StartImportEvent, lambda *_: self._remember()),
            scene.AddObserver(scene.EndImportEvent, lambda *_: self._set_aside()),
        ]

    def close(self) -> None:
        """Look no more."""
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._tags = []

    def _remember(self) -> None:
        self._ours = nodes_with_role(self._scene)

    def _set_aside(self) -> None:
        set_aside(self._scene, self._ours)
        self._ours = []
