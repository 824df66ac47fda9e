"""One patient at one time point, as a row of a cohort's table or a ``study.json`` describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.image_units import known_units
from TumorResponseLib.core.laboratory.panel import Range
from TumorResponseLib.core.loading.cines import prepared
from TumorResponseLib.core.loading.fields import (
    FieldReader,
    class_index,
    decibels,
    not_negative,
    probability,
    spacing_given,
    split_name,
    yes_or_no,
)
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.images import load_image
from TumorResponseLib.core.loading.laboratory import laboratory_of_fields, read_laboratory
from TumorResponseLib.core.loading.masks import TUMOUR_ROLE, load_mask
from TumorResponseLib.core.loading.measured import in_stated_units
from TumorResponseLib.core.loading.sides import side_name
from TumorResponseLib.core.study import SINGLE_IMAGE_ROLE, SourceFile, Study


@dataclass(frozen=True)
class CohortRow:
    """One patient at one time point. Columns of the table carry the attributes' names unless said otherwise.

    Attributes:
        patient: a code, never a name.
        timepoint: label, ``""`` when there is one only.
        split: ``train``, ``internal``, ``external``, ``test``, or ``""``.
        images: image files (or DICOM folders) by role; column ``image`` is role ``image``, ``image_<role>`` the others.
        masks: mask files by role; column ``mask`` is role ``tumour``, ``mask_<role>`` the others. A mask whose role is
            an image's lies on that image, every other one on the first image.
        response: class index: 0 no response, 1 response, or the system's own classes in order; None when unknown.
        time_months: from baseline to ``event``, or to the last visit without it.
        event: whether progression or death was seen.
        laboratory: columns ``lab_<name>``; empty fields are left out. Values of the panel (``core.laboratory``) stand
            by its names and in its units; column ``units_lab_<name>`` names another unit that the field is in.
        laboratory_file: column ``laboratory``: a CSV with more values, with units and ranges (``read_laboratory``).
        units: columns ``units_<role>``, one of ``image_units.KNOWN_UNITS``: what a NIfTI or NRRD file is in (a PET in
            SUV, a CT in HU), or which SUV a DICOM PET is brought to; SUVbw when it is not said.
        series: columns ``series_<role>``: which DICOM series of the role's folder, by its uid or the uid's ending.
        oracle_probability: true probability of the last class, on virtual cohorts only.
        spacing: column ``spacing_mm``: one number, or one for each array axis, separated by blanks.
        earlier: study folders of the same patient's earlier time points, oldest first; in a ``study.json`` only, since
            in a table these are the patient's rows above.
        contrast_side: ``left`` or ``right``: the half of a dual display that shows the contrast agent; every cine is
            cut to it, and masks lie on that half. ``""`` where the whole picture is read.
        dynamic_range_db: of the cine, decibels from black to white, as the scanner shows it; what is stated here wins.
        register: whether the frames of the cine are brought to one another (``cines.prepared``), or volumes to one
            another (``registration.onto_image``); never by itself.
        other: columns that have no meaning here, as text.
    """

    patient: str
    timepoint: str = ""
    split: str = ""
    center: str = ""
    images: dict[str, Path] = field(default_factory=dict)
    masks: dict[str, Path] = field(default_factory=dict)
    response: int | None = None
    time_months: float | None = None
    event: bool | None = None
    laboratory: dict[str, float] = field(default_factory=dict)
    arm: str = ""
    oracle_probability: float | None = None
    spacing: Spacing | None = None
    other: dict[str, str] = field(default_factory=dict)
    laboratory_file: Path | None = None
    units: dict[str, str] = field(default_factory=dict)
    series: dict[str, str] = field(default_factory=dict)
    contrast_side: str = ""
    dynamic_range_db: float | None = None
    register: bool = False
    earlier: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Patient and time point, fit for a file name."""
        return re.sub(r"[^\w.-]+", "_", "-".join(part for part in (self.patient, self.timepoint) if part)).strip(".")


