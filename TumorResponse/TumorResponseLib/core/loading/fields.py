"""Text fields of a cohort's table or a ``study.json``: each converted, or refused in a sentence of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from TumorResponseLib.core.errors import SpacingError
from TumorResponseLib.core.image import Spacing
from TumorResponseLib.core.loading.spacing import GIVEN_BY_USER

SPLITS = ("train", "internal", "external", "test")
YES_OR_NO = {"yes": True, "no": False}
MOST_DECIBELS = 200.0
"""Of the log compression of ultrasound: scanners offer 30 to 120, and echo power leaves float32 beyond 380."""
SEPARATOR = "\n"
"""Between several names in one field: nothing that a folder is called."""

Value = TypeVar("Value")


class FieldReader:
    """Takes named fields one by one and collects a sentence for each that is wrong.

    Args:
        fields: text by column; empty text counts as missing.
        folder: paths are relative to it and must stay inside.
        where: such as ``"Row 3 of cohort.csv"``; begins every sentence.
    """

    def __init__(self, fields: Mapping[str, str], folder: Path, where: str) -> None:
        self.wrong: list[str] = []
        self._left = {column: text.strip() for column, text in fields.items() if text.strip()}
        self._folder = folder.resolve()
        self._where = where

    def refuse(self, column: str, reason: str) -> None:
        """Note that a field is wrong."""
        self.wrong.append(f"{self._where}: column {column} {reason}.")

    def text(self, column: str) -> str:
        """The field as it stands; ``""`` when missing."""
        return self._left.pop(column, "")

    def value(self, column: str, convert: Callable[[str], Value]) -> Value | None:
        """The converted field; None when missing, or refused with the ValueError that ``convert`` raised."""
        text = self.text(column)
        if not text:
            return None
        try:
            return convert(text)
        except ValueError as error:
            self.refuse(column, f"holds {text!r}; {error}")
        return None

    def values(self, prefix: str, convert: Callable[[str], Value]) -> dict[str, Value]:
        """Converted fields of the columns that begin with ``prefix``, by the rest of their names."""
        columns = [column for column in self._left if column.startswith(prefix) and column != prefix]
        read = {column.removeprefix(prefix): self.value(column, convert) for column in columns}
        return {name: value for name, value in read.items() if value is not None}

    def path(self, column: str) -> Path | None:
        """The file that the field names; None when missing."""
        return self.value(column, self._inside)

    def paths(self, column: str, role: str) -> dict[str, Path]:
        """Files by role: ``column`` itself for ``role``, first, then each ``column_<role>``."""
        columns = [name for name in self._left if name.startswith(f"{column}_") and name != f"{column}_"]
        roles = {column: role} | {name: name.removeprefix(f"{column}_") for name in columns}
        read = {role: self.value(name, self._inside) for name, role in roles.items()}
        return {role: path for role, path in read.items() if path is not None}

    def folders(self, column: str) -> tuple[Path, ...]:
        """The sub-folders that the field names, separated by ``SEPARATOR``; none when it is missing."""
        return self.value(column, lambda text: self._different(text.split(SEPARATOR))) or ()

    def rest(self) -> dict[str, str]:
        """What nobody has asked for."""
        return dict(self._left)

    def _different(self, texts: Sequence[str]) -> tuple[Path, ...]:
        folders = tuple(map(self._folder_inside, texts))
        if len(set(folders)) < len(folders):
            raise ValueError("each folder may be named once only")
        return folders

    def _folder_inside(self, text: str) -> Path:
        path = self._inside(text)
        if not path.is_dir() or path == self._folder:
            raise ValueError("each must be a folder below the one of the table")
        return path

    def _inside(self, text: str) -> Path:
        try:
            path = (self._folder / text).resolve()
            is_there = path.exists()
        except (OSError, RuntimeError) as error:  # names that are too long; links that lead to themselves
            raise ValueError("there can be no such file") from error
        if not path.is_relative_to(self._folder):
            raise ValueError("the path must stay inside the folder of the table")
        if not is_there:
            raise ValueError("there is no such file")
        return path


def number(text: str) -> float:
    """A finite number; raises ValueError otherwise, as all of these do."""
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError("it must be a number") from error
    if not math.isfinite(value):
        raise ValueError("it must be a finite number")
    return value


def not_negative(text: str) -> float:
    """A number from 0 on."""
    value = number(text)
    if value < 0:
        raise ValueError("it must not be negative")
    return value


def positive(text: str) -> float:
    """A number above 0."""
    value = number(text)
    if value <= 0:
        raise ValueError("it must be positive")
    return value


def decibels(text: str) -> float:
    """A dynamic range that a scanner may have."""
    value = positive(text)
    if value > MOST_DECIBELS:
        raise ValueError(f"it must be at most {MOST_DECIBELS:g}, as the scanner shows it")
    return value


def probability(text: str) -> float:
    """A number from 0 to 1."""
    value = number(text)
    if not 0 <= value <= 1:
        raise ValueError("it must lie between 0 and 1")
    return value


def class_index(text: str) -> int:
    """A whole number from 0 on."""
    value = number(text)
    if value < 0 or not value.is_integer():
        raise ValueError("it must be the number of a class: 0, 1, ...")
    return int(value)


def yes_or_no(text: str) -> bool:
    """1 or 0, yes or no, in letters of any size."""
    if text.lower() in YES_OR_NO:
        return YES_OR_NO[text.lower()]
    try:
        return {0.0: False, 1.0: True}[float(text)]
    except (KeyError, ValueError) as error:
        raise ValueError("it must be 0 or 1, or no or yes") from error


def split_name(text: str) -> str:
    """One of ``SPLITS``."""
    if text not in SPLITS:
        raise ValueError(f"it must be one of {', '.join(SPLITS)}")
    return text


def spacing_given(text: str) -> Spacing:
    """One to three positive numbers in mm, in array order, separated by blanks."""
    words = text.split()
    if len(words) > 3:
        raise ValueError("it must be one number, or one for each axis, in mm")
    try:
        return Spacing(tuple(number(word) for word in words), GIVEN_BY_USER)
    except SpacingError as error:
        raise ValueError("it must be positive numbers in mm") from error
