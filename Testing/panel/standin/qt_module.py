"""The module ``qt``: Qt's classes in one flat room."""

from __future__ import annotations

import enum
from types import ModuleType
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from Testing.panel.standin.calls import refuse_keywords
from Testing.panel.standin.lookup import API
from Testing.panel.standin.pythonqt import call, unwrap, wrap
from Testing.panel.standin.values import EnumNames, EnumValue


class QtClass:
    """A class that Python makes objects of."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        refuse_keywords(self._cls.__name__, keywords)
        entry = API.classes.get(self._cls.__name__)
        if entry is not None and not entry.constructible:
            raise TypeError(f"Python cannot make a {entry.name}")
        return wrap(self._cls(*map(unwrap, arguments)))

    def __getattr__(self, name: str) -> Any:
        for base in self._cls.__mro__:
            for kind in vars(base).values():
                if isinstance(kind, type) and issubclass(kind, enum.Enum) and name in kind.__members__:
                    return EnumValue(kind[name])
        found = getattr(self._cls, name)
        if isinstance(found, type) or not callable(found):
            raise AttributeError(f"{self._cls.__name__} has no attribute {name!r}")
        return lambda *arguments, **keywords: call(found, None, name, *arguments, **keywords)


class FileDialog(QtClass):
    """Asks nobody: the test says what is chosen. Paths come as text alone, not with the filter."""

    def __init__(self, chosen: list[str]) -> None:
        super().__init__(QtWidgets.QFileDialog)
        self._chosen = chosen

    def _next(self, *arguments: Any) -> str:
        return self._chosen.pop(0) if self._chosen else ""

    getOpenFileName = getSaveFileName = getExistingDirectory = _next

    def getOpenFileNames(self, *arguments: Any) -> tuple[str, ...]:
        """Several files: all that the test has chosen."""
        names, self._chosen[:] = tuple(self._chosen), []
        return names


class QtModule(ModuleType):
    """``import qt``."""

    def __init__(self, chosen: list[str]) -> None:
        super().__init__("qt")
        self.QFileDialog = FileDialog(chosen)

    def __getattr__(self, name: str) -> Any:
        if name == "Qt":
            return EnumNames(QtCore.Qt, "Qt")
        for module in (QtCore, QtGui, QtWidgets):
            if name.startswith("Q") and isinstance(cls := getattr(module, name, None), type):
                return QtClass(cls)
        raise AttributeError(f"module 'qt' has no attribute {name!r}")
