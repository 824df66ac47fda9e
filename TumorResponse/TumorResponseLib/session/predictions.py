"""Predictions from JSON, as ``result.json`` and saved readings hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from TumorResponseLib.predict.system import Estimate, Prediction


def prediction_of(values: Mapping[str, Any]) -> Prediction:
    """The prediction whose fields were written by name; raises KeyError, TypeError or ValueError for anything else."""
    low, high = values["interval"]
    changed = {
        "classes": tuple(values["classes"]),
        "probabilities": tuple(values["probabilities"]),
        "interval": (low, high),
        "estimates": tuple(Estimate(**each) for each in values.get("estimates", ())),  # worklists of 0.1 have none
    }
    return Prediction(**{**values, **changed})
