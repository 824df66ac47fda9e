"""HCC from three sequences to outline, prediction and exhibits with the shipped bundle."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from TumorResponseLib.core.errors import MaskError, SpacingError, StudyError
from TumorResponseLib.core.exhibits import Table
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.core.loading import load_study
from TumorResponseLib.core.resources import resources_folder
from TumorResponseLib.core.study import Study
from TumorResponseLib.explain.activation import FUSED, saliency_maps
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import resolve_device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.predict.hcc import BRANCH, CLASSES, DECISIONS, ESTIMATES, Hcc, Scale, tumour_of
from TumorResponseLib.predict.hcc_exhibits import TimePoint, size_earlier, size_table, volume_plot
from TumorResponseLib.predict.hcc_inputs import ROLES, sequences_of, tumour_slices, usual_signal, whole_slices
from TumorResponseLib.predict.hcc_outline import MODEL, SEQUENCES_INPUT, TUMOUR_INPUT


@pytest.fixture(scope="module")
def bundle() -> OpenBundle:
    return OpenBundle(read_bundle(resources_folder() / "Models" / "hcc"), resolve_device("cpu"))


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(resources_folder() / "SampleData" / "hcc")


@pytest.fixture(scope="module")
def tumour(study: Study, bundle: OpenBundle) -> MaskArray:
    return Hcc().outline(study, study.image("contrast"), bundle).mask


def lacking(study: Study, *roles: str) -> Study:
    return dataclasses.replace(study, images={role: each for role, each in study.images.items() if role not in roles})


def dice(one: MaskArray, other: MaskArray) -> float:
    return 2 * float((one & other).sum()) / float(one.sum() + other.sum())


def test_the_network_outlines_every_time_point(study: Study, bundle: OpenBundle) -> None:
    assert len(study.earlier) == 3
    for each in study.earlier:
        truth = tumour_of(each)
        assert truth is not None
        found = Hcc().outline(each, each.image("contrast"), bundle)
        assert found.mask.shape == each.image("contrast").spatial_shape
        assert dice(found.mask, truth) > 0.85
        assert found.confidence is not None and 0.5 < found.confidence <= 1.0


def test_the_sample_is_predicted_with_estimates_and_saliency(
    study: Study, bundle: OpenBundle, tumour: MaskArray
) -> None:
    output = Hcc().predict(study, tumour, bundle)
    prediction = output.prediction
    assert prediction.classes == CLASSES and sum(prediction.probabilities) == pytest.approx(1.0)
    assert prediction.decision == DECISIONS[1] and prediction.in_distribution and output.warnings == ()
    assert 0 <= prediction.interval[0] <= prediction.probabilities[-1] <= prediction.interval[1] <= 1
    assert [one.name for one in prediction.estimates] == list(ESTIMATES)
    for one in prediction.estimates:
        assert 0.0 <= one.low < one.value < one.high <= 1.0 and one.unit == ""
    saliency = saliency_maps(output)[FUSED]
    assert saliency.shape == tumour.shape and saliency.max() == pytest.approx(1.0)
    # Nothing beyond tumour and rim (1.8 mm) takes part: a slice without tumour is 0 but for the interpolation beside.
    slices = np.flatnonzero(tumour.any(axis=(1, 2)))
    assert not saliency[: slices[0]].any() and not saliency[slices[-1] + 1 :].any()
    rows, columns = np.nonzero(saliency.any(axis=0))
    spots = np.argwhere(tumour.any(axis=0))
    assert all(np.abs(spots - spot).max(axis=1).min() <= 8 for spot in np.column_stack([rows, columns])[::20])


def test_the_activation_is_exact(study: Study, bundle: OpenBundle, tumour: MaskArray) -> None:
    output = Hcc().predict(study, tumour, bundle)
    seen = tumour_slices(sequences_of(study), tumour)
    raw = bundle.run(MODEL, {SEQUENCES_INPUT: seen.sequences, TUMOUR_INPUT: seen.tumour})
    assert output.activations[BRANCH].mean() == pytest.approx(float(raw["response"][0]), abs=2e-3)
    assert output.grids[BRANCH].shape[0] == len(seen.sequences)


def test_correcting_the_mask_moves_the_result(study: Study, bundle: OpenBundle, tumour: MaskArray) -> None:
    system = Hcc()
    before = system.predict(study, tumour, bundle).prediction
    slices = np.flatnonzero(tumour.any(axis=(1, 2)))
    half = tumour.copy()
    half[slices[len(slices) // 2] :] = False
    after = system.predict(study, half, bundle).prediction
    assert after.probabilities != before.probabilities
    assert after.estimates[0].value != before.estimates[0].value
    liver = np.roll(tumour, 12, axis=2) & ~tumour
    assert system.predict(study, liver, bundle).prediction.estimates[0].value > before.estimates[0].value


def test_gain_is_cancelled(study: Study, bundle: OpenBundle, tumour: MaskArray) -> None:
    images = {
        role: dataclasses.replace(image, pixels=image.pixels.astype(np.float32) * gain)
        for (role, image), gain in zip(study.images.items(), (0.4, 3.0, 1.7), strict=True)
    }
    before = Hcc().predict(study, tumour, bundle).prediction
    after = Hcc().predict(dataclasses.replace(study, images=images), tumour, bundle).prediction
    assert after.probabilities == pytest.approx(before.probabilities, abs=1e-3)


@pytest.mark.parametrize("role", ["t1", "t2"])
def test_a_missing_sequence_is_told_with_its_loss(
    study: Study, bundle: OpenBundle, tumour: MaskArray, role: str
) -> None:
    output = Hcc().predict(lacking(study, role), tumour, bundle)
    (told,) = output.warnings
    assert output.prediction.in_distribution
    figures = bundle.bundle.metadata["held_out"]
    assert told.startswith(f"The {role.upper()}-weighted image is missing.")
    assert f"from {figures['all']['auc']:.3f} to {figures[f'without_{role}']['auc']:.3f}" in told


def test_a_scan_moved_between_the_sequences_is_registered_when_asked(
    study: Study, bundle: OpenBundle, tumour: MaskArray
) -> None:
    system, asked = Hcc(), dataclasses.replace(study, register=True)
    output = system.predict(asked, tumour, bundle)
    assert sum("asked for" in warning for warning in output.warnings) == 2
    table = _table(system.exhibits(asked, tumour, None, output, bundle).tables, "registration")
    assert [row[1] for row in table.rows] == ["registered: asked for", "registered: asked for", "the grid of all"]
    assert all(isinstance(row[6], float) and row[6] > 0 for row in table.rows[:2])
    plain = Hcc().predict(study, tumour, bundle).prediction
    assert output.prediction.probabilities == pytest.approx(plain.probabilities, abs=0.25)
    kept = system._sequences.of(asked)
    assert kept is system._sequences.of(dataclasses.replace(asked)) and kept is not system._sequences.of(study)


def test_exhibits_show_size_estimates_and_registration(study: Study, bundle: OpenBundle, tumour: MaskArray) -> None:
    system = Hcc()
    output = system.predict(study, tumour, bundle)
    shown = system.exhibits(study, tumour, None, output, bundle)
    (plot,) = shown.plots
    voxel = float(np.prod(study.image("contrast").spacing_mm))
    first = tumour_of(study.earlier[0])
    assert first is not None
    assert plot.x_label == "Week" and plot.lines[0].x == (0.0, 1.0, 2.0, 3.0)
    assert plot.lines[0].y[0] == pytest.approx(first.sum() * voxel)
    assert plot.lines[0].y[-1] == pytest.approx(tumour.sum() * voxel)
    sizes = _table(shown.tables, "size-change")
    assert [row[0] for row in sizes.rows] == ["week-0", "week-1", "week-2", "week-3"]
    assert [row[1] for row in sizes.rows] == ["given", "given", "given", "of this reading"]
    assert "registration" not in [table.name for table in shown.tables]  # nothing was moved
    estimates = _table(shown.tables, "estimates")
    assert estimates.rows[0][1] == pytest.approx(100 * output.prediction.estimates[0].value)
    outlined = dataclasses.replace(study, earlier=(dataclasses.replace(study.earlier[0], masks={}),))
    by_network = _table(system.exhibits(outlined, tumour, None, output, bundle).tables, "size-change")
    assert by_network.rows[0][1] == "by the network"
    assert by_network.rows[0][2] == pytest.approx(first.sum() * voxel, rel=0.3)


def test_an_earlier_size_is_measured_on_the_image_that_the_mask_was_drawn_on(study: Study, bundle: OpenBundle) -> None:
    first = study.earlier[0]
    coarse = Image(first.images["t1"].pixels, Spacing((2.0, 1.5, 1.5), "given by the user"), modality="MR")
    mask = np.zeros(coarse.pixels.shape, bool)
    mask[3:6, 10:20, 10:16] = True
    drawn = dataclasses.replace(first, images={"t1": coarse} | {"contrast": first.images["contrast"]}, masks={})
    plain = size_earlier(dataclasses.replace(drawn, masks={"tumour": mask}), mask, bundle)
    assert plain.volume_mm3 == pytest.approx(mask.sum() * 4.5)
    named = size_earlier(dataclasses.replace(drawn, masks={"contrast": mask}), mask, bundle)
    assert named.volume_mm3 == pytest.approx(mask.sum() * np.prod(first.images["contrast"].spacing_mm))


def test_size_change_follows_recist() -> None:
    points = [
        TimePoint("week-0", 500.0, 10.0, "given"),
        TimePoint("week-1", 400.0, 6.9, "given"),
        TimePoint("week-2", 900.0, 12.0, "given"),
        TimePoint("gone", 0.0, 0.0, "given"),
    ]
    rows = size_table(points).rows
    assert [row[6] for row in rows] == [None, "PR", "PD", "CR"]
    assert [row[5] for row in rows] == [None, pytest.approx(-31.0), pytest.approx(20.0), pytest.approx(-100.0)]
    assert [row[3] for row in rows] == [None, pytest.approx(-20.0), pytest.approx(80.0), pytest.approx(-100.0)]
    small = size_table([TimePoint("a", 20.0, 4.0, "given"), TimePoint("b", 20.0, 8.0, "given")])
    assert small.rows[1][6] is None and "at least 10 mm" in small.note
    plot = volume_plot(points)
    assert plot.lines[0].x == (0.0, 1.0, 2.0, 3.0)  # the labels carry no numbers throughout
    assert plot.from_zero and plot.y_label == "Volume (mm³)"


def test_the_last_volume_says_in_which_unit_all_are_told() -> None:
    points = [TimePoint("week-0", 500.0, 10.0, "given"), TimePoint("week-1", 1500.0, 14.0, "given")]
    assert volume_plot(points).y_label == "Volume (ml)" and volume_plot(points).lines[0].y == (0.5, 1.5)
    table = size_table(points)
    assert table.columns[2] == "Volume (ml)" and [row[2:4] for row in table.rows] == [(0.5, None), (1.5, 200.0)]


def test_estimates_stay_shares() -> None:
    assert Scale(0.1, 1.2, 0.2).value(0.5) == pytest.approx(0.7)
    assert Scale(0.1, 1.2, 0.2).value(3.0) == 1.0 and Scale(-0.5, 1.0, 0.2).value(0.1) == 0.0


def test_inputs_are_logarithms_around_the_body(study: Study, tumour: MaskArray) -> None:
    sequences = sequences_of(study)
    whole = whole_slices(sequences)
    assert whole.sequences.shape == (14, len(ROLES), 96, 96) and not whole.tumour.any()
    image = sequences.contrast
    seen = tumour_slices(sequences, tumour)
    slices = np.flatnonzero(tumour.any(axis=(1, 2)))
    assert len(seen.sequences) == slices[-1] - slices[0] + 1 and seen.tumour_in_field == 1.0
    # The grid has the image's own spacing here, so that half a pixel of interpolation is all that may differ.
    inside = np.log(image.pixels[tumour].mean() / usual_signal(image))
    sampled = np.exp(seen.sequences[:, 2][seen.tumour[:, 0] > 0]).mean()
    assert np.log(sampled) == pytest.approx(inside, abs=0.02)


def test_wrong_input_is_refused_in_one_sentence(study: Study, bundle: OpenBundle, tumour: MaskArray) -> None:
    contrast = study.image("contrast")
    with pytest.raises(StudyError, match="image_contrast"):
        Hcc().predict(lacking(study, "contrast"), tumour, bundle)
    with pytest.raises(StudyError, match="give a T1- or a T2-weighted one"):
        Hcc().predict(lacking(study, "t1", "t2"), tumour, bundle)
    flat = dataclasses.replace(contrast, pixels=np.full_like(contrast.pixels, 7))
    with pytest.raises(StudyError, match="the same value everywhere"):
        Hcc().predict(dataclasses.replace(study, images=study.images | {"t2": flat}), tumour, bundle)
    still = dataclasses.replace(contrast, pixels=contrast.pixels[0], spacing=None)
    with pytest.raises(StudyError, match="the t1 image of hcc is none"):
        Hcc().predict(dataclasses.replace(study, images=study.images | {"t1": still}), tumour, bundle)
    unknown = dataclasses.replace(contrast, spacing=None)
    with pytest.raises(SpacingError):
        Hcc().predict(dataclasses.replace(study, images=study.images | {"contrast": unknown}), tumour, bundle)
    with pytest.raises(MaskError):
        Hcc().predict(study, np.zeros_like(tumour), bundle)
    with pytest.raises(MaskError):
        Hcc().predict(study, tumour[:-1], bundle)


def test_what_is_no_mri_lies_outside_the_training_set(study: Study, bundle: OpenBundle, tumour: MaskArray) -> None:
    random = np.random.default_rng(0)
    images = {
        role: dataclasses.replace(image, pixels=random.integers(1, 4000, image.pixels.shape).astype(np.int16))
        for role, image in study.images.items()
    }
    output = Hcc().predict(dataclasses.replace(study, images=images), tumour, bundle)
    assert not output.prediction.in_distribution and output.prediction.outside_training in output.warnings


def _table(tables: tuple[Table, ...], name: str) -> Table:
    return next(table for table in tables if table.name == name)
