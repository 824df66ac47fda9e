"""The commands as a user types them: files written, exit codes, one sentence for each error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from jsonschema import validate
from PIL import Image as Pillow

from TumorResponseLib.cli.app import run
from TumorResponseLib.core.resources import resources_folder

SAMPLE = resources_folder() / "SampleData" / "dlrs3"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pixels as a PNG, which knows no millimetres."""
    path = tmp_path_factory.mktemp("picture") / "lesion.png"
    pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(SAMPLE / "image.dcm"), sitk.sitkUInt8)).squeeze()
    Pillow.fromarray(pixels).save(path)
    return path


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A mask picture with a disc of 5 mm radius at 0.5 mm a pixel."""
    rows, columns = np.ogrid[:100, :120]
    inside = (rows - 50) ** 2 + (columns - 60) ** 2 <= 10**2
    path = tmp_path / "disc.png"
    Pillow.fromarray((inside * 255).astype(np.uint8)).save(path)
    return path


def only_error(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    return lines[0]


def test_read_writes_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["read", str(SAMPLE), "--device", "cpu", "--out", str(out)]) == 0
    names = {path.name for path in out.iterdir()}
    assert {"result.json", "regions.seg.nrrd", "saliency-fused.nrrd", "scene.mrb", "report.html"} <= names
    result = json.loads((out / "result.json").read_text())
    validate(result, json.loads((resources_folder() / "Schemas" / "result.schema.json").read_text()))
    assert [region["name"] for region in result["regions"]] == ["tumour", "0-3 mm", "3-5 mm", "5-10 mm"]
    assert result["predictions"][0]["evidence"] == "virtual cohort"
    assert result["input"]["spacing_source"].startswith("DICOM SequenceOfUltrasoundRegions")
    assert "Research use only" in capsys.readouterr().out


def test_read_asks_the_system_that_the_study_is_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = resources_folder() / "SampleData" / "ceus"
    assert run(["read", str(sample), "--device", "cpu", "--out", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert [prediction["system"] for prediction in result["predictions"]] == ["ceus"]
    assert capsys.readouterr().out.startswith("ceus: ")


def test_read_takes_the_frame_and_the_system_that_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = resources_folder() / "SampleData" / "ceus"
    told = ["--system", "dlrs3", "--frame", "7"]
    assert run(["read", str(sample), *told, "--device", "cpu", "--out", str(tmp_path)]) == 0
    assert "Frame 7 of the cine's" in capsys.readouterr().err
    result = json.loads((tmp_path / "result.json").read_text())
    assert [prediction["system"] for prediction in result["predictions"]] == ["dlrs3"]


def test_a_frame_of_what_is_no_cine_is_refused(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["read", str(picture), "--frame", "2", "--device", "cpu", "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "--frame chooses a frame of a cine" in error and "is no cine; leave it out" in error
    assert not list((tmp_path / "out").iterdir())


def test_read_takes_the_role_and_a_mask_that_is_drawn_on_its_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for name, shape in (("wide", (40, 90)), ("tall", (80, 50))):
        Pillow.fromarray(np.full(shape, 90, np.uint8)).save(folder / f"{name}.png")
    drawn = np.zeros((80, 50), np.uint8)
    drawn[20:60, 10:40] = 255
    Pillow.fromarray(drawn).save(tmp_path / "drawn.png")
    described = {"image_wide": "wide.png", "image_tall": "tall.png", "spacing_mm": 0.5}
    (folder / "study.json").write_text(json.dumps(described))
    read = ["read", str(folder), "--device", "cpu", "--mask", str(tmp_path / "drawn.png"), "--out"]
    run([*read, str(tmp_path / "out"), "--role", "tall"])
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["input"]["shape"] == [80, 50]
    assert result["regions"][0]["area_mm2"] == pytest.approx(40 * 30 * 0.25)
    assert [Path(file["path"]).name for file in result["input"]["files"]][-1] == "drawn.png"
    capsys.readouterr()
    assert run([*read, str(tmp_path / "none"), "--role", "deep"]) == 1
    assert "has no image of role 'deep'; it has wide, tall" in only_error(capsys)


def test_read_without_spacing_refuses_rings_and_still_segments(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["read", str(picture), "--out", str(out)]) == 1
    assert "--spacing" in only_error(capsys)
    result = json.loads((out / "result.json").read_text())
    assert result["segmentation"]["presence"] > 0.5
    assert result["regions"] == result["predictions"] == []
    assert (out / "regions.seg.nrrd").exists()


def test_read_takes_several_studies_and_keeps_the_good_ones(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(picture.read_bytes()[:300])
    out = tmp_path / "out"
    assert run(["read", str(broken), str(picture), "--spacing", "0.1", "--out", str(out)]) == 1
    assert "broken.png" in capsys.readouterr().err
    assert (out / "lesion" / "result.json").exists()
    assert not (out / "broken").exists()


def test_read_takes_a_drawn_mask(picture: Path, tmp_path: Path) -> None:
    size = Pillow.open(picture).size
    drawn = np.zeros((size[1], size[0]), dtype=np.uint8)
    drawn[60:120, 100:180] = 255
    mask = tmp_path / "drawn.png"
    Pillow.fromarray(drawn).save(mask)
    out = tmp_path / "out"
    assert run(["read", str(picture), "--mask", str(mask), "--spacing", "0.2", "--out", str(out)]) == 0
    result = json.loads((out / "result.json").read_text())
    assert result["regions"][0]["area_mm2"] == pytest.approx(60 * 80 * 0.04)
    assert result["segmentation"]["origin"] == "manual"


def test_segment_writes_masks_of_the_inputs_name_and_size(picture: Path, tmp_path: Path) -> None:
    assert run(["segment", str(picture), str(SAMPLE), "--out", str(tmp_path)]) == 0
    mask = np.asarray(Pillow.open(tmp_path / "lesion.png"))
    assert set(np.unique(mask)) == {0, 255}
    assert mask.shape == np.asarray(Pillow.open(picture)).shape
    volume = sitk.ReadImage(str(tmp_path / "dlrs3.nii.gz"))
    assert np.array_equal(sitk.GetArrayFromImage(volume).squeeze() > 0, mask > 0)


def test_segment_keeps_going_after_a_bad_input(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.png"
    assert run(["segment", str(missing), str(picture), "--out", str(tmp_path / "out")]) == 1
    assert "missing.png" in capsys.readouterr().err
    assert (tmp_path / "out" / "lesion.png").exists()


def test_rings_count_as_their_geometry_says(disc: Path, tmp_path: Path) -> None:
    out = tmp_path / "rings.nrrd"
    assert run(["rings", str(disc), "--spacing", "0.5", "--radii", "3", "5", "--out", str(out)]) == 0
    written = sitk.ReadImage(str(out))
    labels = sitk.GetArrayFromImage(written).squeeze()
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    assert written.GetSpacing()[:2] == pytest.approx((0.5, 0.5))
    assert (labels == 2).sum() * 0.25 == pytest.approx(np.pi * (8**2 - 5**2), rel=0.05)
    assert (labels == 3).sum() * 0.25 == pytest.approx(np.pi * (10**2 - 8**2), rel=0.05)


def test_rings_without_spacing_are_refused(disc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rings", str(disc), "--out", str(tmp_path / "rings.png")]) == 1
    assert "--spacing" in only_error(capsys)
    assert not (tmp_path / "rings.png").exists()


def test_models_lists_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models"]) == 0
    printed = "".join(capsys.readouterr().out.split())
    assert "patients" in printed
    assert "virtual" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["read"],
        ["nonsense"],
        ["read", "x.png", "--out", "o", "--spacing", "-1"],
        ["read", "x.png", "--out", "o", "--spacing", "a,b"],
        ["read", "x.png", "--out", "o", "--system", "astrology"],
        ["simulate", "dlrs3", "--patients", "many", "--seed", "1", "--out", "o"],
    ],
)
def test_wrong_use_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 2


def test_wrong_combinations_end_with_2(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = ["read", str(picture), str(SAMPLE), "--mask", str(picture), "--out", str(tmp_path)]
    assert run(two) == 2
    assert "one study" in only_error(capsys)
    assert run(["segment", str(picture), str(picture), "--out", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["rings", "mask.png", "--spacing", "1e-320", "--out", "o"],
        ["read", "image.png", "--spacing", "1e200", "--out", "o"],
        ["simulate", "dlrs3", "--patients", "2", "--seed", "-1", "--out", "o"],
    ],
    ids=" ".join,
)
def test_numbers_without_sense_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 2
    assert "is no distance" in (told := capsys.readouterr().err) or "must not be below zero" in told


def test_debug_shows_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["rings", str(tmp_path / "none.png"), "--out", str(tmp_path / "rings.png")]
    assert run(command) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert run([*command, "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err
