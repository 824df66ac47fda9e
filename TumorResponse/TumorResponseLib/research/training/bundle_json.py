"""What a bundle's JSON files hold: plain numbers, shortened alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIGITS = 5
"""Significant digits."""


def rounded(values: NDArray[np.floating] | float) -> Any:
    """Plain numbers of ``DIGITS`` significant digits, nested as the array is."""
    if np.ndim(values) > 0:
        return [rounded(value) for value in np.asarray(values)]
    return float(f"{float(values):.{DIGITS}g}")


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """The file's content, on one line."""
    return (json.dumps(content, separators=(",", ":")) + "\n").encode()
