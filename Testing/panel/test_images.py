"""Images that are loaded into Slicer already, and the samples in Slicer's Sample Data module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import slicer

from Testing.panel.hands import Hands
from Testing.session.stand_ins import disc
from TumorResponseLib.core.image import Frame, Image, Spacing
from TumorResponseLib.core.saving import write_volume
from TumorResponseLib.mrml.volumes import add_volume, image_of

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel


def loaded(spacing: Spacing | None) -> slicer.vtkMRMLScalarVolumeNode:
    """An image in the scene that is in no file."""
    pixels = np.where(disc(), 200, np.random.default_rng(3).integers(20, 60, disc().shape)).astype(np.uint8)
    node = add_volume(slicer.mrmlScene, Image(pixels, spacing, Frame()), "ultrasound")
    node.SetAttribute("TumorResponse.Role", None)
    return node


def test_loaded_image_is_added_and_kept_as_a_file(hands: Hands) -> None:
    assert not hands.ui.addVolumeButton.enabled
    hands.ui.volumeSelector.setCurrentNode(loaded(Spacing((0.2, 0.2), "test")))
    hands.panel.window.run_events(0.1)
    hands.click("addVolumeButton")
    hands.wait_for_result()
    source = hands.desk.entry.source.path
    assert source == hands.desk.folder / "images/image-001.nrrd"
    assert hands.desk.reading.found.image.spacing_mm == (0.2, 0.2)


def test_image_loaded_from_one_file_is_taken_from_there(hands: Hands, tmp_path: Path) -> None:
    from TumorResponseLib.panel.loaded_image_part import file_of

    node, path = loaded(None), tmp_path / "image.nrrd"
    write_volume(image_of(node).pixels, image_of(node), path)
    storage = node.CreateDefaultStorageNode()
    slicer.mrmlScene.AddNode(storage)
    node.SetAndObserveStorageNodeID(storage.GetID())
    storage.SetFileName(str(path))
    node.StorableModified()
    assert file_of(node, hands.desk.folder).parent == hands.desk.folder / "images"
    storage.ReadData(node)
    assert file_of(node, hands.desk.folder) == path


@pytest.mark.usefixtures("panel")
def test_samples_are_registered_when_slicer_has_started(panel: Panel) -> None:
    import SampleData  # type: ignore[import-not-found]

    from TumorResponseLib.core.resources import resources_folder

    panel.qt(panel.window.app).startupCompleted.emit()
    found = {source["sampleName"]: source for source in SampleData.SampleDataLogic.sources}
    source = found["TumorResponse DLRS3 (simulated)"]
    assert source["uris"] == [(resources_folder() / "SampleData/dlrs3/image.dcm").as_uri()]
    assert source["checksums"][0].startswith("SHA256:")
    lists = ("uris", "fileNames", "nodeNames", "checksums", "loadFileTypes")
    assert all(len({len(each[name]) for name in lists}) == 1 for each in found.values())


def test_the_samples_offered_are_those_that_the_desk_reads(hands: Hands) -> None:
    from TumorResponseLib.desk.samples import samples as of_the_desk
    from TumorResponseLib.panel.sample_data import samples as of_the_panel

    offered = [sample.folder.name for sample in of_the_panel()]
    assert offered == [sample.name for sample in of_the_desk()]
    assert {"ceus", "dlrs3", "hcc", "prrt-pfs"} <= set(offered)
