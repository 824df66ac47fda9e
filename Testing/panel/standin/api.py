"""The excerpt of Slicer's public API: what Python may use of each class."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

EXCERPT = Path(__file__).with_name("api.json")


@dataclass(frozen=True)
class ApiClass:
    """A C++ class of CTK or Slicer as PythonQt shows it; signatures are normalised as Qt does."""

    name: str
    bases: tuple[str, ...]
    properties: dict[str, dict[str, Any]]
    signals: dict[str, list[str]]
    methods: dict[str, list[str]]
    cpp_only: frozenset[str]
    constructible: bool


class Api:
    """Classes, functions and constants by name."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def excerpt(cls) -> Api:
        """What tools/slicer_api.py wrote."""
        return cls(json.loads(EXCERPT.read_text(encoding="utf-8")))

    @cached_property
    def classes(self) -> dict[str, ApiClass]:
        """The Qt classes of CTK and Slicer."""
        return {name: _api_class(name, entry) for name, entry in self.document["qt"].items()}

    def lineage(self, name: str) -> list[ApiClass]:
        """The class and its bases of CTK and Slicer, nearest first; bases of Qt itself are left out."""
        if name not in self.classes:
            return []
        own = self.classes[name]
        return [own, *(ancestor for base in own.bases for ancestor in self.lineage(base))]

    def qt_base(self, name: str) -> str:
        """The first class of Qt itself that the class descends from; its own name when there is none."""
        if name not in self.classes or not self.classes[name].bases:
            return name
        return self.qt_base(self.classes[name].bases[0])

    def functions(self, module: str) -> dict[str, list[str]]:
        """Functions of a Python module of Slicer with their parameters."""
        return self.document["python"].get(module, {}).get("functions", {})


def _api_class(name: str, entry: dict[str, Any]) -> ApiClass:
    """One entry of the excerpt."""
    methods = {**entry["slots"], **entry["invokables"], **entry.get("python_decorated", {})}
    return ApiClass(
        name=name,
        bases=tuple(entry["bases"]),
        properties=entry["properties"],
        signals=entry["signals"],
        methods=methods,
        cpp_only=frozenset(entry["cpp_only"]),
        constructible=entry["python_constructor"] is not None,
    )


def argument_types(signature: str) -> tuple[str, ...]:
    """Types between the parentheses of ``name(type,type) -> type``."""
    inside = signature.partition("(")[2].rpartition(")")[0]
    return tuple(part for part in inside.split(",") if part)
