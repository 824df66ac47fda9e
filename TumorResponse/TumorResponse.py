"""The module that Slicer loads: it names the extension and hands its work to TumorResponseLib."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin, childWidgetVariables, loadUI

if TYPE_CHECKING:
    from TumorResponseLib.panel.panel import Panel
    from TumorResponseLib.session.reading import Reading

REQUIREMENTS = Path(__file__).parent / "Resources/requirements.txt"
LIBRARY = "TumorResponseLib"


class TumorResponse(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.parent.title = _("Tumor Response")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = ["Segmentations", "Markups"]
        self.parent.contributors = ["TumorResponse contributors"]
        self.parent.helpText = _(
            "Reads a tumour's likely response to treatment: outlines the tumour, cuts the tissue around it into rings "
            "at 3, 5 and 10 mm, predicts the response, and shows which tissue spoke for it. "
            "Research use only: not for diagnosis or treatment decisions."
        )
        self.parent.acknowledgementText = _(
            "Built on SimpleITK, scikit-image, pydicom, ONNX Runtime and MONAI. "
            "The methods and the data that each model was trained on are named in its model card."
        )
        slicer.app.connect("startupCompleted()", registerSamples)


def registerSamples() -> None:
    """Offer the sample studies in the Sample Data module."""
    from TumorResponseLib.panel.sample_data import register

    register()


class TumorResponseWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Slicer's side of the panel: enter and exit, the scene, its parameter node."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: TumorResponseLogic
        self.ui: Any = None
        self.panel: Panel | None = None
        self._parameterNode: Any = None
        self._guiTag: int | None = None

    def setup(self) -> None:
        """Called when the module is opened for the first time."""
        super().setup()
        from TumorResponseLib.panel.panel import Panel

        top = loadUI(self.resourcePath("UI/TumorResponse.ui"))
        self.layout.addWidget(top)
        self.ui = childWidgetVariables(top)
        top.setMRMLScene(slicer.mrmlScene)
        self.logic = TumorResponseLogic()
        self.panel = Panel(self.ui, top, REQUIREMENTS)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneIsNew)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneIsNew)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Called before the widget goes, on reload and at the end."""
        self.setParameterNode(None)
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()

    def enter(self) -> None:
        """Called each time the module is shown."""
        self.initializeParameterNode()
        if self.panel is not None:
            self.panel.enter()

    def exit(self) -> None:
        """Called each time another module is shown."""
        if self.panel is not None:
            self.panel.leave()
        self.setParameterNode(None)

    def onReload(self) -> None:
        """The developer's Reload button: the library is imported anew too."""
        for name in [name for name in sys.modules if name.partition(".")[0] == LIBRARY]:
            del sys.modules[name]
        super().onReload()

    def onSceneStartClose(self, caller: Any = None, event: Any = None) -> None:
        """The scene's nodes are about to vanish."""
        if self.panel is not None:
            self.panel.scene_closes()
        self.setParameterNode(None)

    def onSceneIsNew(self, caller: Any = None, event: Any = None) -> None:
        """A closed scene is empty, a loaded one brings its own parameter node."""
        if self.panel is not None and self.parent.isEntered:
            self.panel.scene_is_new()
            self.initializeParameterNode()
            self.panel.take_parameters(self._parameterNode)  # a loaded scene fills the very node that is bound already

    def initializeParameterNode(self) -> None:
        """Bind the widgets to the present scene's parameter node."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode: Any) -> None:
        """Bind the widgets to another node, or to none."""
        if parameterNode is self._parameterNode:
            return
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, "ModifiedEvent", self.onParametersModified)
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self._guiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode, "ModifiedEvent", self.onParametersModified)
        if self.panel is not None:
            self.panel.take_parameters(parameterNode)

    def onParametersModified(self, caller: Any = None, event: Any = None) -> None:
        """The user changed a choice."""
        if self.panel is not None:
            self.panel.parameters_changed()


class TumorResponseLogic(ScriptedLoadableModuleLogic):
    """Nodes in, a reading out; the work is TumorResponseLib's."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self._parameters: Any = None

    def getParameterNode(self) -> Any:
        """The scene's ``Parameters``; another wrapper only for another node."""
        from TumorResponseLib.panel.parameters import Parameters

        node = super().getParameterNode()
        if self._parameters is None or self._parameters.parameterNode is not node:
            wrap: Any = Parameters  # the decorator changes the constructor
            self._parameters = wrap(node)
        return self._parameters

    def installPackages(self) -> None:
        """Ask once to install what reading needs; nothing happens when all of it is there.

        Raises:
            RuntimeError: the user declined.
        """
        from TumorResponseLib.panel import packages

        packages.ensure(REQUIREMENTS)

    def read(self, volumeNode: Any, segmentationNode: Any = None, segmentId: str | None = None) -> Reading:
        """Read one volume to its prediction and saliency, waiting until it is done.

        Args:
            volumeNode: vtkMRMLScalarVolumeNode with the image.
            segmentationNode: vtkMRMLSegmentationNode with the tumour drawn on it; None to outline it automatically.
            segmentId: which of its segments is the tumour; None for the first.

        Returns:
            The reading; a step that failed says why in its state.

        Raises:
            TumorResponseLib.core.errors.TumorResponseError: the image or the outline cannot be read.
        """
        self.installPackages()
        from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE, Study
        from TumorResponseLib.models.bundle import default_folders
        from TumorResponseLib.models.device import resolve_device
        from TumorResponseLib.models.runtime import ModelLibrary
        from TumorResponseLib.mrml.segmentations import read_tumour
        from TumorResponseLib.mrml.volumes import image_of
        from TumorResponseLib.predict.registry import systems
        from TumorResponseLib.session.reading import Reading

        image, masks = image_of(volumeNode), {}
        if segmentationNode is not None:
            segment = segmentId or segmentationNode.GetSegmentation().GetNthSegmentID(0)
            masks["tumour"] = read_tumour(segmentationNode, volumeNode, segment)
        reading = Reading(ModelLibrary(default_folders(), resolve_device()), systems())
        reading.open(Study("slicer", {SINGLE_IMAGE_ROLE: image}, masks))
        reading.run()
        return reading


