"""A tiny training of the segmentation, from pictures to a bundle that reading opens."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from TumorResponseLib.core.loading import load_study
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.runtime import OpenBundle, resolve_device
from TumorResponseLib.predict.lesion_map import network_input, restore_probability
from TumorResponseLib.predict.segmentation import segment
from TumorResponseLib.research.cohorts.busi import fold_of_each_row, read_manifest
from TumorResponseLib.research.evaluation.segmentation_crossval import read_held_out
from TumorResponseLib.research.networks import view_averaged
from TumorResponseLib.research.training import segmentation, segmentation_batches, segmentation_bundle

COLUMNS = ("file", "class", "duplicate_group", "primary", "scored", "overlay_suspect")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve dark discs on bright noise, four of them without a disc, in pairs of one group."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    draw = np.random.default_rng(3)
    rows, columns = np.ogrid[:80, :100]
    with (folder / "manifest.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number in range(12):
            label = ("benign", "malignant", "normal")[number // 4]
            pixels = draw.normal(150, 20, (80, 100))
            disc = (rows - draw.integers(30, 50)) ** 2 + (columns - draw.integers(30, 70)) ** 2 < 15**2
            disc = disc & (label != "normal")
            pixels[disc] -= 100
            name = f"picture{number}.png"
            Pillow.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / "images" / name)
            Pillow.fromarray((disc * 255).astype(np.uint8)).save(folder / "masks" / name)
            table.writerow((name, label, f"G{number // 2}", 1, 1, number % 4 == 0))
    return folder


@pytest.fixture(scope="module", autouse=True)
def _small_pictures() -> Iterator[None]:
    """Training and averaging at full size would take minutes; the shipped bundle's tests read at full size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmentation_batches, "TRAINING_SIZE", 128)
        patch.setattr(segmentation, "TRAINING_SIZE", 128)
        patch.setattr(view_averaged, "SIZES", (128, 192))
        yield


def train(pictures: Path, folder: Path, final_epochs: int = 1) -> None:
    """Two folds of two parts, an epoch each."""
    sizes = ["--folds", "2", "--parts", "2", "--epochs", "1", "--final-epochs", str(final_epochs)]
    segmentation.main(["--data", str(pictures), "--work", str(folder), *sizes])


