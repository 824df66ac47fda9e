"""What ``make demo`` runs: the viewer on the sample study, or, headless, its files and a picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from TumorResponseLib.cli.outputs import PICTURE, write_outputs, write_picture
from TumorResponseLib.cli.view import show
from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.reading import Reading

SAMPLE = Path("SampleData") / "dlrs3"


def main() -> int:
    """Show or read the sample; returns the exit code."""
    parser = argparse.ArgumentParser(description="Show the sample study in the viewer.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--headless", action="store_true", help="write the files and a picture, and open nothing")
    options = parser.parse_args()
    try:
        sample = resources_folder() / SAMPLE
        if options.headless:
            return read_sample(sample, options.out)
        show([sample], options.out)
    except TumorResponseError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def read_sample(sample: Path, out: Path) -> int:
    """Read the sample and write all its files; returns 1 when a step failed."""
    reading = Reading(ModelLibrary(default_folders(), resolve_device("auto")), systems())
    reading.open(load_study(sample))
    failed = reading.run()
    write_outputs(reading, out)
    write_picture(reading, out / PICTURE)
    for step in failed:
        print(f"Error: {reading.state(step).reason}", file=sys.stderr)
    print(f"The sample is read: {', '.join(sorted(path.name for path in out.iterdir()))} in {out}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
