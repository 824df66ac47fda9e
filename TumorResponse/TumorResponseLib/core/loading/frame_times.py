"""The times of frames that were taken evenly, and what is said where no file tells them."""

from __future__ import annotations

NOMINAL_FRAME_MS = 40.0


def even_times(step_ms: float, frames: int) -> tuple[float, ...]:
    """Milliseconds of each frame from the first one."""
    return tuple(step_ms * index for index in range(frames))


def untimed(name: str, shown_at: str = "25 frames a second") -> str:
    """The warning beside a cine whose times nothing tells."""
    return (
        f"The cine {name} does not say when its frames were taken; it is shown at {shown_at}, "
        "and no time can be measured on it."
    )
