"""A bundle's model card as HTML."""

from __future__ import annotations

from html import escape

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.models.bundle import CARD, Bundle


def card_html(bundle: Bundle) -> str:
    """The card, ``docs/README.md``, as an HTML fragment; tags that stand in it are shown as text, links lead nowhere.

    Where no Markdown library is installed, as in a bare Slicer, the text stands as it is.

    Raises:
        BundleError: the bundle has no readable card.
    """
    try:
        text = (bundle.path / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(
            f"The model card {CARD} of the bundle {bundle.name} cannot be read; install the bundle again."
        ) from error
    try:
        from markdown_it import MarkdownIt  # comes with rich
    except ImportError:
        return f"<pre>{escape(text)}</pre>"
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image"]).render(text)
    return html
