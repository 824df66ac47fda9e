"""What a system might lay beside its prediction."""

from __future__ import annotations

import numpy as np

from TumorResponseLib.core.exhibits import Bar, Bars, Exhibits, Line, Overlay, Plot, Table

NAN = float("nan")
CURVES = Plot(
    name="time-intensity",
    title="Time-intensity curves",
    x_label="time in s",
    y_label="intensity",
    lines=(
        Line("tumour", (0.0, 1.0, 2.0, 3.0), (1.0, 4.0, NAN, 2.0), colour="#ff8000"),
        Line("fit", (0.0, 1.5), (1.0, 5.0), style="dashed"),
        Line("survival", (0.0, 1.0, 3.0), (1.0, 0.5, 0.25), style="steps", low=(1.0, 0.3, 0.1), high=(1.0, 0.7, 0.4)),
        Line("left out", (2.0,), (3.0,), style="points"),
    ),
    note="Linearised from 60 dB.",
)
IMPORTANCE = Bars("importance", "Importance", "loss of AUROC", (Bar("albumin", 0.08), Bar("sex", -0.01)))
PARAMETERS = Table(
    name="parameters",
    title="Perfusion parameters",
    columns=("region", "peak", "time to peak in s", "note"),
    rows=(("tumour", 12.5, 8, None), ("0-3 mm", None, 9, "no fit")),
    flags=((0, 1), (0, 2)),
    note="Fitted bolus model.",
)


def overlay_on(shape: tuple[int, ...], name: str = "peak") -> Overlay:
    """A map in dB that is known in the first half of the rows alone."""
    values = np.full(shape, NAN, np.float32)
    half = shape[-2] // 2
    values[..., :half, :] = np.linspace(-5.0, 25.0, half, dtype=np.float32)[:, None]
    return Overlay(name, "Peak enhancement", "dB", values, 0.0, 20.0)


def everything(shape: tuple[int, ...]) -> Exhibits:
    """A plot, bars, a table and an overlay."""
    return Exhibits((CURVES,), (IMPORTANCE,), (PARAMETERS,), (overlay_on(shape),))
