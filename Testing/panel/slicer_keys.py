"""The keys that Slicer 5.13 (583e9b37d5) uses: main window, module selector, markups and sequences tool bars, menus."""

from __future__ import annotations

LETTERS_WITH_CTRL = "CFHIOSTVWXYZ"
DIGITS_WITH_CTRL = "0123456"
IN_SLICER = (
    *(f"Ctrl+{key}" for key in LETTERS_WITH_CTRL + DIGITS_WITH_CTRL + "`"),
    "Ctrl+Left",
    "Ctrl+Right",
    "Alt+Left",
    "Alt+Right",
    "Ctrl+Shift+A",
    "Ctrl+Shift+T",
    "Ctrl+Shift+Space",
    "Ctrl+Shift+Down",
    "Ctrl+Shift+Left",
    "Ctrl+Shift+Right",
    *(f"Alt+{menu}" for menu in "FEVH"),
)
