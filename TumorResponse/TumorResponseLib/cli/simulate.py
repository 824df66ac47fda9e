"""``tumor-response simulate``: a virtual cohort in the cohort format."""

from __future__ import annotations

import argparse

from TumorResponseLib.cli.options import Commands, add_out_folder, seed_number
from TumorResponseLib.cli.progress import progress_bar
from TumorResponseLib.cli.research_extra import add_system, recipe_of


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "simulate", parents=[shared], help="make a virtual cohort (phantom study, no patients)"
    )
    add_system(parser)
    parser.add_argument("--patients", type=int, required=True, metavar="N")
    parser.add_argument(
        "--seed", type=seed_number, required=True, metavar="S", help="the same seed gives the same cohort"
    )
    add_out_folder(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Simulate and write the cohort."""
    recipe = recipe_of(options.system)
    with progress_bar() as progress:
        task = progress.add_task("Simulating", total=options.patients)
        recipe.simulate(options.patients, options.seed, options.out, lambda: progress.advance(task))
    print(f"{options.patients} virtual patients in {options.out}")
    return 0
