"""The cards of the shipped bundles tell the figures that were measured with these very weights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import CARD, read_bundle
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND
from TumorResponseLib.research.training import ceus_card, dlrs3_card, hcc_card, prrt_card
from TumorResponseLib.research.training.card_figures import METRICS, CardOf
from TumorResponseLib.research.training.model_card import with_interval

MODELS = resources_folder() / "Models"
CARDS = {
    "ceus": ceus_card.evaluated_card,
    "dlrs3": dlrs3_card.evaluated_card,
    "hcc": hcc_card.evaluated_card,
    "prrt-pfs": prrt_card.evaluated_card,
}


def splits_of(name: str) -> dict[str, Any]:
    """The figures, which are of the bundle as it is shipped."""
    content = json.loads((MODELS / name / METRICS).read_text(encoding="utf-8"))
    assert content["bundle_sha256"] == read_bundle(MODELS / name).sha256
    return dict(content["splits"])


def test_every_shipped_bundle_is_compared() -> None:
    assert {path.name for path in MODELS.iterdir()} == {*CARDS, BREAST_ULTRASOUND}


@pytest.mark.parametrize(("name", "card_of"), CARDS.items())
def test_the_card_is_written_from_the_figures(name: str, card_of: CardOf) -> None:
    card = (MODELS / name / CARD).read_text(encoding="utf-8")
    assert card == card_of(read_bundle(MODELS / name).metadata, splits_of(name))


@pytest.mark.parametrize(
    ("name", "split"), [("dlrs3", ("external",)), ("hcc", ("test",)), ("prrt-pfs", ())], ids=lambda value: str(value)
)
def test_saliency_follows_the_truth_that_was_put_in(name: str, split: tuple[str, ...]) -> None:
    figures = splits_of(name)
    for step in (*split, "saliency"):
        figures = figures[step]
    assert figures["recovered"] and min(figures["recovered"].values()) > 0.5
    assert abs(figures["shuffled_correlation"]) < 0.3


def test_a_cohort_without_the_truth_has_a_card_too() -> None:
    splits, metadata = splits_of("prrt-pfs"), read_bundle(MODELS / "prrt-pfs").metadata
    repeated, counted = splits["repeated"], ("patients", "positives", "base_rate")
    whole = prrt_card.evaluated_card(metadata, splits)
    repeated["oracle"] = {name: repeated["oracle"][name] for name in counted}  # as evaluate writes it then
    repeated["survival"].pop("oracle")
    without = prrt_card.evaluated_card(metadata, splits)
    assert without.count("| oracle |") == whole.count("| oracle |") - 2


def test_tumours_that_hcc_does_not_find_are_told() -> None:
    splits, metadata = splits_of("hcc"), read_bundle(MODELS / "hcc").metadata
    splits["test"]["hcc"]["tumours_missed"] = 2
    assert "In 2 it found no tumour; they count with the cohort's outline." in hcc_card.evaluated_card(metadata, splits)


def test_the_segmentation_tells_its_held_out_figures() -> None:
    card = (MODELS / BREAST_ULTRASOUND / CARD).read_text(encoding="utf-8")
    splits = splits_of(BREAST_ULTRASOUND)
    for group, figures in splits["cross-validation"].items():
        told = (figures["lesions"], with_interval(figures["dice"], figures["dice_ci"]))
        row = next(line for line in card.splitlines() if line.startswith(f"| {group} |"))
        assert row.startswith(f"| {group} | {told[0]} | {told[1]} |")
        assert f"| {figures['missed']} |" in row
    drawn = splits_of("dlrs3")["external"]["segmentation"]["bundle"]["sha256"]
    assert drawn == read_bundle(MODELS / BREAST_ULTRASOUND).sha256, "dlrs3 was evaluated with another outline"
    everyone = splits["cross-validation"]["segmentation"]
    assert everyone["false_lesions"] <= 0.12 * everyone["normals"]
    assert splits["export"]["agreement"]["dice"] > 0.99
