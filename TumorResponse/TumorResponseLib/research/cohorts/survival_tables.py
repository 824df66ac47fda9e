"""Survival tables of real patients: lower-grade glioma (TCGA) and head-and-neck cancer (four hospitals).

They stay in ``../shared/data/tables`` (see the README there for sources); only figures about them are written.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading.files import require_readable
from TumorResponseLib.research.evaluation.survival.times import SurvivalTimes, survival_times

Features = Callable[[Mapping[str, str]], dict[str, float | None]]

SITES = ("Larynx", "Hypopharynx", "Nasopharynx")
"""The oropharynx, where most tumours are, is what they are compared with."""


@dataclass(frozen=True)
class SurvivalTable:
    """How one table is read.

    Attributes:
        file: its name.
        title: to show.
        endpoints: what is followed: columns ``event_<endpoint>`` and ``time_<endpoint>_d``.
        features: values by name from a line; None is missing.
        single: the one feature that a clinician would look at first.
    """

    file: str
    title: str
    endpoints: tuple[str, ...]
    features: Features
    single: str


@dataclass(frozen=True)
class TablePatients:
    """The patients of one endpoint.

    Attributes:
        names: of the features.
        rows: values by name, one mapping a patient; missing ones are left out.
        followed: in days.
    """

    names: tuple[str, ...]
    rows: tuple[dict[str, float], ...]
    followed: SurvivalTimes


def read_table(table: SurvivalTable, endpoint: str, folder: Path) -> TablePatients:
    """The patients of whom the endpoint is known, one a line; every line is another patient.

    Raises:
        StudyError: the file is missing, lacks a column, holds no number where one belongs, or names a patient twice.
    """
    path = folder / table.file
    require_readable(path)
    with path.open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    try:
        if len({line["patient"] for line in lines}) < len(lines):
            raise StudyError(f"The table {table.file} names a patient twice; keep one line a patient.")
        known = [line for line in lines if line[f"event_{endpoint}"] and line[f"time_{endpoint}_d"]]
        found = [table.features(line) for line in known]
        times = [float(line[f"time_{endpoint}_d"]) for line in known]
        events = [float(line[f"event_{endpoint}"]) for line in known]
    except (KeyError, ValueError) as error:
        raise StudyError(f"The table {table.file} is not the one that is known: {error}.") from error
    rows = tuple({name: value for name, value in one.items() if value is not None} for one in found)
    return TablePatients(tuple(found[0]), rows, survival_times(np.array(times), np.array(events)))


def _glioma(line: Mapping[str, str]) -> dict[str, float | None]:
    volume = _number(line["mr_volume"])
    return {
        "age": _number(line["age"]),
        "grade_3": _is(line["grade"], "G3"),
        "idh1_mutant": _number(line["idh1_mutant"]),
        "codel_1p19q": _number(line["codel_1p19q"]),
        "mr_log_volume": None if volume is None else math.log(volume),
        "mr_size": _number(line["mr_size"]),
        "mr_solidity": _number(line["mr_solidity"]),
        "mr_eccentricity": _number(line["mr_eccentricity"]),
    }


def _head_and_neck(line: Mapping[str, str]) -> dict[str, float | None]:
    features = {name: _number(line[name]) for name in ("age", "t_stage", "n_stage", "tnm_stage", "hpv")}
    # HPV was tested in some hospitals and sites only: that it was is itself told to the models.
    features["hpv_known"] = float(bool(line["hpv"]))
    return features | {site.lower(): _is(line["site"], site) for site in SITES}


def _number(text: str) -> float | None:
    return float(text) if text else None


def _is(text: str, wanted: str) -> float | None:
    return float(text == wanted) if text else None


TABLES = (
    SurvivalTable(
        "lgg_survival.csv", "lower-grade glioma", ("progression", "death"), _glioma, "grade_3"
    ),
    SurvivalTable(
        "hn_survival.csv", "head and neck", ("locoregional", "distant", "death"), _head_and_neck, "tnm_stage"
    ),
)  # fmt: skip
