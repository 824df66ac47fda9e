"""Rigid registration of the volumes of one examination: sequences between which the patient moved or was placed anew.

Mutual information by Mattes et al., "PET-CT image registration in the chest using free-form deformations", IEEE TMI
22:120, 2003, as ITK has it, maximised over three turns and three shifts, from coarse to fine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.fusion_grid import Grid, onto_grid, require_one_frame
from TumorResponseLib.core.image import Frame, Image

BINS = 32
SMOOTHING_MM = (2.0, 1.0, 0.0)
"""Of both images at each level, from coarse to fine; all levels keep every slice, of which there are few."""
COMPARED = (20_000, 20_000, 40_000)
"""Voxels, drawn at random, that each level compares; all where there are fewer."""
STEPS = 150
RELAXATION = 0.7
"""Of the step after each turn: at one half the search stops short of turns of some degrees."""
SEED = 2026

Matrix = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Rigid:
    """A rigid motion in mm, LPS: ``rotation @ (point - centre) + centre + shift_mm``.

    Attributes:
        rotation: 3 x 3, by rows.
        centre: of the rotation.
        shift_mm: along x, y, z.
    """

    rotation: Matrix
    centre: tuple[float, float, float]
    shift_mm: tuple[float, float, float]

    @property
    def angle_deg(self) -> float:
        """By how much it turns, about whichever axis."""
        cosine = (np.trace(np.array(self.rotation)) - 1.0) / 2.0
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))

    def apply(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Where points ``(n, 3)`` go."""
        return np.asarray((points - self.centre) @ np.array(self.rotation).T + self.centre + self.shift_mm)

    def undone(self, frame: Frame) -> Frame:
        """The place of an image after the motion is taken back."""
        rotation = np.array(self.rotation)
        origin = rotation.T @ (np.array(frame.origin) - self.centre - self.shift_mm) + self.centre
        directions = rotation.T @ np.array(frame.directions)
        x, y, z = origin.tolist()
        return replace(frame, origin=(x, y, z), directions=_matrix(directions))


@dataclass(frozen=True)
class Registration:
    """How one volume was brought to another.

    Attributes:
        motion: takes a point of the fixed volume to where the same tissue lies on the moving one.
        information_before: mutual information of both as they lie, in nats; NaN where they do not overlap.
        information_after: after the motion is taken back.
        reason: why it was registered, as part of a sentence.
    """

    motion: Rigid
    information_before: float
    information_after: float
    reason: str


def onto_image(
    images: Mapping[str, Image], fixed: str, *, register: bool = False
) -> tuple[dict[str, Image], dict[str, Registration]]:
    """Bring volumes by role to the grid of one of them.

    Volumes of one frame of reference are only resampled: the scanner says where they lie. Those of another frame, or
    that do not overlap, are registered first; with ``register`` all are.

    Args:
        images: volumes by role.
        fixed: role whose image stays as it is.
        register: whether to register also within one frame of reference, such as after the patient moved.

    Returns:
        The images on the grid of ``fixed``, in their order, and the registrations that were made.

    Raises:
        StudyError: an image is no volume, or a registration fails.
        SpacingError: an image has no spacing.
    """
    grid = Grid.of(images[fixed])
    placed, made = {}, {}
    for role, image in images.items():
        if role == fixed:
            placed[role] = image
            continue
        reason = "asked for" if register else _why(role, Grid.of(image), fixed, grid)
        if reason:
            made[role] = register_rigidly(image, images[fixed], reason)
            frame = replace(made[role].motion.undone(image.frame), reference_uid=grid.frame.reference_uid)
            image = replace(image, frame=frame)
        placed[role] = onto_grid(image, grid)
    return placed, made


