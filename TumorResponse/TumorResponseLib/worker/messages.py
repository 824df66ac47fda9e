"""What parent and worker say to each other: JSON objects, one a line, with arrays by name beside them."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.worker.arrays import ArrayFolder

Message = dict[str, Any]
Value = TypeVar("Value")

ARRAY = "array"
"""Key of the object that stands for an array."""

SHOWN = 80
"""Characters of a wrong message that are quoted."""


class MessageError(Exception):
    """What came through the pipe is no message of ours."""


def to_line(message: Message) -> bytes:
    """A message as it goes through the pipe."""
    return json.dumps(message).encode() + b"\n"


def of_line(line: bytes) -> Message:
    """The message in a line; raises MessageError when it is none."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise MessageError(f"{line[:SHOWN]!r} is no JSON") from error
    if not isinstance(message, dict):
        raise MessageError(f"{line[:SHOWN]!r} is no JSON object")
    return message


class Packer:
    """Turns the values of one message into JSON and array files; the same array goes into one file."""

    def __init__(self, arrays: ArrayFolder) -> None:
        self._arrays = arrays
        self._names: dict[int, str] = {}

    def drop(self) -> None:
        """Remove the arrays of a message that is not sent."""
        for name in self._names.values():
            self._arrays.drop(name)
        self._names.clear()

    def pack(self, value: Any) -> Any:
        """Dataclasses, dictionaries by string, tuples, arrays, paths, enumerations and what JSON has."""
        if isinstance(value, np.ndarray):
            if id(value) not in self._names:
                self._names[id(value)] = self._arrays.put(value)
            return {ARRAY: self._names[id(value)]}
        if is_dataclass(value):
            return {field.name: self.pack(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, Mapping):
            return {key: self.pack(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.pack(each) for each in value]
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, Path):
            return str(value)
        return value.value if isinstance(value, Enum) else value


class Unpacker:
    """Turns the values of one message back, by their annotated types."""

    def __init__(self, arrays: ArrayFolder) -> None:
        self._arrays = arrays
        self._taken: dict[str, NDArray[Any]] = {}

    def unpack(self, kind: type[Value], packed: Any) -> Value:
        """The value of a type that ``Packer.pack`` packed.

        Raises:
            MessageError: it is no such value.
        """
        try:
            return cast(Value, self._unpack(kind, packed))
        except (AttributeError, KeyError, TypeError, ValueError, OSError, TumorResponseError) as error:
            raise MessageError(f"{str(packed)[:SHOWN]} is no {getattr(kind, '__name__', kind)} ({error})") from error

    def _unpack(self, kind: Any, packed: Any) -> Any:
        origin, arguments = get_origin(kind) or kind, get_args(kind)
        if origin is Any:
            return packed
        if origin in (Union, types.UnionType):
            return self._one_of(arguments, packed)
        if origin is np.ndarray:
            return self._array(packed[ARRAY])
        if origin is tuple:
            kinds = arguments[:1] * len(packed) if arguments[1:] == (...,) else arguments
            return tuple(self._unpack(each, value) for each, value in zip(kinds, packed, strict=True))
        if origin is list:
            return [self._unpack(arguments[0], value) for value in packed]
        if origin is dict:
            return {key: self._unpack(arguments[1], value) for key, value in packed.items()}
        if isinstance(origin, type) and is_dataclass(origin):
            return origin(**{name: self._unpack(each, packed[name]) for name, each in field_types(origin).items()})
        if isinstance(origin, type) and issubclass(origin, Enum | Path):
            return origin(packed)
        if isinstance(origin, type) and not isinstance(packed, (int, float) if origin is float else origin):
            raise TypeError(f"{packed!r} is no {origin.__name__}")
        return packed

    def _one_of(self, kinds: tuple[Any, ...], packed: Any) -> Any:
        others = [kind for kind in kinds if kind is not types.NoneType]
        if len(others) == 1:
            return None if packed is None else self._unpack(others[0], packed)
        tuples = [kind for kind in others if get_origin(kind) is tuple]
        if isinstance(packed, list) and len(tuples) == 1:
            return self._unpack(tuples[0], packed)
        # Of several others, only kinds that JSON has, which writes whole numbers for some floats.
        plain = tuple(kind for kind in kinds if kind not in tuples)
        if not isinstance(packed, (*plain, int) if float in plain else plain):
            raise TypeError(f"{packed!r} is of another kind")
        return packed

    def _array(self, name: str) -> NDArray[Any]:
        if name not in self._taken:
            self._taken[name] = self._arrays.take(name)
        return self._taken[name]


@cache
def field_types(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields, by name."""
    return get_type_hints(kind)
