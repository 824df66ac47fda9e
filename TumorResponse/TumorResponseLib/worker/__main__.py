"""``python -m TumorResponseLib.worker``: the process that runs the models, started by ``WorkerClient``."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the parent, which then ends this process


def main() -> None:
    """Serve the parent with the installed bundles."""
    parser = argparse.ArgumentParser(prog="python -m TumorResponseLib.worker")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--folder", type=Path, action="append", help="of bundles; by default the usual ones")
    options = parser.parse_args()

    from TumorResponseLib.models.bundle import default_folders
    from TumorResponseLib.predict.registry import systems  # after the signal, since this takes most of a second
    from TumorResponseLib.worker.child import LazyLibrary, serve

    serve(LazyLibrary(options.folder or default_folders(), options.device), systems())


if __name__ == "__main__":
    main()
