"""The study's other images as volumes of their own, on their own grids; one of them can lie behind the image."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.display_window import display_window, is_ct, pet_window
from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.colour_tables import colour_table
from TumorResponseLib.mrml.nodes import ROLE, display_of, ensure_node, nodes_of_class
from TumorResponseLib.mrml.volumes import describe_image, place_voxels

COMPANION_ROLE = "image-{role}"
STUDY_ROLE = "TumorResponse.StudyRole"
"""Attribute of an image's node: its role in the study."""
COLOURS_BEFORE = "TumorResponse.ColoursBefore"
"""Attribute of the read image's node while it has the colours of PET: the colour node that it had before."""
WINDOW_BEFORE = "TumorResponse.WindowBefore"
"""Likewise the lower and the upper end of the window; empty where Slicer chose them."""


def add_companion(scene: vtkMRMLScene, role: str, image: Image, name: str) -> vtkMRMLScalarVolumeNode:
    """Another image of the study as a volume node, made once and then updated; a CT in a window for soft tissue."""
    node, is_new = ensure_node(scene, "vtkMRMLScalarVolumeNode", COMPANION_ROLE.format(role=role), f"{name} {role}")
    place_voxels(node, image.pixels, image)
    describe_image(node, image)
    node.SetAttribute(STUDY_ROLE, role)
    display = display_of(node)
    if is_new and is_ct(image):
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(*display_window(image, image.pixels))
    return node


def companions_in(scene: vtkMRMLScene) -> dict[str, vtkMRMLScalarVolumeNode]:
    """The nodes of the study's other images by role."""
    prefix = COMPANION_ROLE.format(role="")
    return {
        node.GetAttribute(STUDY_ROLE): node
        for node in nodes_of_class(scene, "vtkMRMLScalarVolumeNode")
        if (node.GetAttribute(ROLE) or "").startswith(prefix) and node.GetAttribute(STUDY_ROLE)
    }


def colour_as_pet(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, image: Image) -> None:
    """Give the image that is read the colours of PET, once: the window is the user's from then on."""
    if volume_node.GetAttribute(COLOURS_BEFORE) is not None:
        return
    display = display_of(volume_node)
    ends = () if display.GetAutoWindowLevel() else (display.GetWindowLevelMin(), display.GetWindowLevelMax())
    volume_node.SetAttribute(COLOURS_BEFORE, display.GetColorNodeID() or "")
    volume_node.SetAttribute(WINDOW_BEFORE, " ".join(map(str, ends)))
    display.SetAndObserveColorNodeID(colour_table(scene, "pet").GetID())
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(*pet_window(image))


def colour_as_before(volume_node: vtkMRMLScalarVolumeNode) -> None:
    """Undo ``colour_as_pet``, where that was done."""
    before = volume_node.GetAttribute(COLOURS_BEFORE)
    if before is None:
        return
    display = display_of(volume_node)
    ends = [float(end) for end in (volume_node.GetAttribute(WINDOW_BEFORE) or "").split()]
    display.SetAndObserveColorNodeID(before or None)
    if ends:
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(*ends)
    else:
        display.AutoWindowLevelOn()
    for attribute in (COLOURS_BEFORE, WINDOW_BEFORE):
        volume_node.SetAttribute(attribute, None)
