"""The parts of the desk that stand on their own."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from Testing.models.bundles import make_bundle
from Testing.session.stand_ins import disc
from TumorResponseLib.core.errors import BundleError, SpacingError, StudyError, UsageError
from TumorResponseLib.core.image import Image, Spacing
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.desk.calibration import calibrated_spacing
from TumorResponseLib.desk.card import card_html
from TumorResponseLib.desk.comparison import dice, hausdorff_95_mm
from TumorResponseLib.desk.display import DisplayOptions
from TumorResponseLib.desk.history import MOST, MaskHistory
from TumorResponseLib.desk.jobs import Jobs
from TumorResponseLib.desk.samples import samples
from TumorResponseLib.desk.stopwatch import LONGEST_PAUSE_S, Stopwatch
from TumorResponseLib.models.bundle import find_bundles, read_bundle
from TumorResponseLib.session.mask_source import MaskOrigin

PICTURE = Image(np.zeros((100, 200), np.uint8))


def test_dice() -> None:
    first, second = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    first[0], second[0, :2] = True, True
    assert dice(first, second) == pytest.approx(2 * 2 / 6)
    assert dice(first, ~first) == 0.0
    assert dice(first, first) == dice(first & ~first, first & ~first) == 1.0


def test_hausdorff_of_a_shifted_square_is_the_shift_in_mm() -> None:
    first, second = np.zeros((40, 40), bool), np.zeros((40, 40), bool)
    first[10:20, 10:20], second[10:20, 14:24] = True, True
    assert hausdorff_95_mm(first, second, (1.0, 0.5)) == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(5))
def test_hausdorff_is_what_monai_says(seed: int) -> None:
    pytest.importorskip("monai", reason="MONAI comes with the research extra")
    from TumorResponseLib.research.evaluation.segmentation import hausdorff_95_mm as of_monai

    random = np.random.default_rng(seed)
    first, second = (disc(radius=random.uniform(5, 70)) ^ (random.random((120, 160)) < 0.002) for _ in range(2))
    spacing = (0.2, 0.35)
    assert hausdorff_95_mm(first, second, spacing) == pytest.approx(of_monai(first, second, spacing), rel=1e-4)


def test_a_line_calibrates_square_pixels() -> None:
    spacing = calibrated_spacing(PICTURE, (10.0, 10.0), (40.0, 50.0), 10.0)
    assert spacing.mm == pytest.approx((0.2, 0.2))
    assert spacing.source == "line drawn on the scale"


def test_oblong_pixels_stay_oblong() -> None:
    oblong = PICTURE.with_spacing(Spacing((2.0, 1.0), "a file"))
    assert calibrated_spacing(oblong, (0.0, 5.0), (20.0, 5.0), 20.0).mm == pytest.approx((1.0, 0.5))


@pytest.mark.parametrize(
    ("image", "end", "length_mm", "words"),
    [
        (PICTURE, (13.0, 10.0), 10.0, "too short"),
        (PICTURE, (90.0, 10.0), 0.0, "positive"),
        (PICTURE, (90.0, 10.0), float("nan"), "positive"),
        (Image(np.zeros((3, 50, 50), np.uint8)), (2.0, 40.0, 40.0), 10.0, "2-D"),
    ],
)
def test_a_line_that_cannot_calibrate(image: Image, end: tuple[float, ...], length_mm: float, words: str) -> None:
    with pytest.raises(SpacingError, match=words):
        calibrated_spacing(image, (10.0,) * len(end), end, length_mm)


def test_masks_are_undone_and_redone_and_a_new_one_forgets_what_was_undone() -> None:
    history = MaskHistory()
    masks = [disc(radius=radius) for radius in (5, 6, 7)]
    for mask in masks:
        history.record(mask, MaskOrigin.MANUAL)
    history.record(masks[-1].copy(), MaskOrigin.MANUAL)  # the same again
    assert np.array_equal(history.undo()[0], masks[1])
    assert np.array_equal(history.undo()[0], masks[0])
    assert (history.can_undo, history.can_redo) == (False, True)
    assert np.array_equal(history.redo()[0], masks[1])
    history.record(masks[0], MaskOrigin.CORRECTED)
    assert (history.can_undo, history.can_redo) == (True, False)
    mask, origin = history.undo()
    assert np.array_equal(mask, masks[1]) and origin is MaskOrigin.MANUAL


def test_the_history_is_bounded() -> None:
    history = MaskHistory()
    for radius in range(1, 2 * MOST):
        history.record(disc(radius=radius / 2), MaskOrigin.MANUAL)
    undone = 0
    while history.can_undo:
        history.undo()
        undone += 1
    assert undone == MOST - 1


def test_display_choices_survive_another_version() -> None:
    display = DisplayOptions(ring_display="margins", saliency_layer=None, saliency_opacity=0.25)
    assert DisplayOptions.from_json(display.to_json()) == display
    assert DisplayOptions.from_json({"of": "the future", "mask_visible": False}) == DisplayOptions(mask_visible=False)


def test_display_choices_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="opacity"):
        DisplayOptions(saliency_opacity=1.5)
    with pytest.raises(UsageError, match="bands or margins"):
        DisplayOptions(ring_display="rings")  # type: ignore[arg-type]


def test_the_card_is_html_in_which_nothing_runs(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path / "bundle"))
    with pytest.raises(BundleError, match="card"):
        card_html(bundle)
    (bundle.path / "docs").mkdir()
    (bundle.path / "docs" / "README.md").write_text(
        "# Card\n\n<script>alert(1)</script>\n\n[go](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    html = card_html(bundle)
    assert "<h1>Card</h1>" in html and "<td>2</td>" in html
    assert "<script" not in html and "href" not in html


def test_the_shipped_cards_can_be_shown() -> None:
    for bundle in find_bundles([resources_folder() / "Models"]).bundles.values():
        assert "<h1>" in card_html(bundle)


def test_the_samples_can_be_loaded() -> None:
    (sample, *_) = [sample for sample in samples() if sample.name == "dlrs3"]
    assert "simulated" in sample.title and "DLRS3" in sample.title
    assert sample.source.load().image().spacing is not None


def test_time_counts_but_not_while_the_computer_sleeps() -> None:
    now = [0.0]
    watch = Stopwatch(lambda: now[0])
    now[0] = 4.0
    assert watch.seconds == 4.0
    now[0] = 5.0
    assert watch.take() == 5.0
    now[0] = 5000.0
    assert watch.take() == LONGEST_PAUSE_S


def test_jobs_are_done_beside_and_told_by_poll() -> None:
    jobs, gate, done = Jobs(), threading.Event(), list[int]()

    def slow(progress: object) -> int:
        assert gate.wait(10)
        return 1

    def wrong(progress: object) -> int:
        raise StudyError("This went wrong.")

    jobs.start("first", slow, done.append)
    jobs.start("second", wrong, done.append)
    assert not jobs.poll() and jobs.current is not None and jobs.current.title == "first"
    gate.set()
    jobs.close()
    assert done == [1] and jobs.error == "This went wrong." and jobs.current is None


def test_importing_the_desk_brings_no_view_and_no_model() -> None:
    code = (
        "import sys; import TumorResponseLib.desk.desk, TumorResponseLib.desk.card, TumorResponseLib.desk.samples; "
        "print([name for name in ('torch', 'monai', 'sklearn', 'matplotlib', 'vtk', 'vtkmodules', 'trame', 'qt', "
        "'onnxruntime', 'jinja2', 'markdown_it') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().strip() == "[]"
