"""What a contrast cine shows of the tumour and of each ring: curves over time, and the bolus fitted to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import Box
from TumorResponseLib.core.catalogue import region_styles
from TumorResponseLib.core.exhibits import Cell, Line, Plot, Table
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.perfusion.bolus import Bolus, NoBolus
from TumorResponseLib.core.perfusion.bolus_fit import fit_bolus
from TumorResponseLib.core.perfusion.curve import TimeIntensityCurve, echo_power, time_intensity_curve

FOR_WHITE_PAPER = 0.75
"""The regions' colours are made for grey images; as lines on white paper they are darkened."""

EMPTY = "It has no pixel in this image."


@dataclass(frozen=True, eq=False)
class ContrastFrames:
    """The part of a cine around the tumour, in which everything is measured.

    Attributes:
        values: ``(frames, rows, columns)``; echo power where ``linear``, grey values otherwise.
        times_s: of each frame from the first one.
        steady: frames that count.
        linear: whether log compression was undone.
        made: one sentence that says how the values were made.
    """

    values: NDArray[np.number]
    times_s: NDArray[np.float64]
    steady: NDArray[np.bool_]
    linear: bool
    made: str

    @property
    def unit(self) -> str:
        """Of the values."""
        return "echo power" if self.linear else "grey value"


@dataclass(frozen=True, eq=False)
class RegionPerfusion:
    """One region: its curve, without one where it has no pixel, and what was fitted to it."""

    name: str
    curve: TimeIntensityCurve | None
    bolus: Bolus | NoBolus


def contrast_frames(cine: Image, box: Box, steady: NDArray[np.bool_]) -> ContrastFrames:
    """The frames in a box, linearised where the cine's dynamic range is known and its grey values have 8 bits."""
    assert cine.frame_times_ms is not None  # the system refused anything but a cine before
    values = cine.pixels[:, *box.slices]
    times = np.array(cine.frame_times_ms) / 1000
    if cine.dynamic_range_db is None:
        made = (
            "Grey values as displayed, since the study does not state the dynamic range (dynamic_range_db): times can "
            "be compared, intensities, rates and areas only within this cine."
        )
    elif values.dtype != np.uint8:
        made = "Grey values as displayed: log compression is undone on 8-bit frames only."
    else:
        power = echo_power(values, cine.dynamic_range_db)
        made = f"Relative echo power: the log compression of {cine.dynamic_range_db:g} dB was undone."
        return ContrastFrames(power, times, steady, True, made)
    return ContrastFrames(values, times, steady, False, made)


def perfusion_by_region(frames: ContrastFrames, regions: Mapping[str, MaskArray]) -> list[RegionPerfusion]:
    """The curve of each region, ``(rows, columns)`` of the frames, over the steady frames, and its bolus."""
    found = []
    for name, region in regions.items():
        if not region.any():
            found.append(RegionPerfusion(name, None, NoBolus(EMPTY)))
            continue
        curve = time_intensity_curve(frames.values, frames.times_s, region, linear=frames.linear, valid=frames.steady)
        found.append(RegionPerfusion(name, curve, fit_bolus(curve)))
    return found


def curves_plot(perfusion: Sequence[RegionPerfusion], frames: ContrastFrames) -> Plot:
    """Each region's curve, with gaps where frames were left out, and dashed the bolus fitted to it."""
    lines: list[Line] = []
    times = tuple(frames.times_s.tolist())
    for region, style in zip(perfusion, region_styles([each.name for each in perfusion]), strict=True):
        if region.curve is None:
            continue
        colour = "#" + "".join(f"{round(FOR_WHITE_PAPER * 255 * level):02x}" for level in style.colour)
        shown = np.full(len(times), np.nan)
        shown[frames.steady] = region.curve.intensity
        lines.append(Line(region.name, times, tuple(shown.tolist()), colour=colour))
        if isinstance(region.bolus, Bolus):
            fitted = tuple(region.bolus.at(frames.times_s).tolist())
            lines.append(Line(f"{region.name}, fitted", times, fitted, "dashed", colour))
    return Plot(
        "time-intensity",
        "Contrast over time in the tumour and its rings",
        "time (s)",
        frames.unit,
        tuple(lines),
        f"{frames.made} Dashed: the fitted log-normal bolus.",
    )


def parameters_table(perfusion: Sequence[RegionPerfusion], frames: ContrastFrames) -> Table:
    """A row a region; regions without a fit have no numbers, and the note says why."""
    rows = tuple((region.name, *_cells(region.bolus)) for region in perfusion)
    reasons = [f"{one.name}: {one.bolus.reason}" for one in perfusion if isinstance(one.bolus, NoBolus)]
    return Table(
        "perfusion",
        "Perfusion by region",
        (
            "region",
            f"baseline ({frames.unit})",
            f"peak enhancement ({frames.unit})",
            "arrival (s)",
            "time to peak (s)",
            f"wash-in ({frames.unit}/s)",
            f"wash-out ({frames.unit}/s)",
            f"area ({frames.unit} s)",
            "mean transit time (s)",
            "R² of the fit",
        ),
        rows,
        note=" ".join(
            [
                "From the fitted log-normal bolus; time to peak and mean transit time count from the arrival.",
                frames.made,
                *reasons,
            ]
        ),
    )


def _cells(bolus: Bolus | NoBolus) -> tuple[Cell, ...]:
    if isinstance(bolus, NoBolus):
        return (None,) * 9
    numbers = (
        bolus.baseline,
        bolus.peak_enhancement,
        bolus.arrival_s,
        bolus.time_to_peak_s,
        bolus.wash_in_rate,
        bolus.wash_out_rate,
        bolus.area,
        bolus.mean_transit_s,
    )
    return (*(float(f"{number:.4g}") for number in numbers), round(bolus.r_squared, 3))
