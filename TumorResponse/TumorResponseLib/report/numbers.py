"""Numbers as they are printed, in tables, beside bars and under colour bars."""

from __future__ import annotations

import math

from TumorResponseLib.core.exhibits import Cell

UNKNOWN = "–"
MINUS = "\N{MINUS SIGN}"
GROUP = "\N{NARROW NO-BREAK SPACE}"
SIGNIFICANT = 3
LARGEST_WRITTEN_OUT = 1e7
SMALLEST_WRITTEN_OUT = 1e-4
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def cell_text(value: Cell) -> str:
    """A cell of a table: words and whole numbers as they are, others to three significant digits, None as a dash."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    return _in_groups(value, 0) if isinstance(value, int) else significant(value)


def significant(value: float, digits: int = SIGNIFICANT) -> str:
    """A number to that many significant digits; whole parts below 10⁷ are not rounded. A dash for NaN and infinity."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    return with_decimals(value, decimals_of(value, digits))


def brief(value: float) -> str:
    """As ``significant`` without zeros at the end of the decimals, for the ends of a scale."""
    text = significant(value)
    return text.rstrip("0").rstrip(".") if text.count(".") and "×" not in text else text


def decimals_of(value: float, digits: int = SIGNIFICANT) -> int:
    """How many decimals give a number, not 0, that many significant digits; 0 for numbers with larger whole parts."""
    exponent = math.floor(math.log10(abs(value)))
    # 9.996 takes a digit more before the point once it is rounded.
    exponent = math.floor(math.log10(abs(round(value, digits - 1 - exponent))))
    return max(0, digits - 1 - exponent)


def with_decimals(value: float, decimals: int, mantissa: int = SIGNIFICANT - 1) -> str:
    """A number with so many decimals, in groups of three digits.

    Very large and very small ones are written with a power of ten, after as many decimals as ``mantissa`` says.
    """
    if not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= LARGEST_WRITTEN_OUT or 0 < size < SMALLEST_WRITTEN_OUT:
        digits, exponent = f"{value:.{mantissa}e}".split("e")
        return f"{digits.replace('-', MINUS)}{GROUP}×{GROUP}10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return _in_groups(value, decimals)


def _in_groups(value: float, decimals: int) -> str:
    separator = "," if abs(value) >= 10_000 else ""  # four digits are read without a gap
    written = f"{value:{separator}.{decimals}f}".replace(",", GROUP)
    return written.lstrip("-") if float(f"{value:.{decimals}f}") == 0 else written.replace("-", MINUS)
