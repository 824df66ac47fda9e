"""A worker whose system does what a file in its folder says: sleep, crash, fill the memory, ...

``python -m Testing.worker.slow_child FOLDER``, where ``FOLDER/behaviour`` holds one of ``BEHAVIOURS`` and an argument,
or the name of a laboratory value: the prediction then gives that value back as its distance.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from Testing.session.stand_ins import BrightnessSystem, make_library, systems
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.laboratory.panel import ANALYTES
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.system import System, SystemOutput
from TumorResponseLib.worker.child import serve
from TumorResponseLib.worker.warming import WARMING

BEHAVIOUR = "behaviour"
SYSTEM = "dlrs3"
LIMIT = 1 << 28
"""Bytes that a system that fills the memory may still take."""


class ToldSystem(BrightnessSystem):
    """Answers by brightness, after it did what the file says."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = folder / BEHAVIOUR

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        what, _, argument = self._file.read_text().partition(" ") if self._file.exists() else ("", "", "")
        output = super().predict(study, tumour, bundle)
        if what in ANALYTES and study.name != WARMING:
            return replace(output, prediction=replace(output.prediction, distance=study.laboratory[what]))
        if what and study.name != WARMING:
            BEHAVIOURS[what](argument)
        return output


def fill_memory(argument: str) -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT, used + LIMIT))
    np.ones((2 * LIMIT,), np.uint8)


def crash(argument: str) -> None:
    raise RuntimeError(argument)


def make_noise(argument: str) -> None:
    print(argument)
    sys.stdout.flush()
    os.write(1, f"{argument}\n".encode())


BEHAVIOURS = {
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "signal": lambda name: os.kill(os.getpid(), signal.Signals[name]),
    "fill": fill_memory,
    "crash": crash,
    "noise": make_noise,
}


def told_systems(folder: Path) -> dict[str, System]:
    return systems(ToldSystem(folder))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    serve(make_library(place / f"bundles-{os.getpid()}", "breast-us-segmentation", SYSTEM), told_systems(place))
