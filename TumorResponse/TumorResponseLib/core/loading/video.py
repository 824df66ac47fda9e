"""AVI and MP4 as a cine, decoded by PyAV (FFmpeg); it comes with the extra ``video``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.loading.files import source_file
from TumorResponseLib.core.loading.frame_times import NOMINAL_FRAME_MS, even_times, untimed
from TumorResponseLib.core.loading.loaded import LoadedImage, luma, require_sane_size
from TumorResponseLib.core.loading.spacing import settle_spacing

if TYPE_CHECKING:
    from av.video.stream import VideoStream


def read_video(path: Path, given: Spacing | None = None) -> LoadedImage:
    """Read the first video stream as a grey cine ``(times, rows, columns)`` uint8 with its frame times.

    Colour becomes grey by ITU-R BT.601 luma. A video says no spacing.

    Raises:
        StudyError: PyAV is not installed; the file is missing, damaged, too large or holds no video.
        SpacingError: ``given`` does not fit two axes.
    """
    file = source_file(path)
    frames, seconds, rate = _decoded(path)
    spacing, warnings = settle_spacing(None, given, 2, path.name)
    times, said = _times_ms(seconds, rate, path.name)
    return LoadedImage(
        Image(np.stack(frames), spacing, frame_times_ms=times, times_known=not said), (file,), (*warnings, *said)
    )


def _decoded(path: Path) -> tuple[list[NDArray[np.uint8]], list[float | None], float]:
    """Grey frames, when each is shown, and the frames a second that the stream states (0 when it does not)."""
    try:
        import av
    except ModuleNotFoundError as error:
        raise StudyError(
            f"The video {path.name} needs PyAV, which is not installed; run: pip install av "
            "(in Slicer: slicer.util.pip_install('av'))."
        ) from error
    frames: list[NDArray[np.uint8]] = []
    seconds: list[float | None] = []
    try:
        with av.open(str(path)) as container:
            streams = container.streams.video
            rate = _rate(streams[0]) if streams else 0.0
            for frame in container.decode(video=0) if streams else ():
                require_sane_size((len(frames) + 1, frame.height, frame.width), path.name)
                frames.append(luma(frame.to_ndarray(format="rgb24")))
                seconds.append(frame.time)
    except av.FFmpegError as error:
        raise StudyError(f"The video {path.name} is cut off or damaged; copy or export it again.") from error
    if not frames:
        raise StudyError(f"The video {path.name} holds no picture; export it again.")
    if len({frame.shape for frame in frames}) > 1:
        raise StudyError(f"The frames of the video {path.name} differ in size; export it again.")
    return frames, seconds, rate


def _rate(stream: VideoStream) -> float:
    return float(stream.average_rate or 0)


def _times_ms(seconds: list[float | None], rate: float, name: str) -> tuple[tuple[float, ...], tuple[str, ...]]:
    known = [second for second in seconds if second is not None]
    if len(known) == len(seconds) and all(np.diff(known) > 0):
        return tuple((second - known[0]) * 1000 for second in known), ()
    if rate > 0:
        return even_times(1000 / rate, len(seconds)), ()
    return even_times(NOMINAL_FRAME_MS, len(seconds)), (untimed(name),)
