"""A session's reading to a scene and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from Testing.mrml.cases import node_in, users_volume
from Testing.mrml.presented import PetOverCt, make_reading
from Testing.session.stand_ins import BrightnessSystem, disc, make_library, make_study, systems
from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.mrml.bundle import open_scene, save_scene
from TumorResponseLib.mrml.nodes import node_of_role, nodes_of_class
from TumorResponseLib.mrml.reading import content_of, reading_in
from TumorResponseLib.mrml.scene import new_scene, write_reading
from TumorResponseLib.mrml.segmentations import add_tumour
from TumorResponseLib.mrml.volumes import image_of
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Status, Step

SYSTEMS = systems(BrightnessSystem())


@pytest.fixture
def models(tmp_path: Path) -> ModelLibrary:
    return make_library(tmp_path / "bundles", "breast-us-segmentation", "dlrs3")


@pytest.fixture
def reading(models: ModelLibrary) -> Reading:
    reading = Reading(models, SYSTEMS)
    reading.open(make_study())
    reading.run()
    return reading


def test_a_reading_survives_its_scene(tmp_path: Path, models: ModelLibrary, reading: Reading) -> None:
    content = content_of(reading)
    assert content.shown_layer == "fused"
    assert set(content.saliency) == {"intratumoral", "margin3", "fused"}
    scene = new_scene()
    write_reading(scene, content)
    save_scene(scene, tmp_path / "scene.mrb")
    back = reading_in(open_scene(tmp_path / "scene.mrb"), models, SYSTEMS)
    assert reading.found.study is not None
    assert back.found.study is not None
    assert back.found.study.name == reading.found.study.name
    np.testing.assert_array_equal(back.found.mask, reading.found.mask)
    assert back.found.mask_source == reading.found.mask_source
    assert back.found.rings is not None
    assert reading.found.rings is not None
    np.testing.assert_array_equal(back.found.rings.labels, reading.found.rings.labels)
    assert back.state(Step.PREDICTION).status is Status.STALE
    back.run()
    before, after = reading.found.outputs["dlrs3"].prediction, back.found.outputs["dlrs3"].prediction
    assert after.probabilities == pytest.approx(before.probabilities)


def test_a_mask_that_was_edited_in_the_scene_comes_back_edited(models: ModelLibrary, reading: Reading) -> None:
    scene = new_scene()
    volume = write_reading(scene, content_of(reading))
    larger = disc(radius=20.0)
    add_tumour(scene, larger, volume, content_of(reading).mask_source)
    back = reading_in(scene, models, SYSTEMS)
    np.testing.assert_array_equal(back.found.mask, larger)
    assert back.found.mask_source is not None
    assert back.found.mask_source.origin is MaskOrigin.CORRECTED
    assert back.found.mask_source.confidence is None
    write_reading(scene, content_of(back))
    assert content_of(reading_in(scene, models, SYSTEMS)).mask_source == back.found.mask_source


def test_rings_come_back_within_their_limits(tmp_path: Path, models: ModelLibrary, reading: Reading) -> None:
    left = np.zeros((120, 160), dtype=bool)
    left[:, :83] = True
    reading.set_limits(within=left)
    reading.compute_rings()
    scene = new_scene()
    write_reading(scene, content_of(reading))
    save_scene(scene, tmp_path / "scene.mrb")
    back = reading_in(open_scene(tmp_path / "scene.mrb"), models, SYSTEMS)
    back.run()
    assert back.found.rings is not None
    assert reading.found.rings is not None
    np.testing.assert_array_equal(back.found.rings.labels, reading.found.rings.labels)
    assert not (back.found.rings.band(1) & ~left).any()


def test_a_calibrated_reading_of_the_users_own_volume_comes_back(tmp_path: Path, models: ModelLibrary) -> None:
    scene = new_scene()
    volume = users_volume(scene, make_study(None).image())
    reading = Reading(models, SYSTEMS)
    reading.open(Study("case", {"image": image_of(volume)}))
    reading.set_spacing(Spacing((0.2, 0.25), "drawn on the depth scale"))
    reading.run()
    write_reading(scene, content_of(reading), volume)
    save_scene(scene, tmp_path / "scene.mrb")
    for opened in (scene, open_scene(tmp_path / "scene.mrb")):
        back = reading_in(opened, models, SYSTEMS)
        assert back.found.image is not None
        assert back.found.image.spacing is not None
        assert back.found.image.spacing.source == "drawn on the depth scale"
        assert back.found.image.spacing_mm == pytest.approx((0.2, 0.25))
        np.testing.assert_array_equal(back.found.mask, reading.found.mask)
        measured, before = back.found.measurements[0], reading.found.measurements[0]
        assert measured.long_diameter_mm == pytest.approx(before.long_diameter_mm)


def test_what_became_stale_is_not_shown(reading: Reading) -> None:
    scene = new_scene()
    write_reading(scene, content_of(reading))
    reading.set_mask(disc(radius=10.0))
    write_reading(scene, content_of(reading))
    for role in ("rings", "long-diameter", "saliency-fused", "measurements", "predictions"):
        assert node_of_role(scene, role) is None
    assert node_of_role(scene, "tumour") is not None


def test_a_reading_without_spacing_has_a_scene(models: ModelLibrary) -> None:
    reading = Reading(models, SYSTEMS)
    reading.open(make_study(None))
    reading.run()
    scene = new_scene()
    write_reading(scene, content_of(reading))
    assert node_of_role(scene, "tumour") is not None
    assert node_of_role(scene, "rings") is None
    image = reading_in(scene, models, SYSTEMS).found.image
    assert image is not None
    assert image.spacing is None


def test_nothing_to_write_or_read_is_told(models: ModelLibrary) -> None:
    with pytest.raises(UsageError, match="open one first"):
        content_of(Reading(models, SYSTEMS))
    with pytest.raises(StudyError, match="no reading"):
        reading_in(new_scene(), models, SYSTEMS)


def test_a_study_of_several_images_comes_back_with_all_of_them(tmp_path: Path) -> None:
    generator = np.random.default_rng(8)
    pet = Image(
        generator.random((6, 12, 14), np.float32), Spacing((4.0, 4.1, 4.2), "test"), modality="PT", units="SUVbw"
    )
    ct_frame = replace(pet.frame, origin=(-3.0, 2.0, 1.0))
    ct_pixels = generator.integers(-900, 900, (10, 20, 22), np.int16)
    ct = Image(ct_pixels, Spacing((2.5, 2.0, 2.0), "test"), ct_frame, "CT", units="HU")
    mask = np.zeros(pet.pixels.shape, np.bool_)
    mask[2:4, 3:7, 4:8] = True
    system = PetOverCt(roles=("pet", "ct"))
    reading = make_reading(tmp_path, Study("petct", {"pet": pet, "ct": ct}, {"tumour": mask}), run=False, system=system)
    content = content_of(reading)
    assert content.backdrop == "ct"
    scene = new_scene()
    write_reading(scene, content)
    save_scene(scene, tmp_path / "scene.mrb")
    opened = open_scene(tmp_path / "scene.mrb")
    behind, shown = node_in(opened, "image-ct"), node_in(opened, "image")
    assert (behind.GetDisplayNode().GetWindow(), behind.GetDisplayNode().GetLevel()) == (400.0, 40.0)
    assert shown.GetDisplayNode().GetColorNode().GetName() == "TumorResponse pet"
    for layers in nodes_of_class(opened, "vtkMRMLSliceCompositeNode"):
        assert layers.GetBackgroundVolumeID() == behind.GetID()
        assert layers.GetForegroundVolumeID() == shown.GetID()

    back = reading_in(opened, make_library(tmp_path / "bundles"), systems(system)).found
    assert back.study is not None and back.image is not None
    assert set(back.study.images) == {"pet", "ct"}
    np.testing.assert_array_equal(back.study.images["ct"].pixels, ct.pixels)
    assert (back.study.images["ct"].units, back.image.units, back.image.modality) == ("HU", "SUVbw", "PT")
    np.testing.assert_allclose(back.study.images["ct"].frame.origin, ct.frame.origin)
    np.testing.assert_array_equal(back.mask, mask)
    write_reading(scene, replace(content, companions={}, view=None))
    assert node_of_role(scene, "image-ct") is None
    assert node_in(scene, "image").GetDisplayNode().GetColorNode().GetName() == "TumorResponse uptake"
