"""All files of one reading: result, regions, saliency, scene and report."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from TumorResponseLib.cli.options import make_folder
from TumorResponseLib.core.saving.aside import written_aside
from TumorResponseLib.report.report import render_report
from TumorResponseLib.session.files import write_result
from TumorResponseLib.session.reading import Reading

SCENE = "scene.mrb"
REPORT = "report.html"
PICTURE = "picture.png"


def write_outputs(reading: Reading, folder: Path) -> None:
    """Write everything that is ready in the reading into ``folder``.

    The scene needs real MRML, which the viewer extra brings; without it the other files are written all the same.
    """
    make_folder(folder)

    def write_report(finished: Reading) -> None:
        with written_aside(folder / REPORT) as temporary:
            temporary.write_text(render_report(finished), encoding="utf-8")

    reading.report(write_report)
    write_result(reading, folder)
    if find_spec("slicer") is None:
        advice = "run in the repository: pip install '.[viewer]'"
        print(f"{SCENE} is left out, since it needs Slicer's MRML; {advice}.", file=sys.stderr)
        return
    write_scene(reading, folder / SCENE)


def write_scene(reading: Reading, path: Path) -> None:
    """Write the reading as a Slicer scene with all its data."""
    from TumorResponseLib.mrml.bundle import save_scene  # lazy: VTK and MRML take a second
    from TumorResponseLib.mrml.reading import content_of
    from TumorResponseLib.mrml.scene import new_scene, write_reading

    scene = new_scene()
    write_reading(scene, content_of(reading))
    save_scene(scene, path)


def write_picture(reading: Reading, path: Path) -> None:
    """Render the reading as Slicer's slice view shows it."""
    from TumorResponseLib.mrml.reading import content_of
    from TumorResponseLib.viewer.snapshot import render_slice

    render_slice(content_of(reading), path)
