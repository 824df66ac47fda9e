"""`tumor-response`: the command line, one file a command."""

from __future__ import annotations

import argparse
import sys
import traceback

from TumorResponseLib.cli import evaluate, models, read, rings, segment, simulate, train, view
from TumorResponseLib.core.errors import TumorResponseError

DESCRIPTION = (
    "Read a tumour's likely response to treatment. Research use only: not for diagnosis or treatment decisions."
)
CANCELLED = 130
"""Exit code after Ctrl-C, as shells count it."""


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command; each command file adds its own."""
    parser = argparse.ArgumentParser(prog="tumor-response", description=DESCRIPTION)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (read, view, segment, rings, models, simulate, train, evaluate):
        module.add_command(commands, shared)
    return parser


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 a study failed, 2 wrong use, 130 cancelled."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except TumorResponseError as error:
        if options.debug:
            traceback.print_exc()
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Cancelled. What was finished before is kept.", file=sys.stderr)
        return CANCELLED


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
