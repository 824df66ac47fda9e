"""The layer needs slicer-core, which the viewer extra brings."""

from __future__ import annotations

import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed; install the viewer extra.")
