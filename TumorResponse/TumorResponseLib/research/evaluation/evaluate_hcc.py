"""Evaluate an HCC bundle on a cohort: outline, response and histology by animal, beside size change and the oracle.

The bundle is run by the very code that reads a study. Animals of split ``train`` were seen by the network, so that they
are not evaluated; they only teach the readers of size change (`hcc_size`) what a change says. The response is told from
the network's own outline, as in a reading, and from the cohort's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import CohortRow
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc import ESTIMATES, NAME, THRESHOLD
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.research.evaluation.calibration import calibration
from TumorResponseLib.research.evaluation.classification import binary_metrics
from TumorResponseLib.research.evaluation.decision_curve import decision_curve
from TumorResponseLib.research.evaluation.delong import paired_test
from TumorResponseLib.research.evaluation.evaluated_rows import evaluated_rows
from TumorResponseLib.research.evaluation.figures import (
    agreement_figure,
    calibration_figure,
    decision_figure,
    figure_title,
    roc_figure,
    save_svg,
)
from TumorResponseLib.research.evaluation.hcc_animals import (
    ReadAnimal,
    ReadRows,
    column_of,
    oracle_of,
    probabilities_of,
    read_rows,
    responses_of,
)
from TumorResponseLib.research.evaluation.hcc_estimates import estimate_figures, named
from TumorResponseLib.research.evaluation.hcc_groups import group_figures
from TumorResponseLib.research.evaluation.hcc_saliency import check_saliency
from TumorResponseLib.research.evaluation.hcc_size import (
    DIAMETER,
    MEASURES,
    SizeReader,
    recist_counts,
    size_changes,
    size_reader,
)
from TumorResponseLib.research.evaluation.metrics_file import hash_cohort, write_metrics
from TumorResponseLib.research.evaluation.saliency import SALIENCY
from TumorResponseLib.research.evaluation.segmentation import segmentation_metrics
from TumorResponseLib.research.progress import Progress
from TumorResponseLib.research.training.hcc_card import (
    BY_ARM,
    BY_SWELLING,
    ESTIMATED,
    GIVEN_OUTLINE,
    ORACLE,
    OWN_OUTLINE,
    SEGMENTATION,
)
from TumorResponseLib.research.training.hcc_volumes import require_labels
from TumorResponseLib.research.training.training_split import TRAIN

SWELLING_COLUMN = "pseudo_progression"
SWOLLEN, NOT_SWOLLEN = "pseudo-progression", "no pseudo-progression"

Probabilities = Mapping[str, NDArray[np.float64]]
Changes = Mapping[str, Mapping[str, float]]


def evaluate(bundle: Path, cohort: Path, out: Path, progress: Progress) -> Path:
    """Write ``metrics.json`` and the figures; return the former.

    Args:
        bundle: bundle folder.
        cohort: folder with ``cohort.csv``; a row needs the image after contrast agent, another sequence and a tumour
            mask; an animal's last row also response, viability and apoptosis. Size change is read where the cohort has
            training animals, and at least two time points of every animal.
        out: folder to write.
        progress: told of the rows read and their number.

    Raises:
        BundleError: the bundle cannot be used.
        StudyError: the cohort cannot be read, has none but training animals, or a split has fewer than two animals of
            either response.
    """
    opened = OpenBundle(read_bundle(bundle), resolve_device("auto"))
    sha256 = hash_cohort(cohort)
    rows = evaluated_rows(cohort, sha256, opened.bundle)
    tested = [row for row in rows if row.split != TRAIN]
    if not tested:
        raise StudyError(
            "All animals of this cohort are of split train, named or not, so nothing can be evaluated; hold some out."
        )
    changes = size_changes(rows) if _has_weeks(rows) else {}
    readers = _size_readers([row for row in rows if row.split == TRAIN], changes)
    done = iter(range(1, len(tested) + 1))
    splits: dict[str, dict[str, Any]] = {}
    for split in dict.fromkeys(row.split for row in tested):
        chosen = [row for row in tested if row.split == split]
        read = read_rows(chosen, opened, lambda: progress(next(done), len(tested)))
        title = figure_title(split, len(read.animals), "animals", opened.bundle)
        splits[split] = _split_figures(read, changes, readers, title, out / split)
        splits[split][SALIENCY] = asdict(check_saliency([animal.row for animal in read.animals], opened))
    path = out / "metrics.json"
    write_metrics(path, NAME, opened.bundle.sha256, sha256, splits)
    return path


def _has_weeks(rows: Sequence[CohortRow]) -> bool:
    """Whether a change of size can be learned and read: training animals, and two time points of every animal."""
    weeks = Counter(row.patient for row in rows)
    return min(weeks.values()) > 1 and any(row.split == TRAIN for row in rows)


def _size_readers(rows: Sequence[CohortRow], changes: Changes) -> dict[str, SizeReader]:
    if not changes:
        return {}
    known = [row for row in rows if row.response is not None]
    labels = [require_labels(row) for row in known]
    responses = np.array([response for response, _ in labels])
    histology = np.array([values for _, values in labels])
    return {
        measure: size_reader(
            np.array([changes[row.patient][measure] for row in known]),
            responses,
            dict(zip(ESTIMATES, histology.T, strict=True)),
        )
        for measure in MEASURES
    }


def _split_figures(
    read: ReadRows, changes: Changes, readers: Mapping[str, SizeReader], title: str, stem: Path
) -> dict[str, Any]:
    animals, responses = read.animals, responses_of(read.animals)
    told = {OWN_OUTLINE: [one.own for one in animals], GIVEN_OUTLINE: [one.given for one in animals]}
    change = {measure: np.array([changes[animal.row.patient][measure] for animal in animals]) for measure in readers}
    probabilities = {name: probabilities_of(predictions) for name, predictions in told.items()}
    probabilities |= {measure: reader.probability(change[measure]) for measure, reader in readers.items()}
    oracle = oracle_of(animals)
    if oracle is not None:
        probabilities[ORACLE] = oracle
    figures: dict[str, Any] = {
        name: asdict(binary_metrics(responses, values, THRESHOLD))
        | {"calibration": asdict(calibration(responses, values))}
        for name, values in probabilities.items()
    }
    for name in told:
        figures[name] |= _of_network(told[name], oracle)
        if oracle is not None:
            figures[name]["auc_of_oracle"] = figures[name]["auc"] / figures[ORACLE]["auc"]
        for measure in readers:
            test = paired_test(responses, probabilities[name], probabilities[measure])
            figures[name][f"delong_{measure}"] = asdict(test)
    figures[OWN_OUTLINE]["tumours_missed"] = sum(not animal.found for animal in animals)
    if DIAMETER in change:
        figures[DIAMETER]["recist"] = recist_counts(change[DIAMETER], responses)
    by_size = {
        measure: {quantity: reader.estimate(quantity, change[measure]) for quantity in ESTIMATES}
        for measure, reader in readers.items()
    }
    figures[ESTIMATED] = estimate_figures(animals, told, by_size)
    figures[SEGMENTATION] = asdict(segmentation_metrics(read.scores))
    figures |= _groups(animals, responses, probabilities)
    _draw(animals, responses, probabilities, title, stem)
    return figures


def _of_network(predictions: Sequence[Prediction], oracle: NDArray[np.float64] | None) -> dict[str, float]:
    """What only a network is asked: whether it knows its ground, and whether its intervals hold the truth."""
    figures = {"outside_distribution": float(np.mean([not prediction.in_distribution for prediction in predictions]))}
    if oracle is not None:
        bounds = np.array([prediction.interval for prediction in predictions])
        figures["truth_in_interval"] = float(np.mean((bounds[:, 0] <= oracle) & (oracle <= bounds[:, 1])))
    return figures


def _groups(
    animals: Sequence[ReadAnimal], responses: NDArray[np.int64], probabilities: Probabilities
) -> dict[str, dict[str, Any]]:
    """By arm, and of a virtual cohort also by whether the tumour swells."""
    arms = [animal.row.arm for animal in animals]
    figures = {BY_ARM: group_figures(arms, responses, probabilities)} if all(arms) else {}
    swollen = column_of(animals, SWELLING_COLUMN)
    if swollen is not None:
        names = [SWOLLEN if value else NOT_SWOLLEN for value in swollen]
        figures[BY_SWELLING] = group_figures(names, responses, probabilities)
    return figures


def _draw(
    animals: Sequence[ReadAnimal],
    responses: NDArray[np.int64],
    probabilities: Probabilities,
    title: str,
    stem: Path,
) -> None:
    """``<split>-roc.svg``, ``-calibration.svg``, ``-decision.svg``, ``-viability.svg`` and ``-apoptosis.svg``."""
    curves = {name: (responses, values) for name, values in probabilities.items()}
    shown = {name: values for name, values in probabilities.items() if name in (OWN_OUTLINE, ORACLE)}
    figures = {
        "roc": roc_figure(curves, title),
        "calibration": calibration_figure({name: calibration(responses, p) for name, p in shown.items()}, title),
        "decision": decision_figure({name: decision_curve(responses, p) for name, p in probabilities.items()}, title),
    }
    for index, quantity in enumerate(ESTIMATES):
        measured = [animal.histology[index] for animal in animals]
        estimated = [named(animal.own, quantity).value for animal in animals]
        figures[quantity] = agreement_figure(measured, estimated, f"{quantity}, {title}")
    for kind, figure in figures.items():
        save_svg(figure, stem.with_name(f"{stem.name}-{kind}.svg"))
