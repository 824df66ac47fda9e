"""``tumor-response segment``: lesion masks in the input's own geometry."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from TumorResponseLib.cli.each import for_each
from TumorResponseLib.cli.options import Commands, add_device, add_out_folder, make_folder
from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.loading.formats import is_picture, stem_of
from TumorResponseLib.core.saving import write_mask_picture, write_volume
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle, resolve_device
from TumorResponseLib.predict.segmentation import BREAST_ULTRASOUND, segment


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("segment", parents=[shared], help="outline the lesion of each image")
    parser.add_argument("inputs", type=Path, nargs="+", metavar="INPUT", help="image file or DICOM folder")
    parser.add_argument("--series", metavar="UID", help="which DICOM series of a folder that holds several")
    add_out_folder(parser)
    add_device(parser)
    parser.set_defaults(run=run)


def mask_name(path: Path) -> str:
    """Name of the mask of an input: pictures give PNG, everything else compressed NIfTI."""
    return f"{stem_of(path)}.png" if is_picture(path) else f"{stem_of(path)}.nii.gz"


def lesion_of(image: Image, bundle: OpenBundle) -> MaskArray:
    """The mask of a still, or the masks of a cine frame by frame."""
    if not image.is_cine:
        return segment(image, bundle).mask
    return np.stack([segment(image.at_time(index), bundle).mask for index in range(len(image.pixels))])


def run(options: argparse.Namespace) -> int:
    """Segment every input."""
    names = Counter(mask_name(path) for path in options.inputs)
    if repeated := [name for name, count in names.items() if count > 1]:
        raise UsageError(f"Several inputs would write {repeated[0]}; segment them into different folders.")
    library = ModelLibrary(default_folders(), resolve_device(options.device))
    bundle = library.open(BREAST_ULTRASOUND)
    make_folder(options.out)

    def segment_one(path: Path) -> None:
        image = load_study(path, series_uid=options.series).image()
        mask = lesion_of(image, bundle)
        target = options.out / mask_name(path)
        if is_picture(path):
            write_mask_picture(mask, target)
        else:
            write_volume(mask.astype(np.uint8), image, target)

    code = for_each(options.inputs, segment_one, "Segmenting", options.debug)
    for warning in bundle.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    return code
