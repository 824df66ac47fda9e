"""SVG as text, element by element; it takes font and ink from the page that it stands in."""

from __future__ import annotations

from html import escape

FONT_SIZE = 12.0
LETTER = 0.6
"""Mean width of a letter over its height, in the sans serif types that pages use."""
FAINT = 0.22
"""Opacity of the lines that lead the eye."""
SOFT = 0.72
"""Opacity of words beside the numbers."""


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """One element; ``_`` in an attribute's name stands for ``-``. What is inside is SVG already."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def words(text: str, x: float, y: float, anchor: str = "start", **attributes: str | float) -> str:
    """Words whose baseline starts, ends or has its middle at a point."""
    return element("text", escape(text), x=x, y=y, text_anchor=anchor, **attributes)


def drawing(title: str, description: str, width: float, height: float, *inside: str) -> str:
    """A whole chart, as wide as the page lets it be, with a name and a description for those who cannot see it."""
    return element(
        "svg",
        element("title", escape(title)),
        element("desc", escape(description)),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        width="100%",
        role="img",
        aria_label=f"{title}. {description}",
        fill="currentColor",
        font_family="inherit",
        font_size=FONT_SIZE,
    )


def width_of(text: str) -> float:
    """About how wide words are."""
    return LETTER * FONT_SIZE * len(text)


def shortened(text: str, width: float) -> str:
    """The words, cut off with an ellipsis where they would be wider."""
    if width_of(text) <= width:
        return text
    return text[: max(1, int(width / (LETTER * FONT_SIZE)) - 1)].rstrip() + "…"


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escape(value)
    return f"{value:.2f}".rstrip("0").rstrip(".")
