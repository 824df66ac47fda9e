"""The wheel is built once for all packaging tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.packaging.wheel import build_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))
