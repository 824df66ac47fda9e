"""The tumour's diameters as lines that the user may drag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slicer import vtkMRMLMarkupsLineNode, vtkMRMLMarkupsNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Image
from TumorResponseLib.core.recist import Axis
from TumorResponseLib.mrml.markups import LONG_ROLE, SHORT_ROLE, add_diameter
from TumorResponseLib.mrml.nodes import display_of, drop_role
from TumorResponseLib.mrml.presenting.looks import set_stale
from TumorResponseLib.mrml.presenting.remembered import Remembered
from TumorResponseLib.mrml.presenting.watch import Watch

ROLES = (LONG_ROLE, SHORT_ROLE)


@dataclass(frozen=True)
class DiameterLengths:
    """Lengths in mm of the lines in the scene, as measured or as dragged; None for a line that is not there."""

    long_mm: float | None
    short_mm: float | None


class PresentedDiameters:
    """The lines of the long and the short diameter; where the user drags them they stay until others are measured.

    Both lengths stand at an end of the long line: two texts would cover each other on a small tumour, and in the middle
    one would cover the tumour.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._nodes: dict[str, vtkMRMLMarkupsLineNode] = {}
        self._written = Remembered()
        self._watch = Watch()
        self._watch.listen(self._write_lengths)

    @property
    def nodes(self) -> dict[str, vtkMRMLMarkupsLineNode]:
        """The lines in the scene by role."""
        return {role: node for role, node in self._nodes.items() if node.GetScene() is self._scene}

    def show(self, axes: dict[str, Axis], image: Image, volume_node: vtkMRMLScalarVolumeNode, *, stale: bool) -> None:
        """Bring the lines in step with what was measured.

        Args:
            axes: the ends by role, in array index coordinates; a role that is missing has no line.
            image: that was measured.
            volume_node: that image's node.
            stale: whether something before the measures changed since.
        """
        for role in ROLES:
            ends = axes.get(role)
            if ends is None:
                if self._nodes.pop(role, None) is not None:
                    drop_role(self._scene, role)
                    self._observe()
                self._written.changed(role, None, None)
                continue
            if self._written.changed(role, ends, image) or role not in self.nodes:
                with self._watch.writing():
                    node = add_diameter(self._scene, role, ends, volume_node, locked=False)
                if node is not self._nodes.get(role):
                    self._nodes[role] = node
                    display_of(node).SetPropertiesLabelVisibility(False)
                    display_of(node).SetPointLabelsVisibility(True)
                    self._observe()
                self._write_lengths()
            node = self._nodes[role]
            if self._written.changed(f"stale {role}", stale, node):
                set_stale(display_of(node), stale)

    def set_visible(self, visible: bool) -> None:
        """Show or hide them where that changed."""
        for role, node in self.nodes.items():
            if self._written.changed(f"visible {role}", visible, node):
                node.SetDisplayVisibility(visible)

    def lengths(self) -> DiameterLengths:
        """As the lines stand now."""
        nodes = self.nodes
        whole = {role: node for role, node in nodes.items() if node.GetNumberOfDefinedControlPoints() == 2}
        long_mm, short_mm = (whole[role].GetLineLengthWorld() if role in whole else None for role in ROLES)
        return DiameterLengths(long_mm, short_mm)

    def observe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback()`` called when the user drags an end; returns how to end it."""
        return self._watch.listen(callback)

    def close(self) -> None:
        """End all observations."""
        self._watch.close()

    def forget(self) -> None:
        """Let go of the nodes; those who observe stay."""
        self._watch.detach()
        self._nodes.clear()
        self._written.forget()

    def _write_lengths(self) -> None:
        lines = self.lengths()
        texts = {LONG_ROLE: " × ".join(f"{mm:.1f}" for mm in (lines.long_mm, lines.short_mm) if mm is not None) + " mm"}
        with self._watch.writing():
            for role, node in self.nodes.items():
                if node.GetNumberOfDefinedControlPoints() == 2:
                    # Text goes to the right of its point, where the patient's left is; elsewhere it would cover a line.
                    places = [node.GetNthControlPointPosition(end)[0] for end in (0, 1)]
                    labelled = 0 if places[0] < places[1] else 1
                    node.SetNthControlPointLabel(labelled, texts.get(role, ""))
                    node.SetNthControlPointLabel(1 - labelled, "")

    def _observe(self) -> None:
        self._watch.detach()
        for node in self.nodes.values():
            self._watch.attach(node, (vtkMRMLMarkupsNode.PointModifiedEvent,))
