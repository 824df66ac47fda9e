"""Peak memory of reading a large PET/CT pair, from its DICOM series to both images, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from Testing.benchmarks.row import Row
from TumorResponseLib.core.image import Frame, Image, Spacing
from TumorResponseLib.research.cohorts.cross_section_files import Series, Tracer, write_ct_series, write_pet_series

SHAPE = (600, 400, 400)
SPACING = Spacing((3.0, 1.5, 1.5), "benchmark")
TRACER = Tracer("68Ga-DOTATOC", half_life_s=4062.6, dose_bq=150e6, weight_kg=74.0)
MOST = 3.0
"""Times the two volumes in float32."""

READ = """
import resource, sys
import numpy as np
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.models.bundle import default_folders
from TumorResponseLib.models.runtime import ModelLibrary, resolve_device
from TumorResponseLib.predict.registry import systems
from TumorResponseLib.session.reading import Reading

def told():
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)

study = load_study(sys.argv[1])
told()
lesions = np.zeros(study.image("pet").pixels.shape, dtype=bool)
lesions[300:310, 200:220, 200:220] = lesions[315:320, 230:240, 180:190] = True
reading = Reading(ModelLibrary(default_folders(), resolve_device("cpu")), systems())
reading.open(study)
reading.set_mask(lesions)
if reading.run():
    sys.exit(str(reading.warnings))
told()
"""


def rows() -> list[Row]:
    """Peak resident memory over that of both volumes as float32: both images read, and everything up to saliency."""
    with TemporaryDirectory() as folder:
        write_pair(Path(folder))
        done = subprocess.run([sys.executable, "-c", READ, folder], check=True, stdout=subprocess.PIPE, text=True)
    loaded, whole = map(int, done.stdout.split())
    pair = f"a {' x '.join(map(str, SHAPE[::-1]))} PET/CT pair"
    return [
        _row(f"peak memory reading {pair} from DICOM, over both in float32", loaded),
        _row(f"the same from DICOM to rings, prediction, saliency and exhibits of {pair}", whole),
    ]


def _row(name: str, peak: int) -> Row:
    both = 2 * 4 * int(np.prod(SHAPE))
    note = f"{peak / 2**20:.0f} MiB for {both / 2**20:.0f} MiB"
    return Row(name, peak / both, MOST, "x", at_least=False, note=note)


def write_pair(folder: Path) -> None:
    """A study of two series with different values in every slice."""
    random = np.random.default_rng(0)
    slices = random.integers(0, 1000, (2, *SHAPE[1:])).astype(np.float32)
    pet = np.lib.stride_tricks.as_strided(slices, SHAPE, (0, *slices.strides[1:]))
    place = Frame((-300.0, -300.0, 0.0), reference_uid="1.2.3")
    image = Image(pet, SPACING, place)
    write_pet_series(image, TRACER, Series("benchmark", 1, "PET"), folder / "pet")
    write_ct_series(image, Series("benchmark", 2, "CT"), folder / "ct")
    (folder / "study.json").write_text(json.dumps({"image_pet": "pet", "image_ct": "ct"}))
