"""The worklist on disk: saved as it happens, once for each study, for one program at a time."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from Testing.session.worklist.endless_writer import mask_of
from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.study_source import StudySource
from TumorResponseLib.session.worklist.database import FILE_NAME
from TumorResponseLib.session.worklist.entries import Case, Entry, EntryStatus
from TumorResponseLib.session.worklist.packed_mask import pack, unpack
from TumorResponseLib.session.worklist.store import WorklistStore

ROOT = Path(__file__).resolve().parents[3]
AUTOMATIC = MaskSource(MaskOrigin.AUTOMATIC, bundle="net", bundle_sha256="0" * 64, presence=0.9, confidence=0.8)


def case(name: str) -> Case:
    return Case(name, StudySource(Path("/studies") / name))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WorklistStore]:
    """A worklist of three cases."""
    with WorklistStore(tmp_path / "new" / "out") as opened:
        opened.add([case("a"), case("b"), case("c")])
        yield opened


def reopened(store: WorklistStore) -> WorklistStore:
    store.close()
    return WorklistStore(store.folder)


def test_everything_comes_back(store: WorklistStore) -> None:
    mask = np.zeros((3, 50, 41), dtype=bool)
    mask[1, 10:20, 7:31] = True
    automatic = np.roll(mask, 2, axis=1)
    source = MaskSource(MaskOrigin.CORRECTED, 48, 48, "net", "0" * 64, 0.9, 0.8)
    store.set_current(2)
    store.set_status(2, EntryStatus.FLAGGED)
    store.set_comment(2, "Rand unklar: „spikuliert“\nnochmals ansehen")
    store.add_seconds(2, 1.5)
    store.add_seconds(2, 2.25)
    store.set_thumbnail(2, b"\x89PNG")
    store.set_result(2, {"predictions": [{"probabilities": [0.25, 0.75]}]})
    store.set_mask(2, mask, source, automatic)
    store.set_setting("display", {"opacity": 0.5, "layers": ["fused"]})
    with reopened(store) as back:
        assert back.current == 2
        assert back.entry(2) == Entry(
            number=2,
            source=StudySource(Path("/studies/b")),
            name="b",
            status=EntryStatus.FLAGGED,
            comment="Rand unklar: „spikuliert“\nnochmals ansehen",
            seconds=3.75,
            has_mask=True,
            thumbnail=b"\x89PNG",
            result={"predictions": [{"probabilities": [0.25, 0.75]}]},
        )
        assert [entry.name for entry in back.entries()] == ["a", "b", "c"]
        assert back.entry(1) == Entry(1, StudySource(Path("/studies/a")), "a")
        saved = back.mask(2)
        assert saved is not None and saved.source == source and saved.automatic is not None
        np.testing.assert_array_equal(saved.mask, mask)
        np.testing.assert_array_equal(saved.automatic, automatic)
        assert saved.mask.dtype == np.bool_
        assert back.mask(1) is None
        assert back.setting("display") == {"opacity": 0.5, "layers": ["fused"]}
        assert back.setting("other", 7) == 7


def test_what_is_seen_at_once_is_what_comes_back(store: WorklistStore) -> None:
    store.set_status(1, EntryStatus.READ)
    store.add_seconds(1, 0.1)
    store.set_mask(1, mask_of(1), AUTOMATIC)
    store.set_result(1, {"numbers": (1, 2)})
    seen = store.entries()
    with reopened(store) as back:
        assert back.entries() == seen


def test_a_mask_is_replaced_and_dropped(store: WorklistStore) -> None:
    store.set_mask(1, mask_of(3), AUTOMATIC, mask_of(4))
    store.set_mask(1, mask_of(5), MaskSource(MaskOrigin.MANUAL))
    saved = store.mask(1)
    assert saved is not None and saved.automatic is None and saved.source.origin is MaskOrigin.MANUAL
    np.testing.assert_array_equal(saved.mask, mask_of(5))
    with pytest.raises(UsageError, match="automatic mask has shape"):
        store.set_mask(1, mask_of(5), AUTOMATIC, np.zeros((2, 2), dtype=bool))
    store.drop_mask(1)
    assert store.mask(1) is None and not store.entry(1).has_mask


def test_a_study_is_listed_once(store: WorklistStore) -> None:
    store.set_comment(1, "kept")
    row = Case("p", StudySource(Path("/cohort"), patient="p", timepoint="1"))
    later = Case("p", StudySource(Path("/cohort"), patient="p", timepoint="2"))
    entries = store.add([case("d"), case("a"), row, later, case("d")])
    assert [entry.number for entry in entries] == [4, 1, 5, 6]
    assert entries[1].comment == "kept"
    with reopened(store) as back:
        assert [entry.number for entry in back.add([row, case("e")])] == [5, 7]
        assert [entry.name for entry in back.entries()] == ["a", "b", "c", "d", "p", "p", "e"]
        assert back.entry(6).source == later.source


def test_unknown_cases_and_states_change_nothing(store: WorklistStore) -> None:
    for number in (0, 4):
        with pytest.raises(UsageError, match=f"There is no case {number} in the worklist; it has 3"):
            store.set_current(number)
        with pytest.raises(UsageError):
            store.set_mask(number, mask_of(1), AUTOMATIC)
    with pytest.raises(ValueError, match="seen"):
        store.set_status(1, "seen")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="JSON"):
        store.set_result(1, {"probability": float("nan")})
    assert store.current is None
    assert store.entry(1) == Entry(1, StudySource(Path("/studies/a")), "a")


def test_a_second_program_is_told_in_one_sentence(store: WorklistStore) -> None:
    program = "\n".join(
        (
            "from pathlib import Path; import sys",
            "from TumorResponseLib.session.worklist.store import WorklistStore",
            "try: WorklistStore(Path(sys.argv[1]))",
            "except Exception as error: print(type(error).__name__, error)",
        )
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(store.folder)], env=environment(), capture_output=True, text=True
    )
    assert run.stderr == ""
    assert run.stdout.strip() == (
        f"TumorResponseError The worklist in {store.folder} is open in another TumorResponse; "
        "close it there or choose another folder."
    )
    with pytest.raises(TumorResponseError, match="open in another"):
        WorklistStore(store.folder)
    store.set_comment(1, "still writable")
    with reopened(store) as back:
        assert back.entry(1).comment == "still writable"


def test_nothing_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-m", "Testing.session.worklist.endless_writer", str(tmp_path)],
            env=environment(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
        ) as writer:
            assert writer.stdout is not None
            last = last_line(writer.stdout, after=20)
            writer.kill()
            rest = writer.stdout.read().split()
        assert writer.returncode == -9
        done = int(rest[-1]) if rest and rest[-1].isdigit() else last
        with WorklistStore(tmp_path) as store:
            entry, saved = store.entry(2), store.mask(2)
            assert store.current == 2 and entry.status is EntryStatus.CORRECTED
            assert int(entry.comment.removeprefix("round ")) in (done, done + 1)
            assert entry.result is not None and int(entry.result["study"]) in (done, done + 1)
            assert saved is not None and saved.source.added in (done, done + 1)
            np.testing.assert_array_equal(saved.mask, mask_of(saved.source.added or 0))
            assert store.setting("opacity") in (done, done + 1)
            assert entry.seconds >= done + 1


def last_line(stream: IO[bytes], after: int) -> int:
    number = -1
    while number < after:
        number = int(stream.readline())
    return number


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "TumorResponse"), str(ROOT)])}


def test_damaged_newer_and_unwritable_worklists_are_told(tmp_path: Path) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(TumorResponseError, match="is damaged or no worklist"):
        WorklistStore(tmp_path / "damaged")
    WorklistStore(tmp_path / "newer").close()
    with sqlite3.connect(tmp_path / "newer" / FILE_NAME) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(TumorResponseError, match="newer TumorResponse"):
        WorklistStore(tmp_path / "newer")
    (tmp_path / "file").write_text("")
    with pytest.raises(TumorResponseError, match="cannot be made"):
        WorklistStore(tmp_path / "file")
    (tmp_path / "taken" / FILE_NAME).mkdir(parents=True)
    with pytest.raises(TumorResponseError, match="cannot be saved"):
        WorklistStore(tmp_path / "taken")


def test_a_full_disk_is_told_and_leaves_the_saved_state(store: WorklistStore) -> None:
    store.set_comment(1, "before")
    limit = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {limit}")
    noise = np.random.default_rng(0).random((2000, 2000)) > 0.5
    with pytest.raises(TumorResponseError, match=r"cannot be saved .*full"):
        store.set_mask(1, noise, AUTOMATIC)
    assert store.entry(1).comment == "before" and not store.entry(1).has_mask
    store.set_comment(1, "after")
    with reopened(store) as back:
        assert back.entry(1).comment == "after" and back.mask(1) is None


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=9), elements=st.booleans()))
def test_masks_of_any_shape_are_packed(mask: MaskArray) -> None:
    back = unpack(pack(mask), mask.shape)
    np.testing.assert_array_equal(back, mask)
    assert back.dtype == np.bool_


def test_a_packed_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="do not hold a mask"):
        unpack(pack(np.ones((4, 4), dtype=bool)), (4, 40))
