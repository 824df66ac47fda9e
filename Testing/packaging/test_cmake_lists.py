"""Slicer installs what its CMake lists name: they must name every file of the extension."""

from __future__ import annotations

import pytest

from tools.cmake_lists import CMAKE_FILE, lists_in_cmake, lists_in_tree, rewritten

LISTED = lists_in_cmake(CMAKE_FILE.read_text(encoding="utf-8"))
IN_TREE = lists_in_tree()


@pytest.mark.parametrize("name", IN_TREE)
def test_list_names_every_file_of_the_tree(name: str) -> None:
    missing = [path for path in IN_TREE[name] if path not in LISTED[name]]
    gone = [path for path in LISTED[name] if path not in IN_TREE[name]]
    assert not missing, f"Run `make cmake-lists`, or add to {name} in {CMAKE_FILE.name}:\n  " + "\n  ".join(missing)
    assert not gone, f"Run `make cmake-lists`, or remove from {name} in {CMAKE_FILE.name}:\n  " + "\n  ".join(gone)


@pytest.mark.parametrize("name", IN_TREE)
def test_list_names_each_file_once(name: str) -> None:
    assert sorted(LISTED[name]) == sorted(set(LISTED[name]))


def test_every_package_folder_has_an_init_file() -> None:
    scripts = [path for path in IN_TREE["MODULE_PYTHON_SCRIPTS"] if "/" in path]
    folders = {path.rpartition("/")[0] for path in scripts}
    assert not [folder for folder in folders if f"{folder}/__init__.py" not in scripts]


def test_rewriting_changes_the_lists_only() -> None:
    before = "set(MODULE_PYTHON_SCRIPTS\n  old.py\n  )\nset(OTHER kept)\n"
    lists = {"MODULE_PYTHON_SCRIPTS": ["new.py", "Lib/a.py"]}
    assert rewritten(before, lists) == "set(MODULE_PYTHON_SCRIPTS\n  new.py\n  Lib/a.py\n  )\nset(OTHER kept)\n"
