"""A PET as nuclear medicine reads it when it lies alone: uptake dark on white."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.display_window import pet_window
from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.colour_tables import COLOURS_ROLE, colour_table
from TumorResponseLib.mrml.nodes import display_of

UPTAKE_ROLE = COLOURS_ROLE.format(colours="uptake")


def show_uptake_dark(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, image: Image) -> None:
    """Give a PET's node inverted grey from no uptake to the usual end of the scale."""
    display = display_of(volume_node)
    display.SetAndObserveColorNodeID(colour_table(scene, "uptake").GetID())
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(*pet_window(image))
