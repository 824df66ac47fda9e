"""The files of one case: report and results."""

from __future__ import annotations

from pathlib import Path

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.saving.aside import written_aside
from TumorResponseLib.session.files import write_result
from TumorResponseLib.session.reading import Reading

CASES = "cases"
LEARNER = "learner"
"""Where a learner's own files lie, apart from those of the AI's reading."""
REPORT = "report.html"


def case_folder(folder: Path, number: int, *, learner: bool = False) -> Path:
    """Where a case's files lie in the output folder; named by its number, which tells nothing of the patient."""
    case = folder / CASES / f"{number:03d}"
    return case / LEARNER if learner else case


def write_report(reading: Reading, path: Path) -> Path:
    """Write the report; returns its path.

    Raises:
        TumorResponseError: the file cannot be written.
    """
    from TumorResponseLib.report.report import render_report  # lazy: jinja2 and scikit-image take their time

    page = render_report(reading)
    _make(path.parent)
    with written_aside(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def write_results(reading: Reading, folder: Path) -> Path:
    """Write ``result.json``, regions, saliency and the report into a folder; returns the report's path.

    Raises:
        TumorResponseError: the folder cannot be written.
    """
    write_result(reading, folder)
    return write_report(reading, folder / REPORT)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TumorResponseError(
            f"The folder {folder} cannot be made ({error.strerror}); choose another one."
        ) from error
