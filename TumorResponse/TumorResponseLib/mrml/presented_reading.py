"""What of a reading is in a scene, and what the user does to it there."""

from __future__ import annotations

from collections.abc import Callable

from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLMarkupsLineNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
)

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.recist import Axis
from TumorResponseLib.desk.layers import Layer
from TumorResponseLib.mrml.presenting.backdrop import PresentedBackdrop
from TumorResponseLib.mrml.presenting.background import PresentedBackground
from TumorResponseLib.mrml.presenting.calibration import CalibrationLine
from TumorResponseLib.mrml.presenting.cine import PresentedCine
from TumorResponseLib.mrml.presenting.clicks import VoxelClicks
from TumorResponseLib.mrml.presenting.diameters import DiameterLengths, PresentedDiameters
from TumorResponseLib.mrml.presenting.image import PresentedImage
from TumorResponseLib.mrml.presenting.layers import PresentedLayers
from TumorResponseLib.mrml.presenting.numbers import PresentedNumbers
from TumorResponseLib.mrml.presenting.rings import PresentedRings
from TumorResponseLib.mrml.presenting.tumour import PresentedTumour


class PresentedReading:
    """The parts of a reading in a scene; ``ScenePresenter`` keeps them in step with it.

    Args:
        scene: as for ``ScenePresenter``.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._layers: tuple[Layer, ...] = ()
        self._image = PresentedImage(scene)
        self._background = PresentedBackground(scene)
        self._backdrop = PresentedBackdrop(scene)
        self._cine = PresentedCine(scene)
        self._tumour = PresentedTumour(scene)
        self._rings = PresentedRings(scene)
        self._over = PresentedLayers(scene)
        self._diameters = PresentedDiameters(scene)
        self._numbers = PresentedNumbers(scene)
        self._calibration = CalibrationLine(scene)
        self._clicks = VoxelClicks(scene)

    @property
    def volume_node(self) -> vtkMRMLScalarVolumeNode | None:
        """The image's node."""
        return self._image.node

    @property
    def tumour_node(self) -> vtkMRMLSegmentationNode | None:
        """The segmentation whose segment ``TUMOUR_SEGMENT`` is the tumour; None before there is a mask."""
        return self._tumour.node

    @property
    def rings_node(self) -> vtkMRMLSegmentationNode | None:
        """The segmentation of the bands or margins."""
        return self._rings.node

    @property
    def layer_nodes(self) -> dict[str, vtkMRMLScalarVolumeNode]:
        """The layers that are in the scene, by key: the chosen one, and those chosen before it."""
        return self._over.nodes

    @property
    def background_node(self) -> vtkMRMLScalarVolumeNode | None:
        """What the views show behind everything: the image, the shown frame of its cine, or the backdrop."""
        return self._background.node

    @property
    def frame(self) -> int | None:
        """Index of the cine's frame that is shown, counted from 0; None where there is no cine."""
        return self._cine.selected

    def select_frame(self, index: int) -> None:
        """Show another frame of the cine; what is measured stays the still's."""
        self._cine.select(index)

    @property
    def diameter_nodes(self) -> dict[str, vtkMRMLMarkupsLineNode]:
        """The diameters' lines by role, ``LONG_ROLE`` and ``SHORT_ROLE``."""
        return self._diameters.nodes

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that can be chosen now; empty when there are none or they must not be seen."""
        return self._layers

    def ensure_tumour(self) -> vtkMRMLSegmentationNode:
        """The tumour node, made with an empty segment to draw in when there is none.

        Raises:
            UsageError: no image is shown.
        """
        return self._tumour.ensure(self._shown_volume())

    def edited_mask(self) -> MaskArray | None:
        """The tumour segment as it stands when it differs from what was shown or returned last, else None.

        The mask is on the image's grid, ``(rows, columns)`` or ``(slices, rows, columns)``; all False when the user
        erased everything.
        """
        volume_node = self.volume_node
        return None if volume_node is None else self._tumour.edited(volume_node)

    def observe_edits(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback()`` called whenever the user, and not ``show``, may have changed the tumour segment.

        It is called several times a stroke: remember it and ask ``edited_mask`` from a timer. It outlives the nodes.
        Returns how to end it.
        """
        return self._tumour.observe(callback)

    def diameter_lines(self) -> DiameterLengths:
        """The lengths of the diameters as the lines stand now, dragged or not."""
        return self._diameters.lengths()

    def observe_diameters(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback()`` called whenever the user drags a diameter. Returns how to end it."""
        return self._diameters.observe(callback)

    def start_calibration(self) -> vtkMRMLMarkupsLineNode:
        """A new line to be drawn on the depth scale; the next two clicks in a view are its ends.

        Raises:
            UsageError: no image is shown.
        """
        return self._calibration.start(self._shown_volume())

    def calibration_ends(self) -> Axis | None:
        """Both ends of the calibration line in array index order, or None while it is not drawn to the end."""
        volume_node = self.volume_node
        return None if volume_node is None else self._calibration.ends(volume_node)

    def end_calibration(self) -> None:
        """Remove the calibration line, drawn or not."""
        self._calibration.end()

    def start_clicks(self) -> vtkMRMLMarkupsFiducialNode:
        """From now on each click in a view marks one voxel, until ``end_clicks`` or another case.

        Raises:
            UsageError: no image is shown.
        """
        return self._clicks.start(self._shown_volume())

    @property
    def takes_clicks(self) -> bool:
        """Whether clicks mark voxels."""
        return self._clicks.node is not None

    def clicked_voxel(self) -> tuple[int, ...] | None:
        """Array index of the voxel that was clicked since the last call, in the image or outside; None for no click."""
        volume_node = self.volume_node
        return None if volume_node is None else self._clicks.take(volume_node)

    def end_clicks(self) -> None:
        """Take no more clicks."""
        self._clicks.end()

    def _forget(self) -> None:
        self._calibration.end()
        self._clicks.end()
        for part in (
            self._tumour,
            self._rings,
            self._over,
            self._diameters,
            self._numbers,
            self._cine,
            self._backdrop,
        ):
            part.forget()
        self._layers = ()

    def _shown_volume(self) -> vtkMRMLScalarVolumeNode:
        if self.volume_node is None:
            raise UsageError("No image is shown; open a study first.")
        return self.volume_node
