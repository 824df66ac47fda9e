"""Exhibits made by hand, a PET over a CT, and a system that shows both."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np

from Testing.session.stand_ins import BrightnessSystem
from TumorResponseLib.core.crop import CropGrid, resample
from TumorResponseLib.core.exhibits import Bar, Bars, Exhibits, Line, Overlay, Plot, Table
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.system import Estimate, SystemOutput, View

NAN = math.nan

SURVIVAL = Plot(
    "survival",
    "Progression-free survival",
    "Time, months",
    "Probability of no progression",
    (
        Line(
            "This patient",
            (0.0, 3.0, 6.0, 12.0),
            (1.0, 0.9, 0.7, 0.5),
            "steps",
            low=(1.0, 0.8, 0.5, 0.3),
            high=(1.0, 1.0, 0.9, 0.7),
        ),
        Line("Low risk", (0.0, 12.0), (1.0, 0.8), "steps"),
    ),
    "Groups by the median of the training patients' predictions.",
)
INTENSITY = Plot(
    "time-intensity",
    "Time-intensity curves",
    "Time, s",
    "Intensity, linearised",
    (
        Line("Tumour", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 10.0, NAN, 40.0, NAN, 20.0), colour="#ffec40"),
        Line("Tumour, fitted", (0.0, 5.0), (0.0, 25.0), "dashed", "#ffec40"),
        Line("Frames left out", (2.0, 4.0), (12.0, 30.0), "points"),
    ),
)
IMPORTANCE = Bars(
    "importance",
    "Importance of the laboratory values",
    "Loss of AUROC when permuted",
    (Bar("Chromogranin A", 0.12), Bar("γ-GT", -0.03, "#d0601c"), Bar("<Albumin>", NAN)),
    "Permuted 20 times.",
)
LABORATORY = Table(
    "laboratory",
    "Laboratory values",
    ("Value", "Result", "Unit", "Reference"),
    (
        ("Chromogranin A", 1234.6, "µg/l", "0 to 100"),
        ("γ-GT", 31, "U/l", "0 to 60"),
        ("Albumin", None, "g/l", "35 to 52"),
    ),
    flags=((0, 1),),
    note="Albumin is missing and was imputed.",
)
ESTIMATES = (Estimate("Viability", 0.62, 0.51, 0.73), Estimate("Volume", 1234.5, 1100.0, 1302.25, "mm³"))


def exhibits_with(*overlays: Overlay) -> Exhibits:
    """All kinds of exhibits, with these maps."""
    return Exhibits((SURVIVAL, INTENSITY), (IMPORTANCE,), (LABORATORY,), overlays)


@dataclass
class Generous(BrightnessSystem):
    """Estimates too."""

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        output = super().predict(study, tumour, bundle)
        return dataclasses.replace(output, prediction=dataclasses.replace(output.prediction, estimates=ESTIMATES))


@dataclass
class PetSystem(Generous):
    """Reads a PET with a CT behind it."""

    roles: tuple[str, ...] = ("pet", "ct")
    segmentation: str | None = None
    backdrop: str | None = "ct"
    inner: BrightnessSystem = field(default_factory=BrightnessSystem)

    def view(self, study: Study) -> View:
        return View("pet", backdrop=self.backdrop)

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        image = study.image("pet")
        flat = Study("flat", {"image": Image(np.full((64, 64), 200, np.uint8), Spacing((1.0, 1.0), "given"))})
        inside = np.zeros((64, 64), dtype=bool)
        inside[28:36, 28:36] = True
        output = self.inner.predict(flat, inside, bundle)
        grid = CropGrid.around(tumour, image.spacing_mm, (8, 16, 16), 4.0)
        crop = resample(image.pixels, grid)
        prediction = dataclasses.replace(output.prediction, system=self.name, estimates=ESTIMATES, branches={})
        return SystemOutput(prediction, {"pet": crop}, {"pet": grid}, {"pet": 1.0}, {"pet": crop[None]})


CT_STEP_MM, PET_STEP_MM = (2.0, 1.0, 1.0), (4.0, 4.0, 4.0)
LESION_MM = (20.0, -12.0, -10.0)
"""Centre of the lesion in LPS: to the patient's left, and in front."""
BONE_MM = (-25.0, 20.0, -10.0)


def pet_over_ct(*, turned: bool = False, reference: str = "1.2.3") -> Study:
    """A hot lesion and a dense bone in one patient, the PET coarse and the CT fine, on grids with different origins.

    Args:
        turned: the PET's rows and columns run the other way round, as in a NIfTI file; its voxels lie
            in the same places.
        reference: frame of reference of the CT; that of the PET is ``1.2.3``.
    """
    pet_frame = Frame((-62.0, -58.0, -42.0), reference_uid="1.2.3")
    if turned:
        pet_frame = Frame((58.0, 62.0, -42.0), ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0)), "1.2.3")
    ct_frame = Frame((-60.0, -60.0, -50.0), reference_uid=reference)
    pet_places = _places((20, 31, 31), PET_STEP_MM, pet_frame)
    ct_places = _places((45, 120, 120), CT_STEP_MM, ct_frame)
    suv = 0.5 + 24.0 * np.exp(-_squared_distance(pet_places, LESION_MM) / (2 * 6.0**2))
    body = (ct_places[0] / 55) ** 2 + (ct_places[1] / 45) ** 2 < 1
    hu = np.where(body, 40.0, -1000.0)
    hu[_squared_distance(ct_places, BONE_MM) < 9.0**2] = 700.0
    pet = Image(suv.astype(np.float32), Spacing(PET_STEP_MM, "made"), pet_frame, "PT", units="SUVbw")
    ct = Image(hu.astype(np.int16), Spacing(CT_STEP_MM, "made"), ct_frame, "CT", units="HU")
    return Study("patient", {"pet": pet, "ct": ct}, {"tumour": suv > 6.0})


def _places(shape: tuple[int, int, int], step_mm: tuple[float, float, float], frame: Frame) -> np.ndarray:
    """Where voxels lie, mm in LPS, ``(3, slices, rows, columns)``."""
    indices = np.indices(shape)[::-1] * np.array(step_mm[::-1])[:, None, None, None]
    return np.tensordot(np.array(frame.directions), indices, axes=1) + np.array(frame.origin)[:, None, None, None]


def _squared_distance(places: np.ndarray, centre: tuple[float, float, float]) -> np.ndarray:
    return np.asarray(((places - np.array(centre)[:, None, None, None]) ** 2).sum(axis=0))
