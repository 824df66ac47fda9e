"""What the library imports is what pyproject.toml declares for it."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from Testing.packaging.imports import LIBRARY, imports_of, layer_of, library_files
from tools.constraints import declared_requirements

# The extras without which a layer cannot run.
EXTRAS = {"core": ("video",), "mrml": ("viewer",), "viewer": ("viewer",), "research": ("viewer", "research")}
# Packages that come with a declared one and belong to it.
BROUGHT_ALONG = {"slicer-core": "trame-slicer", "vtk": "trame-slicer", "trame": "trame-slicer"}
# What Slicer brings, for the panel, which runs nowhere else.
IN_SLICER = {"SampleData", "ctk", "packaging", "qt", "slicer"}
DISTRIBUTIONS = packages_distributions()


def distributions_of(package: str) -> set[str]:
    """The distributions that an import package may come from, by the names that pyproject.toml uses."""
    # Where the research extra is not installed, only scikit-learn has another name than its package.
    otherwise = ["scikit-learn" if package == "sklearn" else package]
    names: set[str] = {canonicalize_name(name) for name in DISTRIBUTIONS.get(package, otherwise)}
    return names | {BROUGHT_ALONG[name] for name in names & BROUGHT_ALONG.keys()}


@pytest.mark.parametrize("path", library_files(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_every_import_is_declared(path: Path) -> None:
    extras = EXTRAS.get(layer_of(path) or "", ())
    declared = {canonicalize_name(requirement.name) for requirement in declared_requirements(extras)}
    brought = IN_SLICER if layer_of(path) == "panel" else set[str]()
    for found in imports_of(path):
        if found.top not in {*brought, *sys.stdlib_module_names, "TumorResponseLib"}:
            assert distributions_of(found.top) & declared, f"line {found.line}: {found.module} is not declared"
