"""``tumor-response evaluate``: metrics and figures of a bundle on a cohort."""

from __future__ import annotations

import argparse
from pathlib import Path

from TumorResponseLib.cli.options import Commands, add_out_folder
from TumorResponseLib.cli.progress import progress_bar
from TumorResponseLib.cli.research_extra import SYSTEM_NAMES, recipe_of
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.models.bundle import read_bundle


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("evaluate", parents=[shared], help="metrics.json and figures of a bundle on a cohort")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="bundle folder")
    parser.add_argument("--cohort", type=Path, required=True, metavar="DIR", help="folder with cohort.csv")
    add_out_folder(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate with the very code that reads a study."""
    system = read_bundle(options.bundle).metadata.get("system")
    if system not in SYSTEM_NAMES:
        known = ", ".join(SYSTEM_NAMES)
        raise UsageError(f"The bundle {options.bundle.name} is not of a system that can be evaluated ({known}).")
    recipe = recipe_of(system)
    with progress_bar() as progress:
        task = progress.add_task("Evaluating", total=None)
        recipe.evaluate(
            options.bundle,
            options.cohort,
            options.out,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    print(f"metrics.json and figures are in {options.out}")
    return 0
