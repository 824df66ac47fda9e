"""The module that Slicer loads: it names the extension and hands its work to TumorResponseLib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)

if TYPE_CHECKING:
    from TumorResponseLib.session.reading import Reading

REQUIREMENTS = Path(__file__).parent / "Resources/requirements.txt"
IMPORTED_PACKAGES = ("numpy", "SimpleITK", "scipy", "skimage", "PIL", "jinja2", "jsonschema", "onnxruntime")
"""What the requirements are imported as; Slicer 5.10 has nothing to check them with."""


class TumorResponse(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.parent.title = _("Tumor Response")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = []
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


class TumorResponseWidget(ScriptedLoadableModuleWidget):
    """Says what the module does and how to read a volume from the Python console."""

    def setup(self) -> None:
        super().setup()
        explanation = qt.QLabel(
            _(
                "Research use only: not for diagnosis or treatment decisions.\n\n"
                "Read a loaded ultrasound image from the Python console:\n"
                "logic = slicer.util.getModuleLogic('TumorResponse')\n"
                "reading = logic.read(slicer.util.getNode('...'))\n"
                "The first call asks to install the packages that reading needs."
            )
        )
        explanation.setWordWrap(True)
        explanation.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        self.layout.addWidget(explanation)
        self.layout.addStretch(1)


class TumorResponseLogic(ScriptedLoadableModuleLogic):
    """Nodes in, a reading out; the work is TumorResponseLib's."""

    def installPackages(self) -> None:
        """Ask once to install what reading needs; nothing happens when all of it is there.

        Raises:
            RuntimeError: the user declined.
        """
        try:
            from slicer.packaging import load_requirements, pip_ensure
        except ModuleNotFoundError:  # Slicer 5.10
            self._askAndInstall()
        else:
            pip_ensure(load_requirements(REQUIREMENTS), requester="TumorResponse")

    def _askAndInstall(self) -> None:
        from importlib.util import find_spec

        from slicer.util import confirmOkCancelDisplay, pip_install

        if all(find_spec(name) for name in IMPORTED_PACKAGES):
            return
        question = _("Tumor Response needs to install Python packages from the internet. Install them now?")
        if not confirmOkCancelDisplay(question):
            raise RuntimeError(_("The packages that reading needs were not installed."))
        pip_install(f'--requirement "{REQUIREMENTS}"')

    def read(self, volumeNode: Any, segmentationNode: Any = None, segmentId: str | None = None) -> Reading:
        """Read one volume to its prediction and saliency.

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
    """What holds in an installed extension, before any package is installed."""

    def test_library_and_resources_are_installed(self) -> None:
        from TumorResponseLib.core.resources import resources_folder

        self.assertTrue((resources_folder() / "Schemas").is_dir())

    def test_requirements_are_installed_beside_the_module(self) -> None:
        self.assertIn("onnxruntime", REQUIREMENTS.read_text(encoding="utf-8"))
