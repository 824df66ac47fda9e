"""What pip and Slicer are told to install."""

from __future__ import annotations

import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.constraints import declared_requirements

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(wheel: Path) -> list[Requirement]:
    """``Requires-Dist`` of the wheel."""
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    return [Requirement(text) for text in metadata.get_all("Requires-Dist") or []]


def names_with(requirements: list[Requirement], extra: str) -> set[str]:
    """Names of the requirements that hold when ``extra`` is evaluated; ``""`` for none."""
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra})
    }


@pytest.mark.parametrize("extra", ["", "viewer", "research", "test"])
def test_cpu_runtime_unless_the_gpu_extra_is_asked_for(built: list[Requirement], extra: str) -> None:
    assert names_with(built, extra) & {"onnxruntime", "onnxruntime-gpu"} == {"onnxruntime"}


def test_gpu_extra_names_the_cuda_runtime_with_its_libraries_and_not_the_other(built: list[Requirement]) -> None:
    assert names_with(built, "gpu") & {"onnxruntime", "onnxruntime-gpu"} == {"onnxruntime-gpu"}
    cuda_build = next(requirement for requirement in built if requirement.name == "onnxruntime-gpu")
    assert cuda_build.extras == {"cuda", "cudnn"}


def test_reading_needs_no_torch(built: list[Requirement]) -> None:
    for extra in ("", "viewer", "gpu"):
        assert not names_with(built, extra) & {"torch", "monai", "scikit-learn", "matplotlib", "onnx"}


def test_unwanted_libraries_are_nowhere() -> None:
    pinned = {line.partition("==")[0] for line in constraint_lines()}
    assert not pinned & {"torchvision", "pyradiomics"}


def test_every_requirement_is_pinned_within_what_it_allows() -> None:
    pinned = dict(line.split("==") for line in constraint_lines())
    for requirement in declared_requirements(("gpu", "viewer", "research", "test")):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)])


OUTSIDE = {"rich"}
"""Slicer has no terminal."""


def test_slicer_is_asked_for_the_same_packages_as_pip() -> None:
    lines = (REPOSITORY / "TumorResponse/Resources/requirements.txt").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        text.partition(";")[0].strip() for text in project["dependencies"] if Requirement(text).name not in OUTSIDE
    ]
    assert [line for line in lines if not line.startswith("#")] == wanted


def constraint_lines() -> list[str]:
    """The pins of constraints.txt."""
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
