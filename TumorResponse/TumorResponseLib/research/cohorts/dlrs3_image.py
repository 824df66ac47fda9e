"""The image of one virtual patient of the cohort ``dlrs3``: biology and anatomy put together, then scanned.

How well the states can be read from the images is itself a choice of this model: effects of 4 dB for one standard
deviation stand against the variation of anatomy, tumour, gain and contact. In the cohort of 469 patients and seed 2026
a logistic regression on mean grey contrasts (true masks, fitted on the training set) reaches these AUCs, oracle in
brackets. A network that reads well should come as near.

===================  =============  =============  =============
known                train          internal       external
===================  =============  =============  =============
tumour               0.816 (0.846)  0.843 (0.846)  0.834 (0.857)
and up to 3 mm       0.864 (0.892)  0.889 (0.903)  0.869 (0.886)
and up to 5 mm       0.899 (0.928)  0.927 (0.941)  0.886 (0.920)
and up to 10 mm      0.938 (0.952)  0.941 (0.951)  0.905 (0.929)
===================  =============  =============  =============
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.special import expit

from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.rings import DEFAULT_RADII_MM
from TumorResponseLib.research.cohorts.breast_anatomy import TissueMap, breast_slice
from TumorResponseLib.research.cohorts.dlrs3_biology import VirtualPatient, visible
from TumorResponseLib.research.cohorts.random_fields import FloatArray, smooth_field
from TumorResponseLib.research.cohorts.tumour_shape import draw_outline
from TumorResponseLib.research.cohorts.ultrasound_physics import Scanner, form_image, poor_contact


@dataclass(frozen=True)
class EchoEffect:
    """How a tissue state shows.

    Attributes:
        mean_db: echo at state 0: of a band relative to its own tissue, of the tumour relative to gland.
        slope_db: change of the echo for one unit of the visible state.
        patchiness_db: standard deviation of the tissue's patches at state 0.
        patchiness_slope: change of its logarithm for one unit of the visible state.
    """

    mean_db: float
    slope_db: float
    patchiness_db: float
    patchiness_slope: float

    def echo(self, state: float, patches: FloatArray) -> FloatArray:
        """Echo in dB, given a field of mean 0 and standard deviation 1."""
        shown = visible(state)
        spread = self.patchiness_db * np.exp(self.patchiness_slope * shown)
        return (self.mean_db + self.slope_db * shown + spread * patches).astype(np.float32)


TUMOUR = EchoEffect(mean_db=-16.0, slope_db=4.2, patchiness_db=2.0, patchiness_slope=0.5)
BANDS = (
    EchoEffect(mean_db=3.0, slope_db=-4.4, patchiness_db=1.5, patchiness_slope=-0.3),
    EchoEffect(mean_db=0.0, slope_db=4.4, patchiness_db=1.5, patchiness_slope=-0.3),
    EchoEffect(mean_db=0.0, slope_db=-3.8, patchiness_db=1.2, patchiness_slope=0.3),
)


@dataclass(frozen=True)
class Centre:
    """A hospital's scanner and habits.

    Attributes:
        width_mm: width of the transducer, and of the image.
        rows: image height in pixels, whatever the depth setting.
        depths_mm: depth settings in use.
    """

    width_mm: float
    rows: int
    depths_mm: tuple[float, ...]
    frequency_mhz: float
    f_number: float
    range_db: float
    middle: float
    gain_db: float
    gamma: float


CENTRES = {
    1: Centre(50.0, 380, (34.0, 38.0, 42.0, 46.0), 12.0, 1.7, 62.0, 0.53, 0.0, 1.0),
    2: Centre(46.0, 360, (33.0, 36.0, 40.0, 45.0), 9.0, 1.6, 68.0, 0.52, 2.0, 1.08),
}


@dataclass(frozen=True)
class VirtualImage:
    """A B-mode image with its truth.

    Attributes:
        pixels: ``(rows, columns)`` uint8.
        tumour: ``(rows, columns)``.
        spacing_mm: of rows and columns (equal).
        diameter_mm: longest extent of the tumour through its centre.
    """

    pixels: NDArray[np.uint8]
    tumour: MaskArray
    spacing_mm: tuple[float, float]
    diameter_mm: float


def render(patient: VirtualPatient, rng: np.random.Generator) -> VirtualImage:
    """Draw a tumour and its breast for the patient's tissue states, and scan them at the patient's centre.

    The tumour is 10 to 30 mm long (log-normal, median 17 mm); the depth setting is the smallest that shows 9 mm below
    it, as far as the scanner has one.
    """
    centre = CENTRES[patient.center]
    diameter = float(np.clip(17.0 * np.exp(0.28 * rng.standard_normal()), 10.0, 30.0))
    outline = draw_outline(rng, diameter)
    top = rng.uniform(4.0, 9.0)
    bottom = top + outline.top_mm + outline.bottom_mm
    depth = next((setting for setting in centre.depths_mm if setting >= bottom + 9.0), centre.depths_mm[-1])
    step = depth / centre.rows
    shape, spacing = (centre.rows, round(centre.width_mm / step)), (step, step)
    middle = (top + outline.top_mm, centre.width_mm / 2 + rng.uniform(-3.0, 3.0))
    tumour = outline.mask(middle, shape, spacing)

    tissue = diseased(breast_slice(rng, shape, spacing), tumour, patient.states, spacing, rng)
    scanner = Scanner(
        frequency_mhz=centre.frequency_mhz,
        cycles=2.2,
        f_number=centre.f_number,
        focus_mm=middle[0],
        looks=3,
        noise_db=rng.normal(-88.0, 2.0),
        tgc_error_db_mm=rng.normal(0.12, 0.03),
        gain_db=centre.gain_db + rng.normal(0.0, 1.5),
        range_db=centre.range_db,
        middle=centre.middle,
        gamma=centre.gamma,
    )
    contact = poor_contact(rng, shape[1], step)
    pixels = form_image(tissue.echo_db, tissue.attenuation, contact, scanner, spacing, rng)
    return VirtualImage(pixels, tumour, spacing, diameter)


def diseased(
    healthy: TissueMap,
    tumour: MaskArray,
    states: tuple[float, float, float, float],
    spacing_mm: tuple[float, float],
    rng: np.random.Generator,
) -> TissueMap:
    """The slice with the tumour in it and its effect on the tissue up to 10 mm around it; the skin stays as it is."""

    def patches(scale_mm: float) -> FloatArray:
        return smooth_field(rng, tumour.shape, spacing_mm, (0.7 * scale_mm, scale_mm))

    uneven = smooth_field(rng, tumour.shape, spacing_mm, (2.0, 2.0))
    distance = distance_transform_edt(~tumour, sampling=spacing_mm).astype(np.float32)
    distance += 0.35 * smooth_field(rng, tumour.shape, spacing_mm, (1.0, 1.0))
    edge_mm = rng.uniform(0.15, 0.5)
    inside = gaussian_filter(tumour.astype(np.float32), edge_mm / spacing_mm[0])
    echo = healthy.echo_db.copy()
    inner = 0.0
    for effect, state, outer in zip(BANDS, states[1:], DEFAULT_RADII_MM, strict=True):
        band = _within(distance, outer) - (_within(distance, inner) if inner else 0.0)
        echo += band * (1 - healthy.skin) * (1 + 0.3 * uneven) * effect.echo(state, patches(0.9))
        inner = outer
    inside_echo = TUMOUR.echo(states[0], patches(0.7)) + rng.normal(0.0, 0.5)
    attenuation = float(np.clip(rng.normal(0.75, 0.03), 0.6, 0.9))
    return TissueMap(
        echo_db=(1 - inside) * echo + inside * inside_echo,
        attenuation=(1 - inside) * healthy.attenuation + inside * np.float32(attenuation),
        skin=healthy.skin,
    )


def _within(distance: FloatArray, radius_mm: float) -> FloatArray:
    """1 nearer than the radius, 0 beyond, over about 1 mm."""
    return expit((radius_mm - distance) / 0.25).astype(np.float32)
