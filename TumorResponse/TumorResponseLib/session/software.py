"""Which software computed a result."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PRODUCT = "TumorResponse"
DISTRIBUTION = "tumor-response"
PACKAGES = ("numpy", "SimpleITK", "scikit-image", "pydicom", "onnxruntime", "onnxruntime-gpu")
"""Packages whose version can change a number."""

_known_version = cache(version)
"""Reads a package's metadata once; one that is missing is looked for again, since it may be installed meanwhile."""


def software_versions() -> dict[str, str]:
    """The product's name and version, then Python's and each present package's version."""
    found = {"name": PRODUCT, "version": _version(DISTRIBUTION) or "source tree", "python": platform.python_version()}
    return found | {package: number for package in PACKAGES if (number := _version(package))}


def _version(distribution: str) -> str | None:
    try:
        return _known_version(distribution)
    except PackageNotFoundError:
        return None
