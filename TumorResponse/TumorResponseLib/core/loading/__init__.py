"""Studies, masks and cohorts from files."""

from TumorResponseLib.core.loading.cohort import read_cohort, write_cohort
from TumorResponseLib.core.loading.formats import is_picture
from TumorResponseLib.core.loading.masks import load_mask, load_mask_alone
from TumorResponseLib.core.loading.rows import CohortRow, earlier_rows, study_of
from TumorResponseLib.core.loading.studies import load_study

__all__ = [
    "CohortRow",
    "earlier_rows",
    "is_picture",
    "load_mask",
    "load_mask_alone",
    "load_study",
    "read_cohort",
    "study_of",
    "write_cohort",
]