@pytest.fixture(scope="module")
def work(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    train(pictures, folder)
    return folder


@pytest.fixture(scope="module")
def bundle(pictures: Path, work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "breast-us-segmentation"
    segmentation_bundle.main(["--data", str(pictures), "--work", str(work), "--out", str(folder)])
    return folder


def test_folds_never_split_a_group(pictures: Path) -> None:
    rows = read_manifest(pictures)
    held_out = fold_of_each_row(rows, 2, seed=1)
    assert set(held_out) == {0, 1}
    for group in {row.group for row in rows}:
        assert len({fold for row, fold in zip(rows, held_out, strict=True) if row.group == group}) == 1


def test_every_image_is_predicted_once_by_the_network_that_did_not_see_it(pictures: Path, work: Path) -> None:
    rows = read_manifest(pictures)
    fold_of = fold_of_each_row(rows, 2, segmentation.SPLIT_SEED)
    predicted: list[int] = []
    for fold in range(2):
        for part in range(2):
            stored = np.load(work / f"fold{fold}-part{part}.npz")
            groups = {rows[index].group for index in stored["rows"]}
            assert set(fold_of[stored["rows"]]) == {fold}
            assert groups.isdisjoint(rows[index].group for index in set(range(len(rows))) - set(stored["rows"]))
            assert stored["maps"].shape == (len(stored["rows"]), 320, 320)
            predicted.extend(stored["rows"])
    assert sorted(predicted) == list(range(len(rows)))


def pretend_to_train(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[int]]:
    """Train and predict nothing from now on, but tell by checkpoint on which images; filled as that happens."""
    trained: dict[str, set[int]] = {}

    def remember(
        data: object, indices: np.ndarray, recipe: object, checkpoint: Path, start: torch.nn.Module
    ) -> torch.nn.Module:
        trained[checkpoint.stem] = {int(index) for index in indices}
        return start

    nothing = (np.zeros((1, 320, 320), dtype=np.float32), np.zeros(1, dtype=np.float32))
    monkeypatch.setattr(segmentation, "train", remember)
    monkeypatch.setattr(segmentation, "predict", lambda networks, images: nothing)
    return trained


def test_what_a_part_holds_does_not_reach_the_network_that_predicts_it(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = pretend_to_train(monkeypatch)
    train(pictures, tmp_path)
    parts = list(tmp_path.glob("fold*-part*.npz"))
    assert len(parts) == 4
    for part in parts:
        held_out = set(np.load(part)["rows"].tolist())
        for member in (0, 1):
            assert held_out.isdisjoint(trained[f"member{member}-{part.stem.split('-')[0]}"])
            second_stage = trained[f"member{member}-{part.stem}"]
            assert held_out.isdisjoint(second_stage)
            assert held_out | second_stage == set(range(12)) == trained[f"member{member}-all"]


def test_what_is_shipped_went_on_with_all_images(work: Path) -> None:
    shipped = [network.mask_head.weight for network in segmentation.shipped_networks(work)]
    assert len(shipped) == 2 and not torch.equal(*shipped)
    for member, head in enumerate(shipped):
        first, all_images = (
            segmentation.trained_network(work / f"member{member}-{stage}.pt").mask_head.weight
            for stage in ("fold0", "all")
        )
        assert torch.equal(head, all_images) and not torch.equal(first, all_images)


def test_a_finished_training_is_not_repeated(pictures: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(pictures, work)
    assert "epoch" not in capsys.readouterr().out


def test_what_another_training_left_is_no_evidence(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_to_train(monkeypatch)
    train(pictures, tmp_path / "work")
    before = {path: path.read_bytes() for path in (tmp_path / "work").iterdir()}
    with pytest.raises(ValueError, match="belongs to another training"):
        train(pictures, tmp_path / "work", final_epochs=2)
    other = shutil.copytree(pictures, tmp_path / "other pictures")
    with (other / "manifest.csv").open("a") as table:
        table.write("picture0.png,benign,G9,0,0,0\n")
    with pytest.raises(ValueError, match="belongs to another training"):
        train(other, tmp_path / "work")
    with pytest.raises(ValueError, match="was of other images"):
        segmentation_bundle.main(["--data", str(other), "--work", str(tmp_path / "work"), "--out", str(tmp_path / "b")])
    assert {path: path.read_bytes() for path in (tmp_path / "work").iterdir()} == before


def test_held_out_predictions_are_one_for_each_image(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_to_train(monkeypatch)
    monkeypatch.setattr(segmentation, "predict", lambda networks, images: (images[:, 0], np.ones(len(images))))
    train(pictures, tmp_path)
    rows = read_manifest(pictures)
    assert {image.row.name for image in read_held_out(rows, tmp_path)} == {row.name for row in rows}
    shutil.copy(tmp_path / "fold0-part0.npz", tmp_path / "fold0-part2.npz")
    for more_or_less in (rows, rows[:-1], [*rows, rows[0]]):
        with pytest.raises(ValueError, match=f"one for each of the {len(more_or_less)} images"):
            read_held_out(more_or_less, tmp_path)


def test_the_bundle_gives_the_training_networks_masks(pictures: Path, work: Path, bundle: Path) -> None:
    opened = OpenBundle(read_bundle(bundle), resolve_device("cpu"))
    threshold = 0.5  # of the map's own range: after one epoch all probabilities lie close together
    networks = segmentation.shipped_networks(work)
    for row in read_manifest(pictures)[:3]:
        image = load_study(row.image).image()
        ours = segment(image, opened)
        maps, presence = segmentation.predict(networks, network_input(image.pixels)[None])
        theirs = restore_probability(maps[0], image.pixels.shape)
        np.testing.assert_allclose(ours.probability, theirs, atol=5e-3)
        assert ours.presence == pytest.approx(float(presence[0]), abs=5e-3)
        level = float(np.quantile(theirs, threshold))
        first, second = ours.probability >= level, theirs >= level  # in a flat map one pixel can join two components
        assert 2 * (first & second).sum() / (first.sum() + second.sum()) >= 0.99


def test_card_and_metrics_carry_the_same_figures(bundle: Path) -> None:
    metrics = json.loads((bundle / "docs" / "metrics.json").read_text())
    figures = metrics["splits"]["cross-validation"]["segmentation"]
    assert figures["lesions"] == 8
    assert figures["normals"] == 4
    assert f"{figures['dice']:.3f}" in (bundle / "docs" / "README.md").read_text()
    assert metrics["bundle_sha256"] == read_bundle(bundle).sha256
