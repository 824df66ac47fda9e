from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.research.evaluation.calibration import calibration
from TumorResponseLib.research.evaluation.classification import binary_metrics
from TumorResponseLib.research.evaluation.decision_curve import decision_curve
from TumorResponseLib.research.evaluation.figures import calibration_figure, decision_figure, roc_figure, save_svg
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort, write_metrics

RANDOM = np.random.default_rng(0)
PREDICTED = RANDOM.random(200)
OUTCOMES = (RANDOM.random(200) < PREDICTED).astype(int)


def make_cohort(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "cohort.csv").write_text("patient\np1\n")
    (folder / "images" / "p1.png").write_bytes(b"pixels")
    return folder


def test_metrics_json_has_the_agreed_shape(tmp_path: Path) -> None:
    path = tmp_path / "out" / "metrics.json"
    metrics = binary_metrics(OUTCOMES, PREDICTED)
    splits = {"external": {"fusion": metrics, "oracle": {"auc": 0.9, "auc_ci": [0.8, 0.95]}}}
    write_metrics(path, "dlrs3", "a" * 64, "b" * 64, splits)
    written = json.loads(path.read_text())
    assert list(written) == ["system", "bundle_sha256", "cohort_sha256", "splits"]
    assert (written["system"], written["bundle_sha256"], written["cohort_sha256"]) == ("dlrs3", "a" * 64, "b" * 64)
    fusion = written["splits"]["external"]["fusion"]
    assert fusion["auc"] == metrics.auc
    assert fusion["auc_ci"] == list(metrics.auc_ci)
    assert fusion["accuracy_by_class"] == list(metrics.accuracy_by_class)
    assert written["splits"]["external"]["oracle"]["auc"] == 0.9
    assert [one.name for one in path.parent.iterdir()] == ["metrics.json"]


def test_a_figure_that_is_no_number_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_metrics(path, "dlrs3", "a", "b", {})
    before = path.read_bytes()
    with pytest.raises(StudyError, match="finite"):
        write_metrics(path, "dlrs3", "a", "b", {"test": {"fusion": {"auc": float("nan")}}})
    assert path.read_bytes() == before


def test_the_cohort_hash_names_every_file(tmp_path: Path) -> None:
    folder = make_cohort(tmp_path / "one")
    table, image = sha256(b"patient\np1\n").hexdigest(), sha256(b"pixels").hexdigest()
    lines = f"{table}  cohort.csv\n{image}  images/p1.png\n"
    assert hash_cohort(folder) == sha256(lines.encode()).hexdigest()
    assert hash_cohort(make_cohort(tmp_path / "two")) == hash_cohort(folder)
    (folder / ".DS_Store").write_bytes(b"x")
    assert hash_cohort(folder) == hash_cohort(tmp_path / "two")
    (folder / "images" / "p1.png").write_bytes(b"other")
    assert hash_cohort(folder) != hash_cohort(tmp_path / "two")
    with pytest.raises(StudyError, match=r"cohort\.csv"):
        hash_cohort(tmp_path)


def test_figures_are_the_same_for_the_same_numbers(tmp_path: Path) -> None:
    def draw(name: str, predicted: np.ndarray) -> list[bytes]:
        curve = decision_curve(OUTCOMES, predicted)
        figures = [
            roc_figure({"internal": (OUTCOMES, predicted), "external": (OUTCOMES, predicted**2)}, "ROC"),
            calibration_figure({"external": calibration(OUTCOMES, predicted)}, "Calibration"),
            decision_figure({"fusion": curve}, "Decision curve"),
        ]
        paths = [tmp_path / f"{name}{number}.svg" for number in range(3)]
        for figure, path in zip(figures, paths, strict=True):
            save_svg(figure, path)
        return [path.read_bytes() for path in paths]

    first, again, other = draw("a", PREDICTED), draw("b", PREDICTED), draw("c", 1 - PREDICTED)
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))
    for drawn, words in zip(
        first, (["internal", "external", "AUC"], ["external"], ["fusion", "treat all"]), strict=True
    ):
        text = " ".join(ElementTree.fromstring(drawn).itertext())
        assert all(word in text for word in words)
        assert b"<dc:date>" not in drawn
    area = binary_metrics(OUTCOMES, PREDICTED)
    assert f"internal: {area.auc:.3f} ({area.auc_ci[0]:.3f}-{area.auc_ci[1]:.3f})".encode() in first[0]
