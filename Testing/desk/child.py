"""The real worker over rule-made models: ``python -m Testing.desk.child BUNDLES SECONDS``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from Testing.session.stand_ins import BrightIsLesion, BrightnessSystem, systems
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.device import CPU_PROVIDER, Device
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.worker.child import serve


@dataclass
class SlowSystem(BrightnessSystem):
    """Takes its time for each prediction."""

    seconds: float = 0.0

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        time.sleep(self.seconds)
        return super().predict(study, tumour, bundle)


def main() -> None:
    library = ModelLibrary([Path(sys.argv[1])], Device("cpu", CPU_PROVIDER), lambda content, device: BrightIsLesion())
    serve(library, systems(SlowSystem(seconds=float(sys.argv[2]))), warm=lambda: None)


if __name__ == "__main__":
    main()
