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
from TumorResponseLib.session.mask_source import MaskOrigin
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
    parser.add_argument(
        "--system",
        nargs="+",
        choices=sorted(systems()),
        default=[],
        metavar="NAME",
        help="which systems to ask (default: the one that the study's images are for)",
    )
    parser.add_argument("--role", metavar="ROLE", help="which of a study's images is shown, outlined and measured")
    parser.add_argument("--series", metavar="UID", help="which DICOM series of a folder that holds several")
    parser.add_argument("--frame", type=int, metavar="N", help="which frame of a cine, from 1 (default: the system's)")
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
    study = load_study(path, spacing=user_spacing(options), series_uid=options.series)
    open_study(reading, study, options, time.perf_counter() - start)
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
    return ReadingOptions(
        systems=tuple(options.system),
        radii_mm=tuple(options.radii),
        role=options.role,
        frame_index=None if options.frame is None else options.frame - 1,
    )


def open_study(reading: Reading, study: Study, options: argparse.Namespace, seconds: float) -> None:
    """Open the study, with the masks of the command line, drawn on the image that is read, in place of its own.

    Raises:
        StudyError: a frame was asked for and the image is no cine.
    """
    limits = {role: file for role, file in (("within", options.within), ("exclude", options.exclude)) if file}
    given = [*filter(None, [options.mask]), *limits.values()]
    reading.open(replace(study, files=(*study.files, *map(source_file, given))), seconds=seconds)
    image = reading.found.image
    view = reading.view
    assert image is not None and view is not None
    if options.frame is not None and view.frame is None:
        raise StudyError(
            f"--frame chooses a frame of a cine, and what is read of {study.name} is no cine; leave it out."
        )
    if options.mask is not None:
        reading.set_mask(load_mask(options.mask, image), MaskOrigin.MANUAL)
    if limits:
        masks = {role: load_mask(file, image, role=role) for role, file in limits.items()}
        reading.set_limits(**(reading.limits | masks))


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
