"""Writes the excerpt of Slicer's API that the panel's tests need: what the panel, its tests and its stand-in name.

python -m tools.slicer_api
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from Testing.panel.standin.api import EXCERPT

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY.parent / "shared/slicer/slicer_api.json"
READ = (
    "TumorResponse/TumorResponse.py",
    "TumorResponse/TumorResponseLib/panel",
    "TumorResponse/Resources/UI",
    "Testing/panel",
)
KEPT = ("bases", "signals", "slots", "invokables", "python_decorated", "cpp_only", "python_constructor")


def words() -> set[str]:
    """Every word of the panel's files and of their tests."""
    files = [path for name in READ for path in [REPOSITORY / name, *(REPOSITORY / name).rglob("*")]]
    texts = (path.read_text(encoding="utf-8") for path in files if path.suffix in {".py", ".ui"})
    return {word for text in texts for word in re.findall(r"\w+", text)}


def excerpt(whole: dict[str, Any], used: set[str]) -> dict[str, Any]:
    """The part of the whole file that the words name, with the bases of each class."""
    python = {
        module: {
            "functions": {name: found for name, found in entry["functions"].items() if name in used},
            "classes": {
                name: {method: found for method, found in cls["methods"].items() if method in used}
                for name, cls in entry["classes"].items()
                if name in used
            },
        }
        for module, entry in whole["python"].items()
        if module.startswith("slicer.") or module in used
    }
    return {
        "meta": {"made_from": whole["meta"]["made"], "by": "tools/slicer_api.py", "about": whole["meta"]["about"]},
        "qt": {name: _qt(whole["qt"][name]) for name in _with_bases(whole["qt"], used)},
        "vtk": {name: _vtk(whole["vtk"], name) for name in sorted(used & set(whole["vtk"]))},
        "vtk_other_class_names": sorted(used & set(whole["vtk_other_class_names"])),
        "python": {module: entry for module, entry in python.items() if entry["functions"] or entry["classes"]},
        "slicer_namespace": whole["slicer_namespace"]["set_in_application"],
        "submodules": whole["slicer_namespace"]["submodules"],
        "parameter_node_wrapper": {
            key: whole["parameter_node_wrapper"][key]
            for key in ("public_names", "reserved_member_names", "gui_bindings")
        },
    }


def _with_bases(classes: dict[str, Any], names: Iterable[str]) -> list[str]:
    """The named classes and all that they descend from."""
    waiting, found = [name for name in names if name in classes], set[str]()
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting += [base for base in classes[name]["bases"] if base in classes and base not in found]
    return sorted(found)


def _qt(entry: dict[str, Any]) -> dict[str, Any]:
    """What a stand-in and a static check need of a class."""
    properties = {
        name: {"type": found["type"], "writable": found["writable"]} for name, found in entry["properties"].items()
    }
    return {"properties": properties, **{key: entry[key] for key in KEPT if key in entry}}


def _vtk(classes: dict[str, Any], name: str) -> dict[str, list[str]]:
    """Names of a VTK class with those that it inherits."""
    lineage = [name, *(base for base in classes[name]["mro"] if base in classes and base != name)]
    return {
        kind: sorted({member for base in lineage for member in classes[base][kind]})
        for kind in ("methods", "constants")
    }


def text() -> str:
    """The excerpt as it is written."""
    whole = json.loads(SOURCE.read_text(encoding="utf-8"))
    return "{\n" + ",\n".join(_section(*part) for part in excerpt(whole, words()).items()) + "\n}\n"


def _section(name: str, content: Any) -> str:
    """One entry a line: a change of the panel changes few lines."""
    if not isinstance(content, dict):
        return f"{json.dumps(name)}: {json.dumps(content)}"
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    return f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    EXCERPT.write_text(text(), encoding="utf-8")
