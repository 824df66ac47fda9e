"""When the frames of a DICOM cine were taken (PS3.3 C.7.6.5)."""

from __future__ import annotations

from itertools import accumulate

from pydicom import Dataset

from TumorResponseLib.core.loading.frame_times import NOMINAL_FRAME_MS, even_times, untimed


def frame_times_ms(dataset: Dataset, frames: int, name: str) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Milliseconds of each frame from the first one, and a warning where the file does not say them.

    Frame Time Vector, else Frame Time, else Cine Rate; else, with a warning and only so that the cine can be shown,
    Recommended Display Frame Rate or 25 frames a second.
    """
    vector = dataset.get("FrameTimeVector")
    steps = [float(step) for step in vector] if hasattr(vector, "__iter__") else []
    if len(steps) == frames and all(step > 0 for step in steps[1:]):
        # The first number is the time before the first frame, usually 0.
        return tuple(accumulate([0.0, *steps[1:]])), ()
    if float(dataset.get("FrameTime") or 0) > 0:
        return even_times(float(dataset.FrameTime), frames), ()
    if float(dataset.get("CineRate") or 0) > 0:
        return even_times(1000 / float(dataset.CineRate), frames), ()
    rate = float(dataset.get("RecommendedDisplayFrameRate") or 0)
    shown = f"{rate:g} frames a second, the recommended display rate" if rate > 0 else "25 frames a second"
    return even_times(1000 / rate if rate > 0 else NOMINAL_FRAME_MS, frames), (untimed(name, shown),)