def register_rigidly(moving: Image, fixed: Image, reason: str = "asked for") -> Registration:
    """Find the rigid motion between two volumes of one patient.

    Both may be of different contrast and differ in grid. The search begins at the patient's coordinates where the
    volumes overlap there, else with their middles on one another.

    Raises:
        StudyError: an image is no volume, or the search fails.
        SpacingError: an image has no spacing.
    """
    fixed_itk, moving_itk = _itk(fixed), _itk(moving)
    overlap = _overlap(Grid.of(moving), Grid.of(fixed))
    middle = fixed_itk.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in fixed_itk.GetSize()])
    start = sitk.Euler3DTransform(middle)
    if not overlap:
        start = sitk.Euler3DTransform(
            sitk.CenteredTransformInitializer(
                fixed_itk, moving_itk, start, sitk.CenteredTransformInitializerFilter.GEOMETRY
            )
        )
    search = _search(start, fixed.pixels.size)
    try:
        before = -_metric(start).MetricEvaluate(fixed_itk, moving_itk) if overlap else float("nan")
        found = sitk.Euler3DTransform(sitk.CompositeTransform(search.Execute(fixed_itk, moving_itk)).GetBackTransform())
        after = -_metric(found).MetricEvaluate(fixed_itk, moving_itk)
    except RuntimeError as error:
        raise StudyError(
            "The registration found no overlap of the two images; give images of one body region, or images that "
            "were registered before."
        ) from error
    return Registration(_rigid(found), before, after, reason)


def _search(start: sitk.Transform, voxels: int) -> sitk.ImageRegistrationMethod:
    search = _metric(start)
    search.SetMetricSamplingStrategy(search.RANDOM)
    search.SetMetricSamplingPercentagePerLevel([min(1.0, count / voxels) for count in COMPARED], SEED)
    search.SetShrinkFactorsPerLevel([1] * len(SMOOTHING_MM))
    search.SetSmoothingSigmasPerLevel(list(SMOOTHING_MM))
    search.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    search.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0,
        minStep=1e-3,
        numberOfIterations=STEPS,
        relaxationFactor=RELAXATION,
        gradientMagnitudeTolerance=1e-8,
    )
    search.SetOptimizerScalesFromPhysicalShift()
    # Several threads add up in any order, and a search that ends elsewhere each time cannot be checked.
    search.SetNumberOfThreads(1)
    return search


def _metric(transform: sitk.Transform) -> sitk.ImageRegistrationMethod:
    """Mutual information over every voxel."""
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(sitk.Euler3DTransform(transform), inPlace=False)
    return method


def _why(role: str, grid: Grid, fixed: str, fixed_grid: Grid) -> str:
    """Why the two must be registered; ``""`` where they lie in one frame of reference and overlap."""
    first, second = grid.frame.reference_uid, fixed_grid.frame.reference_uid
    if first and second and first != second:
        return "another frame of reference"
    return "" if _overlap(grid, fixed_grid) else "no overlap as they lie"


def _overlap(grid: Grid, other: Grid) -> bool:
    known = (replace(one, frame=replace(one.frame, reference_uid=None)) for one in (grid, other))
    try:
        require_one_frame(dict(zip(("moving", "fixed"), known, strict=True)))
    except StudyError:
        return False
    return True


def _itk(image: Image) -> sitk.Image:
    grid = Grid.of(image)
    made = sitk.GetImageFromArray(np.asarray(image.pixels, dtype=np.float32))
    made.SetOrigin(grid.frame.origin)
    made.SetSpacing([float(step) for step in grid.spacing_mm[::-1]])
    made.SetDirection(np.array(grid.frame.directions).ravel().tolist())
    return made


def _rigid(transform: sitk.Euler3DTransform) -> Rigid:
    x, y, z = transform.GetTranslation()
    a, b, c = transform.GetCenter()
    return Rigid(_matrix(np.reshape(transform.GetMatrix(), (3, 3))), (a, b, c), (x, y, z))


def _matrix(values: NDArray[np.floating]) -> Matrix:
    return tuple((float(a), float(b), float(c)) for a, b, c in values)
