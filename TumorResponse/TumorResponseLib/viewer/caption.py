"""Which colour is which region, written into a corner of a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from TumorResponseLib.core.catalogue import Colour

if TYPE_CHECKING:
    from trame_slicer.views import SliceView

FONT_SIZE = 17
LINE_HEIGHT = 26
MARGIN = 14


def add_caption(view: SliceView, lines: Sequence[tuple[str, Colour]]) -> None:
    """Write the lines into the lower left corner, the first one on top, each in its colour."""
    from vtkmodules.vtkRenderingCore import vtkTextActor

    for place, (text, colour) in enumerate(reversed(lines)):
        actor = vtkTextActor()
        actor.SetInput(f" {text} ")
        actor.SetPosition(MARGIN, MARGIN + place * LINE_HEIGHT)
        style = actor.GetTextProperty()
        style.SetFontFamilyToArial()
        style.SetFontSize(FONT_SIZE)
        style.BoldOn()
        style.SetColor(*colour)
        # Legible over bright tissue as well.
        style.SetBackgroundColor(0.0, 0.0, 0.0)
        style.SetBackgroundOpacity(0.6)
        view.renderer().AddViewProp(actor)
