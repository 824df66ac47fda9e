"""What a reader calls a region or branch of a system."""

from __future__ import annotations

from TumorResponseLib.explain.activation import FUSED

TITLES = {"intratumoral": "Tumour", FUSED: "All together"}
MARGIN = "margin"


def branch_title(branch: str) -> str:
    """A branch by its key in the results: ``margin5`` is ``Tumour + 5 mm``, ``arterial`` is ``Arterial``."""
    millimetres = branch.removeprefix(MARGIN)
    if branch != millimetres and millimetres.isdecimal():
        return f"Tumour + {millimetres} mm"
    return TITLES.get(branch, branch[:1].upper() + branch[1:].replace("-", " "))
