"""A day's work in one worker."""

from __future__ import annotations

from pathlib import Path

import psutil
import SimpleITK as sitk

from Testing.session.stand_ins import STEP_MM, make_study
from Testing.worker.slow_child import told_systems
from Testing.worker.waiting import finish
from TumorResponseLib.session.steps import Step
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.worker.background import BackgroundReading
from TumorResponseLib.worker.client import WorkerClient

CASES = 200
SETTLED = 40
"""Cases after which caches and allocators have what they want."""

MOST_GROWTH = 8 << 20
"""Bytes; one case holds about 1 MB, so 160 kept ones would show."""


def test_memory_stays_flat_over_many_cases(client: WorkerClient, tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(make_study().image().pixels)
    image.SetSpacing((STEP_MM, STEP_MM))
    sitk.WriteImage(image, tmp_path / "case.nrrd")
    assert client.pid is not None and client._child is not None
    processes = [psutil.Process(), psutil.Process(client.pid)]
    pid, settled, open_files = client.pid, [0, 0], [0, 0]
    for case in range(CASES):
        background = BackgroundReading(client, told_systems(tmp_path))
        background.open(StudySource(tmp_path / "case.nrrd"))
        background.run()
        finish(background)
        assert background.reading.is_ready(Step.SALIENCY), background.error
        background.close()
        if case == SETTLED:
            settled = [process.memory_info().rss for process in processes]
            open_files = [process.num_fds() for process in processes]
    growth = [process.memory_info().rss - before for process, before in zip(processes, settled, strict=True)]
    assert all(grown < MOST_GROWTH for grown in growth), growth
    assert [process.num_fds() for process in processes] == open_files
    assert client.pid == pid
    assert list(client._child._folder.iterdir()) == []
