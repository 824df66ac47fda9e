"""Readings that come with a scene which the user loads: no case of the worklist takes their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from slicer import vtkMRMLScene

from Testing.mrml.presented import Stage, make_reading
from Testing.mrml.test_presenter import roles
from TumorResponseLib.mrml.nodes import nodes_of_class
from TumorResponseLib.mrml.reading import content_of
from TumorResponseLib.mrml.scene import new_scene, write_reading


def names(scene: vtkMRMLScene) -> list[str]:
    """Of what a user would miss."""
    kinds = ("vtkMRMLScalarVolumeNode", "vtkMRMLSegmentationNode", "vtkMRMLTableNode", "vtkMRMLMarkupsLineNode")
    return sorted(node.GetName() for kind in kinds for node in nodes_of_class(scene, kind))


@pytest.fixture
def scene(tmp_path: Path) -> vtkMRMLScene:
    """A colleague's scene, with his reading."""
    scene = new_scene()
    write_reading(scene, content_of(make_reading(tmp_path / "colleague")))
    return scene


def test_a_reading_that_was_there_first_stays(scene: vtkMRMLScene, tmp_path: Path) -> None:
    before = names(scene)
    assert len(before) >= 5
    stage = Stage(make_reading(tmp_path / "own"), scene)
    stage.show()
    assert len(names(scene)) > len(before)
    stage.presenter.close()
    assert names(scene) == before


def test_a_reading_that_is_loaded_beside_ours_stays(scene: vtkMRMLScene, tmp_path: Path) -> None:
    path = str(tmp_path / "colleague.mrml")
    scene.SetURL(path)
    scene.Commit()
    stage = Stage(make_reading(tmp_path / "own"))
    stage.show()
    ours, tumour = roles(stage.scene), stage.tumour
    alone = len(names(stage.scene))
    stage.scene.SetURL(path)
    stage.scene.Import()
    loaded = len(names(stage.scene)) - alone
    assert loaded >= 5
    stage.show()
    assert stage.tumour is tumour and roles(stage.scene) == ours
    stage.presenter.close()
    assert len(names(stage.scene)) == loaded
