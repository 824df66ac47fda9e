"""Bundles of tiny models, made for a test."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from Testing.models.tiny_onnx import scaling

MODEL = "models/scaling.onnx"
SETTINGS = "models/settings.json"


def metadata(name: str) -> dict[str, Any]:
    """Valid metadata without weights."""
    array = {"type": "image", "format": "values", "num_channels": 1, "spatial_shape": [4], "dtype": "float32"}
    return {
        "name": name,
        "version": "1.0.0",
        "changelog": {"1.0.0": "first"},
        "monai_version": "1.6.0",
        "task": "a test",
        "description": "multiplies by a factor",
        "authors": "the tests",
        "copyright": "none",
        "network_data_format": {"inputs": {"image": array}, "outputs": {"scaled": array}},
        "intended_use": "tests only",
        "training_data": "none",
        "evidence": "virtual cohort",
        "licence": "Apache-2.0",
        "weights": {},
    }


def make_bundle(path: Path, name: str = "scaling", factor: float = 2.0, **changes: Any) -> Path:
    """Write a bundle of one ONNX model and one JSON file; ``changes`` replace keys of its metadata."""
    content = {MODEL: scaling(factor), SETTINGS: json.dumps({"threshold": 0.5}).encode()}
    described = metadata(name)
    described["weights"] = {relative: hashlib.sha256(data).hexdigest() for relative, data in content.items()}
    for relative, data in content.items():
        (path / relative).parent.mkdir(parents=True, exist_ok=True)
        (path / relative).write_bytes(data)
    write_metadata(path, {**described, **changes})
    return path


def write_metadata(path: Path, described: dict[str, Any]) -> None:
    """Write ``configs/metadata.json`` as it is, valid or not."""
    (path / "configs").mkdir(parents=True, exist_ok=True)
    (path / "configs" / "metadata.json").write_text(json.dumps(described))
