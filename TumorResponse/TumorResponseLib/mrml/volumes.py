"""The image as a volume node, and any volume node as an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from TumorResponseLib.core.display_window import is_pet
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Frame, Image, PixelArray, Spacing
from TumorResponseLib.mrml.geometry import LPS_TO_RAS, from_vtk, grid_directions, grid_origin, grid_spacing, to_vtk
from TumorResponseLib.mrml.nodes import display_of, ensure_node, lend_role, nodes_of_class
from TumorResponseLib.mrml.uptake import UPTAKE_ROLE, show_uptake_dark

IMAGE_ROLE = "image"
IMAGE_ROLES = (IMAGE_ROLE, UPTAKE_ROLE)
"""The image's node, and what its display needs."""
MODALITY = "DICOM.Modality"
REFERENCE_UID = "TumorResponse.FrameOfReferenceUID"
UNITS = "TumorResponse.Units"
SPACING_SOURCE = "TumorResponse.SpacingSource"
NO_SPACING = "none"
SLICE_VIEWS = ("Red", "Green", "Yellow")
FOREIGN_SOURCE = "Slicer's volume"


def add_volume(scene: vtkMRMLScene, image: Image, name: str) -> vtkMRMLScalarVolumeNode:
    """The reading's image as a volume node, made once and then updated.

    A 2-D image becomes a volume of one slice, 1 mm thick. Without spacing the node counts in pixels and knows it. A PET
    starts out dark on white.

    Raises:
        StudyError: the image is a cine; a volume node holds one still.
    """
    if image.is_cine:
        raise StudyError("A volume node holds one still, not a cine; choose a frame first.")
    node, is_new = ensure_node(scene, "vtkMRMLScalarVolumeNode", IMAGE_ROLE, name)
    kind = (image.modality or None, image.units or None)
    is_other_kind = not is_new and (node.GetAttribute(MODALITY), node.GetAttribute(UNITS)) != kind
    place_voxels(node, image.pixels, image)
    describe_image(node, image)
    display = display_of(node)
    if is_other_kind:
        display.SetDefaultColorMap()
        display.AutoWindowLevelOn()
    if (is_new or is_other_kind) and is_pet(image):
        show_uptake_dark(scene, node, image)
    return node


def describe_image(node: vtkMRMLScalarVolumeNode, image: Image) -> None:
    """Keep in our own node what voxels and geometry do not say of an image."""
    node.SetAttribute(SPACING_SOURCE, image.spacing.source if image.spacing else NO_SPACING)
    node.SetAttribute(MODALITY, image.modality or None)
    node.SetAttribute(REFERENCE_UID, image.frame.reference_uid)
    node.SetAttribute(UNITS, image.units or None)


def adopt_volume(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode, image: Image) -> None:
    """Let the user's own volume node be the reading's image; one that ``add_volume`` made stays ours.

    A calibrated spacing goes into the node, so that everything drawn on it has one geometry. Of a 2-D image that
    leaves the slice's thickness, and an unknown spacing leaves all, as Slicer has it.
    """
    lend_role(scene, volume_node, IMAGE_ROLE)
    state_spacing(volume_node, image)


def state_spacing(volume_node: vtkMRMLScalarVolumeNode, image: Image) -> None:
    """Give the image's node the image's spacing; of an unknown one, and of a 2-D image's thickness, nothing is said."""
    if image.spacing is not None:
        i, j, k = (*reversed(image.spacing.mm), volume_node.GetSpacing()[2])[:3]
        volume_node.SetSpacing(i, j, k)
        volume_node.SetAttribute(SPACING_SOURCE, image.spacing.source)


def place_voxels(node: vtkMRMLScalarVolumeNode, array: PixelArray, image: Image) -> None:
    """Give a volume node an array that lies on an image's grid."""
    was_modifying = node.StartModify()
    data = vtkImageData()
    to_vtk(array, data)
    node.SetSpacing(*grid_spacing(image))
    node.SetOrigin(*grid_origin(image))
    node.SetIJKToRASDirections(*grid_directions(image).ravel())
    node.SetAndObserveImageData(data)
    node.EndModify(was_modifying)


