"""The tumour segment, shared between the reading and the user's brush."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkSegmentation,
)

from TumorResponseLib.core.errors import MaskError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.mrml.nodes import drop_role
from TumorResponseLib.mrml.presenting.remembered import Remembered
from TumorResponseLib.mrml.presenting.watch import Watch
from TumorResponseLib.mrml.segmentations import TUMOUR_ROLE, add_tumour, describe_tumour, empty_tumour, read_tumour
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource

# A stroke changes the voxels' representation, the editor's undo puts another segment's content in place.
EDIT_EVENTS = (
    vtkSegmentation.SourceRepresentationModified,
    vtkSegmentation.RepresentationModified,
    vtkSegmentation.SegmentModified,
    vtkSegmentation.SegmentAdded,
    vtkSegmentation.SegmentRemoved,
)


class PresentedTumour:
    """The tumour segment and the masks that went to and fro.

    A mask of the reading goes into the segment when it is another one than before; a mask that came out of the segment
    and returns by way of the reading does not, since the user may have gone on painting meanwhile.
    """

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._node: vtkMRMLSegmentationNode | None = None
        self._written = Remembered()
        self._exchanged: MaskArray | None = None
        self._source: MaskSource | None = None
        self._touched = False
        self._watch = Watch()
        self._watch.listen(self._touch)

    @property
    def node(self) -> vtkMRMLSegmentationNode | None:
        """The node, unless it is gone from the scene."""
        return self._node if self._node is not None and self._node.GetScene() is self._scene else None

    def show(self, mask: MaskArray | None, source: MaskSource | None, volume_node: vtkMRMLScalarVolumeNode) -> None:
        """Bring the segment in step with the reading's mask; None for no mask, which makes no node."""
        if self._written.changed("mask", mask):
            standing = self._standing(volume_node)
            if not _same(mask, standing) and not _same(mask, self._exchanged):
                self._write(mask, source, volume_node)
            self._exchanged = mask
        elif self.node is None and mask is not None:
            self._write(mask, source, volume_node)  # the user has removed the node
        if self.node is not None and source is not None and source != self._source:
            with self._watch.writing():
                describe_tumour(self.node, source)
        self._source = source

    def set_visible(self, visible: bool) -> None:
        """Show or hide it where that changed."""
        if self.node is not None and self._written.changed("visible", visible, self.node):
            self.node.SetDisplayVisibility(visible)

    def ensure(self, volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode:
        """The node with its segment, empty when there was none."""
        with self._watch.writing():
            self._take(empty_tumour(self._scene, volume_node))
        assert self._node is not None
        return self._node

    def edited(self, volume_node: vtkMRMLScalarVolumeNode) -> MaskArray | None:
        """The mask as it stands when it is another than the one exchanged last, else None."""
        if not self._touched or self.node is None:
            return None
        self._touched = False
        standing = self._standing(volume_node)
        if _same(standing, self._exchanged):
            return None
        if standing is None:
            data = volume_node.GetImageData()
            shape = data.GetDimensions()[::-1]
            standing = np.zeros(shape[1:] if shape[0] == 1 else shape, dtype=np.bool_)
        self._exchanged = standing
        return standing

    def moving(self, volume_node: vtkMRMLScalarVolumeNode, move: Callable[[], None]) -> None:
        """Keep the mask on its pixels, with strokes that were not fetched yet, while ``move`` changes the grid.

        The node is made anew, because what an editor could undo lies on the old grid.
        """
        standing, had_node = self._standing(volume_node), self.node is not None
        move()
        if had_node:
            self._watch.detach()
            drop_role(self._scene, TUMOUR_ROLE)
            self._write(standing, self._source, volume_node)
            self.ensure(volume_node)

    def observe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback()`` called when the user changed the segment; returns how to end it."""
        return self._watch.listen(callback)

    def close(self) -> None:
        """End all observations."""
        self._watch.close()

    def forget(self) -> None:
        """Let go of node and masks; those who observe stay."""
        self._watch.detach()
        self._written.forget()
        self._node = self._exchanged = self._source = None
        self._touched = False

    def _write(self, mask: MaskArray | None, source: MaskSource | None, volume_node: vtkMRMLScalarVolumeNode) -> None:
        with self._watch.writing():
            if mask is not None and mask.any():
                self._take(add_tumour(self._scene, mask, volume_node, source or MaskSource(MaskOrigin.MANUAL)))
            elif self.node is not None:
                self._take(empty_tumour(self._scene, volume_node, clear=True))

    def _take(self, node: vtkMRMLSegmentationNode) -> None:
        if node is not self._node:
            self._watch.detach()
            self._watch.attach(node, EDIT_EVENTS)
            self._node = node

    def _standing(self, volume_node: vtkMRMLScalarVolumeNode) -> MaskArray | None:
        """The segment's mask now; None without a segment that holds voxels."""
        if self.node is None:
            return None
        try:
            return read_tumour(self.node, volume_node)
        except MaskError:
            return None

    def _touch(self) -> None:
        self._touched = True


def _same(one: MaskArray | None, other: MaskArray | None) -> bool:
    """Whether two masks mark the same voxels; None marks none."""
    if one is None or other is None:
        return not any(mask is not None and mask.any() for mask in (one, other))
    return one is other or np.array_equal(one, other)
