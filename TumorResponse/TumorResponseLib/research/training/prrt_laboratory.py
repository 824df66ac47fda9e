"""The laboratory branch of prrt-pfs: a random forest on laboratory values, exported to ONNX.

Missing values are put in by the rule of ``core.laboratory.imputation``, learned on the same training patients; the
ONNX file takes completed values, so that reading needs the rule's JSON and ONNX Runtime only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier

from TumorResponseLib.core.laboratory.imputation import ImputationRule, completed
from TumorResponseLib.models.device import CPU_PROVIDER, Device
from TumorResponseLib.models.runtime import open_session
from TumorResponseLib.research.training.export import IR_VERSION, OPSET

INPUT, OUTPUT = "values", "probabilities"
TREES = 300
SMALLEST_LEAF = 5
"""Patients: leaves of fewer follow single ones at a hundred patients."""

TREE_OPSET = 3
"""Of the operators of ``ai.onnx.ml``."""

TOLERANCE = 1e-4
"""Largest difference allowed between ONNX Runtime and scikit-learn."""

Row = Mapping[str, float]


@dataclass(frozen=True)
class LaboratoryForest:
    """A trained forest.

    Attributes:
        rule: what stands in for missing values; its names are the inputs, in its order.
        forest: of scikit-learn, classes 0 and 1.
    """

    rule: ImputationRule
    forest: RandomForestClassifier

    def probabilities(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Chance of outcome 1, ``(patients,)``, from values by name; missing ones are left out of a row."""
        return np.asarray(self.forest.predict_proba(complete_values(rows, self.rule))[:, 1], dtype=np.float64)

    def write_onnx(self, path: Path, rows: Sequence[Row]) -> None:
        """Write the forest: input ``values (patients, names)``, output ``probabilities (patients, 2)``, float32.

        Args:
            path: file to write; its folder exists.
            rows: patients to compare both on.

        Raises:
            ValueError: ONNX Runtime computes something else than scikit-learn; nothing is written.
        """
        inputs: Any = [(INPUT, FloatTensorType([None, len(self.rule.values)]))]
        model = to_onnx(
            self.forest,
            initial_types=inputs,
            options={"zipmap": False, "output_class_labels": False},
            target_opset={"": OPSET, "ai.onnx.ml": TREE_OPSET},
        )
        _keep_probabilities(model)
        content = model.SerializeToString(deterministic=True)
        values = complete_values(rows, self.rule)
        (given,) = open_session(content, Device("cpu", CPU_PROVIDER)).run([OUTPUT], {INPUT: values})
        difference = float(np.abs(given - self.forest.predict_proba(values)).max())
        if not difference <= TOLERANCE:
            raise ValueError(f"ONNX Runtime and scikit-learn differ by {difference:.2g}; the forest was not written.")
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(content)
        partial.replace(path)


def fit_forest(
    rows: Sequence[Row],
    outcomes: ArrayLike,
    names: Sequence[str],
    *,
    weights: ArrayLike | None = None,
    seed: int = 0,
) -> LaboratoryForest:
    """Train on patients.

    Args:
        rows: values by name, one mapping a patient; missing ones are left out.
        outcomes: 0 or 1, ``(patients,)``.
        names: which values to use, in the order of the input.
        weights: whom each patient stands for, 0 for one whose outcome is not known (``known_at``); all alike without.
        seed: of the trees.

    Raises:
        ValueError: no patient has one of ``names``, or all patients have one outcome.
    """
    truth = np.asarray(outcomes).astype(np.int64)
    stands_for = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    known = stands_for > 0.0
    if len(np.unique(truth[known])) < 2:
        raise ValueError("A forest needs training patients of both outcomes.")
    rule = ImputationRule.learned(rows, names)
    forest = RandomForestClassifier(n_estimators=TREES, min_samples_leaf=SMALLEST_LEAF, random_state=seed, n_jobs=1)
    forest.fit(complete_values(rows, rule)[known], truth[known], sample_weight=stands_for[known])
    return LaboratoryForest(rule, forest)


def complete_values(rows: Sequence[Row], rule: ImputationRule) -> NDArray[np.float32]:
    """The rows as the models take them, ``(patients, names)``."""
    return np.array([list(completed(row, rule).values.values()) for row in rows], dtype=np.float32)


def _keep_probabilities(model: onnx.ModelProto) -> None:
    """Drop the class label from the outputs, and name what is left."""
    (kept,) = [output for output in model.graph.output if output.name.startswith("prob")]
    for node in model.graph.node:
        node.output[:] = [OUTPUT if name == kept.name else name for name in node.output]
    kept.name = OUTPUT
    outputs = [onnx.ValueInfoProto.FromString(kept.SerializeToString())]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
