"""Slicer's slice view without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.mrml.quiet import quiet_vtk

if TYPE_CHECKING:
    from slicer import vtkMRMLScene
    from trame_slicer.views import SliceView
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

VIEW_NAME = "Red"
NO_RENDERING = (
    "No picture can be rendered, because EGL and Mesa are missing; "
    "install them with: sudo apt-get install libegl1 libgl1 libgl1-mesa-dri"
)


def require_rendering() -> None:
    """Raise TumorResponseError when this machine cannot render; VTK itself would end the program."""
    from vtkmodules.vtkRenderingCore import vtkRenderWindow
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderWindow

    with quiet_vtk():
        window = vtkRenderWindow()
    # VTK's last resort is OSMesa, which Mesa no longer has.
    if not isinstance(window, vtkOpenGLRenderWindow) or window.IsA("vtkOSOpenGLRenderWindow"):
        raise TumorResponseError(NO_RENDERING)


@contextmanager
def slice_view(size: tuple[int, int]) -> Iterator[tuple[vtkMRMLScene, SliceView]]:
    """An empty scene and a slice view on it, which renders nothing before it is asked to.

    Args:
        size: width and height in pixels.

    Raises:
        TumorResponseError: this machine cannot render, or VTK reported an error meanwhile.
    """
    from trame_slicer.core import SlicerApp
    from trame_slicer.views import DirectViewFactory, ViewLayoutDefinition, ViewProps, ViewType
    from vtkmodules.vtkCommonCore import vtkOutputWindow

    require_rendering()
    with quiet_vtk() as remarks:
        app = SlicerApp()
        vtkOutputWindow.SetInstance(remarks)  # the application has put its own in place
        app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
        # Views come before nodes: a segmentation that is there first would paint the view black.
        view = app.view_manager.create_view(
            ViewLayoutDefinition(VIEW_NAME, ViewType.SLICE_VIEW, ViewProps(orientation="Axial"))
        )
        app.view_manager.set_current_view_ids([VIEW_NAME])
        view.set_render_blocked(True)
        view.update_size(*size)
        try:
            yield app.scene, view
            _require_no_error(remarks.GetOutput())
        finally:
            # Here, where it is quiet: VTK reports every pipeline that it takes apart.
            app.scene.Clear(True)
            view.finalize()


def _require_no_error(remarks: str) -> None:
    """A view can be black and nothing but a remark tells."""
    _, error, text = remarks.partition("ERROR: ")
    if error:
        raise TumorResponseError(f"The picture was not rendered, because VTK reported: {' '.join(text.split()[:60])}.")


def rendered(view: SliceView) -> NDArray[np.uint8]:
    """Render and return the picture ``(rows, columns, 3)``, RGB, the top row first."""
    from slicer import vtkMRMLLayerDisplayableManager
    from vtkmodules.util.numpy_support import vtk_to_numpy

    view.set_render_blocked(False)
    view.render()
    buffer = vtkMRMLLayerDisplayableManager.RenderWindowBufferToImage(view.render_window())
    width, height, _ = buffer.GetDimensions()
    values = vtk_to_numpy(buffer.GetPointData().GetScalars()).reshape(height, width, -1)
    return values[::-1, :, :3].copy()


def as_array(matrix: vtkMatrix4x4) -> NDArray[np.float64]:
    """The matrix as ``(4, 4)``."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