def row_of_fields(fields: Mapping[str, str], folder: Path, where: str) -> tuple[CohortRow | None, list[str]]:
    """The row that named text fields describe, or None and one sentence for each wrong field.

    Args:
        fields: text by column.
        folder: paths are relative to it and must stay inside.
        where: such as ``"Row 3 of cohort.csv"``; begins every sentence.
    """
    reader = FieldReader(fields, folder, where)
    images, masks = reader.paths("image", SINGLE_IMAGE_ROLE), reader.paths("mask", TUMOUR_ROLE)
    row = CohortRow(
        patient=reader.text("patient"),
        timepoint=reader.text("timepoint"),
        split=reader.value("split", split_name) or "",
        center=reader.text("center"),
        images=images,
        masks=masks,
        response=reader.value("response", class_index),
        time_months=reader.value("time_months", not_negative),
        event=reader.value("event", yes_or_no),
        laboratory=laboratory_of_fields(reader),
        arm=reader.text("arm"),
        oracle_probability=reader.value("oracle_probability", probability),
        spacing=reader.value("spacing_mm", spacing_given),
        laboratory_file=reader.path("laboratory"),
        units=reader.values("units_", known_units),
        series=reader.values("series_", str),
        earlier=reader.folders("earlier"),
        contrast_side=reader.value("contrast_side", side_name) or "",
        dynamic_range_db=reader.value("dynamic_range_db", decibels),
        register=reader.value("register", yes_or_no) or False,
        other=reader.rest(),
    )
    if not row.patient:
        reader.refuse("patient", "is missing; give the patient's code")
    if not images and not reader.wrong:
        reader.refuse("image", "is missing; name an image file")
    for column, roles in (("units", row.units), ("series", row.series)):
        for role in roles:
            if role not in images:
                reader.refuse(f"{column}_{role}", f"has no image of the role {role} beside it")
    if row.event is not None and not fields.get("time_months", "").strip():
        reader.refuse("event", "needs time_months beside it")
    return (None if reader.wrong else row), reader.wrong


def earlier_rows(row: CohortRow, rows: Sequence[CohortRow]) -> list[CohortRow]:
    """The patient's rows that stand before ``row`` in the table ``rows``: the earlier time points, oldest first."""
    return [each for each in rows[: rows.index(row)] if each.patient == row.patient]


def study_of(row: CohortRow, *, spacing: Spacing | None = None, earlier: Sequence[CohortRow] = ()) -> Study:
    """Read the row's images and masks.

    Args:
        row: of a cohort or a ``study.json``.
        spacing: given by the user; wins over the row's and the files' own.
        earlier: the same patient's earlier time points, oldest first, as ``earlier_rows`` finds them.

    Raises:
        StudyError, SpacingError, MaskError: a file cannot be read or does not fit.
    """
    images: dict[str, Image] = {}
    files: list[SourceFile] = []
    warnings: list[str] = []
    for role, path in row.images.items():
        loaded = load_image(path, spacing or row.spacing, row.series.get(role))
        loaded = in_stated_units(loaded, row.units.get(role, ""), role)
        loaded = prepared(loaded, row.contrast_side, row.dynamic_range_db, row.register)
        images[role] = loaded.image
        files += loaded.files
        warnings += loaded.warnings
    if not images:
        raise StudyError(f"The study {row.name} names no image; give it one.")
    masks = {}
    for role, path in row.masks.items():
        image = images.get(role, next(iter(images.values())))
        # A mask with an image's role outlines the tumour on that image.
        masks[role] = load_mask(path, image, role=TUMOUR_ROLE if role in images else role)
        files.append(source_file(path))
    values, ranges = _laboratory(row)
    files += [source_file(row.laboratory_file)] if row.laboratory_file else []
    study = Study(
        row.name, images, masks, tuple(files), row.timepoint, values, tuple(warnings), ranges, register=row.register
    )
    return with_earlier(study, [study_of(each, spacing=spacing) for each in earlier])


def with_earlier(study: Study, earlier: Sequence[Study]) -> Study:
    """The study with the same patient's earlier ones, oldest first; their files and warnings count as its own."""
    files = (*study.files, *(file for each in earlier for file in each.files))
    told = tuple(f"Earlier time point {each.name}: {warning}" for each in earlier for warning in each.warnings)
    return replace(study, earlier=tuple(earlier), files=files, warnings=(*study.warnings, *told))


def _laboratory(row: CohortRow) -> tuple[dict[str, float], dict[str, Range]]:
    if row.laboratory_file is None:
        return dict(row.laboratory), {}
    read = read_laboratory(row.laboratory_file)
    twice = sorted(row.laboratory.keys() & read.values.keys())
    if twice:
        raise StudyError(
            f"The study {row.name} gives {', '.join(twice)} as a field and in {row.laboratory_file.name}; keep one."
        )
    return row.laboratory | read.values, read.ranges
