"""Properties that only keep their value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property


def kept(name: str, kind: Any, default: Any) -> Any:
    """A property that changes nothing else in the stand-in; the object has a dictionary ``_kept``."""

    def read(self: Any) -> Any:
        return self._kept.get(name, default)

    def write(self: Any, value: Any) -> None:
        self._kept[name] = value

    return Property(kind, read, write)
