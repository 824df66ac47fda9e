"""Where the shared resources lie: models, samples, colours, terminologies, schemas."""

from __future__ import annotations

from pathlib import Path

from TumorResponseLib.core.errors import TumorResponseError

INSTALLED_NAME = "TumorResponseResources"
"""Name beside ``TumorResponseLib`` in the installed extension and in site-packages."""


def resources_folder() -> Path:
    """The top-level Resources folder, found alike in the three places where the library lives.

    Installed, as extension or as wheel, it is ``TumorResponseResources`` beside ``TumorResponseLib``; in the source
    tree it is ``Resources`` beside the module's own folder.

    Raises:
        TumorResponseError: neither exists.
    """
    beside_library = Path(__file__).resolve().parents[2]
    # The Schemas tell this folder from any other that is called Resources.
    for folder in (beside_library / INSTALLED_NAME, beside_library.parent / "Resources"):
        if (folder / "Schemas").is_dir():
            return folder
    raise TumorResponseError(
        f"The resources of TumorResponse are missing: neither {beside_library / INSTALLED_NAME} nor "
        f"{beside_library.parent / 'Resources'} holds them; install TumorResponse again."
    )
