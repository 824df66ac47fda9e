"""On whom a bundle is evaluated: who was trained on is never called a test."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import Bundle, read_bundle
from TumorResponseLib.research.evaluation.evaluated_rows import evaluated_rows
from TumorResponseLib.research.evaluation.figures import figure_title
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort, short_hash


@pytest.fixture
def bundle() -> Bundle:
    return read_bundle(resources_folder() / "Models" / "dlrs3")


def cohort(folder: Path, *rows: str) -> Path:
    Pillow.fromarray(np.zeros((4, 5), np.uint8)).save(folder / "a.png")
    lines = ["patient,timepoint,split,image", *(f"{row},a.png" for row in rows)]
    (folder / "cohort.csv").write_text("\n".join(lines) + "\n")
    return folder


def trained_on(bundle: Bundle, cohort: Path) -> Bundle:
    text = f"2 images of 2 patients; cohort {short_hash(hash_cohort(cohort))}."
    return dataclasses.replace(bundle, metadata=bundle.metadata | {"training_data": text})


def splits(folder: Path, bundle: Bundle) -> list[str]:
    return [row.split for row in evaluated_rows(folder, hash_cohort(folder), bundle)]


def test_a_cohort_without_splits_is_a_test_of_a_bundle_from_elsewhere(tmp_path: Path, bundle: Bundle) -> None:
    assert splits(cohort(tmp_path, "p1,,", "p2,,"), bundle) == ["test", "test"]


def test_a_cohort_without_splits_was_seen_by_the_bundle_that_was_trained_on_it(tmp_path: Path, bundle: Bundle) -> None:
    folder = cohort(tmp_path, "p1,,", "p2,,")
    assert splits(folder, trained_on(bundle, folder)) == ["train", "train"]


def test_rows_that_a_named_training_left_out_are_a_test(tmp_path: Path, bundle: Bundle) -> None:
    folder = cohort(tmp_path, "p1,,train", "p2,,", "p3,,external")
    assert splits(folder, trained_on(bundle, folder)) == ["train", "test", "external"]


def test_a_patient_in_two_splits_is_refused(tmp_path: Path, bundle: Bundle) -> None:
    folder = cohort(tmp_path, "p1,week-0,train", "p1,week-1,test")
    with pytest.raises(StudyError, match="Patient p1 is in the splits test and train"):
        splits(folder, bundle)


def test_figures_say_what_they_are_evidence_of(bundle: Bundle) -> None:
    title = figure_title("external", 108, "patients", bundle)
    assert title == "external split, 108 patients\nvirtual cohort, research use only"
