"""A reading in an existing scene, kept in step with it: what changed is written, the rest is left alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from slicer import vtkMRMLMarkupsLineNode, vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.recist import Axis
from TumorResponseLib.mrml.markups import LONG_ROLE, SHORT_ROLE
from TumorResponseLib.mrml.nodes import keep_roles
from TumorResponseLib.mrml.presenting.calibration import CalibrationLine
from TumorResponseLib.mrml.presenting.diameters import DiameterLengths, PresentedDiameters
from TumorResponseLib.mrml.presenting.image import PresentedImage
from TumorResponseLib.mrml.presenting.numbers import PresentedNumbers
from TumorResponseLib.mrml.presenting.rings import PresentedRings
from TumorResponseLib.mrml.presenting.saliency import PresentedSaliency
from TumorResponseLib.mrml.presenting.tumour import PresentedTumour
from TumorResponseLib.mrml.volumes import IMAGE_ROLE
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

if TYPE_CHECKING:
    from TumorResponseLib.desk.display import DisplayOptions, Shown


class ScenePresenter:
    """Shows one reading at a time in a scene that may hold other nodes, which are left alone.

    A new case gets new nodes, and another reading of the same image a new tumour node: a shell compares ``volume_node``
    and ``tumour_node`` with what it had before, fits its views to the one and hands the other to its segment editor,
    whose undo must not reach into the reading before. Within a reading nodes stay the same. When the user closes the
    scene the nodes are forgotten, and the next ``show`` makes new ones.

    Args:
        scene: Slicer's, one of ``new_scene``, or trame-slicer's, whose views are to be made before ``show``.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._reading: Reading | None = None
        self._layers: tuple[str, ...] = ()
        self._image = PresentedImage(scene)
        self._tumour = PresentedTumour(scene)
        self._rings = PresentedRings(scene)
        self._saliency = PresentedSaliency(scene)
        self._diameters = PresentedDiameters(scene)
        self._numbers = PresentedNumbers(scene)
        self._calibration = CalibrationLine(scene)

    def show(
        self,
        reading: Reading | None,
        shown: Shown,
        display: DisplayOptions,
        volume_node: vtkMRMLScalarVolumeNode | None = None,
        *,
        seconds: float = math.inf,
    ) -> bool:
        """Make the scene show the reading; a call without changes costs next to nothing.

        What is not READY stays, dimmed, until it is renewed; what ``shown`` forbids leaves the scene. The tumour
        segment is written only when the reading's mask changed otherwise than by ``edited_mask``: strokes that were
        not fetched yet stay, and so does the editor's undo.

        Args:
            reading: results, old and new; None, or one without an image yet, leaves nothing of ours in the scene.
            shown: what may be seen at all.
            display: how it is seen. A setting is applied when it changes: what the user changes in Slicer stays.
            volume_node: the image's node where the user loaded it into Slicer; None makes one of our own.
            seconds: after which nothing further is begun, for a shell that must not block; image and tumour always are.

        Returns:
            Whether all is shown; False when the time was up before, and the same call shows more.
        """
        until = time.monotonic() + seconds
        if reading is None or reading.found.image is None or reading.found.study is None:
            self.clear()
            return True
        found, image = reading.found, reading.found.image
        node = self._show_image(reading, image, reading.found.study.name, volume_node)
        self._show_tumour(found, shown, display, node)  # else a mask that comes back would seem to be there still
        parts: tuple[Callable[[], None], ...] = (
            lambda: self._show_rings(reading, image, shown, display, node),
            lambda: self._show_diameters(reading, image, shown, display, node),
            lambda: self._show_saliency(reading, image, shown, display, node),
            lambda: self._show_numbers(reading, shown, display),
        )
        for show_part in parts:
            if time.monotonic() >= until:
                return False
            show_part()
        return True

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
    def saliency_nodes(self) -> dict[str, vtkMRMLScalarVolumeNode]:
        """The saliency maps that are in the scene, by layer: the chosen one, and those chosen before it."""
        return self._saliency.nodes

    @property
    def diameter_nodes(self) -> dict[str, vtkMRMLMarkupsLineNode]:
        """The diameters' lines by role, ``LONG_ROLE`` and ``SHORT_ROLE``."""
        return self._diameters.nodes

    @property
    def layers(self) -> tuple[str, ...]:
        """The saliency layers that can be chosen now; empty when there are none or they must not be seen."""
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

    def clear(self) -> None:
        """Remove our nodes from the scene; those of the user's stay."""
        if self._reading is not None:
            self._forget()
            if self.volume_node is not None:  # else the scene was closed, and may hold another reading by now
                keep_roles(self._scene, ())
            self._image.forget()
            self._reading = None

    def close(self) -> None:
        """Clear, for good: nobody is told of edits any more."""
        self.clear()
        self._tumour.close()
        self._diameters.close()

    # How it is done

    def _show_image(
        self, reading: Reading, image: Image, name: str, lent: vtkMRMLScalarVolumeNode | None
    ) -> vtkMRMLScalarVolumeNode:
        if not self._image.holds(image, lent):
            self._start_over(())
            self._image.add(image, name, lent)
        elif reading is not self._reading:
            self._start_over((IMAGE_ROLE,))
        self._reading = reading
        node = self._shown_volume()
        if not self._image.is_placed_as(image):
            self._tumour.moving(node, lambda: self._image.place(image))
        self._image.show_in_new_views()
        return node

    def _show_tumour(
        self, found: Findings, shown: Shown, display: DisplayOptions, node: vtkMRMLScalarVolumeNode
    ) -> None:
        may_be_seen = shown.mask or not display.mask_visible
        self._tumour.show(found.mask if may_be_seen else None, found.mask_source, node)
        self._tumour.set_visible(display.mask_visible)

    def _show_rings(
        self, reading: Reading, image: Image, shown: Shown, display: DisplayOptions, node: vtkMRMLScalarVolumeNode
    ) -> None:
        stale = not reading.is_ready(Step.RINGS)
        may_be_seen = shown.rings or not display.rings_visible
        rings = reading.found.rings if may_be_seen else None
        self._rings.show(rings, image, node, as_margins=display.ring_display == "margins", stale=stale)
        self._rings.set_visible(display.rings_visible)

    def _show_diameters(
        self, reading: Reading, image: Image, shown: Shown, display: DisplayOptions, node: vtkMRMLScalarVolumeNode
    ) -> None:
        stale = not reading.is_ready(Step.RINGS)
        may_be_seen = shown.diameters or not display.diameters_visible
        axes = _axes(reading.found) if may_be_seen else {}
        self._diameters.show(axes, image, node, stale=stale)
        self._diameters.set_visible(display.diameters_visible)

    def _show_saliency(
        self, reading: Reading, image: Image, shown: Shown, display: DisplayOptions, node: vtkMRMLScalarVolumeNode
    ) -> None:
        forbidden = display.saliency_layer in reading.found.saliency and not shown.saliency
        maps = {} if forbidden else reading.found.saliency
        self._layers = tuple(maps)
        self._saliency.show(
            maps,
            display.saliency_layer if shown.saliency else None,
            image,
            node,
            opacity=display.saliency_opacity,
            threshold=display.saliency_threshold,
            stale=not reading.is_ready(Step.SALIENCY),
        )

    def _show_numbers(self, reading: Reading, shown: Shown, display: DisplayOptions) -> None:
        found = reading.found
        may_be_seen = shown.diameters or not display.diameters_visible
        self._numbers.show_measurements(
            found.measurements if may_be_seen else (),
            found.shares if shown.result else {},
            stale=not reading.is_ready(Step.RINGS),
        )
        self._numbers.show_predictions(
            tuple(output.prediction for output in found.outputs.values()) if shown.result else (),
            stale=not reading.is_ready(Step.PREDICTION),
        )

    def _start_over(self, kept: tuple[str, ...]) -> None:
        """Take all nodes of a reading out of the scene but those of the kept roles."""
        self._forget()
        keep_roles(self._scene, kept)

    def _forget(self) -> None:
        self._calibration.end()
        for part in (self._tumour, self._rings, self._saliency, self._diameters, self._numbers):
            part.forget()
        self._layers = ()

    def _shown_volume(self) -> vtkMRMLScalarVolumeNode:
        if self.volume_node is None:
            raise UsageError("No image is shown; open a study first.")
        return self.volume_node


def _axes(found: Findings) -> dict[str, Axis]:
    """The tumour's diameters by the role of their line."""
    axes = {}
    for measured in found.measurements:
        for role, ends in ((LONG_ROLE, measured.long_axis), (SHORT_ROLE, measured.short_axis)):
            if ends is not None:
                axes[role] = ends
    return axes
