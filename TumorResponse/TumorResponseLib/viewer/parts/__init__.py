"""The parts of the page, one file each.

A part has three members: ``facts(viewer)`` is what its markup in ``templates`` shows, ``commands(viewer)`` what its
buttons do, by the name of their trigger, and ``INPUTS`` what happens when a field of its is changed.
"""

from __future__ import annotations

from TumorResponseLib.viewer.parts import (
    calibrate,
    cine,
    correct,
    details,
    dialogs,
    laboratory,
    lesions,
    limits,
    opening,
    overlays,
    result,
    sensitivity,
    shortcuts,
    strip,
    teaching,
    worklist,
)

PARTS = (
    strip,
    worklist,
    correct,
    overlays,
    cine,
    limits,
    calibrate,
    lesions,
    result,
    details,
    laboratory,
    sensitivity,
    teaching,
    opening,
    dialogs,
    shortcuts,
)
