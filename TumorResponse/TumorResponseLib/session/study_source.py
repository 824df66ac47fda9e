"""Where a study comes from, so that another program or another day can load it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from TumorResponseLib.core.errors import StudyError
from TumorResponseLib.core.loading import earlier_rows, load_study, read_cohort, study_of
from TumorResponseLib.core.loading.cohort import TABLE_NAME
from TumorResponseLib.core.loading.files import told_as_unreadable
from TumorResponseLib.core.study import Study


@dataclass(frozen=True)
class StudySource:
    """A file, a study folder, one series of a DICOM folder, or one row of a cohort with the patient's rows above it.

    Attributes:
        path: what ``load_study`` takes; with ``patient`` the folder of ``cohort.csv``.
        patient, timepoint: which row of the cohort.
        series_uid: which DICOM series of the folder.
    """

    path: Path
    patient: str | None = None
    timepoint: str | None = None
    series_uid: str | None = None

    def load(self) -> Study:
        """Read the study.

        Raises:
            StudyError, SpacingError, MaskError: as ``load_study``; also when the cohort has no such row any more.
        """
        if self.patient is None:
            return load_study(self.path, series_uid=self.series_uid)
        with told_as_unreadable(self.path):
            rows = read_cohort(self.path)
            for row in rows:
                if (row.patient, row.timepoint) == (self.patient, self.timepoint or ""):
                    return study_of(row, earlier=earlier_rows(row, rows))
        raise StudyError(
            f"The table {TABLE_NAME} of {self.path.name} has no row of this patient and time point any more; "
            "open the cohort again."
        )

    def to_json(self) -> dict[str, Any]:
        """JSON values that ``from_json`` takes."""
        return {
            "path": str(self.path),
            "patient": self.patient,
            "timepoint": self.timepoint,
            "series_uid": self.series_uid,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StudySource:
        """The source that ``to_json`` described."""
        return cls(Path(values["path"]), values["patient"], values["timepoint"], values["series_uid"])
