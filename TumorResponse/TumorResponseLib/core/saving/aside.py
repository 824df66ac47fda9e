"""Files are written aside and moved into place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from TumorResponseLib.core.errors import TumorResponseError


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Hand out a temporary path of the same name, and move that file to ``path`` when the block ends well.

    Raises:
        TumorResponseError: the block or the move failed with an OSError or, as ITK does, a RuntimeError.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            temporary = Path(folder) / path.name
            yield temporary
            temporary.replace(path)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "the writer gave up"
        raise TumorResponseError(
            f"The file {path.name} cannot be written ({reason}); check the folder, its permissions and the disk space."
        ) from error
