"""What the colours mean, written into the corners of a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from TumorResponseLib.core.catalogue import Colour

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeDisplayNode
    from trame_slicer.views import SliceView
    from vtkmodules.vtkRenderingCore import vtkTextProperty

FONT_SIZE = 17
LINE_HEIGHT = 26
MARGIN = 14
BAR_SIZE = (84, 200)
BACKDROP = 0.6
"""Opacity of the black behind the text, which keeps it legible over bright tissue."""


def add_caption(view: SliceView, lines: Sequence[tuple[str, Colour]]) -> None:
    """Write the lines into the lower left corner, the first one on top, each in its colour."""
    from vtkmodules.vtkRenderingCore import vtkTextActor

    for place, (text, colour) in enumerate(reversed(lines)):
        actor = vtkTextActor()
        actor.SetInput(f" {text} ")
        actor.SetPosition(MARGIN, MARGIN + place * LINE_HEIGHT)
        style = actor.GetTextProperty()
        _print(style)
        style.SetColor(*colour)
        style.SetBackgroundColor(0.0, 0.0, 0.0)
        style.SetBackgroundOpacity(BACKDROP)
        view.renderer().AddViewProp(actor)


def add_colour_bar(view: SliceView, display_node: vtkMRMLScalarVolumeDisplayNode, title: str = "saliency") -> None:
    """Draw the colours of a map and their values into the lower right corner."""
    from vtkmodules.vtkCommonCore import vtkLookupTable
    from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor
    from vtkmodules.vtkRenderingCore import vtkTextProperty

    table = vtkLookupTable()
    table.DeepCopy(display_node.GetColorNode().GetLookupTable())
    table.SetRange(display_node.GetWindowLevelMin(), display_node.GetWindowLevelMax())
    bar = vtkScalarBarActor()
    bar.SetLookupTable(table)
    bar.SetTitle(title)
    bar.SetNumberOfLabels(3)
    bar.SetLabelFormat("{:.1f}")
    bar.SetVerticalTitleSeparation(8)
    bar.SetTextPad(6)
    bar.UnconstrainedFontSizeOn()
    style = vtkTextProperty()
    _print(style)
    bar.SetTitleTextProperty(style)
    bar.SetLabelTextProperty(style)
    bar.DrawBackgroundOn()
    bar.GetBackgroundProperty().SetColor(0.0, 0.0, 0.0)
    bar.GetBackgroundProperty().SetOpacity(BACKDROP)
    width, height = view.render_window().GetSize()
    bar.SetPosition(1.0 - (BAR_SIZE[0] + MARGIN) / width, MARGIN / height)
    bar.SetPosition2(BAR_SIZE[0] / width, BAR_SIZE[1] / height)
    view.renderer().AddViewProp(bar)


def _print(style: vtkTextProperty) -> None:
    style.SetFontFamilyToArial()
    style.SetFontSize(FONT_SIZE)
    style.BoldOn()
    style.ItalicOff()
    style.ShadowOff()
