"""The tables that PRRT-PFS lays beside its prediction: the lesions on the PET, and the laboratory values."""

from __future__ import annotations

from collections.abc import Mapping

from TumorResponseLib.core.exhibits import Cell, Table
from TumorResponseLib.core.image import Image, MaskArray
from TumorResponseLib.core.laboratory.panel import Range
from TumorResponseLib.core.laboratory.table import MISSING, NORMAL, LaboratoryValue, laboratory_table
from TumorResponseLib.core.pet.lesion_table import LesionRow, LesionTable, measure_lesions
from TumorResponseLib.core.pet.lesions import labels_of_mask

LESION_COLUMNS = ("lesion", "volume (ml)", "SUVmax", "SUVpeak", "SUVmean", "total activity (SUV·ml)")
VOLUME, PEAK = 1, 3
"""Columns that a scan's end spoils."""

LABORATORY_COLUMNS = ("value", "measured", "unit", "reference range", "", "read as")
MEASURED, FLAG = 1, 4


def lesions_shown(pet: Image, tumour: MaskArray) -> Table:
    """Each lesion and all of them: SUVmax, SUVpeak (1 cm³ sphere), SUVmean, volume, total lesion activity.

    Args:
        pet: in SUV.
        tumour: the lesions on its grid.
    """
    table = measure_lesions(pet.pixels, labels_of_mask(tumour), pet.spacing_mm)
    rows = tuple(_lesion_cells(row) for row in table.rows)
    flags = [(index, VOLUME) for index, row in enumerate(table.rows) if row.touches_end]
    flags += [(index, PEAK) for index, row in enumerate(table.rows) if not row.peak_complete]
    note = f"{pet.units}; SUVpeak is the largest mean over a sphere of 1 cm³ centred in the lesion."
    return Table(
        name="lesions",
        title="Lesions on PET",
        columns=LESION_COLUMNS,
        rows=(*rows, _all_lesions(table)),
        flags=tuple(sorted(flags)),
        note=" ".join([note, *table.warnings, *_cut_spheres(table)]),
    )


def laboratory_shown(values: Mapping[str, float], ranges: Mapping[str, Range], put_in: Mapping[str, float]) -> Table:
    """The panel with reference ranges; values beyond them and missing ones are marked.

    Args:
        values: the patient's, in the panel's units.
        ranges: the laboratory's own, which win over the panel's.
        put_in: what the model reads where a value is missing, by its name.
    """
    shown = laboratory_table(values, ranges)
    flags = [(index, MEASURED) for index, value in enumerate(shown) if value.flag not in (NORMAL, MISSING)]
    flags += [(index, FLAG) for index, value in enumerate(shown) if value.flag == MISSING]
    return Table(
        name="laboratory",
        title="Laboratory values",
        columns=LABORATORY_COLUMNS,
        rows=tuple(_laboratory_cells(value, put_in) for value in shown),
        flags=tuple(sorted(flags)),
        note="A missing value is read as the median of the training patients. Reference ranges are the laboratory's "
        "own where it states them.",
    )


def _lesion_cells(row: LesionRow) -> tuple[Cell, ...]:
    return (row.number, row.volume_ml, row.suv_max, row.suv_peak, row.suv_mean, row.total_activity)


def _all_lesions(table: LesionTable) -> tuple[Cell, ...]:
    return (
        f"all {table.count}",
        table.volume_ml,
        table.suv_max,
        table.suv_peak,
        table.suv_mean,
        table.total_activity,
    )


def _cut_spheres(table: LesionTable) -> tuple[str, ...]:
    cut = [str(row.number) for row in table.rows if not row.peak_complete]
    return (f"The sphere of SUVpeak reaches beyond the scan at lesion {', '.join(cut)}.",) if cut else ()


def _laboratory_cells(value: LaboratoryValue, put_in: Mapping[str, float]) -> tuple[Cell, ...]:
    flag = "" if value.flag == NORMAL else value.flag
    stands_in = put_in.get(value.name) if value.value is None else None
    return (value.label, value.value, value.unit, _range(value.low, value.high), flag, stands_in)


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f"up to {_limit(high)}"
    return f"from {_limit(low)}" if high is None else f"{_limit(low)} to {_limit(high)}"


def _limit(value: float | None) -> str:
    return "" if value is None else f"{round(value, 1):g}"
