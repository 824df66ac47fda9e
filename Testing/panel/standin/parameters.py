"""``slicer.parameterNodeWrapper``: annotated members kept in a node of the scene."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from vtkmodules.vtkCommonCore import vtkCommand

from Testing.panel.standin.binding import Binding, bind
from Testing.panel.standin.members import Choice, Default, Maximum, Member, Minimum, WithinRange, members_of


def parameterNodeWrapper(cls: type) -> type:
    """A class of annotated members becomes a view of a node that holds them."""
    members = members_of(cls)

    class Wrapper(ParameterNode, cls):
        _members = members

    for name, member in members.items():
        setattr(Wrapper, name, _attribute(member))
    Wrapper.__name__ = Wrapper.__qualname__ = cls.__name__
    return Wrapper


def _attribute(member: Member) -> property:
    """Read and write a member as an attribute."""
    return property(
        lambda self: member.read(self.parameterNode), lambda self, value: member.write(self.parameterNode, value)
    )


class ParameterNode:
    """What every wrapped class can do."""

    _members: typing.ClassVar[dict[str, Member]]
    parameterNode: Any
    _bound: dict[int, list[Binding]]

    def __init__(self, parameterNode: Any) -> None:
        self.__dict__["parameterNode"] = parameterNode
        self.__dict__["_bound"] = {}
        for name, member in self._members.items():
            # Slicer writes the defaults into the node at once.
            if not member.node_kinds and parameterNode.GetParameter(name) == "":
                member.write(parameterNode, member.default())

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._members:
            raise AttributeError(f"{type(self).__name__} has no member {name!r}")
        super().__setattr__(name, value)

    def AddObserver(self, event: int, callback: Callable[..., Any], priority: float = 0.0) -> int:
        """Observe the node."""
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        """Stop observing the node."""
        self.parameterNode.RemoveObserver(tag)

    def StartModify(self) -> int:
        """Hold events back."""
        return self.parameterNode.StartModify()

    def EndModify(self, before: int) -> int:
        """Send one event for all changes."""
        return self.parameterNode.EndModify(before)

    def connectGui(self, gui: Any) -> int:
        """Bind every widget with the dynamic property SlicerParameterName to its member.

        Raises:
            RuntimeError: a widget names no member, or its type cannot hold it.
        """
        bindings = bind(self, self._members, gui)
        tag = self.parameterNode.AddObserver(vtkCommand.ModifiedEvent, lambda *_: _show(bindings))
        self._bound[tag] = bindings
        _show(bindings)
        return tag

    def disconnectGui(self, tag: int) -> None:
        """Let go of the widgets."""
        self.parameterNode.RemoveObserver(tag)
        for binding in self._bound.pop(tag):
            binding.live = False


def _show(bindings: list[Binding]) -> None:
    """Bring all widgets up to date."""
    for binding in bindings:
        binding.show()


NAMES = {
    "parameterNodeWrapper": parameterNodeWrapper,
    "Default": Default,
    "WithinRange": WithinRange,
    "Minimum": Minimum,
    "Maximum": Maximum,
    "Choice": Choice,
}
