"""The present case in Slicer's views and in its segment editor; the user's own layout is put back on leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from slicer.util import resetSliceViews, resetThreeDViews, setSliceViewerLayers

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk
    from TumorResponseLib.mrml.presenter import ScenePresenter
    from TumorResponseLib.mrml.view_state import ViewState

EFFECTS = ("Paint", "Draw", "Erase", "Level tracing", "Scissors", "Islands", "Smoothing", "Margin")
"""What corrects one outline, in this order; effects for several segments are out of place here."""

EDITOR_TAG = "TumorResponse"
"""Of the segment editor's own node, so that Slicer's Segment Editor module keeps its state."""


class Views:
    """Between the desk, the scene and the segment editor.

    Args:
        editor: qMRMLSegmentEditorWidget.
    """

    def __init__(self, editor: Any) -> None:
        self._editor = editor
        self._presenter: ScenePresenter | None = None
        self._fitted: Any = None
        self._found_tumour = False
        self._edited: Any = None
        self._has_edits = False
        self._users_layout: int | None = None
        self._users_views: ViewState | None = None
        self._our_layout: int | None = None
        self._our_views: ViewState | None = None
        editor.setEffectNameOrder(EFFECTS)
        editor.unorderedEffectsVisible = False

    @property
    def presenter(self) -> ScenePresenter:
        """What puts a reading into the scene; made at the first use, since it needs packages."""
        if self._presenter is None:
            from TumorResponseLib.mrml.presenter import ScenePresenter

            self._presenter = ScenePresenter(slicer.mrmlScene)
            self._presenter.observe_edits(self._note_edit)
        return self._presenter

    @property
    def has_presenter(self) -> bool:
        """Whether anything was shown yet."""
        return self._presenter is not None

    def enter(self) -> None:
        """Remember what the user sees, and put our own view of the case back."""
        from TumorResponseLib.mrml.view_state import view_state

        manager = slicer.app.layoutManager()
        if self._users_views is None:
            self._users_views = view_state(slicer.mrmlScene)
            self._users_layout = None if manager is None else manager.layout
        if self._our_views is not None:
            self._our_views.restore(slicer.mrmlScene)
            self._set_layout(self._our_layout)
        self._take_editor_node()
        self._editor.installKeyboardShortcuts()
        self._editor.updateWidgetFromMRML()

    def leave(self) -> None:
        """Put the user's layout back, and his images where he had some."""
        from TumorResponseLib.mrml.view_state import view_state

        self._release_editor()
        if self._users_views is None:
            return
        manager = slicer.app.layoutManager()
        self._our_views = view_state(slicer.mrmlScene)
        self._our_layout = None if manager is None else manager.layout
        self._set_layout(self._users_layout)
        if any(view.background for view in self._users_views.views):
            self._users_views.restore(slicer.mrmlScene)
        self._users_views = None

    def show(self, desk: Desk) -> None:
        """Bring the scene in step with the desk; cheap when nothing changed."""
        self.presenter.show(desk.reading, desk.shown, desk.display)
        volume, tumour = self.presenter.volume_node, self.presenter.tumour_node
        if volume is not self._fitted:
            self._fitted, self._found_tumour = volume, False
            if volume is not None:
                self._fit(volume)
        if tumour is not self._edited:
            self._edit(tumour)
        self._go_to_tumour()

    def take_edits(self, desk: Desk) -> None:
        """Hand what the user painted since the last time to the desk."""
        if self._has_edits:
            self._has_edits = False
            mask = self.presenter.edited_mask()
            if mask is not None:
                desk.edit_mask(mask)

    def draw_by_hand(self) -> None:
        """An outline to draw in where there is none, with the brush ready.

        Raises:
            UsageError: no image is shown.
        """
        self._edit(self.presenter.ensure_tumour())
        self._editor.setActiveEffectByName("Paint")

    def keep_for_undo(self) -> None:
        """Let the editor's undo bring the present outline back after what comes next."""
        if self._edited is not None:
            self._editor.saveStateForUndo()

    def scene_closes(self) -> None:
        """Let go of the nodes that are about to vanish."""
        self._release_editor()
        self._editor.setSegmentationNode(None)
        self._editor.setSourceVolumeNode(None)
        self._edited = self._fitted = self._our_views = None
        self._has_edits = False

    def scene_is_new(self) -> None:
        """After a scene was closed or loaded the editor needs its own node again, and the user has other views."""
        from TumorResponseLib.mrml.view_state import view_state

        self._take_editor_node()
        self._editor.installKeyboardShortcuts()
        manager = slicer.app.layoutManager()
        self._users_views = view_state(slicer.mrmlScene)
        if manager is not None and any(view.background for view in self._users_views.views):
            self._users_layout = manager.layout

    def close(self) -> None:
        """Take the case out of the scene and let go of everything."""
        self.scene_closes()
        if self._presenter is not None:
            self._presenter.close()
            self._presenter = None

    def _note_edit(self) -> None:
        self._has_edits = True

    def _fit(self, volume: Any) -> None:
        """A flat image gets one large view, a volume all views; each along the volume's own planes."""
        layouts = slicer.vtkMRMLLayoutNode
        is_flat = volume.GetImageData().GetDimensions()[2] == 1
        self._set_layout(layouts.SlicerLayoutOneUpRedSliceView if is_flat else layouts.SlicerLayoutFourUpView)
        if slicer.app.layoutManager() is not None:
            # Of a cine the views show the selected frame, of a PET the CT behind it.
            setSliceViewerLayers(background=self.presenter.background_node or volume, rotateToVolumePlane=True)
            resetSliceViews()

    def _go_to_tumour(self) -> None:
        """Bring the tumour of a new image into all views, once; from then on they stay where the user moves them."""
        from TumorResponseLib.mrml.markups import LONG_ROLE, middle_of
        from TumorResponseLib.mrml.nodes import nodes_of_class

        long_diameter = self.presenter.diameter_nodes.get(LONG_ROLE)
        if self._found_tumour or long_diameter is None:
            return
        self._found_tumour = True
        for slice_node in nodes_of_class(slicer.mrmlScene, "vtkMRMLSliceNode"):
            slice_node.JumpSliceByOffsetting(*middle_of(long_diameter))
        if slicer.app.layoutManager() is not None:
            resetThreeDViews()

    def _edit(self, tumour: Any) -> None:
        """Let the editor work on the tumour only; rings lie in another segmentation and are out of its reach."""
        from TumorResponseLib.mrml.segmentations import TUMOUR_SEGMENT

        self._edited = tumour
        self._editor.setActiveEffect(None)
        self._editor.setSegmentationNode(tumour)
        volume = self.presenter.volume_node
        self._editor.setSourceVolumeNode(volume)
        if tumour is not None:
            self._editor.setCurrentSegmentID(TUMOUR_SEGMENT)
            if volume is not None and volume.GetImageData().GetDimensions()[2] > 1:
                tumour.CreateClosedSurfaceRepresentation()  # for the 3-D view; a still has none

    def _set_layout(self, layout: int | None) -> None:
        manager = slicer.app.layoutManager()
        if manager is not None and layout is not None and manager.layout != layout:
            manager.setLayout(layout)

    def _take_editor_node(self) -> None:
        scene = slicer.mrmlScene
        node = scene.GetSingletonNode(EDITOR_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            made = slicer.vtkMRMLSegmentEditorNode()
            made.SetSingletonTag(EDITOR_TAG)
            made.SetOverwriteMode(made.OverwriteNone)
            node = scene.AddNode(made)
        self._editor.setMRMLSegmentEditorNode(node)

    def _release_editor(self) -> None:
        self._editor.setActiveEffect(None)
        self._editor.uninstallKeyboardShortcuts()
        self._editor.removeViewObservations()
