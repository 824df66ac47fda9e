"""Scenes to and from .mrb files, Slicer's bundles of a scene and its data."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from slicer import (
    vtkMRMLColorLegendDisplayNode,
    vtkMRMLScene,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkMRMLVolumeSequenceStorageNode,
)

from TumorResponseLib.core.errors import StudyError, TumorResponseError, UsageError
from TumorResponseLib.core.saving.aside import written_aside
from TumorResponseLib.mrml.quiet import quiet_vtk
from TumorResponseLib.mrml.scene import new_scene

EXTENSION = ".mrb"
KNOWN_TO_LOGICS = (
    vtkMRMLColorLegendDisplayNode,
    vtkMRMLSequenceNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLVolumeSequenceStorageNode,
)
"""Classes of ours that only logics register, which not every scene has."""


def save_scene(scene: vtkMRMLScene, path: Path) -> None:
    """Write a scene with all its data; the file appears whole or not at all.

    Raises:
        UsageError: the name does not end in ``.mrb``.
        TumorResponseError: the file cannot be written.
    """
    if path.suffix.lower() != EXTENSION:
        raise UsageError(f"Slicer opens scenes by their extension; name {path.name} with {EXTENSION}.")
    with written_aside(path.resolve()) as temporary, quiet_vtk():  # VTK wants the full path
        if not scene.WriteToMRB(str(temporary)):
            raise TumorResponseError(f"The scene {path.name} cannot be written; check the folder and the disk space.")


def open_scene(path: Path) -> vtkMRMLScene:
    """A new scene, for outside Slicer, with what a ``.mrb`` file holds.

    Raises:
        StudyError: the file is missing, damaged or no Slicer bundle.
    """
    scene = new_scene()
    import_scene(scene, path)
    return scene


def import_scene(scene: vtkMRMLScene, path: Path) -> None:
    """Add what a ``.mrb`` file holds to a scene; settings that both have, such as what views show, are taken over.

    Raises:
        StudyError: the file is missing, damaged or no Slicer bundle.
    """
    for node_class in KNOWN_TO_LOGICS:  # one class that the scene does not know fails the import
        scene.RegisterNodeClass(node_class())
    # vtkMRMLScene.ReadFromMRB wants a download cache that only the application has.
    with tempfile.TemporaryDirectory(prefix="TumorResponse-") as folder, quiet_vtk():
        try:
            with zipfile.ZipFile(path) as bundle:
                bundle.extractall(folder)
            scene.SetURL(str(next(Path(folder).rglob("*.mrml"))))
            read = bool(scene.Import())
        except (OSError, zipfile.BadZipFile, StopIteration):
            read = False
    scene.SetURL(str(path))
    if not read:
        raise StudyError(f"The scene {path.name} cannot be read: it is missing, damaged or no Slicer bundle.")
