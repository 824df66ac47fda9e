"""Members of a parameter node: their types, defaults and validators."""

from __future__ import annotations

import enum
import json
import types
import typing
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

import slicer

from Testing.panel.standin.lookup import API


@dataclass(frozen=True)
class Default:
    """The value of a member that was never written."""

    value: Any


@dataclass(frozen=True)
class WithinRange:
    """A number from ``minimum`` to ``maximum``."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError for a number outside."""
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within {self.minimum} and {self.maximum}")


@dataclass(frozen=True)
class Minimum:
    """A number not below ``minimum``."""

    minimum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError for a number below."""
        if value < self.minimum:
            raise ValueError(f"{value} is below {self.minimum}")


@dataclass(frozen=True)
class Maximum:
    """A number not above ``maximum``."""

    maximum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError for a number above."""
        if value > self.maximum:
            raise ValueError(f"{value} is above {self.maximum}")


class Choice:
    """One of some values."""

    def __init__(self, *choices: Any) -> None:
        self.choices = choices[0] if len(choices) == 1 and isinstance(choices[0], list | tuple) else choices

    def validate(self, value: Any) -> None:
        """Raise ValueError for another value."""
        if value not in self.choices:
            raise ValueError(f"{value!r} is not one of {self.choices}")


@dataclass(frozen=True)
class Member:
    """One annotated member."""

    name: str
    kind: Any
    annotations: tuple[Any, ...]

    @property
    def node_kinds(self) -> tuple[type, ...]:
        """Node classes that the member may refer to; empty for a value."""
        kinds = (
            typing.get_args(self.kind)
            if typing.get_origin(self.kind) in {typing.Union, types.UnionType}
            else (self.kind,)
        )
        return tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode))

    def default(self) -> Any:
        """What it is before it was written."""
        given = [note.value for note in self.annotations if isinstance(note, Default)]
        if given:
            return given[0]
        if self.node_kinds:
            return None
        return next(iter(self.kind)) if issubclass(self.kind, enum.Enum) else self.kind()

    def check(self, value: Any) -> None:
        """Refuse a value of another type or one that a validator refuses.

        Raises:
            TypeError: the type is wrong.
            ValueError: a validator refuses it.
        """
        kinds = (*self.node_kinds, type(None)) if self.node_kinds else (typing.get_origin(self.kind) or self.kind,)
        if kinds == (float,):
            kinds = (float, int)
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds[0] is not bool):
            raise TypeError(f"{self.name} is {self.kind}, not {value!r}")
        for note in self.annotations:
            if isinstance(note, WithinRange | Minimum | Maximum | Choice):
                note.validate(value)

    def read(self, node: Any) -> Any:
        """The value in the node."""
        if self.node_kinds:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if text == "":
            return self.default()
        value = json.loads(text)
        if isinstance(self.kind, type) and issubclass(self.kind, enum.Enum):
            return self.kind[value]
        return (typing.get_origin(self.kind) or self.kind)(value)

    def write(self, node: Any, value: Any) -> None:
        """Change the value in the node."""
        self.check(value)
        if self.node_kinds:
            node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)
            return
        plain = value.name if isinstance(value, enum.Enum) else str(value) if isinstance(value, PurePath) else value
        node.SetParameter(self.name, json.dumps(plain))


def members_of(cls: type) -> dict[str, Member]:
    """The annotated members of a class.

    Raises:
        ValueError: a name is reserved.
    """
    reserved = set(API.document["parameter_node_wrapper"]["reserved_member_names"])
    found = {}
    for name, hint in typing.get_type_hints(cls, include_extras=True).items():
        if name in reserved:
            raise ValueError(f"{name} is reserved")
        kind, *notes = typing.get_args(hint) if typing.get_origin(hint) is Annotated else (hint,)
        default = [Default(vars(cls)[name])] if name in vars(cls) else []
        found[name] = Member(name, kind, (*notes, *default))
    return found
