"""Values that pass between Python and Qt, as PythonQt passes them."""

from __future__ import annotations

import enum


class EnumValue(int):
    """An enum value as PythonQt gives it: an int that knows its type."""

    member: enum.Enum

    def __new__(cls, member: enum.Enum) -> EnumValue:
        """Keep the PySide6 member behind the number."""
        value = super().__new__(cls, member.value)
        value.member = member
        return value

    def __or__(self, other: int) -> EnumValue:
        return EnumValue(self.member | _member(other, self))  # type: ignore[operator]

    def __and__(self, other: int) -> EnumValue:
        return EnumValue(self.member & _member(other, self))  # type: ignore[operator]

    def __invert__(self) -> EnumValue:
        return EnumValue(~self.member)  # type: ignore[operator]


def _member(value: int, like: EnumValue) -> enum.Enum:
    """The PySide6 member of a number."""
    return value.member if isinstance(value, EnumValue) else type(like.member)(value)


class EnumNames:
    """Enum values by their short name, as in ``qt.Qt.AlignLeft``; few scoped names are registered: none is offered."""

    def __init__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __getattr__(self, name: str) -> EnumValue:
        for kind in vars(self._owner).values():
            if isinstance(kind, type) and issubclass(kind, enum.Enum) and name in kind.__members__:
                return EnumValue(kind[name])
        raise AttributeError(f"qt.{self._name} has no attribute {name!r}")
