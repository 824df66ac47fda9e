"""How the regions are shown everywhere, in Slicer, in files and in the report: name, colour, terminology."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from TumorResponseLib.core.resources import resources_folder

Colour = tuple[float, float, float]
"""Red, green, blue, each from 0 to 1."""

TERMINOLOGY_FILE = Path("Terminologies") / "regions.json"
NO_CODE = ("", "", "")


@dataclass(frozen=True)
class RegionStyle:
    """The looks and meaning of one region.

    Attributes:
        name: as in ``Rings.names``.
        colour: the same for a region of this rank whatever its radii; told apart by colour-blind readers too.
        terminology: Slicer's terminology entry, seven parts joined by ``~``. No standard list has a code for tissue
            around a tumour, so bands are coded as tissue and told apart by name.
    """

    name: str
    colour: Colour
    terminology: str


def region_styles(names: Sequence[str]) -> list[RegionStyle]:
    """The style of each region: the tumour first, then bands from the inside outwards, as in ``Rings.names``.

    With more bands than colours the colours start over.
    """
    catalogue = json.loads((resources_folder() / TERMINOLOGY_FILE).read_text(encoding="utf-8"))
    contexts, tumour, bands = catalogue["contexts"], catalogue["tumour"], catalogue["bands"]
    colours = [tumour["colour"], *bands["colours"]]
    entries = [_entry(contexts, tumour), _entry(contexts, bands)]
    return [
        RegionStyle(
            name, _colour(colours[rank if rank == 0 else 1 + (rank - 1) % (len(colours) - 1)]), entries[rank > 0]
        )
        for rank, name in enumerate(names)
    ]


def _entry(contexts: dict[str, str], region: dict[str, Any]) -> str:
    parts = (contexts["segment"], region["category"], region["type"], NO_CODE, contexts["region"], NO_CODE, NO_CODE)
    return "~".join(part if isinstance(part, str) else "^".join(part) for part in parts)


def _colour(levels: Sequence[int]) -> Colour:
    red, green, blue = (level / 255 for level in levels)
    return red, green, blue
