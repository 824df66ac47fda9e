"""``configs/metadata.json`` of an HCC bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import monai
import numpy as np

from TumorResponseLib.predict.hcc import ENDPOINT, ESTIMATES, NAME
from TumorResponseLib.predict.hcc_inputs import SAMPLES, STEP_MM
from TumorResponseLib.predict.hcc_outline import SEQUENCES_INPUT, TUMOUR_INPUT
from TumorResponseLib.research.evaluation.metrics_file import short_hash
from TumorResponseLib.research.networks.multitask_unetpp import CELL, FEATURES
from TumorResponseLib.research.training.hcc_network import Recipe
from TumorResponseLib.research.training.hcc_volumes import HccSet

VERSION = "1.0.0"


def training_metadata(
    data: HccSet, trained: int, recipe: Recipe, threshold: float, held_out: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    """The metadata but for the weights.

    Args:
        data: the training rows of the cohort.
        trained: how many of ``data.read`` the network was trained on.
        recipe: of the training.
        threshold: of the outline's probability.
        held_out: figures of the held-out animals, with all sequences and without each (``hcc_held_out``).
    """
    kind = "virtual rats of the cohort simulated by `tumor-response simulate hcc`" if data.virtual else "animals"
    counts = np.bincount(data.responses, minlength=2)
    return {
        "name": NAME,
        "system": NAME,
        "version": VERSION,
        "changelog": {VERSION: "First network."},
        "monai_version": monai.__version__,
        "task": "Outline, response, viability and apoptosis of liver tumours on multi-parametric MRI",
        "description": "HCC: a U-Net++ with an EfficientNet-B0 encoder outlines the tumour on T1-weighted, T2-weighted "
        "and contrast-enhanced slices; in the same pass it reads the outlined tumour: response to sorafenib and NK "
        "cells, and the viability and apoptosis that histology would find.",
        "authors": "TumorResponse developers",
        "copyright": "TumorResponse developers",
        "intended_use": "Research and teaching on MRI, histology and response; a pattern to train on a site's own MRI.",
        "training_data": f"{len(data.outlined)} weekly scans of {len(set(data.outlined.animals.tolist()))} {kind}; "
        f"{len(data.read)} of them with response ({counts[1]} responders) and histology, {trained} of which the "
        f"network was trained on; the others calibrated it; cohort {short_hash(data.cohort_sha256)}.",
        "evidence": "virtual cohort" if data.virtual else "patients",
        "licence": "Apache-2.0",
        "endpoint": ENDPOINT,
        "recipe": asdict(recipe),
        "grid_step_mm": STEP_MM,
        "tumour_volume_mm3": [float(f"{limit:.4g}") for limit in (data.volumes_mm3.min(), data.volumes_mm3.max())],
        "postprocessing": {"threshold": threshold},
        "held_out": {name: {key: float(f"{one:.4g}") for key, one in each.items()} for name, each in held_out.items()},
        "network_data_format": _data_format(),
    }


def _data_format() -> dict[str, Any]:
    plane = {"spatial_shape": [SAMPLES, SAMPLES], "dtype": "float32", "is_patch_data": True}
    return {
        "inputs": {
            SEQUENCES_INPUT: {
                "type": "image",
                "format": "magnitude",
                "modality": "MR",
                "num_channels": 3,
                "value_range": [],
                "channel_def": {
                    "0": "T1-weighted: logarithm of the signal over the body's usual one; 0 where it is missing",
                    "1": "T2-weighted, likewise",
                    "2": "T1-weighted after contrast agent, likewise",
                },
                **plane,
            },
            TUMOUR_INPUT: {
                "type": "image",
                "format": "segmentation",
                "num_channels": 1,
                "value_range": [0, 1],
                "channel_def": {"0": "tumour that is read; empty where it is only to be outlined"},
                **plane,
            },
        },
        "outputs": {
            "probability": {
                "type": "image",
                "format": "segmentation",
                "num_channels": 1,
                "value_range": [0, 1],
                "channel_def": {"0": "tumour"},
                **plane,
            },
            "response": {"type": "logit", "num_channels": 1, "dtype": "float32"},
            "estimates": {"type": "share", "num_channels": len(ESTIMATES), "dtype": "float32"},
            "features": {"type": "features", "num_channels": FEATURES, "dtype": "float32"},
            "activation": {
                "type": "image",
                "format": "class activation map",
                "spatial_shape": [SAMPLES // CELL, SAMPLES // CELL],
                "dtype": "float32",
            },
        },
    }
