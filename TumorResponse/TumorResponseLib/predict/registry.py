"""Every system that reads a study."""

from __future__ import annotations

from TumorResponseLib.predict.ceus import Ceus
from TumorResponseLib.predict.dlrs3 import Dlrs3
from TumorResponseLib.predict.hcc import Hcc
from TumorResponseLib.predict.prrt_pfs import PrrtPfs
from TumorResponseLib.predict.system import System


def systems() -> dict[str, System]:
    """The systems by their name on the command line."""
    each: tuple[System, ...] = (Dlrs3(), Ceus(), Hcc(), PrrtPfs())
    return {system.name: system for system in each}
