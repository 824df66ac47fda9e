"""A reading in an existing scene, kept in step with it: what changed is written, the rest is left alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.recist import Axis
from TumorResponseLib.desk.layers import layers_of
from TumorResponseLib.mrml.markups import LONG_ROLE, SHORT_ROLE
from TumorResponseLib.mrml.nodes import keep_roles
from TumorResponseLib.mrml.presented_reading import PresentedReading
from TumorResponseLib.mrml.presenting.loaded_scenes import LoadedScenes
from TumorResponseLib.mrml.reading import cine_of
from TumorResponseLib.mrml.volumes import IMAGE_ROLES
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step

if TYPE_CHECKING:
    from TumorResponseLib.desk.display import DisplayOptions, Shown


class ScenePresenter(PresentedReading):
    """Shows one reading at a time in a scene that may hold other nodes, which are left alone.

    A new case gets new nodes, and another reading of the same image a new tumour node: a shell compares ``volume_node``
    and ``tumour_node`` with what it had before, fits its views to the one and hands the other to its segment editor,
    whose undo must not reach into the reading before. Within a reading nodes stay the same. When the user closes the
    scene the nodes are forgotten, and the next ``show`` makes new ones. A reading that comes with a loaded
    scene is the user's.

    Args:
        scene: Slicer's, one of ``new_scene``, or trame-slicer's, whose views are to be made before ``show``.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        super().__init__(scene)
        self._reading: Reading | None = None
        self._loaded = LoadedScenes(scene)

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
            lambda: self._show_cine(reading, found.study.name if found.study else "", node),
            lambda: self._show_layers(reading, image, shown, display, node),
            lambda: self._show_rings(reading, image, shown, display, node),
            lambda: self._show_diameters(reading, image, shown, display, node),
            lambda: self._show_numbers(reading, shown, display),
        )
        for show_part in parts:
            if time.monotonic() >= until:
                return False
            show_part()
        return True

    def clear(self) -> None:
        """Remove our nodes from the scene; those of the user's stay."""
        if self._reading is not None:
            self._forget()
            if self.volume_node is not None:  # else the scene was closed, and may hold another reading by now
                keep_roles(self._scene, ())
            self._image.forget()
            self._background.forget()
            self._reading = None

    def close(self) -> None:
        """Clear, for good: nobody is told of edits any more."""
        self.clear()
        self._loaded.close()
        self._tumour.close()
        self._diameters.close()

    # How it is done

    def _show_image(
        self, reading: Reading, image: Image, name: str, lent: vtkMRMLScalarVolumeNode | None
    ) -> vtkMRMLScalarVolumeNode:
        if not self._image.holds(image, lent):
            self._start_over(())
            self._background.begin(self._image.add(image, name, lent))
        elif reading is not self._reading:
            self._start_over(IMAGE_ROLES)
        self._reading = reading
        node = self._shown_volume()
        if not self._image.is_placed_as(image):
            self._tumour.moving(node, lambda: self._image.place(image))
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

    def _show_cine(self, reading: Reading, name: str, node: vtkMRMLScalarVolumeNode) -> None:
        frame = reading.view.frame if reading.view else None
        self._cine.show(cine_of(reading.found), frame or 0, name, node)

    def _show_layers(
        self, reading: Reading, image: Image, shown: Shown, display: DisplayOptions, node: vtkMRMLScalarVolumeNode
    ) -> None:
        layers = layers_of(reading.found.saliency, reading.found.overlays)
        if display.saliency_layer in layers and not shown.saliency:
            layers = {}
        self._layers = tuple(layers.values())
        chosen = display.saliency_layer if display.saliency_layer in layers else None
        behind = self._behind(reading, image, node) if chosen is None and display.backdrop_visible else None
        self._background.show(behind or self._cine.frame_node or node)
        self._over.show(
            layers,
            chosen,
            image,
            node,
            opacity=display.saliency_opacity,
            threshold=display.saliency_threshold,
            stale=not reading.is_ready(Step.SALIENCY),
            fused=behind is not None,
        )
        if behind is None:
            self._backdrop.hide()  # after the legend of its colours is gone

    def _behind(self, reading: Reading, image: Image, node: vtkMRMLScalarVolumeNode) -> vtkMRMLScalarVolumeNode | None:
        """The node of the image that the system wants behind the one that is read; None where there is none."""
        role, study = reading.view.backdrop if reading.view else None, reading.found.study
        if role is None or study is None or role not in study.images:
            return None
        return self._backdrop.show(role, study.images[role], image, study.name, node)

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
        self._numbers.show_exhibits(found.exhibits if shown.result else {}, stale=not reading.is_ready(Step.SALIENCY))

    def _start_over(self, kept: tuple[str, ...]) -> None:
        """Take all nodes of a reading out of the scene but those of the kept roles."""
        self._forget()
        keep_roles(self._scene, kept)


def _axes(found: Findings) -> dict[str, Axis]:
    """The tumour's diameters by the role of their line."""
    axes = {}
    for measured in found.measurements:
        for role, ends in ((LONG_ROLE, measured.long_axis), (SHORT_ROLE, measured.short_axis)):
            if ends is not None:
                axes[role] = ends
    return axes
