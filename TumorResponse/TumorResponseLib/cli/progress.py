"""Progress on the terminal, on standard error, so that standard output stays clean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def progress_bar() -> Progress:
    """A bar with the count done and the time left; silent when standard error is no terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        redirect_stdout=False,
        disable=not console.is_terminal,
    )


def track(items: Iterable[Item], description: str, total: int) -> Iterator[Item]:
    """Go through ``items`` under a progress bar."""
    with progress_bar() as progress:
        yield from progress.track(items, total=total, description=description)
