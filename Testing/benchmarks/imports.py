"""Importing what reads a study, in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

from Testing.benchmarks.row import Row, side_by_side

LIBRARY = "TumorResponseLib.session.reading"


def rows() -> list[Row]:
    """Seconds of the import, the interpreter's own start taken off."""

    def interpreter(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    bare, with_library = side_by_side(
        [lambda: interpreter("pass"), lambda: interpreter(f"import {LIBRARY}")], repeats=5
    )
    return [Row("importing the reading library, fresh interpreter", with_library - bare, 1.0, "s", at_least=False)]
