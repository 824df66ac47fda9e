"""The viewer: a desk, Slicer's views on its reading, and the page around them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trame_slicer.core import SlicerApp
from vtkmodules.vtkCommonCore import vtkOutputWindow

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.desk.teaching_steps import TeachingStep
from TumorResponseLib.mrml.markups import LONG_ROLE, middle_of
from TumorResponseLib.mrml.presenter import ScenePresenter
from TumorResponseLib.mrml.quiet import quiet_vtk
from TumorResponseLib.viewer.calibration import Calibration
from TumorResponseLib.viewer.editing import TumourEditor
from TumorResponseLib.viewer.lesions import LesionClicks
from TumorResponseLib.viewer.limits import Limits
from TumorResponseLib.viewer.page import AT_FIRST, build_page
from TumorResponseLib.viewer.parts import PARTS
from TumorResponseLib.viewer.views import Views

if TYPE_CHECKING:
    from slicer import vtkMRMLScene
    from trame_server import Server

BEGINNING_S = 0.02
"""How long a tick begins to show parts of a reading; the next one goes on with the rest."""


class Viewer:
    """Everything between a desk and a browser; made on the event loop's thread and called by it alone.

    Attributes:
        desk: what is shown and commanded.
        state: trame's, which the browser sees.
        editor: the tools that draw.
        views: Slicer's views.
        presenter: the desk's reading in the scene.
        calibration: the line on the depth scale.
        lesions: clicks that take lesions in and out.
        limits: the masks that the rings stay within and keep out of.
    """

    def __init__(self, server: Server, desk: Desk) -> None:
        self.desk = desk
        self.state = server.state
        with quiet_vtk() as remarks:  # trame-slicer observes an event that VTK is about to rename, and is told so
            self._slicer_app = SlicerApp()
            vtkOutputWindow.SetInstance(remarks)  # the application has put its own in place
            self.views = Views(server, self._slicer_app)
        self.presenter = ScenePresenter(self.scene)
        self.editor = TumourEditor(self._slicer_app, self.presenter)
        self.calibration = Calibration(self._slicer_app.markups_logic, self.presenter)
        self.lesions = LesionClicks(self._slicer_app.markups_logic, self.presenter)
        self.limits = Limits(desk, self.tell)
        self._edited = self._dragged = self._unfinished = False
        self._faced: object = None
        self._found_tumour = False
        self.presenter.observe_edits(self._note_edit)
        self.presenter.observe_diameters(self._note_drag)
        self.state.update(AT_FIRST)
        for part in PARTS:
            self._connect(server, part.commands(self), part.INPUTS)
        self.refresh()
        build_page(server, self.views)

    @property
    def scene(self) -> vtkMRMLScene:
        """The scene that the views show."""
        return self._slicer_app.scene

    def tick(self) -> bool:
        """Take in strokes and what the worker found, and show it; True when anything changed. Takes milliseconds."""
        began = time.monotonic()
        self._take_strokes()
        changed = self._try(lambda: self.lesions.poll(self.desk))
        changed |= self._try(lambda: self.limits.poll() | self.desk.poll())
        if changed or self._dragged or self._unfinished or self.calibration.moved():
            self._dragged = False
            self._show(began + BEGINNING_S - time.monotonic())
            return True
        return False

    def refresh(self) -> None:
        """Show the desk as it stands, in the views and on the page; what takes long is left to the next ticks."""
        self._show(BEGINNING_S)

    @property
    def teaching_steps(self) -> tuple[TeachingStep, ...]:
        """What the model saw; drawn only for those who look."""
        return self.desk.teaching.steps if self.state.panel_tab == "teaching" else ()

    def tell(self, sentence: str, *, is_error: bool = False) -> None:
        """Show one sentence at the foot of the page."""
        self.state.notice, self.state.notice_is_error = sentence, is_error

    def close(self) -> None:
        """Take the scene apart; the desk stays open."""
        self.limits.close()
        self.presenter.close()
        self.views.close()

    # How commands of the page arrive

    def _connect(
        self,
        server: Server,
        commands: dict[str, Callable[..., object]],
        inputs: dict[str, Callable[[Viewer, Any], None]],
    ) -> None:
        """Let the page's triggers run the commands, and its fields set what they stand for."""
        for name, command in commands.items():
            server.controller.trigger(name)(self._guarded(command))
        for name, take in inputs.items():
            server.state.change(name)(self._taker(name, take))

    def _taker(self, name: str, take: Callable[[Viewer, Any], None]) -> Callable[..., None]:
        def changed(**values: Any) -> None:
            self._guarded(lambda: take(self, values[name]))()

        return changed

    def _guarded(self, command: Callable[..., object]) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            self._take_strokes()  # a stroke that was just drawn comes before an undo that was pressed after it
            self._try(lambda: command(*arguments))
            self.refresh()

        return run

    def _take_strokes(self) -> None:
        if self._edited:
            self._edited = False
            mask = self.presenter.edited_mask()
            if mask is not None:
                self._try(lambda: self.desk.edit_mask(mask))

    def _try(self, command: Callable[[], Any]) -> bool:
        """Whether the command said that something changed; a refusal, which is told, is a change of the page."""
        try:
            return bool(command())
        except TumorResponseError as error:
            sentence = str(error)
            is_news = self.state.notice != sentence
            self.tell(sentence, is_error=True)
            return is_news

    # How the scene follows

    def _note_edit(self) -> None:
        self._edited = True

    def _note_drag(self) -> None:
        self._dragged = True

    def _show(self, seconds: float) -> None:
        desk = self.desk
        self._unfinished = not self.presenter.show(desk.reading, desk.shown, desk.display, seconds=seconds)
        self.editor.follow()
        self._face_new_image()
        if self._unfinished:
            return  # the page says that a step is ready once the views show it
        with self.state:
            for part in PARTS:
                self.state.update(part.facts(self))

    def _face_new_image(self) -> None:
        node, reading = self.presenter.volume_node, self.desk.reading
        if node is None or reading is None or reading.found.image is None:
            self._faced = None
            return
        if node is not self._faced:
            self._faced, self._found_tumour = node, False
            self.views.face(node)
        long_diameter = self.presenter.diameter_nodes.get(LONG_ROLE)
        if long_diameter is not None and not self._found_tumour:
            self._found_tumour = True
            self.views.jump_to(middle_of(long_diameter))
        self.views.show_ruler(reading.found.image.spacing is not None)
