"""``tumor-response rings``: the label map of a tumour and the bands around it."""

from __future__ import annotations

import argparse
from pathlib import Path

from TumorResponseLib.cli.options import Commands, add_radii, add_spacing, user_spacing
from TumorResponseLib.core.loading import load_mask, load_mask_alone
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.core.saving import write_label_map


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("rings", parents=[shared], help="label map of a tumour and the rings around it")
    parser.add_argument("mask", type=Path, metavar="MASK", help="tumour mask: picture, label map or .seg.nrrd")
    add_radii(parser)
    parser.add_argument("--within", type=Path, metavar="MASK", help="rings only inside this mask")
    parser.add_argument("--exclude", type=Path, metavar="MASK", action="append", default=[], help="rings never in here")
    add_spacing(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="label map: 0 outside, 1 tumour, 2 ...")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compute and write the rings."""
    tumour, image = load_mask_alone(options.mask, spacing=user_spacing(options))
    within = None if options.within is None else load_mask(options.within, image, role="within")
    exclude = None
    for path in options.exclude:
        excluded = load_mask(path, image, role="exclude")
        exclude = excluded if exclude is None else exclude | excluded
    rings = make_rings(tumour, image.spacing_mm, tuple(options.radii), within=within, exclude=exclude)
    write_label_map(rings.labels, image, options.out)
    return 0
