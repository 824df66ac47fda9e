"""The views need trame-slicer and a way to render."""

from __future__ import annotations

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed; install the viewer extra.")
