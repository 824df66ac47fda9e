"""Put the figures of an evaluation into the card of the bundle that was evaluated."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.models.bundle import CARD, read_bundle
from TumorResponseLib.research.evaluation.output import write_text

METRICS = "docs/metrics.json"

CardOf = Callable[[Mapping[str, Any], Mapping[str, Any]], str]
"""The card of a bundle's metadata and an evaluation's splits."""


def add_figures(folder: Path, metrics: Path, card_of: CardOf) -> None:
    """Put the figures of ``metrics.json`` into a bundle's card, and the file beside it.

    Raises:
        BundleError: the folder holds no bundle, or the figures are of another one.
    """
    bundle = read_bundle(folder)
    text = metrics.read_text(encoding="utf-8")
    content = json.loads(text)
    if content["bundle_sha256"] != bundle.sha256:
        raise BundleError(
            f"The figures in {metrics} are of another bundle than {folder}; evaluate this one and give its "
            "metrics.json."
        )
    write_text(bundle.path / METRICS, text)
    write_text(bundle.path / CARD, card_of(bundle.metadata, content["splits"]))


def run_command(system: str, card_of: CardOf) -> None:
    """Do so from the command line."""
    parser = argparse.ArgumentParser(description=f"Put the figures of metrics.json into a {system} bundle's card.")
    parser.add_argument("--bundle", type=Path, required=True, help="bundle folder")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics.json of `tumor-response evaluate`")
    options = parser.parse_args()
    add_figures(options.bundle, options.metrics, card_of)
