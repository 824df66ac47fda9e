"""From tissue to a B-mode image: scatterers, point spread function, attenuation, noise, compression.

The tissue is a cloud of point scatterers, many in each resolution cell, so that its reflectivity is complex Gaussian
noise whose amplitude is the tissue's; what the scanner receives (at base band) is that noise convolved with the point
spread function, and the magnitude of it is fully developed speckle with its true Rayleigh statistics (Wagner et al.,
IEEE Trans. Sonics Ultrasonics 30(3), 1983). The point spread function is separable: along the beam a Gaussian pulse,
across it a Gaussian beam that widens away from its focus. Compound imaging averages the magnitude of several
independent looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter1d

from TumorResponseLib.research.cohorts.random_fields import FloatArray, smooth_field

SOUND_SPEED = 1540.0
"""m/s, as every scanner assumes."""

_FWHM = 2.3548
"""Full width at half maximum of a Gaussian of standard deviation 1."""


@dataclass(frozen=True)
class Scanner:
    """A transducer and the settings of one image.

    Attributes:
        frequency_mhz: centre frequency.
        cycles: length of the pulse in cycles, full width at half maximum.
        f_number: focal depth over aperture, sending and receiving together.
        focus_mm: focal depth.
        looks: compounded images.
        noise_db: electronic noise before the gain, relative to gland at the surface.
        tgc_error_db_mm: what the time gain compensation leaves uncorrected, per mm of depth.
        gain_db: overall gain.
        range_db: dynamic range of the display.
        middle: display level of gland at gain 0, between 0 black and 1 white.
        gamma: exponent of the display's grey map.
    """

    frequency_mhz: float
    cycles: float
    f_number: float
    focus_mm: float
    looks: int
    noise_db: float
    tgc_error_db_mm: float
    gain_db: float
    range_db: float
    middle: float
    gamma: float

    @property
    def wavelength_mm(self) -> float:
        """Wavelength in tissue."""
        return SOUND_SPEED / self.frequency_mhz / 1000


def form_image(
    echo_db: FloatArray,
    attenuation: FloatArray,
    contact_db: FloatArray,
    scanner: Scanner,
    spacing_mm: tuple[float, float],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """The B-mode image of a slice, ``(rows, columns)`` uint8, on the grid of its tissue maps.

    Args:
        echo_db: backscatter in dB relative to gland; row 0 touches the transducer.
        attenuation: dB / (cm MHz), one way.
        contact_db: what each column loses at the skin, ``(columns,)``, not negative.
        scanner: transducer and settings.
        spacing_mm: ``(rows, columns)``.
        rng: places the scatterers and the noise.
    """
    depth = np.arange(echo_db.shape[0], dtype=np.float32) * spacing_mm[0]
    loss = np.cumsum(attenuation, axis=0) * np.float32(2 * scanner.frequency_mhz * spacing_mm[0] / 10)
    compensation = np.median(loss, axis=1) - scanner.tgc_error_db_mm * depth
    level = echo_db - loss - contact_db + compensation[:, None]
    amplitude = _amplitude(level)
    noise = _amplitude(scanner.noise_db + compensation)[:, None]
    envelope = np.zeros_like(amplitude)
    for _ in range(scanner.looks):
        received = _received(_complex_noise(rng, amplitude.shape) * amplitude, depth, scanner, spacing_mm)
        envelope += np.abs(received + noise * _complex_noise(rng, amplitude.shape))
    return compress(envelope / np.float32(scanner.looks), scanner)


def compress(envelope: FloatArray, scanner: Scanner) -> NDArray[np.uint8]:
    """Logarithmic compression to the display's dynamic range, then the grey map."""
    decibel = 20 * np.log10(envelope + 1e-12) + scanner.gain_db
    shown = np.clip(decibel / scanner.range_db + scanner.middle, 0, 1) ** scanner.gamma
    return np.rint(shown * 255).astype(np.uint8)


def poor_contact(rng: np.random.Generator, columns: int, spacing_mm: float) -> FloatArray:
    """Loss in dB by column: some unevenness of the gel everywhere, and in one of six images a side that lifts off."""
    loss = 0.6 * np.abs(smooth_field(rng, (columns,), (spacing_mm,), (2.0,)))
    if rng.random() < 1 / 6:
        from_side = np.arange(columns) * spacing_mm
        lifted = rng.uniform(5, 14) * np.exp(-((from_side / rng.uniform(2.0, 5.0)) ** 2))
        loss = loss + (lifted if rng.random() < 0.5 else lifted[::-1])
    return loss.astype(np.float32)


def _amplitude(level_db: FloatArray) -> FloatArray:
    return np.exp(np.float32(np.log(10) / 20) * level_db).astype(np.float32)


def _complex_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.complex64]:
    """Complex Gaussian noise of mean square 1."""
    parts = rng.standard_normal((*shape, 2), dtype=np.float32) * np.float32(np.sqrt(0.5))
    return parts.view(np.complex64)[..., 0]


def _received(
    scatterers: NDArray[np.complex64], depth: FloatArray, scanner: Scanner, spacing_mm: tuple[float, float]
) -> NDArray[np.complex64]:
    """Convolve with the pulse along the beam and with the beam's width at each depth; energy is kept on average."""
    pulse = scanner.cycles * scanner.wavelength_mm / 2 / _FWHM / spacing_mm[0]
    response = gaussian_filter1d(np.eye(1, 65, 32, dtype=np.float32)[0], pulse, mode="constant")
    along = gaussian_filter1d(scatterers, pulse, axis=0) / np.sqrt((response**2).sum())
    waist = scanner.f_number * scanner.wavelength_mm
    rayleigh = 4 * scanner.f_number**2 * scanner.wavelength_mm
    width = waist / _FWHM * np.sqrt(1 + ((depth - scanner.focus_mm) / (2 * rayleigh)) ** 2)
    columns = scatterers.shape[1]
    padded = fft.next_fast_len(columns + 32)
    frequency = fft.fftfreq(padded, spacing_mm[1]).astype(np.float32)
    beam = np.exp(-2 * (np.pi * width[:, None] * frequency) ** 2).astype(np.float32)
    beam /= np.sqrt((beam**2).mean(axis=1, keepdims=True))
    return fft.ifft(fft.fft(along, padded, axis=1) * beam, axis=1)[:, :columns]
