"""The panel: its parts, and what happens on entering, leaving and closing a scene."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from slicer.util import mainWindow

from TumorResponseLib.panel.calibration_part import CalibrationPart
from TumorResponseLib.panel.choices import Curtain, agree, hand_display
from TumorResponseLib.panel.cine_part import CinePart
from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.correct_part import CorrectPart
from TumorResponseLib.panel.details_part import DetailsPart
from TumorResponseLib.panel.files_part import FilesPart
from TumorResponseLib.panel.laboratory_part import LaboratoryPart
from TumorResponseLib.panel.lesions_part import LesionsPart
from TumorResponseLib.panel.limits import Limits
from TumorResponseLib.panel.loaded_image_part import LoadedImagePart
from TumorResponseLib.panel.message_line import MessageLine
from TumorResponseLib.panel.overlays_part import OverlaysPart
from TumorResponseLib.panel.parameters import Parameters
from TumorResponseLib.panel.result_part import ResultPart
from TumorResponseLib.panel.shortcuts import KEYS, OVERLAYS, Shortcuts
from TumorResponseLib.panel.strip_part import StripPart
from TumorResponseLib.panel.teaching_part import TeachingPart
from TumorResponseLib.panel.tick import Tick
from TumorResponseLib.panel.views import Views
from TumorResponseLib.panel.worklist_part import WorklistPart
from TumorResponseLib.panel.workplace import Workplace

if TYPE_CHECKING:
    from TumorResponseLib.desk.desk import Desk


class Panel:
    """Shows the desk's state in the widgets of TumorResponse.ui and calls its commands.

    Args:
        ui: the widgets by name.
        top: the widget that holds them.
        requirements: file with the packages that reading needs.
        folder: output folder; None takes the one that the user chose.
    """

    def __init__(self, ui: Any, top: Any, requirements: Path, folder: Path | None = None) -> None:
        self._top = top
        self._parameters: Parameters | None = None
        self._agreed: Desk | None = None
        self._curtain = Curtain()
        self._limits = Limits()
        self.workplace = Workplace(requirements, folder)
        self.views = Views(ui.segmentEditor)
        self._message = MessageLine(ui.messageLabel)
        commands = self._commands = Commands(self.workplace, self._message, self._catch_up)
        self._loaded = LoadedImagePart(ui, commands, self.parameters)
        self._result = ResultPart(ui, commands)
        self._overlays = OverlaysPart(ui, commands, self.views, self.parameters)
        self._calibration = CalibrationPart(ui, commands, self.views)
        self._lesions = LesionsPart(ui, commands, self.views)
        self._parts = (
            StripPart(ui, commands, self._calibration.start),
            WorklistPart(ui, commands),
            self._result,
            DetailsPart(ui, commands),
            LaboratoryPart(ui, commands),
            CorrectPart(ui, commands, self.views),
            self._lesions,
            self._overlays,
            CinePart(ui, commands, self.views),
            self._calibration,
            TeachingPart(ui, commands),
            FilesPart(ui, commands, self.workplace, self._message, self._catch_up),
        )
        self._tick = Tick(self.workplace, self._message, self._before_poll, self._show)
        presses = {name: getattr(ui, name).click for name in KEYS if name != OVERLAYS}
        self._shortcuts = Shortcuts({**presses, OVERLAYS: self._toggle_overlays})

    def parameters(self) -> Parameters | None:
        """The present scene's choices."""
        return self._parameters

    def enter(self) -> None:
        """The panel is shown: put our view back, and the desk on the table where nothing has to be asked for."""
        self.views.enter()
        self._shortcuts.install(mainWindow() or self._top)
        if self.workplace.is_ready_to_open():
            self._commands.run_opening(lambda desk: None)
        self._tick.start()

    def leave(self) -> None:
        """Another module is shown."""
        self._tick.stop()
        self._shortcuts.uninstall()
        self._calibration.end()
        self._lesions.end()
        self.views.leave()

    def close(self) -> None:
        """Save everything, and end the worker."""
        self._tick.stop()
        self._shortcuts.uninstall()
        self._overlays.close()
        self._result.close()
        self.views.close()
        self.workplace.close()

    def take_parameters(self, parameters: Parameters | None) -> None:
        """Another scene has other choices; None while there is no scene or the panel is not shown."""
        self._parameters, self._agreed = parameters, None
        self.parameters_changed()

    def parameters_changed(self) -> None:
        """Hand the user's choices to the desk."""
        self._loaded.show()
        if self.workplace.desk is not None:
            with self._message.told():
                self._hand_choices(self.workplace.desk)

    def scene_closes(self) -> None:
        """The scene's nodes are about to vanish."""
        self._calibration.end()
        self._lesions.end()
        self.views.scene_closes()

    def scene_is_new(self) -> None:
        """A scene was closed or loaded; the next tick shows the present case in it."""
        self.views.scene_is_new()
        self._tick.start()

    def _hand_choices(self, desk: Desk) -> None:
        parameters = self._parameters
        if parameters is None:
            return
        if self._agreed is not desk:
            self._agreed = desk
            agree(parameters, desk)
        hand_display(parameters, desk)
        self._limits.hand(parameters, self.views.presenter.volume_node, desk)

    def _before_poll(self, desk: Desk) -> None:
        self.views.take_edits(desk)
        self._overlays.follow_lines(desk)
        if self._calibration.is_on:
            self._calibration.show(desk)
        if self._lesions.is_on:
            self._lesions.take()

    def _catch_up(self) -> None:
        """Show what a command changed without waiting for the next tick."""
        self._tick.run()

    def _show(self, desk: Desk) -> None:
        self._hand_choices(desk)
        self.views.show(desk)
        for part in self._parts:
            part.show(desk)
        self._message.show(desk.error, desk.message)

    def _toggle_overlays(self) -> None:
        if self._parameters is not None:
            self._curtain.toggle(self._parameters)
