"""Slicer's segment editor: real nodes and a real history; a test paints in its place."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget
from slicer import vtkMRMLSegmentationNode, vtkMRMLSegmentEditorNode, vtkMRMLVolumeNode, vtkSegmentationHistory

from Testing.panel.standin.kept import kept
from Testing.panel.standin.mrml_widgets import qMRMLWidget

EFFECTS = ("Paint", "Erase", "Scissors", "Islands", "Smoothing", "Margin")
COLUMNS = 4


class qMRMLSegmentEditorWidget(qMRMLWidget):
    """Without its own node it takes neither segmentation nor volume, as in Slicer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[str, Any] = {}
        self._node: vtkMRMLSegmentEditorNode | None = None
        self._history = vtkSegmentationHistory()
        self._buttons: dict[str, QPushButton] = {}
        QGridLayout(self).setContentsMargins(0, 0, 0, 0)
        self.setEffectNameOrder([])

    def setEffectNameOrder(self, names: list[str]) -> None:
        """Which effects come first; the others are left out when unordered effects are not visible."""
        ordered = [name for name in names if name in EFFECTS]
        rest = [name for name in EFFECTS if name not in ordered] if self.unorderedEffectsVisible else []
        for button in self._buttons.values():
            button.deleteLater()
        self._buttons = {name: self._effect_button(name) for name in (*ordered, *rest)}
        actions = {"Undo": self.undo, "Redo": self.redo}
        for name, action in actions.items():
            self._buttons[name] = QPushButton(name, self)
            self._buttons[name].clicked.connect(action)
        grid = self.layout()
        assert isinstance(grid, QGridLayout)
        for place, button in enumerate(self._buttons.values()):
            grid.addWidget(button, place // COLUMNS, place % COLUMNS)

    def _effect_button(self, name: str) -> QPushButton:
        button = QPushButton(name, self)
        button.setCheckable(True)
        button.clicked.connect(lambda on: self.setActiveEffectByName(name if on else ""))
        return button

    def setMRMLSegmentEditorNode(self, node: vtkMRMLSegmentEditorNode | None) -> None:
        """The node that keeps the editor's state."""
        self._node = node
        self._follow_segmentation()
        self._auto_show()
        self.updateWidgetFromMRML()

    def updateWidgetFromMRML(self) -> None:
        """Show which effect is in hand."""
        active = self._node.GetActiveEffectName() if self._node is not None else None
        for name, button in self._buttons.items():
            if button.isCheckable():
                button.setChecked(name == active)

    def setSegmentationNode(self, node: vtkMRMLSegmentationNode | None) -> None:
        """What is edited."""
        if self._node is not None and node is not self._node.GetSegmentationNode():
            self._node.SetAndObserveSegmentationNode(node)
            self._follow_segmentation()
            self._auto_show()

    def _follow_segmentation(self) -> None:
        """The history is of one segmentation."""
        node = self.segmentationNode()
        self._history.RemoveAllStates()
        self._history.SetSegmentation(node.GetSegmentation() if node is not None else None)

    def segmentationNode(self) -> vtkMRMLSegmentationNode | None:
        """What is edited."""
        return self._node.GetSegmentationNode() if self._node is not None else None

    def setSourceVolumeNode(self, node: vtkMRMLVolumeNode | None) -> None:
        """The image that is edited over."""
        if self._node is not None:
            self._node.SetAndObserveSourceVolumeNode(node)
            self._auto_show()

    def _auto_show(self) -> None:
        """Slicer puts the source volume into every view, in place of all layers, where it is in none of them."""
        source = self._node.GetSourceVolumeNode() if self._node is not None else None
        if not self.autoShowSourceVolumeNode or source is None or self.segmentationNode() is None:
            return
        views = slicer.mrmlScene.GetNodesByClass("vtkMRMLSliceCompositeNode")
        layers = [views.GetItemAsObject(index) for index in range(views.GetNumberOfItems())]
        if all(source.GetID() not in (each.GetBackgroundVolumeID(), each.GetForegroundVolumeID()) for each in layers):
            for each in layers:
                each.SetBackgroundVolumeID(source.GetID())
                each.SetForegroundVolumeID(None)
                each.SetLabelVolumeID(None)

    def setCurrentSegmentID(self, identifier: str) -> None:
        """Which segment the effects change."""
        if self._node is not None:
            self._node.SetSelectedSegmentID(identifier)

    def setActiveEffectByName(self, name: str) -> None:
        """Take an effect in hand; an empty name puts it down."""
        if self._node is not None:
            self._node.SetActiveEffectName(name)
        self.updateWidgetFromMRML()

    def setActiveEffect(self, effect: None) -> None:
        """Put the effect down."""
        self.setActiveEffectByName("")

    def saveStateForUndo(self) -> None:
        """Effects call this before they change the segment."""
        self._history.SaveState()

    def undo(self) -> None:
        """Take back the last change."""
        self._history.RestorePreviousState()

    def redo(self) -> None:
        """Make it again."""
        self._history.RestoreNextState()

    def installKeyboardShortcuts(self) -> None:
        """Keys of the effects act."""
        self._kept["keys"] = True

    def uninstallKeyboardShortcuts(self) -> None:
        """Keys of the effects act no more."""
        self._kept["keys"] = False

    @property
    def has_keys(self) -> bool:
        """Whether keys act; for tests."""
        return bool(self._kept.get("keys"))

    def removeViewObservations(self) -> None:
        """Strokes in the views do not reach the editor."""
        self._kept["views"] = False

    autoShowSourceVolumeNode = kept("autoShowSourceVolumeNode", bool, True)
    segmentationNodeSelectorVisible = kept("segmentationNodeSelectorVisible", bool, True)
    sourceVolumeNodeSelectorVisible = kept("sourceVolumeNodeSelectorVisible", bool, True)
    maskingSectionVisible = kept("maskingSectionVisible", bool, True)
    specifyGeometryButtonVisible = kept("specifyGeometryButtonVisible", bool, True)
    show3DButtonVisible = kept("show3DButtonVisible", bool, True)
    addRemoveSegmentButtonsVisible = kept("addRemoveSegmentButtonsVisible", bool, True)
    switchToSegmentationsButtonVisible = kept("switchToSegmentationsButtonVisible", bool, True)
    unorderedEffectsVisible = kept("unorderedEffectsVisible", bool, True)
    maximumNumberOfUndoStates = kept("maximumNumberOfUndoStates", int, 10)
