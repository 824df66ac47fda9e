"""The schema of result.json takes what a reading writes and refuses what it must not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from TumorResponseLib.core.resources import resources_folder

SCHEMAS = sorted((resources_folder() / "Schemas").glob("*.json"))
SHA256 = "0" * 64

RESULT: dict[str, Any] = {
    "schema_version": "1.1",
    "study": "sample",
    "input": {
        "files": [{"path": "sample.png", "sha256": SHA256}],
        "modality": "US",
        "shape": [400, 500],
        "spacing_mm": [0.1, 0.1],
        "spacing_source": "--spacing",
    },
    "software": {"name": "TumorResponse", "version": "0.1.0", "onnxruntime": "1.20.0"},
    "device": {"name": "cpu", "provider": "CPUExecutionProvider", "note": ""},
    "segmentation": {
        "bundle": "breast-us-segmentation",
        "bundle_sha256": SHA256,
        "confidence": 0.9,
        "presence": 0.99,
        "origin": "model",
    },
    "regions": [
        {"name": "tumour", "voxels": 10, "area_mm2": 0.1, "long_diameter_mm": 1.0, "short_diameter_mm": 0.5},
        {"name": "0-3 mm", "voxels": 10, "area_mm2": 0.1, "long_diameter_mm": None, "short_diameter_mm": None},
    ],
    "predictions": [
        {
            "system": "dlrs3",
            "bundle": "dlrs3",
            "bundle_sha256": SHA256,
            "endpoint": "pathological complete response",
            "classes": ["no", "yes"],
            "probabilities": [0.25, 0.75],
            "interval": [0.6, 0.9],
            "interval_level": 0.9,
            "decision": "yes",
            "in_distribution": True,
            "distance": 1.5,
            "distance_limit": 3.0,
            "evidence": "virtual cohort",
            "branches": {"intratumoral": 0.7},
            "estimates": [{"name": "viability", "value": 0.4, "low": 0.3, "high": 0.6, "unit": ""}],
        }
    ],
    "saliency": {"fused": {"tumour": 0.5, "0-3 mm": 0.3, "outside": 0.2}},
    "exhibits": {
        "dlrs3": {
            "plots": [
                {
                    "name": "curve",
                    "title": "Curve",
                    "x_label": "time / s",
                    "y_label": "intensity",
                    "lines": [
                        {
                            "name": "tumour", "x": [0, 1.5], "y": [2.5, None], "style": "steps", "colour": "#aa00ff",
                            "low": [], "high": [],
                        }
                    ],
                    "note": "",
                }
            ],
            "bars": [
                {
                    "name": "weights", "title": "Weights", "label": "loss", "note": "",
                    "bars": [{"name": "CRP", "value": -0.5, "colour": ""}],
                }
            ],
            "tables": [
                {
                    "name": "values", "title": "Values", "columns": ["region", "peak"],
                    "rows": [["tumour", None], ["ring", 2.5]], "flags": [[0, 1]], "note": "",
                }
            ],
            "overlays": [
                {
                    "name": "peak", "title": "Peak", "unit": "a.u.", "low": 0.0, "high": 1.0, "colours": "pet",
                    "file": "overlay-peak.nrrd",
                }
            ],
        }
    },
    "timing_s": {"load": 0.1},
    "warnings": [],
}  # fmt: skip


def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((resources_folder() / "Schemas" / "result.schema.json").read_text()))


def changed(path: str, value: object) -> dict[str, Any]:
    """The sample result with one value replaced; ``path`` names keys and indices with slashes between."""
    result = copy.deepcopy(RESULT)
    *parents, last = path.split("/")
    place: Any = result
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value
    return result


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.name)
def test_schemas_are_valid(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(file.read_text()))


def test_a_full_result_is_valid() -> None:
    validator().validate(RESULT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("input/spacing_mm", None),
        ("segmentation", None),
        ("segmentation/bundle_sha256", None),
        ("regions", []),
        ("predictions", []),
        ("predictions/0/interval", None),
        ("predictions/0/in_distribution", None),
        ("saliency", {}),
        ("exhibits", {}),
        ("predictions/0/estimates", []),
        ("regions/0/long_axis", [[1, 2], [3, 4.5]]),
    ],
)
def test_absent_values_are_allowed(path: str, value: object) -> None:
    validator().validate(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema_version", "2.0"),
        ("surprise", 1),
        ("input/files", []),
        ("input/files/0/sha256", "short"),
        ("input/spacing_mm", [0.0, 0.1]),
        ("device/name", "tpu"),
        ("regions/0/voxels", -1),
        ("predictions/0/probabilities", [1.5, -0.5]),
        ("predictions/0/interval", [0.1]),
        ("predictions/0/evidence", "hearsay"),
        ("predictions/0/surprise", 1),
        ("saliency/fused/tumour", 2),
        ("exhibits/dlrs3/plots/0/name", "../up"),
        ("exhibits/dlrs3/plots/0/lines/0/style", "wavy"),
        ("exhibits/dlrs3/tables/0/rows/0/0", [1]),
        ("exhibits/dlrs3/overlays/0/colours", "rainbow"),
        ("exhibits/dlrs3/surprise", []),
        ("timing_s/load", "fast"),
        ("warnings", [""]),
    ],
)
def test_wrong_values_are_refused(path: str, value: object) -> None:
    assert not validator().is_valid(changed(path, value))


@pytest.mark.parametrize("key", sorted(RESULT))
def test_each_part_of_a_result_is_required(key: str) -> None:
    assert not validator().is_valid({name: value for name, value in RESULT.items() if name != key})
