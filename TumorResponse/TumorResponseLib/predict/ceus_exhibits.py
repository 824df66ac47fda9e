"""What CEUS lays beside its prediction: curves, perfusion numbers and maps, motion, and saliency over time."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.box import bounding_box
from TumorResponseLib.core.exhibits import Exhibits, Line, Plot
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.rings import Rings
from TumorResponseLib.predict.ceus_curves import contrast_frames, curves_plot, parameters_table, perfusion_by_region
from TumorResponseLib.predict.ceus_maps import SMOOTH_MM, map_overlays
from TumorResponseLib.predict.over_time import WINDOWS

TUMOUR = "tumour"


def perfusion_exhibits(
    cine: Image, tumour: MaskArray, rings: Rings | None, correlations: NDArray[np.float64], steady: NDArray[np.bool_]
) -> Exhibits:
    """Curves and parameters of the tumour and each ring, parameter maps within them, and the motion of the frames.

    Args:
        cine: contrast mode, with spacing.
        tumour: its mask; used alone where there are no rings.
        rings: of the same tumour.
        correlations: of each frame with its neighbours.
        steady: frames that count.
    """
    margin = tuple(ceil(3 * SMOOTH_MM / step) for step in cine.spacing_mm)
    box = (bounding_box(tumour) if rings is None else rings.box).grown(margin, tumour.shape)
    labels = (tumour if rings is None else rings.labels)[box.slices]
    names = (TUMOUR,) if rings is None else rings.names
    frames = contrast_frames(cine, box, steady)
    perfusion = perfusion_by_region(frames, {name: labels == rank for rank, name in enumerate(names, start=1)})
    return Exhibits(
        plots=(curves_plot(perfusion, frames), motion_plot(frames.times_s, correlations, steady)),
        tables=(parameters_table(perfusion, frames),),
        overlays=map_overlays(frames, labels > 0, box, tumour.shape, cine.spacing_mm),
    )


def motion_plot(times_s: NDArray[np.float64], correlations: NDArray[np.float64], steady: NDArray[np.bool_]) -> Plot:
    """How alike each frame is to its neighbours; frames that were left out are marked."""
    lines = [Line("frame to frame", _numbers(times_s), _numbers(correlations))]
    note = "No frame was left out."
    if not steady.all():
        left_out = Line("left out", _numbers(times_s[~steady]), _numbers(correlations[~steady]), "points", "#c00000")
        lines.append(left_out)
        listed = ", ".join(str(index + 1) for index in np.flatnonzero(~steady))
        note = f"Left out, since they show another plane than their neighbours: frame {listed}."
    return Plot("motion", "Motion: correlation with the frames beside", "time (s)", "correlation", tuple(lines), note)


def over_time_plot(times_s: NDArray[np.float64], weights: NDArray[np.float64], decision: str) -> Plot:
    """What each part of the cine adds to the decision, from ``time_saliency``."""
    line = Line("weight", _numbers(times_s), _numbers(weights), "steps")
    return Plot(
        "saliency-over-time",
        f"Which part of the cine speaks for the answer: {decision.lower()}",
        "time (s)",
        "change of the log odds",
        (line,),
        f"{ceil(len(times_s) / WINDOWS)} frames at a time were covered by their neighbours; above 0 they speak for the "
        "answer.",
    )


def _numbers(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(values.tolist())
