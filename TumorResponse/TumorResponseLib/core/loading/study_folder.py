"""A study folder: ``study.json`` names the images and values of one patient at one time point.

The object's keys are the columns of a cohort's table (see ``CohortRow``); numbers may stand as numbers, ``spacing_mm``
as a list. ``patient`` may be left out: the folder's name stands for it. A PET/CT study with a PET already in SUV:

    {"image_pet": "pet.nii.gz", "units_pet": "SUVbw", "image_ct": "ct", "mask_pet": "tumour.nrrd",
     "laboratory": "laboratory.csv", "lab_crp": 0.4, "units_lab_crp": "mg/dl"}

``units_<role>`` says what a NIfTI, NRRD or MetaImage file is in, since such files cannot: SUVbw, SUVlbm(Janma),
SUVlbm(James128) or HU. DICOM PET and CT are brought to SUV and HU by their own fields; for DICOM PET the field chooses
the SUV. ``series_<role>`` chooses a DICOM series where the role's folder holds several. ``laboratory`` is a CSV with
the columns analyte, value, unit and if wanted low, high; ``lab_<name>`` a single value, in the unit that
``units_lab_<name>`` names or in the panel's own (``core.laboratory.panel``). ``contrast_side`` (left or right) says
which half of a dual display shows the contrast agent; the cine is cut to it. ``dynamic_range_db`` is the scanner's
log compression, and ``register`` (yes or no) brings the frames to one another:

    {"image_cine": "cine.dcm", "contrast_side": "right", "dynamic_range_db": 50, "mask": "tumour.mha"}

``earlier`` lists the same patient's earlier time points, oldest first: folders inside this one, each with a
``study.json`` of its own:

    {"image_t2": "t2.nii.gz", "image_contrast": "contrast.nii.gz", "earlier": ["week-0", "week-1"]}
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.fields import SEPARATOR
from TumorResponseLib.core.loading.files import require_readable
from TumorResponseLib.core.loading.rows import CohortRow, row_of_fields

STUDY_FILE = "study.json"

MISSED_UNSEEN = (
    *("image", "mask", "earlier", "spacing_mm", "laboratory", "timepoint"),
    *("contrast_side", "dynamic_range_db", "register"),
)
"""Without these columns a study is read too, but as another one: a slip in their names is not taken for a remark."""
LIKENESS = 0.8
"""Of a wrong name to the right one, as ``difflib`` has it."""


def read_study_row(folder: Path) -> CohortRow:
    """The row that ``folder/study.json`` describes.

    Raises:
        StudyError: the file is missing or no JSON object, or fields are wrong or misspelt: a sentence for each.
    """
    path = folder / STUDY_FILE
    where = f"{STUDY_FILE} of {folder.resolve().name}"
    try:
        require_readable(path)
    except StudyError as error:  # every study has a file of this name
        raise StudyError(f"{where}: {error}") from error
    try:
        stored = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise StudyError(f"The file {where} is not JSON in UTF-8; correct it.") from error
    if not isinstance(stored, dict):
        raise StudyError(f"The file {where} must hold one object with the fields of a cohort row.")
    fields = {"patient": folder.resolve().name}
    for key, value in stored.items():
        text = _text(value)
        if text is None:
            raise StudyError(f"{where}: column {key} must be text, a number, or a list of numbers or of names.")
        fields[key] = text
    row, wrong = row_of_fields(fields, folder, where)
    if row is None:
        raise StudyError("\n".join(wrong))
    for column in row.other:
        for meant in get_close_matches(column.lower(), MISSED_UNSEEN, 1, LIKENESS):
            raise StudyError(f"{where}: column {column} is not known; write {meant}, or give a remark another name.")
    return row


def _text(value: object) -> str | None:
    """The value as a table's field would hold it; None when it is of another kind."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, int | float) for item in value):
        return " ".join(str(item) for item in value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return SEPARATOR.join(value)
    return None
