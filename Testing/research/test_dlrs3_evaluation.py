"""The shipped DLRS3 bundle: its figures, its saliency, and the card that tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.core.loading import read_cohort, study_of
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.models.bundle import default_folders, read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.predict.dlrs3 import INPUT, Dlrs3, model_file
from TumorResponseLib.predict.dlrs3_crops import REGIONS
from TumorResponseLib.predict.segmentation import segment
from TumorResponseLib.research.cohorts.dlrs3 import simulate
from TumorResponseLib.research.evaluation.evaluate_dlrs3 import evaluate
from TumorResponseLib.research.evaluation.saliency_check import check_saliency
from TumorResponseLib.research.saliency import GreyReader, Method, torch_members, torch_saliency
from TumorResponseLib.research.training.card_figures import METRICS, add_figures
from TumorResponseLib.research.training.dlrs3_card import OWN_OUTLINE, SEGMENTATION, evaluated_card

SHIPPED = resources_folder() / "Models" / "dlrs3"


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return OpenBundle(read_bundle(SHIPPED), resolve_device("cpu"))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patients of another seed than the bundle was trained on."""
    folder = tmp_path_factory.mktemp("cohort") / "dlrs3"
    simulate(32, 11, folder)
    return folder


@pytest.fixture(scope="module")
def metrics(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("evaluated") / "out"
    path = evaluate(SHIPPED, cohort, out, lambda done, total: None)
    return json.loads(path.read_text()), out


def test_metrics_are_those_of_the_predictions(
    metrics: tuple[dict[str, Any], Path], cohort: Path, bundle: OpenBundle
) -> None:
    content, out = metrics
    assert content["system"] == "dlrs3" and content["bundle_sha256"] == bundle.bundle.sha256
    assert set(content["splits"]) == {"train", "internal", "external"}
    rows = [row for row in read_cohort(cohort) if row.split == "train"]
    studies = [study_of(row) for row in rows]
    predicted = [Dlrs3().predict(study, study.masks["tumour"], bundle).prediction for study in studies]
    outcomes = [row.response for row in rows]
    models = content["splits"]["train"]
    assert set(models) == {"fusion", "oracle", *REGIONS, *(f"oracle-{region}" for region in REGIONS)}
    assert models["fusion"]["auc"] == pytest.approx(
        roc_auc_score(outcomes, [one.probabilities[1] for one in predicted])
    )
    assert models["margin3"]["auc"] == pytest.approx(
        roc_auc_score(outcomes, [one.branches["margin3"] for one in predicted])
    )
    assert models["oracle"]["auc"] == pytest.approx(roc_auc_score(outcomes, [row.oracle_probability for row in rows]))
    for split in content["splits"]:
        for kind in ("roc", "calibration", "decision"):
            assert (out / f"{split}-{kind}.svg").stat().st_size > 1000


def test_patients_are_also_read_from_the_outline_that_nobody_corrected(
    metrics: tuple[dict[str, Any], Path], cohort: Path, bundle: OpenBundle
) -> None:
    content, _ = metrics
    assert not {OWN_OUTLINE, SEGMENTATION} & set(content["splits"]["train"])
    rows = [row for row in read_cohort(cohort) if row.split == "external"]
    outliner = ModelLibrary(default_folders(), resolve_device("cpu")).open("breast-us-segmentation")
    overlaps, chances = [], []
    for row in rows:
        study = study_of(row)
        truth, outline = study.masks["tumour"], segment(study.image(), outliner).mask
        overlaps.append(2 * (truth & outline).sum() / (truth.sum() + outline.sum()))
        used = outline if outline.any() else truth
        chances.append(Dlrs3().predict(study, used, bundle).prediction.probabilities[1])
    external = content["splits"]["external"]
    assert external[SEGMENTATION]["dice"] == pytest.approx(np.mean(overlaps))
    assert external[SEGMENTATION]["dice"] >= 0.8, "a network trained on patients outlines the virtual tumours"
    assert external[OWN_OUTLINE]["auc"] == pytest.approx(roc_auc_score([row.response for row in rows], chances))
    assert external[SEGMENTATION]["bundle"]["sha256"] == outliner.bundle.sha256
    card = evaluated_card(bundle.bundle.metadata, content["splits"])
    assert f"mean Dice of {external[SEGMENTATION]['dice']:.3f}" in card and f"| {OWN_OUTLINE} |" in card


def test_a_new_cohort_of_the_same_kind_is_read_nearly_as_well_as_by_the_oracle(
    metrics: tuple[dict[str, Any], Path], cohort: Path, bundle: OpenBundle
) -> None:
    rows = read_cohort(cohort)
    studies = [study_of(row) for row in rows]
    chances = [Dlrs3().predict(study, study.masks["tumour"], bundle).prediction.probabilities[1] for study in studies]
    truth = [row.oracle_probability for row in rows]
    assert spearmanr(chances, truth).statistic > 0.7


def test_saliency_follows_the_signal_the_weights_and_the_prediction(cohort: Path, bundle: OpenBundle) -> None:
    check = check_saliency([row for row in read_cohort(cohort) if row.split == "train"][:14], bundle)
    assert check.density > 1.5, "the tumour and its bands are favoured over the rest of the image"
    assert check.share_by_region["tumour"] > 1.5 * check.area_by_region["tumour"]
    assert np.mean(list(check.recovered.values())) > 0.5, "each tissue's map follows the truth that was put in"
    assert check.shuffled_correlation < 0.5, "shuffled weights give another map"
    assert check.deletion_salient > 3 * max(check.deletion_random, 0.0)
    assert check.deletion_won > 0.8


def test_torch_networks_are_rebuilt_from_the_bundle(bundle: OpenBundle, cohort: Path) -> None:
    study = study_of(read_cohort(cohort)[0])
    output = Dlrs3().predict(study, study.masks["tumour"], bundle)
    for region in REGIONS:
        inputs = output.inputs[region][None]
        expected = bundle.run(model_file(region), {INPUT: inputs})["logits"][0].mean()
        reader = GreyReader(torch_members(bundle.bundle, region), torch.from_numpy(inputs))
        assert float(reader(torch.from_numpy(inputs[:, :1]))[0, 1]) == pytest.approx(float(expected), abs=2e-3)


@pytest.mark.parametrize("method", ["smoothgrad", "occlusion"])
def test_monai_explains_the_same_prediction(bundle: OpenBundle, cohort: Path, method: Method) -> None:
    # Where a region's networks speak against the decision, nothing in it stands for the decision and the map is empty.
    studies = [study_of(row) for row in read_cohort(cohort)]
    outputs = [Dlrs3().predict(study, study.masks["tumour"], bundle) for study in studies]
    study, output = next(
        (study, output)
        for study, output in zip(studies, outputs, strict=True)
        if (output.prediction.branches["intratumoral"] >= 0.5) == (output.prediction.probabilities[-1] >= 0.5)
        and abs(output.prediction.branches["intratumoral"] - 0.5) > 0.1
    )
    tumour = study.masks["tumour"]
    values = torch_saliency(output, bundle.bundle, "intratumoral", method)
    assert values.shape == tumour.shape and values.dtype == np.float32
    assert 0.9 < values.max() <= 1.0 and values.min() >= 0.0
    assert values[tumour].sum() > 0.95 * values.sum()


def test_the_shipped_figures_reach_what_the_issue_asks_for() -> None:
    figures = json.loads((SHIPPED / METRICS).read_text())
    external = figures["splits"]["external"]
    assert external["fusion"]["auc"] >= 0.95 * external["oracle"]["auc"]
    assert external["fusion"]["auc"] > max(external[region]["auc"] for region in REGIONS)
    assert external["saliency"]["density"] > 1.5 and external["saliency"]["deletion_won"] > 0.8


def test_figures_of_another_bundle_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "metrics.json"
    other.write_text(json.dumps({"bundle_sha256": "0" * 64, "splits": {}}))
    with pytest.raises(BundleError, match="another bundle"):
        add_figures(SHIPPED, other, evaluated_card)
