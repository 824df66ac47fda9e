"""The sample studies in Resources/SampleData: simulated, so that no patient's image is in the repository.

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

Run it again after a change of the simulation; the same code writes the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from TumorResponseLib.research.cohorts.samples.ceus import write_ceus_sample
from TumorResponseLib.research.cohorts.samples.dlrs3 import write_dlrs3_sample
from TumorResponseLib.research.cohorts.samples.hcc import write_hcc_sample
from TumorResponseLib.research.cohorts.samples.prrt import write_prrt_sample

WRITERS = {
    "dlrs3": write_dlrs3_sample,
    "ceus": write_ceus_sample,
    "hcc": write_hcc_sample,
    "prrt-pfs": write_prrt_sample,
}
"""What writes a sample, by the name of its folder."""


def main() -> None:
    """Write the samples that are asked for, or all."""
    parser = argparse.ArgumentParser(description="Write the simulated sample studies.")
    parser.add_argument("--out", type=Path, required=True, help="the folder Resources/SampleData")
    parser.add_argument("--only", choices=list(WRITERS), action="append", help="a sample; several times for several")
    arguments = parser.parse_args()
    for name in arguments.only or WRITERS:
        WRITERS[name](arguments.out / name)


if __name__ == "__main__":
    main()
