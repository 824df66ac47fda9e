"""The presenter's nodes under trame-slicer's slice view and segment editor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from slicer import vtkMRMLScalarVolumeNode
from vtkmodules.vtkCommonCore import vtkOutputWindow

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed; install the viewer extra.")

from Testing.mrml.presented import PetOverCt, Stage, make_reading
from Testing.mrml.shown_exhibits import overlay_on
from Testing.mrml.test_presenter_edits import square
from Testing.session.stand_ins import disc, make_study
from TumorResponseLib.core.catalogue import region_styles
from TumorResponseLib.core.colours import overlay_colours
from TumorResponseLib.core.display_window import pet_window
from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.exhibits import Exhibits
from TumorResponseLib.core.image import Image, MaskArray, Spacing
from TumorResponseLib.core.study import Study
from TumorResponseLib.mrml.geometry import to_vtk
from TumorResponseLib.mrml.legend import legend_of
from TumorResponseLib.mrml.nodes import nodes_of_class
from TumorResponseLib.mrml.quiet import quiet_vtk
from TumorResponseLib.mrml.volumes import world_points
from TumorResponseLib.viewer.offscreen import as_array, rendered, require_rendering

SIZE = (640, 480)


@dataclass
class Views:
    """A trame-slicer application with one slice view, and the reading in it."""

    app: Any
    view: Any
    stage: Stage

    def picture(self) -> NDArray[np.int64]:
        picture = rendered(self.view).astype(np.int64)
        self.view.set_render_blocked(True)  # a frame for every event would take most of the test's time
        return picture

    def pixel(self, volume: vtkMRMLScalarVolumeNode, row: int, column: int) -> tuple[int, int]:
        """Where in the picture a voxel of the shown slice lies: row and column, the top row first."""
        (ras,) = world_points(volume, np.array([[row, column]], dtype=float))
        to_xy = np.linalg.inv(as_array(self.view.get_view_node().GetXYToRAS()))
        x, y = (to_xy @ (*ras, 1.0))[:2]
        return round(SIZE[1] - 1 - y), round(x)

    def edit(self) -> None:
        """Hand the tumour to the editor, as a shell does."""
        from trame_slicer.core.segmentation_editor import UndoStack

        editor = self.app.segmentation_editor
        editor.set_undo_stack(UndoStack())
        editor.set_active_segmentation(self.stage.tumour, self.stage.volume)

    def paint(self, stroke: MaskArray) -> None:
        """As the editor's brush does when the button is released."""
        modifier = self.app.segmentation_editor.active_segment_modifier
        labelmap = modifier.create_modifier_labelmap()
        to_vtk(stroke, labelmap)
        modifier.apply_labelmap(labelmap)


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    try:
        require_rendering()
    except TumorResponseError as error:
        pytest.skip(str(error))
    from trame_slicer.core import SlicerApp
    from trame_slicer.views import DirectViewFactory, ViewLayoutDefinition, ViewProps, ViewType

    with quiet_vtk() as remarks:
        app = SlicerApp()
        vtkOutputWindow.SetInstance(remarks)  # the application has put its own in place
        app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
        view = app.view_manager.create_view(
            ViewLayoutDefinition("Red", ViewType.SLICE_VIEW, ViewProps(orientation="Axial"))
        )
        app.view_manager.set_current_view_ids(["Red"])
        view.set_render_blocked(True)
        view.update_size(*SIZE)
        stage = Stage(make_reading(tmp_path), app.scene)
        stage.show()
        view.fit_view_to_content()
        yield Views(app, view, stage)
        said = remarks.GetOutput()
        app.scene.Clear(True)
        view.finalize()
    assert "ERROR" not in said, said


def test_the_editors_undo_and_redo_reach_back_over_updates(views: Views) -> None:
    stage = views.stage
    views.edit()
    masks = [disc()]
    for stroke in (square(60, 90), square(40, 60)):
        views.paint(stroke)
        edited = stage.presenter.edited_mask()
        assert edited is not None
        np.testing.assert_array_equal(edited, masks[-1] | stroke)
        stage.reading.set_mask(edited)
        stage.show()
        stage.reading.run()
        stage.show()
        masks.append(edited)
    undo_stack = views.app.segmentation_editor.undo_stack
    told: list[str] = []
    stage.presenter.observe_edits(lambda: told.append("edit"))
    for command, expected in (
        (undo_stack.undo, masks[1]),
        (undo_stack.undo, masks[0]),
        (undo_stack.redo, masks[1]),
        (undo_stack.redo, masks[2]),
    ):
        told.clear()
        command()
        assert told
        edited = stage.presenter.edited_mask()
        assert edited is not None
        np.testing.assert_array_equal(edited, expected)
        stage.reading.set_mask(edited)
        stage.show()
        assert stage.presenter.edited_mask() is None


def test_the_editor_goes_on_with_the_next_case(views: Views, tmp_path: Path) -> None:
    stage = views.stage
    views.edit()
    views.paint(square(60, 90))
    stage.reading = make_reading(tmp_path, make_study(name="next"))
    stage.show()
    views.edit()
    assert not views.app.segmentation_editor.undo_stack.can_undo()
    assert stage.presenter.edited_mask() is None
    views.paint(square(10, 10))
    np.testing.assert_array_equal(stage.presenter.edited_mask(), disc() | square(10, 10))


