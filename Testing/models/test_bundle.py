"""Bundles: found, valid, untampered, or one sentence that says what is wrong."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from Testing.models.bundles import MODEL, SETTINGS, make_bundle, metadata, write_metadata
from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import bundle_sha256, default_folders, find_bundles, read_bundle, verify


def test_a_sound_bundle_is_found_verified_and_read(tmp_path: Path) -> None:
    make_bundle(tmp_path / "first")
    found = find_bundles([tmp_path])
    bundle = found.bundles["scaling"]
    verify(bundle)
    assert found.problems == []
    assert bundle.read_json(SETTINGS) == {"threshold": 0.5}
    assert hashlib.sha256(bundle.read(MODEL)).hexdigest() == bundle.metadata["weights"][MODEL]


def test_sha256_of_a_bundle_is_that_of_its_sorted_checksum_list(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    weights = bundle.metadata["weights"]
    listing = f"{weights[MODEL]}  {MODEL}\n{weights[SETTINGS]}  {SETTINGS}\n"
    assert bundle.sha256 == hashlib.sha256(listing.encode()).hexdigest()
    assert bundle_sha256(dict(reversed(list(weights.items())))) == bundle.sha256
    assert read_bundle(make_bundle(tmp_path / "other", factor=3.0)).sha256 != bundle.sha256


def test_a_tampered_weight_is_refused(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    content = bytearray((bundle.path / MODEL).read_bytes())
    content[-1] ^= 1
    (bundle.path / MODEL).write_bytes(content)
    with pytest.raises(BundleError, match=r"models/scaling\.onnx of the bundle scaling .* was damaged or altered"):
        verify(bundle)


def test_a_missing_weight_is_refused(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    (bundle.path / SETTINGS).unlink()
    with pytest.raises(BundleError, match=r"models/settings\.json of the bundle scaling cannot be read .*No such file"):
        verify(bundle)


def test_an_unlisted_file_is_not_read(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    (bundle.path / "models" / "extra.json").write_text("{}")
    with pytest.raises(BundleError, match=r"lists no file models/extra\.json; it lists models/scaling\.onnx"):
        bundle.read_json("models/extra.json")


def test_a_listed_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    with pytest.raises(BundleError, match=r"models/scaling\.onnx .* is no valid JSON"):
        bundle.read_json(MODEL)


@pytest.mark.parametrize("key", sorted(metadata("any")))
def test_each_key_of_the_metadata_is_required(key: str, tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "bundle")
    described = read_bundle(path).metadata
    del described[key]
    write_metadata(path, described)
    with pytest.raises(BundleError, match=f"'{key}' is a required property"):
        read_bundle(path)


def test_a_wrong_value_is_named_with_its_place(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "bundle", evidence="hearsay")
    with pytest.raises(BundleError, match="not valid at evidence: 'hearsay' is not one of"):
        read_bundle(path)


@pytest.mark.parametrize(
    "relative", ["models/../../secret", "/etc/passwd", "../secret", "models\\..\\secret", "models/"]
)
def test_paths_out_of_the_bundle_are_refused(relative: str, tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "bundle", weights={relative: "0" * 64})
    with pytest.raises(BundleError, match="is not valid at weights"):
        read_bundle(path)


def test_a_link_out_of_the_bundle_is_refused(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    outside = tmp_path / "outside.onnx"
    (bundle.path / MODEL).rename(outside)
    (bundle.path / MODEL).symlink_to(outside)
    with pytest.raises(BundleError, match="lies outside the bundle"):
        verify(bundle)


def test_linked_metadata_and_circular_links_hide_no_other_bundle(tmp_path: Path) -> None:
    make_bundle(tmp_path / "good")
    metadata_file = make_bundle(tmp_path / "linked", "linked") / "configs" / "metadata.json"
    metadata_file.rename(tmp_path / "metadata.json")
    metadata_file.symlink_to(tmp_path / "metadata.json")
    circle = make_bundle(tmp_path / "circle", "circle") / "configs" / "metadata.json"
    circle.unlink()
    circle.symlink_to(circle)
    found = find_bundles([tmp_path])
    assert list(found.bundles) == ["scaling"]
    assert len(found.problems) == 2


def test_broken_bundles_hide_no_other(tmp_path: Path) -> None:
    write_metadata(tmp_path / "a-incomplete", {"name": "incomplete"})
    (tmp_path / "b-garbage" / "configs").mkdir(parents=True)
    (tmp_path / "b-garbage" / "configs" / "metadata.json").write_bytes(b"\xff{")
    (tmp_path / "c-empty" / "models").mkdir(parents=True)
    make_bundle(tmp_path / "d-good")
    found = find_bundles([tmp_path])
    assert list(found.bundles) == ["scaling"]
    for said, path in zip(found.problems, ("a-incomplete", "b-garbage", "c-empty"), strict=True):
        assert path in said


def test_two_bundles_of_one_name_in_a_folder_are_a_problem(tmp_path: Path) -> None:
    make_bundle(tmp_path / "a")
    make_bundle(tmp_path / "b")
    found = find_bundles([tmp_path])
    assert found.bundles["scaling"].path == tmp_path / "a"
    assert "has the same name" in found.problems[0]


def test_folders_that_are_no_bundles_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / ".scaling.partial" / "configs").mkdir(parents=True)
    assert find_bundles([tmp_path]) == ({}, [])


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert "does not exist; correct TUMOR_RESPONSE_BUNDLES" in find_bundles([tmp_path / "none"]).problems[0]


def test_own_folders_come_before_the_shipped_bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, second = tmp_path / "own", tmp_path / "second"
    make_bundle(own / "mine", factor=5.0)
    make_bundle(second / "theirs", factor=7.0)
    make_bundle(second / "another", "another")
    monkeypatch.setenv("TUMOR_RESPONSE_BUNDLES", os.pathsep.join([str(own), str(second)]))
    assert default_folders() == [own, second, resources_folder() / "Models"]
    found = find_bundles(default_folders()[:2])
    assert found.bundles["scaling"].path == own / "mine"
    assert found.bundles["another"].path == second / "another"
    assert found.problems == []


def test_a_folder_may_be_the_bundle_itself(tmp_path: Path) -> None:
    assert find_bundles([make_bundle(tmp_path / "bundle")]).bundles["scaling"].path == tmp_path / "bundle"


def test_the_shipped_bundles_are_sound_and_small() -> None:
    found = find_bundles([resources_folder() / "Models"])
    assert found.problems == []
    assert sum(path.stat().st_size for path in (resources_folder() / "Models").rglob("*") if path.is_file()) <= 60e6
    for bundle in found.bundles.values():
        verify(bundle)
        listed = set(bundle.metadata["weights"])
        files = [path for path in (bundle.path / "models").rglob("*") if path.is_file()]
        present = {path.relative_to(bundle.path).as_posix() for path in files}
        assert present == listed
        assert (bundle.path / "docs" / "README.md").is_file()
        assert all((bundle.path / relative).stat().st_size <= 20e6 for relative in listed)
