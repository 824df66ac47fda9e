"""A whole reading into a Slicer scene."""

from __future__ import annotations

from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkSlicerApplicationLogic,
    vtkSlicerMarkupsLogic,
    vtkSlicerSegmentationsModuleLogic,
    vtkSlicerSequencesLogic,
    vtkSlicerUnitsLogic,
)

from TumorResponseLib.mrml import cine, companions, exhibits, markups, overlays, segmentations, state, tables
from TumorResponseLib.mrml.colour_tables import COLOURS_ROLE
from TumorResponseLib.mrml.content import SceneContent
from TumorResponseLib.mrml.nodes import ROLE, keep_roles
from TumorResponseLib.mrml.volumes import IMAGE_ROLES, add_volume, adopt_volume, show_image


def new_scene() -> vtkMRMLScene:
    """An empty scene, for outside Slicer, that knows all node classes and units that a reading needs."""
    scene = vtkMRMLScene()
    # Setting a logic's scene adds its nodes and node classes, which stay when the logic goes. The application's comes
    # first: the others keep their settings in its selection node.
    vtkSlicerApplicationLogic().SetMRMLScene(scene)
    for logic in (
        vtkSlicerUnitsLogic,
        vtkSlicerSegmentationsModuleLogic,
        vtkSlicerMarkupsLogic,
        vtkSlicerSequencesLogic,
    ):
        logic().SetMRMLScene(scene)
    return scene


def write_reading(
    scene: vtkMRMLScene, content: SceneContent, volume_node: vtkMRMLScalarVolumeNode | None = None
) -> vtkMRMLScalarVolumeNode:
    """Make the scene show a reading: nodes that exist are updated, those that no longer hold are removed.

    Args:
        scene: Slicer's, or one of ``new_scene``; nodes that are not ours are left alone.
        content: the reading.
        volume_node: the image's node where the user loaded it into Slicer, which takes on the reading's spacing and
            is never removed; None makes one of our own.

    Returns:
        The image's node.

    Raises:
        StudyError: the image is a cine.
    """
    if volume_node is None:
        volume_node = add_volume(scene, content.image, content.name)
    else:
        adopt_volume(scene, volume_node, content.image)
    background, kept = _write_other_images(scene, content, volume_node)
    show_image(scene, background)
    kept |= _write_regions(scene, content, volume_node)
    kept |= _write_layers(scene, content, volume_node)
    kept |= _write_numbers(scene, content)
    keep_roles(scene, kept)
    return volume_node


def _write_other_images(
    scene: vtkMRMLScene, content: SceneContent, volume_node: vtkMRMLScalarVolumeNode
) -> tuple[vtkMRMLScalarVolumeNode, set[str]]:
    """The cine behind the still and the companions; the node that the views show, and the roles of all."""
    volume_node.SetAttribute(companions.STUDY_ROLE, content.role)
    nodes = {
        role: companions.add_companion(scene, role, image, content.name) for role, image in content.companions.items()
    }
    roles = {*IMAGE_ROLES, *(node.GetAttribute(ROLE) for node in nodes.values())}
    if content.cine is not None:
        frame = content.view.frame if content.view else None
        cine.add_cine(scene, content.cine, frame or 0, content.name, volume_node)
        return cine.frame_node_of(scene) or volume_node, roles | set(cine.ROLES)
    if content.backdrop is not None and not content.layers:
        companions.colour_as_pet(scene, volume_node, content.image)
        return nodes[content.backdrop], roles | {COLOURS_ROLE.format(colours="pet")}
    companions.colour_as_before(volume_node)
    return volume_node, roles


def _write_regions(scene: vtkMRMLScene, content: SceneContent, volume_node: vtkMRMLScalarVolumeNode) -> set[str]:
    roles = set()
    if content.tumour is not None:
        segmentations.add_tumour(scene, content.tumour, volume_node, content.mask_source)
        roles.add(segmentations.TUMOUR_ROLE)
    if content.rings is not None and content.rings.radii_mm:
        segmentations.add_rings(scene, content.rings, volume_node)
        roles.add(segmentations.RINGS_ROLE)
    for measured in content.measurements:
        for role, ends in ((markups.LONG_ROLE, measured.long_axis), (markups.SHORT_ROLE, measured.short_axis)):
            if ends is not None:
                markups.add_diameter(scene, role, ends, volume_node)
                roles.add(role)
    return roles


def _write_layers(scene: vtkMRMLScene, content: SceneContent, volume_node: vtkMRMLScalarVolumeNode) -> set[str]:
    layers = content.layers
    nodes = {key: overlays.add_layer(scene, layer, content.image, volume_node) for key, layer in layers.items()}
    fused = volume_node if content.backdrop is not None and not layers else None
    overlays.show_over_image(scene, nodes.get(content.shown_layer or "", fused))
    colours = {COLOURS_ROLE.format(colours=layer.colours) for layer in layers.values()}
    return colours | {overlays.layer_role(layer) for layer in layers.values()}


def _write_numbers(scene: vtkMRMLScene, content: SceneContent) -> set[str]:
    roles: set[str] = set()
    if content.measurements:
        tables.add_measurements(scene, content.measurements, content.shares)
        roles.add(tables.MEASUREMENTS_ROLE)
    if content.predictions:
        tables.add_predictions(scene, content.predictions)
        roles.add(tables.PREDICTIONS_ROLE)
    if any(each.estimates for each in content.predictions):
        tables.add_estimates(scene, content.predictions)
        roles.add(tables.ESTIMATES_ROLE)
    roles |= exhibits.add_exhibits(scene, content.exhibits)
    if content.state_json:
        state.write_state(scene, content.state_json)
        roles.add(state.STATE_ROLE)
    return roles
