"""The lists of installed files in TumorResponse/CMakeLists.txt, read from the file and from the tree.

python tools/cmake_lists.py      rewrites the lists
"""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MODULE = REPOSITORY / "TumorResponse"
CMAKE_FILE = MODULE / "CMakeLists.txt"

FileLists = dict[str, list[str]]
"""Relative paths by the name of their CMake variable."""


def lists_in_tree() -> FileLists:
    """What must be installed: scripts, the module's own resources, the shared resources."""
    library = files_under(MODULE / "TumorResponseLib", MODULE)
    return {
        "MODULE_PYTHON_SCRIPTS": ["TumorResponse.py", *(path for path in library if path.endswith(".py"))],
        "MODULE_PYTHON_RESOURCES": [
            *files_under(MODULE / "Resources", MODULE),
            *(path for path in library if not path.endswith(".py")),
        ],
        "SHARED_RESOURCES": files_under(REPOSITORY / "Resources", REPOSITORY / "Resources"),
    }


def lists_in_cmake(text: str) -> FileLists:
    """What a CMakeLists.txt names, list by list."""
    found = {name: re.search(pattern_of(name), text) for name in lists_in_tree()}
    return {name: match["files"].split() if match else [] for name, match in found.items()}


def rewritten(text: str, lists: FileLists) -> str:
    """The text with its lists replaced."""
    for name, files in lists.items():
        block = f"set({name}\n" + "".join(f"  {file}\n" for file in files) + "  )"
        text = re.sub(pattern_of(name), block, text)  # no file name holds a backslash
    return text


def pattern_of(name: str) -> str:
    """Matches ``set(NAME ...)``; its files are in the group ``files``."""
    return rf"set\({name}(?P<files>[^)]*)\)"


def files_under(folder: Path, base: Path) -> list[str]:
    """The files below a folder, relative to ``base``, sorted; no caches and no hidden files.

    Raises:
        ValueError: a name holds a character that CMake's lists cannot carry.
    """
    relative = [path.relative_to(base) for path in folder.rglob("*") if path.is_file()]
    names = sorted(path.as_posix() for path in relative if not any(is_private(part) for part in path.parts))
    for name in names:
        if re.search(r"[\s;()\"$#\\]", name):
            raise ValueError(f"Rename {name}: CMake's lists take no spaces, brackets, quotes, semicolons, \\, $ or #.")
    return names


def is_private(part: str) -> bool:
    """Whether a part of a path belongs to Python's cache or is hidden."""
    return part == "__pycache__" or part.startswith(".")


if __name__ == "__main__":
    CMAKE_FILE.write_text(rewritten(CMAKE_FILE.read_text(encoding="utf-8"), lists_in_tree()), encoding="utf-8")
