"""Smooth random fields: the irregularity of tissue at a stated scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

FloatArray = NDArray[np.float32]


def smooth_field(
    rng: np.random.Generator, shape: tuple[int, ...], spacing_mm: tuple[float, ...], scale_mm: tuple[float, ...]
) -> FloatArray:
    """Gaussian noise, mean 0 and standard deviation 1, smoothed by a Gaussian.

    Args:
        rng: where the noise comes from.
        shape: of the result, any number of axes.
        spacing_mm: pixel spacing, array order.
        scale_mm: standard deviation of the smoothing Gaussian along each axis; the correlation length is about 1.4
            times that.

    The field is made on a grid that is longer by three scales, so that opposite borders are not alike.
    """
    padded = [
        fft.next_fast_len(size + int(3 * scale / step) + 1, real=True)
        for size, step, scale in zip(shape, spacing_mm, scale_mm, strict=True)
    ]
    spectrum = fft.rfftn(rng.standard_normal(padded, dtype=np.float32))
    power = np.ones((1,) * len(shape), dtype=np.float32)
    for axis, (size, step, scale) in enumerate(zip(padded, spacing_mm, scale_mm, strict=True)):
        last = axis == len(shape) - 1
        frequency = fft.rfftfreq(size, step) if last else fft.fftfreq(size, step)
        gain = np.exp(-2 * (np.pi * scale * frequency) ** 2).astype(np.float32)
        gain /= np.sqrt(np.mean(np.exp(-4 * (np.pi * scale * fft.fftfreq(size, step)) ** 2)))
        along = [1] * len(shape)
        along[axis] = len(gain)
        power = power * gain.reshape(along)
    field = fft.irfftn(spectrum * power, s=padded)
    return field[tuple(slice(size) for size in shape)].astype(np.float32)


def strands(field: FloatArray, spacing_mm: tuple[float, float], width_mm: float) -> FloatArray:
    """Thin curved strands, 0 to 1, where a 2-D field crosses zero; brightest where they lie across the beam.

    A strand reflects towards the transducer when it is horizontal, so each is weighted by the square of its direction.
    """
    down, across = np.gradient(field, *spacing_mm)
    slope = np.hypot(down, across) + 1e-6
    distance = field / slope
    return (np.exp(-((distance / width_mm) ** 2)) * (down / slope) ** 2).astype(np.float32)
