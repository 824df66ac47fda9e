"""Warnings beside a prediction that every system gives: another kind of image, a tumour too large or too small."""

from __future__ import annotations

from collections.abc import Sequence


def modality_warning(system: str, reads: str, modality: str, expected: Sequence[str]) -> list[str]:
    """One sentence where the image says that it is of another modality; none where it says nothing.

    Args:
        system: its title in a sentence, such as ``CEUS``.
        reads: what it reads, such as ``contrast ultrasound``.
        modality: DICOM code of the image; ``""`` when unknown.
        expected: the codes that fit.
    """
    if modality in ("", *expected):
        return []
    return [f"{system} reads {reads} and this image says that it is {modality}; its prediction means nothing here."]


def field_warning(system: str, field_mm: float, in_field: float, most_cut_off: float) -> list[str]:
    """One sentence where more than ``most_cut_off`` of the tumour lies beyond the field; ``in_field`` is the rest."""
    if in_field >= 1.0 - most_cut_off:
        return []
    return [
        f"{system} looks at a field of {field_mm:g} mm and {1.0 - in_field:.0%} of the tumour lies beyond it; the "
        "prediction rests on the rest."
    ]


def size_warning(system: str, size: float, known: tuple[float, float], unit: str = "mm²") -> list[str]:
    """One sentence where the tumour's area (or volume, with its unit) lies outside of the training set's."""
    smallest, largest = known
    if smallest <= size <= largest:
        return []
    return [
        f"The tumour measures {size:.0f} {unit} and those that {system} was trained on {smallest:.0f} to "
        f"{largest:.0f} {unit}; check the outline, and do not rely on the prediction."
    ]
