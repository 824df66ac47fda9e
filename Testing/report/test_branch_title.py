"""Names of branches for readers."""

from __future__ import annotations

import pytest

from TumorResponseLib.report.branch_title import branch_title


@pytest.mark.parametrize(
    ("branch", "title"),
    [
        ("intratumoral", "Tumour"),
        ("margin10", "Tumour + 10 mm"),
        ("margin", "Margin"),
        ("fused", "All together"),
        ("arterial", "Arterial"),
        ("pre-contrast", "Pre contrast"),
        ("PET", "PET"),
    ],
)
def test_a_branch_is_called_as_a_reader_calls_it(branch: str, title: str) -> None:
    assert branch_title(branch) == title
