"""Fixtures for the tests of every layer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the patient images, which stay outside the repository."""
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("TUMOR_RESPONSE_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"The patient images are not at {folder}; set TUMOR_RESPONSE_DATA to their folder.")
    return folder
