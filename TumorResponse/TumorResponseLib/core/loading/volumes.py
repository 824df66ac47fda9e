"""NIfTI, NRRD and MetaImage, through SimpleITK, with their place in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Frame, Image, PixelArray, Spacing
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.formats import format_of
from TumorResponseLib.core.loading.header_text import detached_data, header_fields, in_millimetres, stated_spacing
from TumorResponseLib.core.loading.loaded import LoadedImage, require_finite, require_sane_size
from TumorResponseLib.core.loading.nifti import read_nifti_header, require_sound_voxels
from TumorResponseLib.core.loading.quiet import quiet_decoders
from TumorResponseLib.core.loading.spacing import StatedSpacing, require_positive, settle_spacing
from TumorResponseLib.core.study import SourceFile


@dataclass(frozen=True)
class VolumeFile:
    """A volume as its file holds it, not yet checked against what an image must be.

    Attributes:
        pixels: ``(rows, columns)`` or ``(slices, rows, columns)``; several values a voxel add a last axis.
        components: values a voxel.
        stated: spacing that the header states, in array order.
        metadata: the header's free fields (``Segment0_Name`` and the like of a Slicer segmentation).
    """

    pixels: PixelArray
    components: int
    stated: StatedSpacing | None
    frame: Frame
    files: tuple[SourceFile, ...]
    metadata: dict[str, str]
    warnings: tuple[str, ...] = ()


def read_volume(path: Path, given: Spacing | None = None) -> LoadedImage:
    """Read a volume ``(slices, rows, columns)``; a 2-D file, or one slice only, gives ``(rows, columns)``.

    Raises:
        StudyError: the file is missing, empty, damaged, cut off, too large, has time or colour, or holds NaN.
        SpacingError: the header's spacing is not positive, or ``given`` does not fit the axes.
    """
    volume = read_volume_file(path)
    if is_slicer_segmentation(volume):
        raise StudyError(f"The file {path.name} is a Slicer segmentation, not an image; give it as the mask.")
    if volume.components != 1:
        raise StudyError(
            f"The image {path.name} holds {volume.components} values a voxel; save it as a grey image without time."
        )
    if volume.pixels.dtype.kind not in "iuf":
        raise StudyError(f"The image {path.name} holds {volume.pixels.dtype} values; save it as a grey image.")
    require_finite(volume.pixels, path.name)
    spacing, warnings = settle_spacing(volume.stated, given, volume.pixels.ndim, path.name)
    return LoadedImage(Image(volume.pixels, spacing, volume.frame), volume.files, (*volume.warnings, *warnings))


def read_volume_file(path: Path) -> VolumeFile:
    """Read pixels, geometry and header, for images and label maps alike.

    Raises:
        StudyError: the file is missing, empty, damaged, cut off, too large, or 4-D.
        SpacingError: the header's spacing is not positive; its geometry cannot be trusted then.
    """
    header = _header_facts(path)
    source = f"{header.kind} header"
    if header.voxel_size is not None:
        require_positive(StatedSpacing(header.voxel_size, source), path.name, "correct the header")
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        with quiet_decoders():
            reader.ReadImageInformation()
            metadata = {key: _ascii(reader.GetMetaData(key)) for key in reader.GetMetaDataKeys()}
            _require_three_axes(reader, path)
            image = reader.Execute()
            pixels = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        raise StudyError(f"The volume {path.name} {_reason(str(error))}.") from error
    components = image.GetNumberOfComponentsPerPixel()
    mm = tuple(float(step) for step in reversed(image.GetSpacing()))
    if len(mm) == 3 and image.GetSize()[2] == 1:
        pixels, mm = pixels[0], mm[1:]
    stated = StatedSpacing(mm, source) if header.voxel_size is not None and not header.warnings else None
    return VolumeFile(pixels, components, stated, _frame(image), header.files, metadata, header.warnings)


def is_slicer_segmentation(volume: VolumeFile) -> bool:
    """Whether the header describes Slicer segments."""
    return any(key.startswith("Segment0_") for key in volume.metadata)


@dataclass(frozen=True)
class _HeaderFacts:
    """What the header itself says, before ITK repairs it; ``voxel_size`` None when it says no spacing."""

    kind: str
    voxel_size: tuple[float, ...] | None
    files: tuple[SourceFile, ...]
    warnings: tuple[str, ...] = ()


def _header_facts(path: Path) -> _HeaderFacts:
    file_format = format_of(path)
    file = source_file(path)
    if file_format in ("NIfTI", "compressed NIfTI"):
        nifti = read_nifti_header(path)
        require_sane_size(nifti.size[::-1], path.name)
        require_sound_voxels(path, nifti)
        return _HeaderFacts("NIfTI", nifti.voxel_size if nifti.says_spacing else None, (file,))
    fields = header_fields(path)
    data = detached_data(path, fields)
    warnings: tuple[str, ...] = ()
    if not in_millimetres(fields):
        warnings = (f"The spacing of {path.name} is not in mm, so it is not used; give it in mm with --spacing.",)
    files = (file, source_file(data)) if data else (file,)
    return _HeaderFacts(file_format, stated_spacing(fields), files, warnings)


def _require_three_axes(reader: sitk.ImageFileReader, path: Path) -> None:
    """Check the size that ITK sees; set the reader to drop further axes of length 1."""
    size = tuple(reader.GetSize())
    require_sane_size((*size[::-1], reader.GetNumberOfComponents()), path.name)
    if any(length > 1 for length in size[3:]):
        raise StudyError(
            f"The volume {path.name} has {len(size)} axes ({' x '.join(map(str, size))}); "
            "save the one time point or channel to read as a 3-D volume."
        )
    if len(size) > 3:
        reader.SetExtractSize([*size[:3], *([0] * (len(size) - 3))])


def _frame(image: sitk.Image) -> Frame:
    axes = image.GetDimension()
    origin = (*image.GetOrigin(), 0.0)[:3]
    cosines = image.GetDirection()
    if axes == 2:
        rows = ((cosines[0], cosines[1], 0.0), (cosines[2], cosines[3], 0.0), (0.0, 0.0, 1.0))
        return Frame(origin, rows)
    return Frame(origin, (cosines[0:3], cosines[3:6], cosines[6:9]))


def _ascii(value: str) -> str:
    return value.encode("ascii", errors="ignore").decode()


def _reason(report: str) -> str:
    """ITK's report names the full path; only its kind is told."""
    if "orthonormal" in report:
        return "is sheared (its axes are not at right angles), which is not supported; resample it first"
    return "cannot be read: it is cut off, damaged or of a kind that is not supported; export it again"
