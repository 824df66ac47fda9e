"""The cine that the image is a frame of."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSequenceBrowserNode

from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.cine import ROLES, add_cine, frame_node_of, select_frame
from TumorResponseLib.mrml.nodes import drop_role
from TumorResponseLib.mrml.presenting.remembered import Remembered


class PresentedCine:
    """The sequence, its browser, and the volume that shows the selected frame."""

    def __init__(self, scene: vtkMRMLScene) -> None:
        self._scene = scene
        self._browser: vtkMRMLSequenceBrowserNode | None = None
        self._written = Remembered()

    @property
    def browser(self) -> vtkMRMLSequenceBrowserNode | None:
        """The browser, unless it is gone from the scene."""
        return self._browser if self._browser is not None and self._browser.GetScene() is self._scene else None

    @property
    def frame_node(self) -> vtkMRMLScalarVolumeNode | None:
        """The volume of the selected frame; None without a cine."""
        return None if self.browser is None else frame_node_of(self._scene)

    @property
    def selected(self) -> int | None:
        """Index of the frame that is shown, counted from 0; None without a cine."""
        return None if self.browser is None else self.browser.GetSelectedItemNumber()

    def show(self, cine: Image | None, frame: int, name: str, still_node: vtkMRMLScalarVolumeNode) -> None:
        """Bring the sequence in step with the reading's cine; None for none.

        A cine whose spacing changed is written anew, on the frame that the user looks at.
        """
        if cine is None or cine.frame_times_ms is None:
            if self.browser is not None:
                for role in ROLES:
                    drop_role(self._scene, role)
            self.forget()
            return
        if self._written.changed("pixels", cine.pixels, self.browser):
            self._browser = add_cine(self._scene, cine, frame, name, still_node)
        elif self._written.changed("spacing", cine.spacing and cine.spacing.mm):
            self._browser = add_cine(self._scene, cine, self.selected or 0, name, still_node)
        self._written.changed("pixels", cine.pixels, self._browser)
        self._written.changed("spacing", cine.spacing and cine.spacing.mm)

    def select(self, index: int) -> None:
        """Show another frame, the nearest where there is none of this index; nothing happens without a cine."""
        if self.browser is not None:
            select_frame(self.browser, min(max(index, 0), self.browser.GetNumberOfItems() - 1))

    def forget(self) -> None:
        """Let go of the nodes."""
        self._browser = None
        self._written.forget()
