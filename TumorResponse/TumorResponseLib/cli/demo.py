"""What ``make demo`` runs: read the sample study, draw it as Slicer shows it, and open the report."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from pathlib import Path

from TumorResponseLib.cli.outputs import PICTURE, REPORT, write_outputs, write_picture
from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.reading import Reading

SAMPLE = Path("SampleData") / "dlrs3"


def main() -> int:
    """Read the sample; returns the exit code."""
    parser = argparse.ArgumentParser(description="Read the sample study and show the report.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--headless", action="store_true", help="write the files and do not open a browser")
    options = parser.parse_args()
    try:
        reading = Reading(ModelLibrary(default_folders(), resolve_device("auto")), systems())
        reading.open(load_study(resources_folder() / SAMPLE))
        failed = reading.run()
        write_outputs(reading, options.out)
        write_picture(reading, options.out / PICTURE)
    except TumorResponseError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    for step in failed:
        print(f"Error: {reading.state(step).reason}", file=sys.stderr)
    print(f"The sample is read: {', '.join(sorted(path.name for path in options.out.iterdir()))} in {options.out}")
    if not options.headless:
        webbrowser.open((options.out / REPORT).resolve().as_uri())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
