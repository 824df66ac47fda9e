"""What stands in for a missing laboratory value: learned in training, read with the bundle, shown as missing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from TumorResponseLib.core.errors import BundleError

MEDIAN = "median"


@dataclass(frozen=True)
class ImputationRule:
    """The rule of one model.

    Attributes:
        values: by analyte, in the model's order, what is put in: the median of the training patients who had it.
        patients: how many training patients had each.
        method: ``median``, the only one there is.
    """

    values: dict[str, float]
    patients: dict[str, int]
    method: str = MEDIAN

    @classmethod
    def learned(cls, rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> ImputationRule:
        """The rule from the training patients; raises ValueError when none of them has one of ``names``."""
        known = {name: [row[name] for row in rows if name in row] for name in names}
        never = [name for name, numbers in known.items() if not numbers]
        if never:
            raise ValueError(f"no training patient has {', '.join(never)}")
        return cls(
            {name: float(median(numbers)) for name, numbers in known.items()},
            {name: len(numbers) for name, numbers in known.items()},
        )

    @classmethod
    def from_json(cls, text: str) -> ImputationRule:
        """The rule as ``to_json`` wrote it.

        Raises:
            BundleError: it is no such rule.
        """
        try:
            stored = json.loads(text)
            rule = cls(
                {str(name): float(value) for name, value in stored["values"].items()},
                {str(name): int(count) for name, count in stored["patients"].items()},
                stored["method"],
            )
        except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError("The imputation rule of the bundle is damaged; install the bundle again.") from error
        finite = all(math.isfinite(value) for value in rule.values.values())
        if rule.method != MEDIAN or not finite or rule.values.keys() != rule.patients.keys():
            raise BundleError("The imputation rule of the bundle is not one that is known; update the extension.")
        return rule

    def to_json(self) -> str:
        """For the bundle."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True)
class Completed:
    """A patient's values as the model takes them.

    Attributes:
        values: every analyte of the rule, in its order.
        missing: those that were put in by the rule.
    """

    values: dict[str, float]
    missing: tuple[str, ...]


def completed(values: Mapping[str, float], rule: ImputationRule) -> Completed:
    """The patient's values, with the rule's where there is none; values that the rule does not name are left out."""
    return Completed(
        {name: float(values.get(name, stand_in)) for name, stand_in in rule.values.items()},
        tuple(name for name in rule.values if name not in values),
    )
