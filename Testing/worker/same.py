"""Equality of results, arrays included."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest


def assert_same(one: Any, other: Any) -> None:
    """Same types and values at any depth; of real numbers all but the last digits.

    Matrix products are added up in another order where memory lies otherwise, so two processes differ by rounding.
    """
    assert type(one) is type(other), (one, other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        if np.issubdtype(one.dtype, np.floating):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(one, other)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-5, abs=1e-6, nan_ok=True)
    elif is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key, value in one.items():
            assert_same(value, other[key])
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for each, counterpart in zip(one, other, strict=True):
            assert_same(each, counterpart)
    else:
        assert one == other
