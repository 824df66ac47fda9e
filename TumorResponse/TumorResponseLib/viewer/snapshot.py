"""A picture of a reading as Slicer's slice view shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from TumorResponseLib.core.catalogue import Colour
from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.saving.aside import written_aside
from TumorResponseLib.viewer.caption import add_caption, add_colour_bar
from TumorResponseLib.viewer.offscreen import as_array, rendered, slice_view

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene
    from trame_slicer.views import SliceView

    from TumorResponseLib.mrml.content import SceneContent

SIZE = (1000, 750)
DISCLAIMER = "research use only"
WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A rendered slice view.

    Attributes:
        pixels: ``(rows, columns, 3)``, RGB, the top row first.
        xy_to_ras: ``(4, 4)``, from Slicer's view coordinates, x to the right and y upwards from the lower left
            pixel's centre, to RAS in mm.
    """

    pixels: NDArray[np.uint8]
    xy_to_ras: NDArray[np.float64]


def render_slice(source: SceneContent | Path, picture: Path, size: tuple[int, int] = SIZE) -> Snapshot:
    """Render image, tumour, rings, diameters and saliency, with a caption of the colours.

    The view lies in the image's own plane, rows downwards; of a volume it shows the slice that was measured.

    Args:
        source: what to show, or a ``.mrb`` file that holds it.
        picture: PNG to write.
        size: width and height in pixels.

    Raises:
        TumorResponseError: this machine cannot render, or the picture cannot be written.
        StudyError: the file is no scene of a reading.
    """
    from TumorResponseLib.mrml.bundle import import_scene
    from TumorResponseLib.mrml.nodes import node_of_role
    from TumorResponseLib.mrml.scene import write_reading
    from TumorResponseLib.mrml.volumes import IMAGE_ROLE

    with slice_view(size) as (scene, view):
        if isinstance(source, Path):
            import_scene(scene, source)
        else:
            write_reading(scene, source)
        volume_node = node_of_role(scene, IMAGE_ROLE)
        if volume_node is None:
            raise StudyError(f"The scene {source} holds no reading; give one that TumorResponse saved.")
        _show_measured_slice(view, scene, volume_node)
        add_caption(view, [*_regions(scene), (DISCLAIMER, WHITE)])
        if view.get_foreground_volume_id():
            over = scene.GetNodeByID(view.get_foreground_volume_id())
            add_colour_bar(view, over.GetDisplayNode(), _bar_title(over))
        snapshot = Snapshot(rendered(view), as_array(view.get_view_node().GetXYToRAS()))
    with written_aside(picture) as temporary:
        Pillow.fromarray(snapshot.pixels).save(temporary, format="PNG")
    return snapshot


def _show_measured_slice(view: SliceView, scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode) -> None:
    from TumorResponseLib.mrml.markups import LONG_ROLE
    from TumorResponseLib.mrml.nodes import node_of_role

    slice_node = view.get_view_node()
    directions = np.zeros((3, 3))
    volume_node.GetIJKToRASDirections(directions)
    # The screen's axes: right is the image's next column, up its row before.
    axes = directions * (1.0, -1.0, 1.0)
    to_ras = slice_node.GetSliceToRAS()
    for row in range(3):
        for column in range(3):
            to_ras.SetElement(row, column, axes[row, column])
    slice_node.UpdateMatrices()
    view.fit_view_to_content()
    long_diameter = node_of_role(scene, LONG_ROLE)
    if long_diameter is not None:
        slice_node.JumpSliceByOffsetting(*long_diameter.GetNthControlPointPositionWorld(0))


def _bar_title(node: vtkMRMLScalarVolumeNode) -> str:
    """What the colours of the volume over the image stand for: the units of a PET, else what the map is called."""
    from TumorResponseLib.mrml.nodes import ROLE
    from TumorResponseLib.mrml.volumes import IMAGE_ROLE, UNITS

    if node.GetAttribute(ROLE) == IMAGE_ROLE:
        return str(node.GetAttribute(UNITS) or "uptake")
    return "saliency" if node.GetName().startswith("Saliency") else str(node.GetName())


def _regions(scene: vtkMRMLScene) -> list[tuple[str, Colour]]:
    """Name and colour of each region in the scene, as they are there."""
    from TumorResponseLib.mrml.nodes import node_of_role
    from TumorResponseLib.mrml.segmentations import RINGS_ROLE, TUMOUR_ROLE

    regions = []
    for node in (node_of_role(scene, TUMOUR_ROLE), node_of_role(scene, RINGS_ROLE)):
        if node is not None:
            segmentation = node.GetSegmentation()
            segments = [segmentation.GetSegment(segment_id) for segment_id in segmentation.GetSegmentIDs()]
            regions += [(segment.GetName(), segment.GetColor()) for segment in segments]
    return regions
