"""What several commands take alike."""

from __future__ import annotations

import argparse
from pathlib import Path

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.image import LARGEST_MM, SMALLEST_MM, Spacing
from TumorResponseLib.core.loading.spacing import GIVEN_BY_USER
from TumorResponseLib.core.rings import DEFAULT_RADII_MM

Commands = argparse._SubParsersAction  # argparse gives the type no public name


def add_out_folder(parser: argparse.ArgumentParser) -> None:
    """``--out DIR``."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")


def make_folder(path: Path) -> None:
    """Make a folder for results, before any work is done for it.

    Raises:
        TumorResponseError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TumorResponseError(
            f"The folder {path} cannot be made ({error.strerror}); choose another one with --out."
        ) from error


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto takes CUDA when it really works, otherwise the CPU (default: %(default)s)",
    )


def add_spacing(parser: argparse.ArgumentParser) -> None:
    """``--spacing``."""
    parser.add_argument(
        "--spacing",
        type=spacing_numbers,
        metavar="MM[,MM[,MM]]",
        help="millimetres between pixel centres: one number, or one for each axis (slices, rows, columns)",
    )


def add_radii(parser: argparse.ArgumentParser) -> None:
    """``--radii``."""
    parser.add_argument(
        "--radii",
        type=float,
        nargs="+",
        default=list(DEFAULT_RADII_MM),
        metavar="MM",
        help="outer radius of each ring in mm (default: 3 5 10)",
    )


def spacing_numbers(text: str) -> tuple[float, ...]:
    """``"0.1"`` or ``"1.5,0.7,0.7"`` as numbers above zero; argparse turns the error into exit code 2."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers; write for instance 0.1") from None
    if not all(0 < number < float("inf") for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} must be above zero millimetres")
    if not all(SMALLEST_MM <= number <= LARGEST_MM for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is no distance in a patient, in millimetres")
    return numbers


def seed_number(text: str) -> int:
    """A whole number of at least 0; argparse turns the error into exit code 2."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} must not be below zero")
    return number


def user_spacing(options: argparse.Namespace) -> Spacing | None:
    """What ``--spacing`` said."""
    return None if options.spacing is None else Spacing(options.spacing, GIVEN_BY_USER)
