"""Keys that act while the panel is shown, wherever the focus is in Slicer's window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt

OVERLAYS = "overlays"

KEYS = {
    "readButton": "Alt+R",
    "cancelButton": "Alt+X",
    "previousButton": "Alt+P",
    "nextButton": "Alt+N",
    "nextUnreadButton": "Alt+U",
    "acceptButton": "Alt+A",
    "flagButton": "Alt+G",
    OVERLAYS: "Alt+O",
}
"""By the button that they press; ``OVERLAYS`` shows or hides all that lies over the image.

Slicer has Alt+F, E, V, H (menus) and Alt+Left, Right (modules); Ctrl and Ctrl+Shift, and plain letters and digits in
its views and its segment editor.
"""


class Shortcuts:
    """Made while the panel is shown, gone when it is left.

    Args:
        actions: what each key of ``KEYS`` does.
    """

    def __init__(self, actions: Mapping[str, Callable[[], None]]) -> None:
        self._actions = actions
        self._made: list[Any] = []

    def install(self, window: Any) -> None:
        """Let the keys act in a window."""
        self.uninstall()
        for name, key in KEYS.items():
            shortcut = qt.QShortcut(qt.QKeySequence(key), window)
            shortcut.connect("activated()", self._actions[name])
            self._made.append(shortcut)

    def uninstall(self) -> None:
        """Let them act no more."""
        for shortcut in self._made:
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._made.clear()


def with_key(tip: str, name: str) -> str:
    """A tool tip that also names the key."""
    return f"{tip} ({KEYS[name]})"
