"""Model card of an HCC bundle.

    python -m TumorResponseLib.research.training.hcc_card --bundle BUNDLE --metrics metrics.json

puts the figures of an evaluation into the card of the bundle that was evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from TumorResponseLib.research.training.card_figures import run_command
from TumorResponseLib.research.training.model_card import Table, model_card, with_interval

OWN_OUTLINE, GIVEN_OUTLINE, ORACLE = "hcc", "hcc-given-outline", "oracle"
ESTIMATED, SEGMENTATION, BY_ARM, BY_SWELLING = "estimates", "segmentation", "arms", "swelling"
"""Names in ``metrics.json``: of the bundle with its own outline and with the cohort's, of the truth; of the other
figures."""

READERS = {
    OWN_OUTLINE: "hcc, its own outline",
    GIVEN_OUTLINE: "hcc, outline given",
    "size-recist": "change of longest diameter (RECIST)",
    "size-volume": "change of volume",
    "histology-noise": "the truth (histology's own error)",
    ORACLE: "oracle",
}
"""In the order of the card."""

SPLIT_TITLES = {
    "test": "Test animals, on which nothing was trained",
    "internal": "Internal validation",
    "external": "External validation",
}

LIMITS = (
    "Where the evidence is a virtual cohort, the figures say that the pipeline recovers what was put into the images, "
    "and nothing about rats or patients.",
    "The last week is read; the weeks before only show how the tumour grew. Nothing is predicted before therapy ends.",
    "The network was trained on three sequences of one protocol; another field strength, coil or agent is another "
    "distribution, which the distance to the training animals may or may not flag.",
    "Sequences that lie in one frame of reference are taken as they lie: small movements between them are not undone "
    "unless registration is asked for.",
    "The recipe was settled on the virtual cohorts of seeds 2026 and 2027: two earlier networks missed the bar for "
    "apoptosis on their test animals, and how the rim is read, the enhancing part and the estimates in closed form "
    "were then chosen on their training animals, the simulation's truth of these in view. Seed 2028, of whose test "
    "animals the shipped bundle's figures are, took no part in that.",
    "The intervals of viability and apoptosis hold histology's own error, and hold for animals like the training ones.",
)
REFERENCES = (
    "HCC multi-task, Diagnostics 15:2844, 2025, on rats whose images are not public: Dice 0.92, IoU 0.86; AUROC 0.97, "
    "accuracy 0.85; RMSE against histology 0.1069 (viability) and 0.013 (apoptosis). Context, not a result of this "
    "bundle.",
    "Z. Zhou et al., UNet++, IEEE TMI 39:1856, 2020; M. Tan and Q. Le, EfficientNet, ICML 2019.",
    "A. Kendall, Y. Gal, R. Cipolla, Multi-task learning using uncertainty to weigh losses, CVPR 2018.",
    "B. Zhou et al., Learning deep features for discriminative localization, CVPR 2016 (class activation maps).",
    "E. A. Eisenhauer et al., RECIST 1.1, Eur J Cancer 45:228, 2009.",
)


def training_card(metadata: Mapping[str, Any]) -> str:
    """The card before any evaluation, with the figures of the held-out training animals."""
    return model_card(metadata, [_held_out_table(metadata)], LIMITS, REFERENCES)


def _held_out_table(metadata: Mapping[str, Any]) -> Table:
    held_out = metadata["held_out"]
    names = sorted({key for each in held_out.values() for key in each})
    rows = [
        (name.replace("_", " "), *(f"{each[key]:.3f}" if key in each else "" for key in names))
        for name, each in held_out.items()
    ]
    caption = (
        "Training animals that the network was not trained on and that calibrated it, and what the want of a sequence "
        "costs."
    )
    return Table(caption, ("", *(key.replace("_", " ") for key in names)), rows)


def evaluated_card(metadata: Mapping[str, Any], splits: Mapping[str, Mapping[str, Any]]) -> str:
    """The card with the figures of ``metrics.json``."""
    tables = [
        table
        for split, title in SPLIT_TITLES.items()
        if split in splits
        for table in _split_tables(title, splits[split])
    ]
    return model_card(metadata, [*tables, _held_out_table(metadata)], LIMITS, REFERENCES)


def _split_tables(title: str, figures: Mapping[str, Any]) -> list[Table]:
    readers = [name for name in READERS if name in figures]
    tables = [
        Table(
            f"{title}: response of {figures[OWN_OUTLINE]['patients']} animals{_comparison(figures)}",
            ("", "AUROC (95 % interval)", "accuracy (95 % interval)", "sensitivity", "specificity", "Brier score"),
            [_response_row(name, figures[name]) for name in readers],
        ),
        _outline_table(figures[SEGMENTATION]),
        *(_estimate_table(quantity, of_one) for quantity, of_one in figures[ESTIMATED].items()),
    ]
    if "recist" in figures.get("size-recist", {}):
        tables.append(_recist_table(figures["size-recist"]["recist"]))
    for key, caption in ((BY_ARM, "By arm"), (BY_SWELLING, "Tumours that immune cells swell, and others")):
        if key in figures:
            tables.append(_group_table(f"{caption}: accuracy of each reader.", figures[key], readers))
    return [*tables, _saliency_table(figures["saliency"])]


def _response_row(name: str, figures: Mapping[str, Any]) -> Sequence[str]:
    return (
        READERS[name],
        with_interval(figures["auc"], figures["auc_ci"]),
        with_interval(figures["accuracy"], figures["accuracy_ci"]),
        *(f"{figures[key]:.2f}" for key in ("sensitivity", "specificity")),
        f"{figures['brier']:.3f}",
    )


def _comparison(figures: Mapping[str, Any]) -> str:
    own = figures[OWN_OUTLINE]
    missed = own["tumours_missed"]
    sentences = [
        f" {own['outside_distribution']:.0%} were told to lie outside the training set.",
        f" In {missed} it found no tumour; they count with the cohort's outline."
        if missed
        else " It found every animal's tumour.",
    ]
    if "auc_of_oracle" in own:
        sentences.insert(0, f" The bundle reaches {own['auc_of_oracle']:.3f} of the oracle's AUROC.")
    if "delong_size-recist" in own:
        test = own["delong_size-recist"]
        low, high = test["interval"]
        sentences.append(
            f" Against the change of diameter: AUROC difference {test['difference']:+.3f} ({low:+.3f} to {high:+.3f}), "
            f"DeLong p = {test['p_value']:.2g}."
        )
    return "." + "".join(sentences)


def _outline_table(figures: Mapping[str, Any]) -> Table:
    return Table(
        f"The outline in {figures['lesions']} weekly scans of these animals; {figures['missed']} tumours were missed.",
        ("", "Dice (95 % interval)", "IoU (95 % interval)", "95 % Hausdorff distance (mm)"),
        [
            (
                "hcc",
                with_interval(figures["dice"], figures["dice_ci"]),
                with_interval(figures["iou"], figures["iou_ci"]),
                "" if figures["hd95_mm"] is None else with_interval(figures["hd95_mm"], figures["hd95_mm_ci"]),
            )
        ],
    )


def _estimate_table(quantity: str, of_one: Mapping[str, Any]) -> Table:
    rows = []
    for name, title in READERS.items():
        if name not in of_one:
            continue
        figures = of_one[name]
        ratio, inside = figures.get("rmse_of_noise"), figures.get("histology_in_interval")
        rows.append(
            (
                title,
                _small(figures["rmse"], figures["rmse_ci"]),
                "" if ratio is None else f"{ratio:.2f}",
                f"{figures['r2']:.2f}",
                f"{figures['bias']:+.4f}",
                "" if inside is None else f"{inside:.0%}",
            )
        )
    header = ("", "RMSE (95 % interval)", "of histology's own error", "R²", "bias", "histology in the interval")
    return Table(f"{quantity.capitalize()} against histology.", header, rows)


def _recist_table(counts: Mapping[str, Mapping[str, int]]) -> Table:
    words = list(next(iter(counts.values())))
    return Table(
        "What RECIST 1.1 calls the change of diameter, by its percentages.",
        ("", *words),
        [(name, *(str(by_word[word]) for word in words)) for name, by_word in counts.items()],
    )


def _group_table(caption: str, groups: Mapping[str, Any], readers: Sequence[str]) -> Table:
    return Table(
        caption,
        ("", "animals", "responders", *(READERS[name] for name in readers)),
        [
            (
                group,
                str(figures["animals"]),
                str(figures["responders"]),
                *(f"{figures[name]['accuracy']:.2f}" for name in readers),
            )
            for group, figures in groups.items()
        ],
    )


def _saliency_table(figures: Mapping[str, Any]) -> Table:
    return Table(
        "Saliency: share in the tumour and its bands over their share of the image; rank correlation of the tumour's "
        "mean activation with the truth; mean rank correlation of the map with those of weights shuffled anew; and how "
        "far the logit moves when a tenth of the tumour is deleted, "
        f"{figures['deletion_won']:.0%} of animals farther for the salient cells.",
        ("density", "recovered", "shuffled weights", "salient deleted", "random deleted"),
        [
            (
                f"{figures['density']:.1f}",
                ", ".join(f"{value:.2f}" for value in figures["recovered"].values()),
                f"{figures['shuffled_correlation']:.2f}",
                f"{figures['deletion_salient']:.2f}",
                f"{figures['deletion_random']:.2f}",
            )
        ],
    )


def _small(value: float, interval: Sequence[float]) -> str:
    return f"{value:.4f} ({interval[0]:.4f} to {interval[1]:.4f})"


if __name__ == "__main__":
    run_command("HCC", evaluated_card)
