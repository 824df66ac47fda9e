"""Files in and out, and sample data."""

from __future__ import annotations

from typing import Any

import slicer


def export_node(node: Any, filename: str, properties: dict[str, Any] | None = None, world: bool = False) -> bool:
    """Write a node by its own default storage node; the node's own file name stays as it was."""
    storage = node.CreateDefaultStorageNode()
    storage.SetScene(slicer.mrmlScene)
    storage.SetFileName(str(filename))
    written = bool(storage.WriteData(node))
    storage.UnRegister(None)
    return written


class SampleDataLogic:
    """Keeps what was registered."""

    def __init__(self) -> None:
        self.sources: list[dict[str, Any]] = []
        self.categories: dict[str, str] = {}

    def registerCustomSampleDataSource(self, **source: Any) -> None:
        """One sample."""
        self.sources.append(source)

    def registerCustomSampleDataCategory(self, category: str, title: str) -> None:
        """A title for a category."""
        self.categories[category] = title
