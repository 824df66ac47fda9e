"""VTK's own remarks kept off the screen where failures are told in one sentence anyway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow, vtkStringOutputWindow


@contextmanager
def quiet_vtk() -> Iterator[vtkStringOutputWindow]:
    """Collect what VTK would print, such as the name of every file that it packs; hands out the collector."""
    window, verbosity = vtkOutputWindow.GetInstance(), vtkLogger.GetCurrentVerbosityCutoff()
    collector = vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(collector)
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        yield collector
    finally:
        vtkLogger.SetStderrVerbosity(verbosity)
        vtkOutputWindow.SetInstance(window)