class TumorResponseTest(ScriptedLoadableModuleTest):
    """What holds in an installed extension; what needs packages that are missing is skipped, with the reason."""

    def test_library_and_resources_are_installed(self) -> None:
        from TumorResponseLib.core.resources import resources_folder

        self.assertTrue((resources_folder() / "Schemas").is_dir())

    def test_requirements_are_installed_beside_the_module(self) -> None:
        self.assertIn("onnxruntime", REQUIREMENTS.read_text(encoding="utf-8"))

    def test_choices_are_bound_to_the_widgets(self) -> None:
        ui, _top = self.loadedUi()
        parameters = TumorResponseLogic().getParameterNode()
        tag = parameters.connectGui(ui)
        ui.opacitySlider.value = 0.25
        self.assertAlmostEqual(parameters.saliencyOpacity, 0.25)
        parameters.ringRadii = "2, 4"
        self.assertEqual(ui.radiiEdit.text, "2, 4")
        parameters.disconnectGui(tag)

    def test_sample_is_read(self) -> None:
        from TumorResponseLib.panel import packages
        from TumorResponseLib.panel.panel import Panel

        missing = packages.missing(REQUIREMENTS)
        if missing:
            self.skipTest(f"These packages are not installed: {', '.join(missing)}.")
        ui, top = self.loadedUi()
        folder = TemporaryDirectory()
        panel = Panel(ui, top, REQUIREMENTS, Path(folder.name))
        try:
            panel.take_parameters(TumorResponseLogic().getParameterNode())
            panel.enter()
            next(action for action in ui.sampleButton.menu().actions() if "DLRS3" in action.text).trigger()
            self.waitUntil(lambda: "ready" in ui.saliencyStatusLabel.text)
            self.assertIn("Virtual cohort", ui.evidenceLabel.text)
            self.assertEqual(ui.worklistTable.item(0, 1).text(), "read")
            panel.leave()
        finally:
            panel.close()
            folder.cleanup()

    def loadedUi(self) -> tuple[Any, Any]:
        """The widgets by name, and the widget that holds them."""
        top = loadUI(str(REQUIREMENTS.parent / "UI/TumorResponse.ui"))
        top.setMRMLScene(slicer.mrmlScene)
        return childWidgetVariables(top), top

    def waitUntil(self, condition: Callable[[], bool], seconds: float = 120.0) -> None:
        """Let Slicer work until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "It took too long.")
            slicer.app.processEvents()
            time.sleep(0.01)
