"""Python values as JSON has them."""

from __future__ import annotations

from enum import Enum
from math import isfinite
from typing import Any


def json_values(value: Any) -> Any:
    """Tuples as lists and enumerations as their values, at any depth: what a JSON file gives back."""
    if isinstance(value, dict):
        return {key: json_values(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def gaps_as_null(value: Any) -> Any:
    """JSON values with null for NaN and infinity, which JSON does not have, at any depth."""
    if isinstance(value, dict):
        return {key: gaps_as_null(each) for key, each in value.items()}
    if isinstance(value, list):
        return [gaps_as_null(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
