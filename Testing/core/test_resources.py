"""The Resources folder is found in the source tree, in the installed extension and in an installed wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from TumorResponseLib.core import resources
from TumorResponseLib.core.resources import resources_folder

LIBRARY = Path(resources.__file__).parents[1]
NEEDED = ("__init__.py", "core/__init__.py", "core/errors.py", "core/resources.py")

LAYOUTS = {
    "source tree": ("repository/TumorResponse", "repository/Resources"),
    "extension": ("lib/Slicer-5.10/qt-scripted-modules", "lib/Slicer-5.10/qt-scripted-modules/TumorResponseResources"),
    "wheel": ("lib/python3.11/site-packages", "lib/python3.11/site-packages/TumorResponseResources"),
}


def find_from(parent: Path) -> subprocess.CompletedProcess[str]:
    """Copy the library's needed files below ``parent`` and ask that copy for its resources."""
    for name in NEEDED:
        copy = parent / "TumorResponseLib" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(LIBRARY / name, copy)
    code = "from TumorResponseLib.core.resources import resources_folder; print(resources_folder())"
    environment = {**os.environ, "PYTHONPATH": str(parent)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_found_in_each_layout(layout: str, tmp_path: Path) -> None:
    parent, expected = (tmp_path / part for part in LAYOUTS[layout])
    (expected / "Schemas").mkdir(parents=True)
    (parent / "Resources" / "UI").mkdir(parents=True)  # the panel's own, which is not meant
    done = find_from(parent)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == expected.resolve()


def test_missing_resources_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "Resources").mkdir()  # of another program: it holds no schemas
    done = find_from(tmp_path / "TumorResponse")
    assert done.returncode != 0
    assert "The resources of TumorResponse are missing" in done.stderr
    assert "install TumorResponse again" in done.stderr


def test_this_installation_has_its_schemas() -> None:
    assert (resources_folder() / "Schemas" / "result.schema.json").is_file()
    assert (resources_folder() / "Schemas" / "bundle-metadata.schema.json").is_file()