def show_image(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode) -> None:
    """Show the image, or what stands for it, in the background of every slice view that the scene knows.

    A scene without views gets the layers of Slicer's three standard ones, so that Slicer shows the image on opening.
    To be called before regions are added: trame-slicer paints in the order in which things come.
    """
    for name in SLICE_VIEWS:
        if scene.GetSingletonNode(name, "vtkMRMLSliceCompositeNode") is None:
            layers = scene.CreateNodeByClass("vtkMRMLSliceCompositeNode")
            layers.UnRegister(None)
            layers.SetSingletonTag(name)
            layers.SetLayoutName(name)
            scene.AddNode(layers)
    for layers in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        layers.SetBackgroundVolumeID(volume_node.GetID())


def image_of(volume_node: vtkMRMLScalarVolumeNode) -> Image:
    """The image of a volume node, ours or one that Slicer loaded; a volume of one slice gives ``(rows, columns)``.

    Slicer gives pictures and ultrasound, whose spacing it does not know, 1 mm along every axis. Such a node, unless we
    made it, counts as one without spacing: a guess must not become millimetres.

    Raises:
        StudyError: the node is empty or holds colours.
    """
    data = volume_node.GetImageData()
    if data is None or data.GetNumberOfPoints() == 0:
        raise StudyError(f"The volume {volume_node.GetName()} is empty; load an image into it.")
    if data.GetNumberOfScalarComponents() != 1:
        raise StudyError(f"The volume {volume_node.GetName()} is not grey; convert it to a scalar volume.")
    pixels = from_vtk(data)
    pixels = pixels[0] if len(pixels) == 1 else pixels
    directions = np.zeros((3, 3))
    volume_node.GetIJKToRASDirections(directions)
    return Image(
        pixels,
        _spacing(volume_node, pixels.ndim),
        Frame(
            _triple(LPS_TO_RAS @ np.array(volume_node.GetOrigin())),
            tuple(_triple(row) for row in LPS_TO_RAS @ directions),
            volume_node.GetAttribute(REFERENCE_UID),
        ),
        modality=volume_node.GetAttribute(MODALITY) or "",
        units=volume_node.GetAttribute(UNITS) or "",
    )


def world_points(volume_node: vtkMRMLScalarVolumeNode, index_points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Array index coordinates ``(n, 2)`` or ``(n, 3)`` as RAS points ``(n, 3)``, before any transform of the node."""
    matrix = vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    ijk = np.zeros((len(index_points), 4))
    ijk[:, : index_points.shape[1]] = index_points[:, ::-1]
    ijk[:, 3] = 1.0
    return np.array([matrix.MultiplyPoint(point)[:3] for point in ijk.tolist()])


def index_points(volume_node: vtkMRMLScalarVolumeNode, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """RAS points ``(n, 3)``, before any transform of the node, as array index coordinates.

    Returns:
        ``(n, 2)`` for a volume of one slice, else ``(n, 3)``.
    """
    matrix = vtkMatrix4x4()
    volume_node.GetRASToIJKMatrix(matrix)
    indices = np.array([matrix.MultiplyPoint((*point, 1.0))[2::-1] for point in points.tolist()])
    return indices[:, 1:] if volume_node.GetImageData().GetDimensions()[2] == 1 else indices


def _spacing(volume_node: vtkMRMLScalarVolumeNode, axes: int) -> Spacing | None:
    source = volume_node.GetAttribute(SPACING_SOURCE)
    mm = tuple(volume_node.GetSpacing()[::-1][-axes:])
    if source == NO_SPACING or (source is None and all(step == 1.0 for step in mm)):
        return None
    return Spacing(mm, source or FOREIGN_SOURCE)


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    # Adding 0 turns the -0.0 of a flipped axis into 0.0.
    x, y, z = (float(value) + 0.0 for value in values)
    return x, y, z
