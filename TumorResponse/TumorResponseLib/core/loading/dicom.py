"""DICOM: a file, a multi-frame file, or a folder of slices, as one image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import Dataset

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Frame, Image, PixelArray, Spacing
from TumorResponseLib.core.loading.dicom_decibels import dynamic_range_db
from TumorResponseLib.core.loading.dicom_header import frame_count, read_dataset, require_image
from TumorResponseLib.core.loading.dicom_pixels import decode, in_units
from TumorResponseLib.core.loading.dicom_planes import Plane, plane_of, stacked
from TumorResponseLib.core.loading.dicom_series import series_headers
from TumorResponseLib.core.loading.dicom_spacing import in_plane_spacing, is_three_dimensional_ultrasound
from TumorResponseLib.core.loading.dicom_times import frame_times_ms
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.loaded import LoadedImage, require_sane_size
from TumorResponseLib.core.loading.spacing import StatedSpacing, settle_spacing

CROSS_SECTIONS = {"CT", "MR", "PT", "NM"}
"""Modalities whose frames are slices, never a cine."""


@dataclass(frozen=True)
class _Slice:
    """One slice of a volume: its own values, place and spacing."""

    values: PixelArray
    plane: Plane
    spacing: StatedSpacing | None


def read_dicom(path: Path, given: Spacing | None = None, series_uid: str | None = None) -> LoadedImage:
    """Read a DICOM file or the one series of a folder.

    A still gives ``(rows, columns)``; a cine ``(times, rows, columns)`` with frame times; slices, in a folder or in one
    enhanced multi-frame file, give ``(slices, rows, columns)`` sorted along their normal. Values are grey and rescaled.

    Raises:
        StudyError: a file is missing, empty, damaged, no image or too large; the folder holds several series (they are
            listed); slices are missing, uneven, of mixed size or orientation, or without position.
        SpacingError: the spacing is not positive, or ``given`` does not fit the axes.
    """
    left_out: tuple[str, ...] = ()
    if not path.is_dir():
        loaded, paths = _of_one_file(path, given), [path]
    else:
        headers, left_out = series_headers(path, series_uid)
        paths = list(headers)
        loaded = _volume_of_files(headers, given, path.name) if len(paths) > 1 else _of_one_file(paths[0], given)
    return LoadedImage(loaded.image, tuple(source_file(read) for read in paths), loaded.warnings + left_out)


def _of_one_file(path: Path, given: Spacing | None) -> LoadedImage:
    dataset = read_dataset(path, with_pixels=True)
    require_image(dataset, path)
    frames, modality = frame_count(dataset), str(dataset.get("Modality", ""))
    if "PerFrameFunctionalGroupsSequence" in dataset and (slices := _slices_of_frames(dataset, path)):
        return _stack(slices, dataset, given, path.name)
    if frames == 1:
        values = in_units(decode(dataset, path)[0], dataset, path)
        stated, notes = in_plane_spacing(dataset, path.name)
        spacing, warnings = settle_spacing(stated, given, 2, path.name)
        return LoadedImage(
            Image(values, spacing, _still_frame(dataset, path), modality), (), _said(given, notes) + warnings
        )
    if modality in CROSS_SECTIONS or is_three_dimensional_ultrasound(dataset):
        raise StudyError(
            f"The {frames} frames of {path.name} do not say where they lie in the patient; "
            "open it in Slicer and export it as .nrrd."
        )
    values = in_units(decode(dataset, path), dataset, path)
    stated, notes = in_plane_spacing(dataset, path.name)
    spacing, warnings = settle_spacing(stated, given, 2, path.name)
    times, unsure = frame_times_ms(dataset, frames, path.name)
    frame = Frame(reference_uid=_reference(dataset))
    dynamic_range = dynamic_range_db(dataset)
    cine = Image(values, spacing, frame, modality, times, dynamic_range_db=dynamic_range, times_known=not unsure)
    return LoadedImage(cine, (), (*_said(given, notes), *warnings, *unsure))


def _volume_of_files(files: dict[Path, Dataset], given: Spacing | None, name: str) -> LoadedImage:
    headers = list(files.values())
    if any(frame_count(header) > 1 or plane_of(header, header, name) is None for header in headers):
        raise StudyError(
            f"The {len(files)} images of {name} are separate pictures without a place in the patient; give one of them."
        )
    if len({(header.get("Rows"), header.get("Columns")) for header in headers}) > 1:
        raise StudyError(f"The slices of {name} differ in size; give the slices of one stack.")
    if len({_reference(header) for header in headers}) > 1:
        raise StudyError(f"The slices of {name} belong to different frames of reference; give the slices of one stack.")
    require_sane_size((len(files), int(headers[0].Rows), int(headers[0].Columns)), name)
    # Wrong stacks are told before any pixel is decoded.
    stacked([_required_plane(header, path) for path, header in files.items()], name)
    slices = []
    for path in files:
        dataset = read_dataset(path, with_pixels=True)
        require_image(dataset, path)
        spacing, _ = in_plane_spacing(dataset, path.name)
        values = in_units(decode(dataset, path)[0], dataset, path)
        slices.append(_Slice(values, _required_plane(dataset, path), spacing))
    return _stack(slices, headers[0], given, name)


def _slices_of_frames(dataset: Dataset, path: Path) -> list[_Slice]:
    """The frames of an enhanced file with their functional groups; none when they have no place in the patient."""
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    groups = list(dataset.PerFrameFunctionalGroupsSequence)
    if len(groups) != frame_count(dataset):
        raise StudyError(f"The file {path.name} describes {len(groups)} frames but holds {frame_count(dataset)}.")

    def item(group: Dataset, keyword: str) -> Dataset:
        sequence = group.get(keyword) or shared.get(keyword)
        first: Dataset = sequence[0] if sequence else Dataset()
        return first

    planes = [
        plane_of(item(group, "PlanePositionSequence"), item(group, "PlaneOrientationSequence"), path.name)
        for group in groups
    ]
    places = [plane for plane in planes if plane is not None]
    if len(places) != len(groups):
        return []
    slices = []
    for stored, plane, group in zip(decode(dataset, path), places, groups, strict=True):
        spacing, _ = in_plane_spacing(item(group, "PixelMeasuresSequence"), path.name)
        rescale = item(group, "PixelValueTransformationSequence")
        slices.append(_Slice(in_units(stored, rescale, path), plane, spacing))
    return slices


def _stack(slices: list[_Slice], header: Dataset, given: Spacing | None, name: str) -> LoadedImage:
    in_plane = slices[0].spacing
    if any(
        (other.spacing is None) != (in_plane is None)
        or (other.spacing and in_plane and not np.allclose(other.spacing.mm, in_plane.mm, rtol=1e-3, equal_nan=True))
        for other in slices
    ):
        raise StudyError(f"The slices of {name} differ in pixel spacing; give the slices of one stack.")
    modality = str(header.get("Modality", ""))
    if len(slices) == 1:
        spacing, warnings = settle_spacing(in_plane, given, 2, name)
        frame = slices[0].plane.frame(_reference(header))
        return LoadedImage(Image(slices[0].values, spacing, frame, modality), (), warnings)
    order, step = stacked([one.plane for one in slices], name)
    stated = in_plane and StatedSpacing((step, *in_plane.mm), f"{in_plane.source} and slice positions")
    spacing, warnings = settle_spacing(stated, given, 3, name)
    pixels = np.stack([slices[index].values for index in order])
    frame = slices[order[0]].plane.frame(_reference(header))
    return LoadedImage(Image(pixels, spacing, frame, modality), (), warnings)


def _still_frame(dataset: Dataset, path: Path) -> Frame:
    plane = plane_of(dataset, dataset, path.name)
    reference = _reference(dataset)
    return Frame(reference_uid=reference) if plane is None else plane.frame(reference)


def _required_plane(dataset: Dataset, path: Path) -> Plane:
    plane = plane_of(dataset, dataset, path.name)
    if plane is None:
        raise StudyError(f"The slice {path.name} does not say where it lies in the patient; export the series again.")
    return plane


def _reference(dataset: Dataset) -> str | None:
    uid = dataset.get("FrameOfReferenceUID")
    return str(uid) if uid else None


def _said(given: Spacing | None, notes: tuple[str, ...]) -> tuple[str, ...]:
    """Doubts about the file's spacing matter only while it is the one that is used."""
    return notes if given is None else ()
