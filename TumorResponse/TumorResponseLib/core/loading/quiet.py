"""Decoders written in C print to the console; their reports are replaced by our errors."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

ONE_AT_A_TIME = threading.RLock()
"""The console belongs to the process: two threads that silence it in turn would leave it silent."""


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Drop Python warnings and what C code writes to standard error inside the block."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            console = os.dup(2)
        except OSError:
            # A windowed program may have no standard error: nothing to silence.
            yield
            return
        if sys.stderr is not None:
            sys.stderr.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(console, 2)
            os.close(nowhere)
            os.close(console)