def test_what_is_stale_is_seen_to_be_so(views: Views) -> None:
    stage = views.stage
    stage.show(diameters_visible=False)
    rings = stage.reading.found.rings
    assert rings is not None
    colour = np.array(region_styles(rings.names)[1].colour) * 255

    def ring_pixels() -> int:
        return int((np.abs(views.picture() - colour).max(axis=-1) < 60).sum())

    fresh, fresh_picture = ring_pixels(), views.picture()
    assert fresh > 150
    stage.reading.set_mask(disc(radius=14.0))
    stage.show()
    assert ring_pixels() < 0.3 * fresh
    stage.reading.set_mask(disc())
    stage.reading.run()
    stage.show()
    assert np.abs(views.picture() - fresh_picture).max() <= 2


def test_what_is_hidden_is_not_in_the_picture(views: Views) -> None:
    stage = views.stage
    stage.show(mask_visible=False, rings_visible=False, diameters_visible=False, saliency_layer=None)
    picture = views.picture()
    assert picture.max() > 100
    assert (picture.max(axis=-1) == picture.min(axis=-1)).mean() > 0.99  # nothing but grey
    stage.show(saliency_layer="fused")
    coloured = (views.picture() != picture).any(axis=-1)
    assert coloured.sum() > 1000


def test_the_legend_is_drawn_beside_its_map(views: Views) -> None:
    stage = views.stage
    with_legend = views.picture()
    (legend,) = nodes_of_class(stage.scene, "vtkMRMLColorLegendDisplayNode")
    legend.SetVisibility(False)
    differs = (views.picture() != with_legend).any(axis=-1)
    columns = np.flatnonzero(differs.any(axis=0))
    assert differs.sum() > 1000
    assert columns.min() > 0.7 * SIZE[0]


def test_an_overlay_has_its_colours_where_it_is_known_and_the_image_where_it_is_not(views: Views) -> None:
    stage = views.stage
    stage.show(mask_visible=False, rings_visible=False, diameters_visible=False, saliency_layer=None)
    bare = views.picture()
    overlay = overlay_on((120, 160))
    overlay.values[:30] = 15.0
    stage.reading.found.exhibits = {"dlrs3": Exhibits(overlays=(overlay,))}
    stage.show(saliency_layer="peak", saliency_opacity=0.6)
    for legend in nodes_of_class(stage.scene, "vtkMRMLColorLegendDisplayNode"):
        legend.SetVisibility(False)
    picture = views.picture()
    (row, column), (row_below, column_below) = views.pixel(stage.volume, 15, 80), views.pixel(stage.volume, 100, 80)
    colour = overlay_colours("perfusion")[round(15 / 20 * 255)] * 255
    np.testing.assert_allclose(picture[row, column], 0.4 * bare[row, column] + 0.6 * colour, atol=4)
    below = (slice(row_below - 40, row_below + 40), slice(column_below - 60, column_below + 60))
    np.testing.assert_array_equal(picture[below], bare[below])


def test_pet_lies_in_its_colours_over_the_ct_behind_it(views: Views, tmp_path: Path) -> None:
    stage = views.stage
    pet = Image(np.full((8, 20, 20), 4.0, np.float32), Spacing((4.0, 4.0, 4.0), "test"), modality="PT", units="SUVbw")
    pet.pixels[0, 0, 0] = 30.0
    ct = Image(np.full((20, 50, 50), 140, np.int16), Spacing((2.0, 2.0, 2.0), "test"), modality="CT", units="HU")
    study = Study("petct", {"pet": pet, "ct": ct})
    stage.reading = make_reading(tmp_path, study, run=False, system=PetOverCt(roles=("pet", "ct")))
    stage.show()
    views.view.fit_view_to_content()
    behind = stage.presenter.background_node
    assert behind is not None
    assert behind.GetImageData().GetDimensions() == (50, 50, 20)
    assert behind is not stage.volume
    row, column = views.pixel(stage.volume, 10, 10)
    ct_grey, hot = 255 * (140 + 160) / 400, overlay_colours("pet")[round(4 / pet_window(pet)[1] * 255)] * 255
    np.testing.assert_allclose(views.picture()[row, column], 0.5 * ct_grey + 0.5 * hot, atol=4)
    stage.show(saliency_opacity=0.2)
    np.testing.assert_allclose(views.picture()[row, column], 0.8 * ct_grey + 0.2 * hot, atol=4)
    legend = legend_of(stage.volume)
    assert legend is not None
    assert (legend.GetTitleText(), legend.GetVisibility()) == ("SUVbw", 1)
    stage.show(backdrop_visible=False)
    assert legend_of(stage.volume) is None
    assert stage.presenter.background_node is stage.volume
    dark = 255 * (1 - 4 / pet_window(pet)[1])
    np.testing.assert_allclose(views.picture()[row, column], dark, atol=4)  # grey, alone
    stage.show(backdrop_visible=True)
    assert stage.presenter.background_node is behind
    stage.presenter.clear()
    assert nodes_of_class(stage.scene, "vtkMRMLScalarVolumeNode") == []
