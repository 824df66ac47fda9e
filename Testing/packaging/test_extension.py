"""The catalogue entry and the top CMakeLists.txt, as the Extensions Index checks them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# The catalogue's schema 1.0.2, written down from its description.
ENTRY_SCHEMA = {
    "type": "object",
    "required": ["$schema", "category", "scm_url"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": r"slicer-extension-catalog-entry-schema-v1\.0\.2\.json#$"},
        "category": {"enum": ["Quantification", "Ultrasound", "Segmentation", "Informatics", "Analysis"]},
        "scm_url": {"type": "string", "pattern": r"^(https|git)://.*/Slicer[A-Za-z]+\.git$"},
        "scm_revision": {"type": "string"},
        "scm_type": {"enum": ["git", "local"]},
        "build_dependencies": {"type": "array", "items": {"type": "string"}},
        "dicom_support_rule": {"type": "string"},
        "build_subdirectory": {"type": "string"},
        "enabled": {"type": "boolean"},
        "tier": {"type": "integer", "minimum": 1, "maximum": 5},
    },
}
ENTRY_FILE = REPOSITORY / "extension.json"
CMAKE_TEXT = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")


def test_catalogue_entry_is_valid() -> None:
    jsonschema.validate(json.loads(ENTRY_FILE.read_text(encoding="utf-8")), ENTRY_SCHEMA)
    assert b"\r" not in ENTRY_FILE.read_bytes()


def test_project_is_the_extension_and_has_no_slicer_prefix() -> None:
    assert re.findall(r"project\((\w+)", CMAKE_TEXT) == ["TumorResponse"]


@pytest.mark.parametrize("name", ["HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS", "DEPENDS"])
def test_extension_variable_is_set_in_quotes(name: str) -> None:
    assert re.search(rf'^set\(EXTENSION_{name} "[^"]+"\)$', CMAKE_TEXT, re.MULTILINE)


def test_pictures_are_files_of_this_repository() -> None:
    urls = re.findall(r"EXTENSION_(?:ICONURL|SCREENSHOTURLS) \"(\S+)\"", CMAKE_TEXT)
    paths = [REPOSITORY / url.partition("/main/")[2] for url in urls]
    assert [path for path in paths if path.read_bytes()[:4] == b"\x89PNG"] == paths


def test_top_level_steps_are_in_the_order_that_slicer_wants() -> None:
    steps = [
        "cmake_minimum_required(",
        "project(",
        "set(EXTENSION_",
        "find_package(Slicer REQUIRED)",
        "include(${Slicer_USE_FILE})",
        "add_subdirectory(TumorResponse)",
        "include(${Slicer_EXTENSION_GENERATE_CONFIG})",
        "include(${Slicer_EXTENSION_CPACK})",
    ]
    positions = [CMAKE_TEXT.index(step) for step in steps]
    assert positions == sorted(positions)


def test_licence_and_readme_are_in_the_root() -> None:
    assert "Apache License" in (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert (REPOSITORY / "README.md").stat().st_size > 0
