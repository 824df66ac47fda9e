"""Write the segmentation bundle from a finished training: ONNX, thresholds, model card with the measured figures.

python -m TumorResponseLib.research.training.segmentation_bundle --data busi_dev --work DIR --out BUNDLE
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import monai
import numpy as np
import torch

from TumorResponseLib.core.image import Image
from TumorResponseLib.models.bundle import Bundle
from TumorResponseLib.models.runtime import OpenBundle, resolve_device
from TumorResponseLib.predict.lesion_map import NETWORK_SIZE, network_input
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND, MODEL, segment
from TumorResponseLib.research.cohorts.busi import UltrasoundRow, manifest_hash, read_manifest
from TumorResponseLib.research.evaluation.metrics_file import write_metrics
from TumorResponseLib.research.evaluation.segmentation import SegmentationMetrics
from TumorResponseLib.research.evaluation.segmentation_crossval import (
    HeldOut,
    Thresholds,
    choose_thresholds,
    cross_validated_metrics,
    read_held_out,
)
from TumorResponseLib.research.networks.view_averaged import ViewAveraged
from TumorResponseLib.research.training.export import export_onnx, store_weights_as_fp16, write_bundle
from TumorResponseLib.research.training.model_card import Table, model_card, with_interval
from TumorResponseLib.research.training.segmentation import predict, require_trained_on, shipped_networks

VERSION = "1.2.0"
METRICS = "docs/metrics.json"
AGREEMENT_STEP = 8
"""Every eighth image is enough to compare the exported network with the trained one."""

METADATA = {
    "name": BREAST_ULTRASOUND,
    "version": VERSION,
    "changelog": {
        "1.0.0": "First network: U-Net++ with an EfficientNet-B0 encoder.",
        "1.1.0": "Two networks, averaged; the first goes on with all images.",
        VERSION: "The second network goes on with all images too.",
    },
    "monai_version": monai.__version__,
    "task": "Lesion segmentation on breast ultrasound",
    "description": "Two U-Net++ with an EfficientNet-B0 encoder outline the lesion on one B-mode image of the breast, "
    "say how likely the image shows a lesion at all, and are averaged over three image sizes and the mirror image.",
    "authors": "TumorResponse developers",
    "copyright": "TumorResponse developers",
    "intended_use": "Outline breast lesions on still B-mode images for research and teaching; a person checks each "
    "mask.",
    "evidence": "patients",
    "licence": "Apache-2.0",
    "network_data_format": {
        "inputs": {
            "image": {
                "type": "image",
                "format": "magnitude",
                "modality": "US",
                "num_channels": 1,
                "spatial_shape": [NETWORK_SIZE, NETWORK_SIZE],
                "dtype": "float32",
                "value_range": [],
                "is_patch_data": False,
                "channel_def": {"0": "grey image, resized, mean 0 and standard deviation 1"},
            }
        },
        "outputs": {
            "probability": {
                "type": "image",
                "format": "segmentation",
                "num_channels": 1,
                "spatial_shape": [NETWORK_SIZE, NETWORK_SIZE],
                "dtype": "float32",
                "value_range": [0, 1],
                "is_patch_data": False,
                "channel_def": {"0": "lesion"},
            },
            "presence": {"type": "probability", "num_channels": 1, "dtype": "float32", "value_range": [0, 1]},
        },
    },
}
LIMITS = (
    "One hospital and one scanner model; other machines, presets and populations were not measured.",
    "The images carry no pixel spacing, so surface distances in mm cannot be given.",
    "Two outlines of one frame by the data's own readers agree to a mean Dice of 0.86, as the data's notes state; "
    "differences near that are noise.",
    "Patient identity is not published: duplicate groups are kept together, two unlike views of one woman may not be.",
    "Chosen with held-out predictions in view: which image sizes are averaged and that the confidence decides on "
    "whether there is a lesion (of two of three folds), that two networks are averaged, that both go on with all "
    "images and the second one does not do so once more, which was tried, and that 12 % of other normals may show a "
    "false lesion (of all parts). Given that, each part's thresholds were chosen on the others.",
    "Burnt-in calipers give lesions away; the row without them is the fairer one.",
)
REFERENCES = (
    "W. Al-Dhabyani et al., Dataset of breast ultrasound images, Data in Brief 28 (2020) 104863 (CC BY 4.0).",
    "Z. Zhou et al., UNet++, IEEE TMI 39(6), 2020; M. Tan and Q. V. Le, EfficientNet, ICML 2019.",
)


def figures(metrics: dict[str, SegmentationMetrics]) -> Table:
    """The cross-validated figures, a row for each group of images."""
    rows = []
    for name, figure in metrics.items():
        false = (
            "-"
            if figure.false_lesion_rate is None or figure.false_lesion_rate_ci is None
            else f"{figure.false_lesions} of {figure.normals}: "
            + with_interval(figure.false_lesion_rate, figure.false_lesion_rate_ci)
        )
        rows.append(
            (
                name,
                str(figure.lesions),
                with_interval(figure.dice, figure.dice_ci),
                with_interval(figure.iou, figure.iou_ci),
                str(figure.missed),
                false,
            )
        )
    header = ("images", "lesions", "Dice (95 % interval)", "IoU (95 % interval)", "missed", "false lesions on normals")
    return Table("", header, rows)


def export_agreement(
    rows: Sequence[UltrasoundRow], networks: Sequence[torch.nn.Module], bundle: Bundle
) -> float | None:
    """Mean Dice between the masks of the bundle as it is read and those of the networks as they were trained.

    None when neither finds a lesion on any image.
    """
    opened = OpenBundle(bundle, resolve_device("cpu"))
    settings = bundle.metadata["postprocessing"]
    thresholds = Thresholds(settings["threshold"], settings["confidence_threshold"])
    overlaps = []
    for row in rows[::AGREEMENT_STEP]:
        pixels = row.load()[0]
        read = segment(Image(pixels), opened).mask
        maps, presences = predict(networks, network_input(pixels)[None])
        trained = HeldOut(row, 0, maps[0], float(presences[0])).mask(thresholds, pixels.shape)
        if total := int(read.sum()) + int(trained.sum()):
            overlaps.append(2 * int((read & trained).sum()) / total)
    return float(np.mean(overlaps)) if overlaps else None


def main(arguments_given: Sequence[str] | None = None) -> None:
    """Export, evaluate, write."""
    parser = argparse.ArgumentParser(description="Write the breast ultrasound segmentation bundle.")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv, images and masks")
    parser.add_argument("--work", type=Path, required=True, help="folder of the finished training")
    parser.add_argument("--out", type=Path, required=True, help="bundle folder")
    arguments = parser.parse_args(arguments_given)
    require_trained_on(arguments.work, arguments.data)
    rows = read_manifest(arguments.data)
    images = read_held_out(rows, arguments.work)
    folds = 1 + max(image.fold for image in images)
    metrics = cross_validated_metrics(images)
    thresholds = choose_thresholds(images)
    table = replace(
        figures(metrics),
        caption=f"Held-out predictions of a cross-validation in {folds} parts, split by duplicate group: the networks "
        "of a part were trained as the shipped ones, first without the fold that holds the part, then on all images "
        "but the part. Thresholds were chosen on the other parts. A missed lesion (Dice below 0.1) counts in the "
        "means.",
    )
    metadata = {
        **METADATA,
        "training_data": f"{len(rows)} images of the public BUSI set (one of each distinct frame), with "
        f"{sum(row.label == 'normal' for row in rows)} normal breasts; both networks saw all of them.",
        "postprocessing": {"threshold": thresholds.mask, "confidence_threshold": thresholds.confidence},
    }
    with tempfile.TemporaryDirectory() as folder:
        onnx_file = Path(folder) / "segmentation.onnx"
        trained = shipped_networks(arguments.work)
        network = ViewAveraged(trained).eval()
        example = {"image": torch.randn(2, 1, NETWORK_SIZE, NETWORK_SIZE)}
        export_onnx(network, example, ["probability", "presence"], onnx_file)
        store_weights_as_fp16(onnx_file)
        bundle = write_bundle(
            arguments.out, metadata, {MODEL: onnx_file}, model_card(metadata, [table], LIMITS, REFERENCES)
        )
    write_metrics(
        arguments.out / METRICS,
        BREAST_ULTRASOUND,
        bundle.sha256,
        manifest_hash(arguments.data),
        {"cross-validation": metrics, "export": {"agreement": {"dice": export_agreement(rows, trained, bundle)}}},
    )


if __name__ == "__main__":
    main()
