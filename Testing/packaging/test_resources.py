"""The library finds its resources from the source tree, from the extension as CMake installs it, and from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STUB_OF_SLICER = Path(__file__).with_name("stub_slicer")
SCRIPTED_MODULES = "lib/Slicer/qt-scripted-modules"

FIND_RESOURCES = """
import sys
sys.path.insert(0, sys.argv[1])
import TumorResponseLib
from TumorResponseLib.core.resources import resources_folder
print(TumorResponseLib.__file__, resources_folder(), sep="\\n")
"""


def files_below(folder: Path) -> dict[str, int]:
    """Size of each file by its relative path; no caches and no hidden files."""
    relative = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.stat().st_size
        for name, path in relative.items()
        if not any(part == "__pycache__" or part.startswith(".") for part in name.parts)
    }


def found_resources(library_parent: Path) -> Path:
    """The resources that the library below ``library_parent`` finds, asked in a Python of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-c", FIND_RESOURCES, str(library_parent)]
    answer = subprocess.run(command, cwd=library_parent, env=environment, check=True, capture_output=True, text=True)
    library, resources = map(Path, answer.stdout.splitlines())
    assert library.parent == library_parent / "TumorResponseLib"
    return resources


def run_cmake(*arguments: str | Path) -> None:
    """Run the environment's CMake."""
    cmake = Path(sysconfig.get_path("scripts")) / "cmake"
    run = subprocess.run([cmake, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def build_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension configured against a stub of Slicer."""
    build = tmp_path_factory.mktemp("build")
    # The extension compiles nothing, but `project` looks for compilers as every Slicer extension's does.
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("CMake's project() needs a C compiler, and this machine has none.")
    run_cmake("-S", REPOSITORY, "-B", build, f"-DSlicer_DIR={STUB_OF_SLICER}", "-DBUILD_TESTING=ON")
    return build


@pytest.fixture(scope="module")
def extension(build_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripted modules' folder of the installed extension."""
    prefix = tmp_path_factory.mktemp("installed")
    run_cmake("--install", build_tree, "--prefix", prefix)
    return prefix / SCRIPTED_MODULES


@pytest.fixture(scope="module")
def site_packages(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed."""
    target = tmp_path_factory.mktemp("site-packages")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True, stdin=subprocess.DEVNULL)
    return target


def test_source_tree() -> None:
    assert found_resources(REPOSITORY / "TumorResponse") == REPOSITORY / "Resources"


@pytest.mark.parametrize("place", ["build_tree", "extension", "site_packages"])
def test_installed(place: str, request: pytest.FixtureRequest) -> None:
    parent: Path = request.getfixturevalue(place)
    parent = parent / SCRIPTED_MODULES if place == "build_tree" else parent
    resources = found_resources(parent)
    assert resources == parent / "TumorResponseResources"
    assert files_below(resources) == files_below(REPOSITORY / "Resources")


@pytest.mark.parametrize("place", ["extension", "site_packages"])
def test_installed_library_is_complete(place: str, request: pytest.FixtureRequest) -> None:
    installed = files_below(request.getfixturevalue(place) / "TumorResponseLib")
    assert installed == files_below(REPOSITORY / "TumorResponse/TumorResponseLib")


def test_extension_holds_the_module_and_its_icon(extension: Path) -> None:
    assert (extension / "TumorResponse.py").is_file()
    assert (extension / "Resources/Icons/TumorResponse.svg").is_file()
    assert (extension / "Resources/requirements.txt").is_file()
