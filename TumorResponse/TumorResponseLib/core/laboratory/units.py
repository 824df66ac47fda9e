"""Units of laboratory values: how they are written, and what they are multiplied by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PLAIN_SIGNS = str.maketrans({"µ": "u", "μ": "u", "×": "x", "*": "^", "⁹": "^9", "³": "^3"})
BILIRUBIN_UMOL_A_MG = 1000 / 584.66 * 10
"""µmol/l in 1 mg/dl, from the molar mass in g/mol."""
CREATININE_UMOL_A_MG = 1000 / 113.12 * 10
HAEMOGLOBIN_G_A_MMOL = 16.1145
"""g/l in 1 mmol/l of the monomer (Fe)."""

Factors = Mapping[str, float]

ENZYME: Factors = MappingProxyType({"U/l": 1.0, "IU/l": 1.0, "µkat/l": 60.0, "nkat/l": 0.06})
"""To U/l; 1 kat is 1 mol/s, 1 U is 1 µmol/min."""
MICROGRAMS: Factors = MappingProxyType({"µg/l": 1.0, "ng/ml": 1.0, "µg/dl": 10.0, "ng/dl": 0.01})
MILLIGRAMS: Factors = MappingProxyType({"mg/l": 1.0, "µg/ml": 1.0, "mg/dl": 10.0, "g/l": 1000.0})
GRAMS: Factors = MappingProxyType({"g/l": 1.0, "g/dl": 10.0, "mg/ml": 1.0, "mg/dl": 0.01})
HAEMOGLOBIN: Factors = MappingProxyType({"g/l": 1.0, "g/dl": 10.0, "mmol/l": HAEMOGLOBIN_G_A_MMOL})
BILIRUBIN: Factors = MappingProxyType({"µmol/l": 1.0, "mmol/l": 1000.0, "mg/dl": BILIRUBIN_UMOL_A_MG})
CREATININE: Factors = MappingProxyType({"µmol/l": 1.0, "mmol/l": 1000.0, "mg/dl": CREATININE_UMOL_A_MG})
CELLS: Factors = MappingProxyType(
    {"10^9/l": 1.0, "Gpt/l": 1.0, "G/l": 1.0, "/nl": 1.0, "10^3/µl": 1.0, "1000/µl": 1.0, "K/µl": 1.0, "/µl": 0.001}
)


def factor_of(unit: str, factors: Factors) -> float | None:
    """What a value in ``unit`` is multiplied by; None when ``factors`` do not know the unit.

    Case, blanks, both micro signs and ``u`` for them, and ``10*9``, ``10⁹`` or ``x10^9`` for ``10^9`` are understood.
    """
    return {_plain(known): factor for known, factor in factors.items()}.get(_plain(unit))


def _plain(unit: str) -> str:
    return "".join(unit.split()).translate(PLAIN_SIGNS).lower().removeprefix("x").replace("10e", "10^")
