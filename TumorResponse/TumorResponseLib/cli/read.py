"""``tumor-response read``: from a study to its result, one folder a study."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from TumorResponseLib.cli.each import for_each
from TumorResponseLib.cli.options import (
    Commands,
    add_device,
    add_out_folder,
    add_radii,
    add_spacing,
    make_folder,
    user_spacing,
)
from TumorResponseLib.cli.outputs import write_outputs
from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.core.loading import load_mask, load_study
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.formats import stem_of
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("read", parents=[shared], help="segment, cut rings, predict, explain and report")
    parser.add_argument(
        "studies", type=Path, nargs="+", metavar="STUDY", help="image file, DICOM file or folder, or study folder"
    )
    parser.add_argument("--mask", type=Path, metavar="FILE", help="tumour mask drawn on the image; not segmented then")
    parser.add_argument("--within", type=Path, metavar="FILE", help="rings only inside this mask")
    parser.add_argument("--exclude", type=Path, metavar="FILE", help="rings never inside this mask")
    add_spacing(parser)
    add_radii(parser)
    parser.add_argument("--system", nargs="+", choices=sorted(systems()), default=["dlrs3"], metavar="NAME")
    parser.add_argument("--series", metavar="UID", help="which DICOM series of a folder that holds several")
    parser.add_argument("--frame", type=int, default=1, metavar="N", help="which frame of a cine, from 1 (default: 1)")
    add_device(parser)
    add_out_folder(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read every study; with several, each gets a folder of its own in ``--out``."""
    several = len(options.studies) > 1
    if several and any((options.mask, options.within, options.exclude)):
        raise UsageError("--mask, --within and --exclude belong to one study; read the studies one by one.")
    folders = {path: options.out / stem_of(path) if several else options.out for path in options.studies}
    if len(set(folders.values())) < len(folders):
        raise UsageError("Two studies have the same name; read them into different folders.")
    reading_options(options)
    make_folder(options.out)
    library = ModelLibrary(default_folders(), resolve_device(options.device))
    return for_each(
        list(folders), lambda path: read_one(path, folders[path], library, options), "Reading", options.debug
    )


def read_one(path: Path, out: Path, library: ModelLibrary, options: argparse.Namespace) -> None:
    """Read one study and write all that was found, also when a step failed.

    Raises:
        StudyError: a step failed; what could be done without it is written.
    """
    reading = Reading(library, systems(), reading_options(options))
    start = time.perf_counter()
    study = with_given_masks(load_study(path, spacing=user_spacing(options), series_uid=options.series), options)
    reading.open(study, seconds=time.perf_counter() - start)
    failed = [reading.state(step).reason for step in reading.run()]
    write_outputs(reading, out)
    print(summary(reading, out))
    for warning in reading.warnings:
        if warning not in failed:
            print(f"Warning: {path.name}: {warning}", file=sys.stderr)
    if failed:
        raise StudyError(f"{path.name}: {failed[0]}")


def reading_options(options: argparse.Namespace) -> ReadingOptions:
    """The choices of one reading; raises UsageError where they make no sense."""
    return ReadingOptions(systems=tuple(options.system), radii_mm=tuple(options.radii), frame_index=options.frame - 1)


def with_given_masks(study: Study, options: argparse.Namespace) -> Study:
    """The study with the masks of the command line in the place of its own."""
    given = {role: file for role, file in (("tumour", options.mask), *limits(options)) if file is not None}
    masks = {role: load_mask(file, study.image(), role=role) for role, file in given.items()}
    return replace(
        study, masks={**study.masks, **masks}, files=(*study.files, *(source_file(file) for file in given.values()))
    )


def limits(options: argparse.Namespace) -> tuple[tuple[str, Path | None], ...]:
    """The masks that limit the rings, by role."""
    return (("within", options.within), ("exclude", options.exclude))


def summary(reading: Reading, out: Path) -> str:
    """One line for the terminal: what was predicted, on what evidence, and where the files are."""
    outputs = reading.found.outputs if reading.is_ready(Step.PREDICTION) else {}
    said = [
        f"{name}: {prediction.decision} (probability of {prediction.classes[-1]} {prediction.probabilities[-1]:.2f}, "
        f"interval {prediction.interval[0]:.2f} to {prediction.interval[1]:.2f}, evidence: {prediction.evidence}"
        f"{'' if prediction.in_distribution else ', OUTSIDE the training distribution'})"
        for name, output in outputs.items()
        if (prediction := output.prediction)
    ]
    return f"{'; '.join(said) or 'No prediction'}. Files in {out}. Research use only."
