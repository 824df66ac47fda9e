"""Do the same to many inputs: a failed one is told and never stops the others."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from TumorResponseLib.cli.progress import track
from TumorResponseLib.core.errors import TumorResponseError, UsageError
from TumorResponseLib.models.device import brief


def for_each(inputs: list[Path], work: Callable[[Path], None], description: str, debug: bool) -> int:
    """Call ``work`` on each input; returns 1 when any of them failed, else 0."""
    failed = 0
    for path in track(inputs, description, len(inputs)):
        try:
            work(path)
        except UsageError:
            raise
        except TumorResponseError as error:
            failed += 1
            if debug:
                traceback.print_exc()
            print(f"Error: {error}", file=sys.stderr)
        except Exception as error:  # noqa: BLE001  # whatever it is, the others are done
            failed += 1
            if debug:
                traceback.print_exc()
            print(
                f"Error: {path.name}: something unexpected went wrong ({brief(error)}); report it with what --debug "
                "shows.",
                file=sys.stderr,
            )
    if failed and len(inputs) > 1:
        print(f"{failed} of {len(inputs)} failed; the others are done.", file=sys.stderr)
    return 1 if failed else 0
