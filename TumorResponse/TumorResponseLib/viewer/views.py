"""Slicer's views in the page: one slice view for a still, three and the volume's for a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from slicer import vtkMRMLAbstractViewNode, vtkMRMLScalarVolumeNode
from trame.widgets import html
from trame_slicer.app.logic.slice_view_logic import connect_slice_view_slider_to_state
from trame_slicer.core import LayoutManager, SlicerApp
from trame_slicer.rca_view import register_rca_factories
from trame_slicer.views import Layout, LayoutDirection, SliceView, ThreeDView, ViewDirection, ViewLayoutDefinition
from vtkmodules.vtkCommonCore import vtkCommand

if TYPE_CHECKING:
    from trame_server import Server

STILL, VOLUME = "still", "volume"
AXIAL = ViewLayoutDefinition.axial_view()
THREE_D = ViewLayoutDefinition.threed_view(background_color="#000000")
LAYOUTS = {
    STILL: Layout(LayoutDirection.Horizontal, [AXIAL]),
    VOLUME: Layout(
        LayoutDirection.Horizontal,
        [
            Layout(LayoutDirection.Vertical, [AXIAL, ViewLayoutDefinition.coronal_view()]),
            Layout(LayoutDirection.Vertical, [THREE_D, ViewLayoutDefinition.sagittal_view()]),
        ],
    ),
}
QUALITY_WHILE_MOVING = 85
"""Of the JPEG: speckle and thin outlines must not smear while a brush or a slider moves."""
CONTROLS = """
<div class="view-corner">
  <v-btn v-for="each in [['in', 'Zoom in', 'mdi-magnify-plus-outline'],
      ['out', 'Zoom out', 'mdi-magnify-minus-outline'], ['fit', 'Show the whole image', 'mdi-fit-to-screen-outline']]"
      :key="each[0]" :icon="each[2]" :title="each[1]" :aria-label="each[1]" size="small" density="comfortable"
      variant="text" @click="trigger('view_zoom', ['{view_id}', each[0]])" />
</div>
<v-slider v-if="views_have_slices" class="view-slider" density="compact" hide-details
    v-model="{value}" :min="{value_min}" :max="{value_max}" :step="{step}" aria-label="Slice" />
"""


class Views:
    """The views of one scene. They are made at once: a segmentation that is there first would paint them black.

    Args:
        server: trame's.
        slicer_app: whose scene they show.
    """

    def __init__(self, server: Server, slicer_app: SlicerApp) -> None:
        self._state = server.state
        self._state.views_have_slices = False
        self._manager = slicer_app.view_manager
        register_rca_factories(
            self._manager,
            server,
            slice_view_ui_f=_slice_controls,
            three_d_view_ui_f=lambda *_: None,
            interactive_quality=QUALITY_WHILE_MOVING,
        )
        self._layouts = LayoutManager(slicer_app.scene, self._manager, server)
        self._layouts.register_layout_dict(LAYOUTS)
        self._layouts.set_layout(STILL)
        for view in self._manager.get_slice_views():
            view.render_window().SetMultiSamples(0)  # a frame without a graphics card takes a third of the time
            view.interactor().AddObserver(vtkCommand.WindowResizeEvent, lambda *_, view=view: _fit(view))

    def build(self, page: Any) -> None:
        """Put the grid of views where the page is being built."""
        self._layouts.initialize_layout_grid(page)

    def face(self, volume_node: vtkMRMLScalarVolumeNode) -> None:
        """Lay out the views for an image and show all of it.

        A still fills one view in its own plane, rows downwards, wherever it lies in space.
        """
        is_still = volume_node.GetImageData().GetDimensions()[2] == 1
        self._layouts.set_layout(STILL if is_still else VOLUME)
        self._state.views_have_slices = not is_still
        for view in self._manager.get_slice_views():
            if not view.get_view_node().IsMappedInLayout():
                continue  # it is faced when it comes into the layout, which takes another image
            if is_still:
                _turn_to_plane(view, volume_node)
            else:
                view.reset_view()
            view.fit_view_to_content()
        if not is_still:
            for three_d in self._manager.get_threed_views():
                _turn_to_front(three_d)

    def show_ruler(self, has_scale: bool) -> None:
        """Draw a ruler where millimetres are known."""
        kind = vtkMRMLAbstractViewNode.RulerTypeThin if has_scale else vtkMRMLAbstractViewNode.RulerTypeNone
        for view in self._manager.get_slice_views():
            view.set_ruler(ruler_type=kind)

    def jump_to(self, ras: tuple[float, float, float]) -> None:
        """Bring a point into all slice views, and what stands in the volume's view into its middle."""
        for view in self._manager.get_slice_views():
            view.get_view_node().JumpSliceByOffsetting(*ras)
        for three_d in self._manager.get_threed_views():
            _turn_to_front(three_d)

    def zoom(self, view_id: str, how: str) -> None:
        """Press one of a view's corner buttons: ``in``, ``out`` or ``fit``."""
        view = self._manager.get_view(view_id)
        {"in": view.zoom_in, "out": view.zoom_out, "fit": lambda: _fit(view)}[how]()

    def close(self) -> None:
        """Let go of the render windows."""
        for view in self._manager.get_views():
            view.set_render_blocked(True)
            view.finalize()


def _fit(view: SliceView) -> None:
    """Show the whole image, of a volume in the slice that is looked at."""
    offset = view.get_slice_value()
    view.fit_view_to_content()
    view.set_slice_value(offset)


def _turn_to_plane(view: SliceView, volume_node: vtkMRMLScalarVolumeNode) -> None:
    directions = np.zeros((3, 3))
    volume_node.GetIJKToRASDirections(directions)
    axes = directions * (1.0, -1.0, 1.0)  # of the screen: right is the image's next column, up its row before
    slice_node = view.get_view_node()
    to_ras = slice_node.GetSliceToRAS()
    for row in range(3):
        for column in range(3):
            to_ras.SetElement(row, column, axes[row, column])
    slice_node.UpdateMatrices()


def _turn_to_front(view: ThreeDView) -> None:
    view.reset_view()
    view.rotate_to_view_direction(ViewDirection.ANTERIOR)


def _slice_controls(server: Server, view_id: str, view: SliceView) -> None:
    slider = connect_slice_view_slider_to_state(server, view).name
    html.Div(
        CONTROLS.format(
            view_id=view_id,
            value=slider.value,
            value_min=slider.min_value,
            value_max=slider.max_value,
            step=slider.step,
        )
    )
