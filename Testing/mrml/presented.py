"""A reading and a presenter on a scene of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode, vtkSlicerSegmentationsModuleLogic

from Testing.mrml.test_segmentations import paint
from Testing.session.stand_ins import BrightnessSystem, make_library, make_study, systems
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.desk.display import DisplayOptions, Shown, shown
from TumorResponseLib.mrml.presenter import ScenePresenter
from TumorResponseLib.mrml.scene import new_scene
from TumorResponseLib.predict.system import System, View
from TumorResponseLib.session.reading import Reading


class PetOverCt(BrightnessSystem):
    """Reads the PET, with the CT behind it."""

    def view(self, study: Study) -> View:
        return View("pet", backdrop="ct")


def make_reading(
    folder: Path, study: Study | None = None, *, run: bool = True, system: System | None = None
) -> Reading:
    """A reading of the stand-ins' study by the stand-ins' system; their library lives in ``folder``."""
    bundles = folder / "bundles"
    library = make_library(bundles, *(() if bundles.exists() else ("breast-us-segmentation", "dlrs3")))
    reading = Reading(library, systems(system or BrightnessSystem()))
    reading.open(study or make_study())
    if run:
        reading.run()
    return reading


class Stage:
    """A scene, its presenter, and what a shell would do with them."""

    def __init__(self, reading: Reading, scene: vtkMRMLScene | None = None) -> None:
        self.reading = reading
        self.display = DisplayOptions()
        self.scene = scene or new_scene()
        self.presenter = ScenePresenter(self.scene)

    def show(self, *, ai_hidden: bool = False, **changes: Any) -> None:
        """As a shell does after each change, with changes of the display."""
        self.display = DisplayOptions(**(self.display.to_json() | changes))
        self.presenter.show(self.reading, self.shown(ai_hidden), self.display)

    def shown(self, ai_hidden: bool = False) -> Shown:
        return shown(self.reading, self.display, ai_hidden=ai_hidden)

    @property
    def volume(self) -> vtkMRMLScalarVolumeNode:
        assert self.presenter.volume_node is not None
        return self.presenter.volume_node

    @property
    def tumour(self) -> vtkMRMLSegmentationNode:
        assert self.presenter.tumour_node is not None
        return self.presenter.tumour_node

    @property
    def rings(self) -> vtkMRMLSegmentationNode:
        assert self.presenter.rings_node is not None
        return self.presenter.rings_node

    def paint(self, stroke: MaskArray) -> None:
        """A brush stroke of the user's."""
        paint(self.tumour, self.volume, stroke, vtkSlicerSegmentationsModuleLogic.MODE_MERGE_MAX)
