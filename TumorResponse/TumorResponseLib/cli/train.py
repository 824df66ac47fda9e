"""``tumor-response train``: train a system on a cohort folder and write its bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from TumorResponseLib.cli.options import Commands
from TumorResponseLib.cli.progress import progress_bar
from TumorResponseLib.cli.research_extra import add_system, recipe_of


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("train", parents=[shared], help="train a system on your own cohort (research extra)")
    add_system(parser)
    parser.add_argument("--cohort", type=Path, required=True, metavar="DIR", help="folder with cohort.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="folder of the bundle to write")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train; an interrupted run continues where it stopped."""
    recipe = recipe_of(options.system)
    with progress_bar() as progress:
        task = progress.add_task("Training", total=None)
        recipe.train(
            options.cohort, options.out, lambda done, total: progress.update(task, completed=done, total=total)
        )
    print(f"The bundle is in {options.out}")
    return 0
