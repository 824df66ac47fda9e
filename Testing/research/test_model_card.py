"""The card of a bundle: what stands in it, and that nothing is left out in silence."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from TumorResponseLib.research.training.model_card import RESEARCH_USE, Table, model_card, with_interval

METADATA = {
    "name": "dlrs3",
    "version": "1.2.0",
    "description": "Reads tumours.",
    "intended_use": "Teaching.",
    "evidence": "virtual cohort",
    "training_data": "469 virtual patients.",
    "licence": "Apache-2.0",
}
TABLES = (
    Table("Held out.", ("model", "AUC"), (("fusion", "0.9"), ("margin5", "0.8"))),
    Table("Elsewhere.", ("split", "n", "AUC"), (("external", "108", "0.7"),)),
)


def test_the_card_is_markdown_with_every_table_limit_and_reference() -> None:
    lines = model_card(METADATA, TABLES, ["One hospital.", "No children."], ["A paper, 2020."]).splitlines()
    assert lines[0] == "# dlrs3 1.2.0"
    assert lines[2] == f"**{RESEARCH_USE}**"
    assert "- **Evidence:** virtual cohort" in lines
    first, second = lines.index("*Virtual cohort.* Held out."), lines.index("*Virtual cohort.* Elsewhere.")
    assert lines[first + 1 : first + 7] == [
        "",
        "| model | AUC |",
        "|---|---|",
        "| fusion | 0.9 |",
        "| margin5 | 0.8 |",
        "",
    ]
    assert lines[second + 2 : second + 5] == ["| split | n | AUC |", "|---|---|---|", "| external | 108 | 0.7 |"]
    assert lines[lines.index("## Limits") + 2 :][:2] == ["- One hospital.", "- No children."]
    assert lines[lines.index("## References") + 2] == "- A paper, 2020."


def test_figures_of_patients_are_not_called_virtual() -> None:
    assert "\nHeld out.\n" in model_card({**METADATA, "evidence": "patients"}, TABLES, [])


def test_a_card_without_references_has_no_heading_for_them() -> None:
    assert "References" not in model_card(METADATA, TABLES, ["One hospital."])


@pytest.mark.parametrize("field", ["evidence", "intended_use", "training_data"])
def test_a_bundle_that_does_not_say_what_it_must_gets_no_card(field: str) -> None:
    with pytest.raises(UndefinedError, match=field):
        model_card({name: text for name, text in METADATA.items() if name != field}, TABLES, [])


def test_a_figure_stands_with_its_interval() -> None:
    assert with_interval(0.8123, (0.79, 0.8349)) == "0.812 (0.790 to 0.835)"
