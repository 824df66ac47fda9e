"""PET in SUV and CT in HU of a virtual patient of the cohort ``prrt-pfs``, each on its own grid.

Lesions enhance with what CT shows of the patient and take up tracer with what PET shows (`prrt_biology`); single
lesions differ from it. PET is blurred by 6 mm (FWHM), so that small lesions look weaker than they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from TumorResponseLib.core.fusion_grid import Grid
from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.image_units import HOUNSFIELD, SUV_BODY_WEIGHT
from TumorResponseLib.research.cohorts.prrt_anatomy import BODY, LIVER, ORGANS, Anatomy, draw_anatomy
from TumorResponseLib.research.cohorts.prrt_biology import VirtualPatient
from TumorResponseLib.research.cohorts.random_fields import smooth_field

CT_GRID = Grid((38, 76, 116), (4.0, 3.1, 3.1), Frame(origin=(-178.25, -116.25, -76.0)))
PET_GRID = Grid((42, 60, 88), (4.0, 4.07, 4.07), Frame(origin=(-176.9, -120.3, -83.3)))
"""PET reaches further than CT, and no voxel centre lies on one of the other's."""

AIR_HU = -1000.0
LESION_HU, HU_PER_STATE, HU_OF_ONE_LESION = 100.0, 24.0, 4.0
LESION_SUV, LOG_SUV_PER_STATE, LOG_SUV_OF_ONE_LESION = 22.0, 0.42, 0.06
EXTREME_STATE = 2.5
"""Effects end there."""
CT_EDGE_MM, PET_EDGE_MM = 1.0, 0.6
PET_FWHM_MM = 6.0
CT_NOISE_HU = 12.0
PET_NOISE = 0.06
"""Of the uptake."""


@dataclass(frozen=True)
class Scan:
    """An image with the tumour outlined on it.

    Attributes:
        image: ``(slices, rows, columns)``, with units.
        tumour: the image's shape.
    """

    image: Image
    tumour: MaskArray


@dataclass(frozen=True)
class VirtualScans:
    """Both examinations of one patient, in one frame of reference."""

    pet: Scan
    ct: Scan


def render(patient: VirtualPatient, rng: np.random.Generator) -> VirtualScans:
    """Draw the patient's body and lesions, and scan them with both."""
    anatomy = draw_anatomy(patient.burden, rng)
    return VirtualScans(scan_pet(anatomy, patient.uptake, rng), scan_ct(anatomy, patient.perfusion, rng))


def scan_ct(anatomy: Anatomy, perfusion: float, rng: np.random.Generator) -> Scan:
    """CT in HU, int16."""
    places = anatomy.bend.places(CT_GRID)
    body = BODY.shape.share(places, CT_EDGE_MM)
    shown = np.full(CT_GRID.shape, AIR_HU, dtype=np.float32)
    for organ in (BODY, *ORGANS, LIVER):
        inside = organ.shape.share(places, CT_EDGE_MM)
        shown += inside * (np.float32(organ.hu + rng.normal(0.0, 4.0)) - shown)
    tumour = np.zeros(CT_GRID.shape, dtype=np.float32)
    for lesion in anatomy.lesions:
        inside = lesion.share(places, CT_EDGE_MM)
        hu = LESION_HU + HU_PER_STATE * _shown(perfusion) + rng.normal(0.0, HU_OF_ONE_LESION)
        shown += inside * (np.float32(hu) - shown)
        tumour = np.maximum(tumour, inside)
    shown += body * 4.0 * smooth_field(rng, CT_GRID.shape, CT_GRID.spacing_mm, (6.0, 6.0, 6.0))
    shown += CT_NOISE_HU * smooth_field(rng, CT_GRID.shape, CT_GRID.spacing_mm, (1.5, 2.0, 2.0))
    return _scan(np.round(np.clip(shown, -1024, 3071)).astype(np.int16), CT_GRID, tumour, "CT", HOUNSFIELD)


def scan_pet(anatomy: Anatomy, uptake: float, rng: np.random.Generator) -> Scan:
    """PET in SUV by body weight, float32."""
    places = anatomy.bend.places(PET_GRID)
    shown = np.zeros(PET_GRID.shape, dtype=np.float32)
    for organ in (BODY, *ORGANS, LIVER):
        inside = organ.shape.share(places, PET_EDGE_MM)
        shown += inside * (np.float32(organ.suv * np.exp(rng.normal(0.0, 0.15))) - shown)
    tumour = np.zeros(PET_GRID.shape, dtype=np.float32)
    for lesion in anatomy.lesions:
        inside = lesion.share(places, PET_EDGE_MM)
        logarithm = log(LESION_SUV) + LOG_SUV_PER_STATE * _shown(uptake) + rng.normal(0.0, LOG_SUV_OF_ONE_LESION)
        shown += inside * (np.float32(np.exp(logarithm)) - shown)
        tumour = np.maximum(tumour, inside)
    sigma_mm = PET_FWHM_MM / sqrt(8 * log(2))
    seen = gaussian_filter(shown, [sigma_mm / step for step in PET_GRID.spacing_mm])
    noise = smooth_field(rng, PET_GRID.shape, PET_GRID.spacing_mm, (3.0, 3.0, 3.0))
    # Counts are Poisson: the noise grows with the square root of the uptake, and not below what scatter leaves.
    seen += PET_NOISE * np.sqrt(np.maximum(seen, 0.05) * LIVER.suv) * noise
    return _scan(np.round(np.maximum(seen, 0.0), 3).astype(np.float32), PET_GRID, tumour, "PT", SUV_BODY_WEIGHT)


def _shown(state: float) -> float:
    return float(np.clip(state, -EXTREME_STATE, EXTREME_STATE))


def _scan(pixels: NDArray[np.generic], grid: Grid, share: NDArray[np.float32], modality: str, units: str) -> Scan:
    spacing = Spacing(grid.spacing_mm, "virtual scanner")
    return Scan(Image(pixels, spacing, grid.frame, modality, units=units), share > 0.5)
