"""Messages carry values and arrays as they are, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from Testing.session.stand_ins import disc, make_study
from Testing.session.test_exhibits import shown
from Testing.worker.same import assert_same
from TumorResponseLib.core.crop import CropGrid
from TumorResponseLib.core.exhibits import Plot, Table
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.steps import Step
from TumorResponseLib.worker.arrays import COPY_BELOW, ArrayFolder, make_exchange_folder
from TumorResponseLib.worker.messages import MessageError, Packer, Unpacker, of_line, to_line


@pytest.fixture
def folder(tmp_path: Path) -> ArrayFolder:
    return ArrayFolder(tmp_path, "parent")


def test_all_findings_of_a_reading_come_back_and_no_file_stays(reading: Reading, folder: ArrayFolder) -> None:
    before = make_study(name="week-0", masks={"tumour": disc()})
    reading.open(make_study(laboratory={"ki67": 12.5}, warnings=("odd",), earlier=(before,)))
    reading.run()
    reading.found.exhibits = {"dlrs3": shown()}
    line = to_line(Packer(folder).pack(reading.found))
    back = Unpacker(folder).unpack(Findings, of_line(line))
    assert_same(back, reading.found)
    assert back.segmentation is not None and back.segmentation.mask is back.mask  # one array, one file
    assert list(folder.path.glob("*.npy")) == []


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3), np.float32),
        np.arange(24, dtype=np.int16).reshape(2, 3, 4)[:, ::-1, ::2],
        np.asfortranarray(np.eye(3, dtype=bool)),
        np.arange(COPY_BELOW, dtype=np.uint16),
    ],
)
def test_arrays_of_any_layout_come_back_and_can_be_written_to(array: np.ndarray, folder: ArrayFolder) -> None:
    back = folder.take(folder.put(array))
    assert type(back) is np.ndarray and back.dtype == array.dtype and back.flags.writeable
    np.testing.assert_array_equal(back, array)
    assert list(folder.path.iterdir()) == []


def test_objects_are_never_unpickled(folder: ArrayFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        folder.put(np.array([{}], dtype=object))
    np.save(tmp_path / "child-0.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        folder.take("child-0.npy")


@pytest.mark.parametrize("name", ["../child-0.npy", "/etc/passwd", "child-0.npy/..", "", "child.npy"])
def test_only_our_names_are_read(name: str, folder: ArrayFolder) -> None:
    with pytest.raises(ValueError, match="names no array"):
        folder.take(name)


@pytest.mark.parametrize("line", [b"", b"noise", b"[]", b"3", b"\xff", b'{"a": '])
def test_a_line_that_is_no_object_is_refused(line: bytes) -> None:
    with pytest.raises(MessageError):
        of_line(line)


@pytest.mark.parametrize(
    ("kind", "packed"),
    [
        (Spacing, {"mm": [1.0, -1.0], "source": "header"}),
        (Spacing, {"mm": "wide", "source": "header"}),
        (Spacing, {"mm": [1.0]}),
        (Spacing, None),
        (Study, []),
        (Image, {"pixels": {"array": "child-7.npy"}}),
        (MaskArray, [[True]]),
        (Step, "lunch"),
        (int, "3"),
        (dict[str, float], {"a": "b"}),
        (Table, {"name": "", "title": "", "columns": [], "rows": [[[1]]], "flags": [], "note": ""}),
        (Plot, {"name": "", "title": "", "x_label": "", "y_label": "", "lines": [{"name": "a"}], "note": ""}),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: Any, packed: Any, folder: ArrayFolder) -> None:
    with pytest.raises(MessageError):
        Unpacker(folder).unpack(kind, packed)


def test_the_exchange_folder_is_private() -> None:
    folder = make_exchange_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


@pytest.mark.parametrize("step_mm", [0.5, 2, (1.2, 0.5)])
def test_a_step_for_all_axes_or_one_for_each_comes_back(
    step_mm: float | tuple[float, float], folder: ArrayFolder
) -> None:
    grid = CropGrid((3.0, 4.0), (5, 6), step_mm, (7, 8), (1.2, 0.5))
    assert Unpacker(folder).unpack(CropGrid, of_line(to_line(Packer(folder).pack(grid)))) == grid
    with pytest.raises(MessageError):
        Unpacker(folder).unpack(CropGrid, of_line(to_line(Packer(folder).pack(grid) | {"step_mm": "wide"})))
