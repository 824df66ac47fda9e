"""Taking lesions on a PET in and out by clicks in the views."""

from __future__ import annotations

from trame_slicer.core.markups_logic import MarkupsLogic

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.desk.desk import Desk
from TumorResponseLib.mrml.presenter import ScenePresenter


class LesionClicks:
    """Clicks while they are asked for; another case ends that."""

    def __init__(self, markups: MarkupsLogic, presenter: ScenePresenter) -> None:
        self._markups = markups
        self._presenter = presenter

    @property
    def active(self) -> bool:
        """Whether clicks take lesions in and out."""
        return self._presenter.takes_clicks

    def start(self, desk: Desk) -> None:
        """Take clicks from now on; raises UsageError where there are no lesions to be clicked."""
        if desk.lesion_tool is None:
            raise UsageError("Lesions are clicked on a PET volume in SUV; open one.")
        self._markups.place_node(self._presenter.start_clicks(), persistent=True)

    def stop(self) -> None:
        """Take no more clicks."""
        if self.active:
            self._markups.disable_place_mode()
            self._presenter.end_clicks()

    def poll(self, desk: Desk) -> bool:
        """Hand a click to the desk; whether there was one. Raises UsageError for one that takes nothing in."""
        voxel = self._presenter.clicked_voxel()
        if voxel is None:
            return False
        desk.click_pet(voxel)
        return True
