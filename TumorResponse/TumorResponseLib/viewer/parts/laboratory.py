"""The laboratory values, to be typed and corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.laboratory import LaboratoryField, laboratory_fields, typed_value

if TYPE_CHECKING:
    from TumorResponseLib.viewer.app import Viewer

INPUTS: dict[str, Callable[[Viewer, Any], None]] = {}


def facts(viewer: Viewer) -> dict[str, Any]:
    """One line a value of the panel."""
    fields = _fields(viewer)
    return {
        "laboratory_fields": [asdict(each) for each in fields],
        "laboratory_known": sum(each.flag != "missing" for each in fields),
    }


def commands(viewer: Viewer) -> dict[str, Callable[..., object]]:
    """Take one value as it was typed; an empty field takes the value away."""

    def set_value(name: str, text: str) -> None:
        field = next((each for each in _fields(viewer) if each.name == name), None)
        if field is None:
            raise UsageError("No study is open; open one first.")
        value = typed_value(field.label, text)
        if text.strip() != field.text:
            viewer.desk.set_laboratory({name: value})
            viewer.tell("")

    return {"laboratory_set": set_value}


def _fields(viewer: Viewer) -> tuple[LaboratoryField, ...]:
    desk = viewer.desk
    return laboratory_fields(None if desk.reading is None or desk.teaching.hidden else desk.reading.found.study)
