"""How PythonQt calls Python, and is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any


def called_by_signal(receiver: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Call a slot: arguments are trimmed for plain functions and bound methods without ``*args`` only.

    Default arguments count, so that ``lambda i=i: ...`` receives what the signal sends.
    """
    function = receiver.__func__ if isinstance(receiver, MethodType) else receiver
    if isinstance(function, FunctionType) and not function.__code__.co_flags & inspect.CO_VARARGS:
        room = function.__code__.co_argcount - isinstance(receiver, MethodType)
        arguments = arguments[:room]
    receiver(*arguments)


def refuse_keywords(name: str, keywords: dict[str, Any]) -> None:
    """C++ functions have no keywords.

    Raises:
        TypeError: there is one.
    """
    if keywords:
        raise TypeError(f"{name} takes no keyword arguments")
