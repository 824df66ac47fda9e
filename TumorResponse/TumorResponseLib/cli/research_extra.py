"""The door from the command line to research: opened late, and with a clear sentence when it is not installed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.predict.registry import systems

if TYPE_CHECKING:
    from TumorResponseLib.research.recipes import SystemRecipe

SYSTEM_NAMES = tuple(systems())
"""Every system that reads can be simulated, trained and evaluated: ``research.recipes`` has an entry for each."""


def add_system(parser: argparse.ArgumentParser) -> None:
    """The positional argument SYSTEM."""
    parser.add_argument("system", choices=SYSTEM_NAMES, metavar="SYSTEM", help=f"one of: {', '.join(SYSTEM_NAMES)}")


def recipe_of(system: str) -> SystemRecipe:
    """The research side of a system.

    Raises:
        UsageError: the research extra is not installed.
    """
    try:
        from TumorResponseLib.research.recipes import recipes
    except ModuleNotFoundError as error:
        raise UsageError(
            f"This command needs {error.name}, which is not installed; run in the repository: "
            "pip install '.[research]'."
        ) from error
    return recipes()[system]
