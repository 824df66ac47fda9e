"""Bias and spread of the perfusion numbers over noise, region size and motion, as a page for the docs.

python -m TumorResponseLib.research.evaluation.perfusion_bias --out docs/perfusion.md
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from TumorResponseLib.research.evaluation.output import write_text
from TumorResponseLib.research.evaluation.perfusion_trials import (
    PARAMETERS,
    Trials,
    moving_cines,
    noisy_curves,
    speckled_cines,
)

CURVES, CINES, MOVING = 300, 60, 20
"""Measurements in a row of each table."""
SEED = 7

NOISE = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
RADII = (3, 5, 10)
MOTION = ((0.0, 0), (0.5, 0), (1.0, 0), (2.0, 0), (0.5, 3))
HANDLING = ("as it is", "frames left out", "registered")

HEAD = """\
# Perfusion numbers: bias and spread

Written by `python -m TumorResponseLib.research.evaluation.perfusion_bias`; do not edit by hand.

Simulated boluses of known truth: log-normal, mean transit times of 5 to 20 s, arrival after 3 to 8 s, a peak of 4 to 20
times the baseline, 40 frames in 50 s. Each is measured as a reading measures it (`core/perfusion`). The tables give the
median of the relative error ± half the range that holds the middle 68 % of the errors, in per cent, and how many curves
were refused a number. Real cines also move out of plane slowly, attenuate and saturate; none of that is simulated.
"""

NOISE_HEAD = f"""\
## White noise on the curve

{CURVES} curves a row; noise as standard deviation in a frame. Without noise the largest error of any number is
{{worst}}.
"""

SPECKLE_HEAD = f"""\
## Speckle, by the size of the region

{CINES} cines a row with the speckle of the virtual cohort, log-compressed to 50 dB in 8 bits and linearised again. The
speckle is 0.7 by 0.9 pixels wide (standard deviation), so that neighbouring pixels are not independent.
"""

MOTION_HEAD = f"""\
## Motion

{MOVING} cines a row, the same in each group: a tumour of 317 pixels in tissue that enhances about twice as much, each
frame shifted by chance. Frames that left the plane show what lies eight pixels beside. Registration follows the B-mode
half of the display, and frames unlike their neighbours are left out besides.
"""


def page() -> str:
    """The whole page in Markdown."""
    noisy = [noisy_curves(noise, CURVES, SEED) for noise in NOISE]
    speckled = [speckled_cines(radius, CINES, SEED) for radius in RADII]
    worst = f"{100 * float(np.abs(noisy[0].errors).max()):.2g} %"
    parts = [HEAD, NOISE_HEAD.format(worst=worst), table("noise", noisy), SPECKLE_HEAD, table("region", speckled)]
    parts.append(MOTION_HEAD)
    for jitter, lost in MOTION:
        moved = [moving_cines(jitter, lost, how, MOVING, SEED) for how in HANDLING]
        gone = f", {lost} frames out of the plane" if lost else ""
        parts += [f"Shifts of {jitter:g} pixels (standard deviation){gone}:\n", table("cine", moved)]
    return "\n".join(parts)


def table(condition: str, rows: Sequence[Trials]) -> str:
    """One line a condition, one column a parameter."""
    lines = [f"| {condition} | {' | '.join(PARAMETERS)} | refused |", "|---|" + "---|" * (len(PARAMETERS) + 1)]
    for row in rows:
        cells = [f"{100 * bias:+.1f} ± {100 * spread:.1f}" for bias, spread in zip(row.bias, row.spread, strict=True)]
        lines.append(f"| {row.name} | {' | '.join(cells)} | {row.refused} of {row.refused + len(row.errors)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the page, such as docs/perfusion.md")
    write_text(parser.parse_args().out, page())


if __name__ == "__main__":
    main()
