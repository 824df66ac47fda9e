"""What leaves a reading: the result document, the result files, the state kept in a scene."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import SimpleITK as sitk

from Testing.session.stand_ins import BrightnessSystem, disc, make_study, systems
from TumorResponseLib.core.errors import StudyError, TumorResponseError, UsageError
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.runtime import ModelLibrary
from TumorResponseLib.predict.system import Estimate, View
from TumorResponseLib.session.files import write_result
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import NO_LESION, Reading
from TumorResponseLib.session.result import result_document
from TumorResponseLib.session.saved_state import from_json, to_json
from TumorResponseLib.session.steps import Status, Step

VALUES = {"timepoint": "", "register": False, "laboratory": {}, "laboratory_ranges": {}, "warnings": []}


def validate(document: object) -> None:
    schema = json.loads((resources_folder() / "Schemas" / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(document, allow_nan=False)), schema)


def test_the_result_of_a_full_reading_fits_the_schema(reading: Reading) -> None:
    reading.open(make_study())
    reading.run()
    document = result_document(reading)
    validate(document)
    assert document["input"]["spacing_source"] == "given by the user"
    assert document["segmentation"]["origin"] == "automatic"
    assert [region["name"] for region in document["regions"]] == ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]
    assert "volume_mm3" not in document["regions"][0]
    assert document["predictions"][0]["evidence"] == "virtual cohort"
    assert document["saliency"].keys() == reading.found.saliency.keys()
    assert document["device"]["name"] == "cpu"
    assert document["software"]["numpy"] == np.__version__


def test_a_stale_or_failed_step_puts_no_number_into_the_result(reading: Reading, system: BrightnessSystem) -> None:
    reading.open(make_study())
    reading.run()
    system.refusal = StudyError("The image is too small; give a larger one.")
    with pytest.raises(StudyError):
        reading.predict()
    document = result_document(reading)
    validate(document)
    assert document["predictions"] == [] and document["saliency"] == {}
    assert "The image is too small; give a larger one." in document["warnings"]
    assert document["regions"]


@pytest.mark.parametrize("lesion", [True, False])
def test_the_result_without_spacing_or_lesion_fits_the_schema(reading: Reading, lesion: bool) -> None:
    reading.open(make_study(None, lesion=lesion))
    reading.run()
    document = result_document(reading)
    validate(document)
    assert document["input"]["spacing_mm"] is None
    assert document["regions"] == [] and document["predictions"] == []
    assert (NO_LESION in document["warnings"]) is not lesion


def test_there_is_no_result_without_a_study(reading: Reading) -> None:
    with pytest.raises(UsageError):
        result_document(reading)


def test_a_3d_region_has_a_volume(library: ModelLibrary) -> None:
    from TumorResponseLib.core.image import Image, Spacing
    from TumorResponseLib.core.study import SourceFile, Study

    tumour = np.zeros((6, 40, 40), dtype=bool)
    tumour[2:4, 15:25, 15:25] = True
    image = Image(tumour.astype(np.int16), Spacing((5.0, 1.0, 1.0), "NIfTI header"), modality="CT")
    study = Study("volume", {"image": image}, {"tumour": tumour}, (SourceFile(Path("v.nii.gz"), "0" * 64),))
    reading = Reading(library, {}, ReadingOptions(systems=()))
    reading.open(study)
    assert reading.run() == ()
    document = result_document(reading)
    validate(document)
    assert document["regions"][0]["volume_mm3"] == pytest.approx(200 * 5.0)
    assert "area_mm2" not in document["regions"][0]


def test_the_files_are_written_on_the_images_grid(reading: Reading, tmp_path: Path) -> None:
    reading.open(make_study())
    reading.run()
    out = tmp_path / "new" / "out"
    files = write_result(reading, out)
    assert files[0] == out / "result.json"
    assert {path.name for path in files} == {path.name for path in out.iterdir()}
    assert {"regions.seg.nrrd", "saliency-fused.nrrd", "saliency-margin3.nrrd"} <= {path.name for path in files}
    assert json.loads((out / "result.json").read_text()) == json.loads(json.dumps(result_document(reading)))
    saliency = sitk.ReadImage(str(out / "saliency-fused.nrrd"))
    np.testing.assert_allclose(np.squeeze(sitk.GetArrayFromImage(saliency)), reading.found.saliency["fused"], atol=1e-6)
    assert saliency.GetSpacing()[:2] == pytest.approx((0.2, 0.2))
    assert reading.found.rings is not None
    labels = np.squeeze(sitk.GetArrayFromImage(sitk.ReadImage(str(out / "regions.seg.nrrd"))))
    np.testing.assert_array_equal(labels, reading.found.rings.labels)


def test_without_rings_the_regions_hold_the_tumour_alone_and_old_files_go(reading: Reading, tmp_path: Path) -> None:
    reading.open(make_study())
    reading.run()
    write_result(reading, tmp_path)
    (tmp_path / "notes.txt").write_text("not ours")
    reading.open(make_study(None))
    reading.run()
    write_result(reading, tmp_path)
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {"result.json", "regions.seg.nrrd", "notes.txt"}
    assert reading.found.mask is not None
    labels = np.squeeze(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "regions.seg.nrrd"))))
    np.testing.assert_array_equal(labels == 1, reading.found.mask)


def test_a_folder_that_cannot_be_written_is_one_sentence(reading: Reading, tmp_path: Path) -> None:
    reading.open(make_study())
    (tmp_path / "file").write_text("")
    with pytest.raises(TumorResponseError, match="cannot be written to"):
        write_result(reading, tmp_path / "file")


def test_a_reading_comes_back_from_json(reading: Reading, library: ModelLibrary, system: BrightnessSystem) -> None:
    study = make_study()
    reading.open(study)
    reading.run()
    assert reading.found.mask is not None
    corrected = reading.found.mask | disc(radius=18.0)
    reading.set_mask(corrected)
    reading.set_radii((2.0, 6.0))
    reading.run()
    document = json.loads(json.dumps(to_json(reading), allow_nan=False))

    back = from_json(document, library, systems(system), study, corrected)
    assert back.options == dataclasses.replace(reading.options, systems=("dlrs3",), role="image")
    assert back.view == reading.view == View("image")
    assert back.found.mask_source == reading.found.mask_source
    assert back.found.measurements == reading.found.measurements
    assert back.found.outputs["dlrs3"].prediction == reading.found.outputs["dlrs3"].prediction
    assert back.state(Step.PREDICTION).status is Status.STALE
    assert to_json(back)["predictions"] == document["predictions"]
    assert back.run() == ()
    np.testing.assert_array_equal(back.found.saliency["fused"], reading.found.saliency["fused"])


def test_typed_laboratory_values_and_estimates_come_back_from_json(
    reading: Reading, library: ModelLibrary, system: BrightnessSystem
) -> None:
    reading.open(make_study(laboratory={"crp": 3.0}))
    reading.run()
    output = reading.found.outputs["dlrs3"]
    told = dataclasses.replace(output.prediction, estimates=(Estimate("viability", 0.4, 0.3, 0.6),))
    reading.found.outputs = {"dlrs3": dataclasses.replace(output, prediction=told)}
    validate(result_document(reading))
    reading.set_laboratory({"ldh": 210.0})
    back = from_json(json.loads(json.dumps(to_json(reading))), library, systems(system), make_study(), disc())
    assert back.found.study is not None and back.found.study.laboratory == {"crp": 3.0, "ldh": 210.0}
    assert back.found.outputs["dlrs3"].prediction == told


def test_what_the_study_holds_comes_back_from_json_but_for_earlier_time_points_which_is_said(
    library: ModelLibrary, system: BrightnessSystem
) -> None:
    study = dataclasses.replace(
        make_study(laboratory={"crp": 3.0}),
        timepoint="week-2",
        register=True,
        laboratory_ranges={"crp": (None, 5.0), "ldh": (135.0, 225.0)},
        warnings=("The file states no spacing.",),
        earlier=(make_study(name="week-0"), make_study(name="week-1")),
    )
    reading = Reading(library, systems(system))
    reading.open(study)
    assert reading.warnings == study.warnings
    sentence = "The scene does not hold the earlier time points (week-0, week-1); open the study itself"
    for _ in range(2):  # saved again, it is said again, once
        reading = from_json(json.loads(json.dumps(to_json(reading))), library, systems(system), make_study(), None)
        kept = reading.found.study
        assert kept is not None and (kept.timepoint, kept.register, kept.earlier) == ("week-2", True, ())
        assert kept.laboratory_ranges == study.laboratory_ranges
        own, told = reading.warnings
        assert own == "The file states no spacing." and told.startswith(sentence)


def test_the_limits_of_the_rings_come_back_from_json(
    reading: Reading, library: ModelLibrary, system: BrightnessSystem
) -> None:
    left = np.zeros((120, 160), dtype=bool)
    left[:, :83] = True
    reading.open(make_study(masks={"tumour": disc(), "exclude": left}))
    reading.run()
    document = json.loads(json.dumps(to_json(reading), allow_nan=False))
    back = from_json(document, library, systems(system), make_study(), disc())
    assert back.state(Step.RINGS).status is Status.READY
    assert back.found.measurements == reading.found.measurements
    assert back.found.rings is not None
    assert back.found.rings.band(1).any() and not (back.found.rings.band(1) & left).any()

    reading.set_limits()
    free = from_json(to_json(reading), library, systems(system), make_study(masks={"exclude": left}), disc())
    free.compute_rings()
    assert free.found.rings is not None
    assert (free.found.rings.band(1) & left).any()


@pytest.mark.parametrize("origin", MaskOrigin)
def test_a_mask_that_was_edited_since_is_no_longer_automatic(
    reading: Reading, library: ModelLibrary, system: BrightnessSystem, origin: MaskOrigin
) -> None:
    reading.open(make_study())
    reading.segment()
    assert reading.found.mask is not None
    reading.set_mask(reading.found.mask, origin)
    before = reading.found.mask_source
    assert before is not None

    same = from_json(to_json(reading), library, systems(system), make_study(), reading.found.mask)
    assert same.found.mask_source == before
    edited = from_json(to_json(reading), library, systems(system), make_study(), disc(radius=20.0)).found.mask_source
    assert edited is not None
    assert edited.origin is (MaskOrigin.MANUAL if origin is MaskOrigin.MANUAL else MaskOrigin.CORRECTED)
    assert (edited.added, edited.removed, edited.confidence) == (None, None, None)
    assert (edited.bundle, edited.presence) == (before.bundle, before.presence)


def test_an_empty_reading_comes_back_from_json(
    reading: Reading, library: ModelLibrary, system: BrightnessSystem
) -> None:
    reading.open(make_study())
    back = from_json(to_json(reading), library, systems(system), make_study(), None)
    assert back.found.mask is None
    assert back.state(Step.MASK).status is Status.EMPTY
    drawn = from_json(to_json(reading), library, systems(system), make_study(), disc())
    assert drawn.found.mask_source is not None
    assert drawn.found.mask_source.origin is MaskOrigin.MANUAL


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 99},
        {"options": {"unknown": 1}},
        {"steps": {}},
        {"limits": {"within": {"shape": [2], "bits": "AAAA"}}},
        {"limits": []},
        {"values": {}},
        {"values": {**VALUES, "laboratory": {"crp": "high"}}},
        {"values": {**VALUES, "laboratory_ranges": {"crp": [1.0]}}},
    ],
)
def test_a_damaged_state_is_refused(
    reading: Reading, library: ModelLibrary, system: BrightnessSystem, damage: dict[str, object]
) -> None:
    reading.open(make_study())
    with pytest.raises(StudyError, match="saved in the scene"):
        from_json(to_json(reading) | damage, library, systems(system), make_study(), None)
