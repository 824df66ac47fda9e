"""``tumor-response models``: what is installed, with its card in short."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from TumorResponseLib.cli.options import Commands
from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.models.bundle import Bundle, default_folders, find_bundles, verify


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "models", parents=[shared], help="the installed model bundles and their cards in short"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a table of the bundles; returns 1 when one of them is damaged."""
    found = find_bundles(default_folders())
    table = Table(title="Model bundles (research use only)")
    for column in ("name", "version", "evidence", "intended use", "licence", "sha256"):
        table.add_column(column, overflow="fold")
    for bundle in found.bundles.values():
        card = bundle.metadata
        table.add_row(
            bundle.name, card["version"], card["evidence"], card["intended_use"], card["licence"], bundle.sha256[:12]
        )
    Console().print(table)
    problems = [*found.problems, *damages(found.bundles.values())]
    for problem in problems:
        print(f"Error: {problem}", file=sys.stderr)
    return 1 if problems else 0


def damages(bundles: Iterable[Bundle]) -> Iterator[str]:
    """A sentence for each bundle whose files are not what its metadata says."""
    for bundle in bundles:
        try:
            verify(bundle)
        except BundleError as error:
            yield str(error)
