"""The sample study of the system hcc: one simulated rat's MRI in the last week of therapy, and the weeks before."""

from __future__ import annotations

from pathlib import Path

from TumorResponseLib.core.saving.volumes import write_volume
from TumorResponseLib.research.cohorts.hcc import HISTOLOGY_COLUMNS, LAST_WEEK, scans_of, timepoint
from TumorResponseLib.research.cohorts.hcc_biology import WEEKS, VirtualRat, draw_rats
from TumorResponseLib.research.cohorts.hcc_image import CONTRAST, VirtualScan
from TumorResponseLib.research.cohorts.samples.sample_folder import SAMPLE_SEED, in_place_of, write_study, write_texts

RATS_TO_CHOOSE_FROM, SURE = 32, 0.9

TUMOUR = "tumour.nrrd"

HOW_MADE = """\
# Sample study of the system hcc

Simulated MRI of a rat with a liver tumour in the last of three weeks of therapy: T1-weighted (`t1.nrrd`), T2-weighted
(`t2.nrrd`) and T1-weighted after contrast agent (`contrast.nrrd`). The T2-weighted image has larger pixels, and the rat
moved a little between the three; `"register": "yes"` in `study.json` would have the first two brought to the third.
`week-0` to `week-2` hold the examinations before, each with the true outline of the tumour on the image after contrast
agent (`tumour.nrrd`); the last one has no outline: the system draws it.

No animal is behind it. It is the first virtual rat of seed {seed} that clearly responds (chance above 0.9) though its
tumour swells (pseudo-progression), made by TumorResponseLib/research/cohorts/hcc.py (see there for the biology and the
image formation) and written by

    python -m TumorResponseLib.research.cohorts.samples --out Resources/SampleData

`study.json` carries the truth of the model beside the images: the chance of response (`oracle_probability`), the
outcome drawn from it (`response`), and the shares of living (`viability`) and of dying cells (`apoptosis`) as the
simulated histology says them. Research and teaching use only.
"""


def write_hcc_sample(folder: Path) -> None:
    """Write the last week's images, the folders of the earlier weeks, ``study.json`` and ``how_made.md``."""
    rats = draw_rats(RATS_TO_CHOOSE_FROM, SAMPLE_SEED)
    rat = next(rat for rat in rats if rat.pseudo_progression and rat.response and rat.probability > SURE)
    scans = scans_of(rat, SAMPLE_SEED)
    with in_place_of(folder) as unfinished:
        for week in WEEKS[:-1]:
            earlier = unfinished / timepoint(week)
            earlier.mkdir()
            study = _write_images(rat, week, scans[week], earlier)
            write_volume(scans[week].tumour, scans[week].images[CONTRAST], earlier / TUMOUR)
            write_study(earlier, study | {f"mask_{CONTRAST}": TUMOUR})
        study = _write_images(rat, LAST_WEEK, scans[LAST_WEEK], unfinished)
        known = {
            "earlier": [timepoint(week) for week in WEEKS[:-1]],
            "response": rat.response,
            "oracle_probability": round(rat.probability, 6),
        }
        stained = {column: round(value, 5) for column, value in zip(HISTOLOGY_COLUMNS, rat.histology, strict=True)}
        write_texts(unfinished, study | known | stained, HOW_MADE)


def _write_images(rat: VirtualRat, week: int, scan: VirtualScan, folder: Path) -> dict[str, object]:
    """Write one examination and return what its ``study.json`` says of it."""
    for role, image in scan.images.items():
        write_volume(image.pixels, image, folder / f"{role}.nrrd")
    images: dict[str, object] = {f"image_{role}": f"{role}.nrrd" for role in scan.images}
    return {"patient": "hcc-sample", "timepoint": timepoint(week), "arm": rat.arm} | images
