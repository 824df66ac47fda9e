"""``TumorResponseTest``, which ctest runs inside Slicer, holds on the stand-in too."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from Testing.panel.standin.module_panel import Panel

TESTS = (
    "test_library_and_resources_are_installed",
    "test_requirements_are_installed_beside_the_module",
    "test_choices_are_bound_to_the_widgets",
    "test_sample_is_read",
)


@pytest.mark.parametrize("name", TESTS)
def test_inside_slicer(panel: Panel, name: str) -> None:
    panel.exit()
    result = unittest.TestResult()
    panel.module.TumorResponseTest(name).run(result)
    assert result.testsRun == 1
    assert [text for _, text in (*result.errors, *result.failures, *result.skipped)] == []


def test_all_of_them_are_run_here(panel: Panel) -> None:
    assert {name for name in dir(panel.module.TumorResponseTest) if name.startswith("test_")} == set(TESTS)
