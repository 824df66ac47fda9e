"""``tumor-response view``: the viewer in the browser."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path

from TumorResponseLib.cli.options import Commands, add_device, make_folder
from TumorResponseLib.core.errors import TumorResponseError

FOLDER = Path("tumor-response-worklist")


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("view", parents=[shared], help="look, correct and go through cases in the browser")
    parser.add_argument(
        "studies",
        type=Path,
        nargs="*",
        metavar="STUDY",
        help="study, folder of studies or cohort.csv to add to the worklist; without any it opens as it was left",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=FOLDER,
        metavar="DIR",
        help="folder of the worklist, where everything is saved (default: %(default)s)",
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port to listen on (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    add_device(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve the viewer until Ctrl-C."""
    show(options.studies, options.out, port=options.port, device=options.device, browser=not options.no_browser)
    return 0


def show(studies: list[Path], out: Path, *, port: int = 0, device: str = "auto", browser: bool = True) -> None:
    """Serve the viewer until Ctrl-C, and open it in the browser where there is one.

    Raises:
        TumorResponseError: the viewer extra is not installed, or the viewer cannot start.
    """
    if find_spec("trame_slicer") is None:
        raise TumorResponseError("The viewer needs trame-slicer; run in the repository: pip install '.[viewer]'")
    from TumorResponseLib.viewer.server import run_viewer  # lazy: VTK and trame take a second

    def tell(url: str) -> None:
        print(f"The viewer is at {url}\nCtrl-C ends it; everything is saved in {out}. Research use only.", flush=True)
        if browser and has_screen():
            webbrowser.open(url)

    make_folder(out)
    run_viewer(studies, out, port=port, device=device, tell=tell)
    print(f"The viewer has ended; start it again with --out {out} to go on where you were.")


def has_screen() -> bool:
    """Whether a browser would have a window; without one, ``webbrowser`` may start one inside the terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
