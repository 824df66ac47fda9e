"""A message for which there was no room: nothing of it counts as sent, and nothing of it is left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from Testing.session.stand_ins import BrightnessSystem, disc, make_library, make_study, systems
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.worker.arrays import ArrayFolder
from TumorResponseLib.worker.messages import Packer
from TumorResponseLib.worker.sync import Sync


class Full(ArrayFolder):
    """Has room for images and none for masks after them."""

    def put(self, array: NDArray[Any]) -> str:
        if array.dtype == bool:
            raise OSError(28, "No space left on device")
        return super().put(array)


def test_the_next_message_holds_all_that_the_last_one_did(tmp_path: Path) -> None:
    reading = Reading(make_library(tmp_path / "bundles"), systems(BrightnessSystem()))
    reading.open(make_study())
    reading.set_mask(disc(radius=12.0))
    sync, exchange = Sync(1, reading), tmp_path / "exchange"
    exchange.mkdir()
    packer = Packer(Full(exchange, "parent"))
    with pytest.raises(OSError, match="No space"), sync.as_before_if_unsent():
        sync.inputs(packer, life=1)
    packer.drop()
    assert list(exchange.iterdir()) == []
    message = sync.inputs(Packer(ArrayFolder(exchange, "parent")), life=1)
    assert {"study", "mask"} <= message.keys()
    assert "study" not in sync.inputs(Packer(ArrayFolder(exchange, "parent")), life=1)


def test_half_an_array_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(path: Path, array: NDArray[Any], allow_pickle: bool) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", half)
    with pytest.raises(OSError, match="No space"):
        ArrayFolder(tmp_path, "parent").put(np.zeros(3))
    assert list(tmp_path.iterdir()) == []
