"""The panel: which laboratory values are known, in which unit, what is usual and what is impossible.

Reference ranges are for adults and only stand in where the laboratory's own are not given. Sources: enzymes, consensus
of DGKL and VDGH (Thomas et al., J Lab Med 29 (2005) 301), 37 °C IFCC; creatinine, Ceriotti et al., Clin Chem 54 (2008)
559; albumin and CRP, Dati et al., Eur J Clin Chem Clin Biochem 34 (1996) 517; haemoglobin, WHO/NMH/NHD/MNM/11.1;
bilirubin and cell counts, the usual adult intervals of textbooks.
Chromogranin A differs from assay to assay: 100 µg/l is a common upper limit, and its molar units (nmol/l) belong to
other calibrators and are not converted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from TumorResponseLib.core.laboratory.units import (
    BILIRUBIN,
    CELLS,
    CREATININE,
    ENZYME,
    GRAMS,
    HAEMOGLOBIN,
    MICROGRAMS,
    MILLIGRAMS,
    Factors,
    factor_of,
)

Range = tuple[float | None, float | None]
"""Lowest and highest; None where there is no limit on that side."""


@dataclass(frozen=True)
class Analyte:
    """One laboratory value.

    Attributes:
        name: in tables and models.
        label: to show.
        unit: in which values are kept.
        factors: from other units to ``unit``.
        possible: outside of it a value is refused as a slip of the pen or of the unit.
        male: reference range of men.
        female: of women.
        aliases: other names, lower case.
    """

    name: str
    label: str
    unit: str
    factors: Factors
    possible: tuple[float, float]
    male: Range
    female: Range
    aliases: tuple[str, ...] = ()

    def reference(self, sex: str = "") -> Range:
        """The reference range for ``M`` or ``F``; for any other sex, what is usual for one of them."""
        if sex in ("M", "F"):
            return self.male if sex == "M" else self.female
        lows = [range_[0] for range_ in (self.male, self.female) if range_[0] is not None]
        highs = [range_[1] for range_ in (self.male, self.female) if range_[1] is not None]
        return min(lows, default=None), max(highs, default=None)

    def converted(self, value: float, unit: str) -> float:
        """The value in ``self.unit``; raises ValueError when the unit is not known."""
        factor = factor_of(unit, self.factors)
        if factor is None:
            known = ", ".join(self.factors)
            raise ValueError(f"{self.label} in {unit!r} cannot be converted; give it in one of {known}")
        return value * factor

    def measured(self, value: float, unit: str) -> float:
        """A patient's value in ``self.unit``; raises ValueError when its unit is not known or it is impossible."""
        converted = self.converted(value, unit)
        low, high = self.possible
        if not low <= converted <= high:
            raise ValueError(
                f"{self.label} of {converted:g} {self.unit} is impossible (from {low:g} to {high:g}); "
                "check the value and its unit"
            )
        return converted


PANEL = (
    Analyte(
        "chromogranin_a", "chromogranin A", "µg/l", MICROGRAMS, (0.1, 2e6), (None, 100.0), (None, 100.0),
        ("cga", "chromogranin a", "chromogranin-a", "chromogranin"),
    ),
    Analyte(
        "gamma_gt", "gamma-GT", "U/l", ENZYME, (1.0, 20_000.0), (None, 60.0), (None, 40.0),
        ("ggt", "gamma-gt", "gamma gt", "γ-gt", "y-gt", "gammagt", "gamma-glutamyltransferase"),
    ),
    Analyte(
        "alkaline_phosphatase", "alkaline phosphatase", "U/l", ENZYME, (3.0, 20_000.0), (40.0, 130.0), (35.0, 105.0),
        ("ap", "alp", "alkaline phosphatase"),
    ),
    Analyte("ast", "AST", "U/l", ENZYME, (1.0, 50_000.0), (None, 50.0), (None, 35.0), ("got", "asat")),
    Analyte("alt", "ALT", "U/l", ENZYME, (1.0, 50_000.0), (None, 50.0), (None, 35.0), ("gpt", "alat")),
    Analyte("ldh", "LDH", "U/l", ENZYME, (20.0, 50_000.0), (None, 250.0), (None, 250.0), ("lactate dehydrogenase",)),
    Analyte(
        "bilirubin", "total bilirubin", "µmol/l", BILIRUBIN, (0.5, 1500.0), (None, 21.0), (None, 21.0),
        ("total bilirubin", "bilirubin total"),
    ),
    Analyte("albumin", "albumin", "g/l", GRAMS, (5.0, 80.0), (35.0, 52.0), (35.0, 52.0), ("alb",)),
    Analyte("creatinine", "creatinine", "µmol/l", CREATININE, (5.0, 4000.0), (64.0, 104.0), (49.0, 90.0), ("crea",)),
    Analyte("crp", "C-reactive protein", "mg/l", MILLIGRAMS, (0.0, 1000.0), (None, 5.0), (None, 5.0)),
    Analyte(
        "haemoglobin", "haemoglobin", "g/l", HAEMOGLOBIN, (20.0, 260.0), (130.0, None), (120.0, None),
        ("hb", "hgb", "hemoglobin"),
    ),
    Analyte("leukocytes", "leukocytes", "10⁹/l", CELLS, (0.01, 1000.0), (4.0, 10.0), (4.0, 10.0), ("wbc",)),
    Analyte(
        "thrombocytes", "thrombocytes", "10⁹/l", CELLS, (1.0, 5000.0), (150.0, 400.0), (150.0, 400.0),
        ("platelets", "plt"),
    ),
)  # fmt: skip
"""Baseline values drawn before therapy with radioligands: tumour marker, liver, kidney, inflammation, blood count."""

ANALYTES: Mapping[str, Analyte] = MappingProxyType({analyte.name: analyte for analyte in PANEL})


def analyte_of(name: str) -> Analyte | None:
    """The analyte of a name or alias, whatever its case; None when the panel does not hold it."""
    wanted = " ".join(name.lower().split())
    for analyte in PANEL:
        if wanted == analyte.name or wanted in analyte.aliases or wanted == analyte.label.lower():
            return analyte
    return None
