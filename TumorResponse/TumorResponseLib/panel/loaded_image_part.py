"""An image that is already loaded into Slicer, taken into the worklist as a file that can be opened another day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from TumorResponseLib.core.errors import UsageError
from TumorResponseLib.panel.commands import Commands
from TumorResponseLib.panel.parameters import Parameters

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode

    from TumorResponseLib.desk.desk import Desk

FOLDER = "images"
"""In the output folder, for images that are in no file of their own."""


class LoadedImagePart:
    """The line Loaded image of the section Cases.

    Args:
        parameters: the present parameter node, None while there is none.
    """

    def __init__(self, ui: Any, commands: Commands, parameters: Callable[[], Parameters | None]) -> None:
        self._ui = ui
        self._parameters = parameters
        ui.addVolumeButton.connect("clicked()", lambda: commands.run_opening(self._add))

    def show(self) -> None:
        """Enable the button when an image is chosen; its tool tip says why it is not."""
        parameters = self._parameters()
        chosen = parameters is not None and parameters.volume is not None
        self._ui.addVolumeButton.enabled = chosen
        self._ui.addVolumeButton.toolTip = (
            _("Add this image to the worklist and show it.") if chosen else _("Choose a loaded image first.")
        )

    def _add(self, desk: Desk) -> None:
        parameters = self._parameters()
        if parameters is None or parameters.volume is None:
            raise UsageError(_("Choose a loaded image first."))
        desk.open([file_of(parameters.volume, desk.folder)])


def file_of(volume: vtkMRMLScalarVolumeNode, folder: Path) -> Path:
    """The file that a volume node was loaded from; one of several files, or changed since, is written as NRRD.

    The written file is named by a number, which tells nothing of the patient.

    Raises:
        StudyError: the node is empty, or must be written and holds colours.
        TumorResponseError: the file cannot be written.
    """
    storage = volume.GetStorageNode()
    if storage is not None and not volume.GetModifiedSinceRead() and storage.GetNumberOfFileNames() <= 1:
        path = Path(storage.GetFileName() or "")
        if path.is_file():
            return path
    from TumorResponseLib.core.saving import write_volume
    from TumorResponseLib.mrml.volumes import image_of

    image = image_of(volume)
    images = folder / FOLDER
    images.mkdir(parents=True, exist_ok=True)
    path = next(path for number in range(1, 10**6) if not (path := images / f"image-{number:03d}.nrrd").exists())
    write_volume(image.pixels, image, path)
    return path
