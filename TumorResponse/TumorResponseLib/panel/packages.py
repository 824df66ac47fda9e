"""The Python packages that reading needs, installed when they are first needed and never unasked."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which

from slicer.i18n import tr as _

CPU_RUNTIME = "onnxruntime"
CUDA_RUNTIME = "onnxruntime-gpu"
CUDA_EXTRAS = "[cuda,cudnn]"
DRIVER_TOOL = "nvidia-smi"
"""Comes with NVIDIA's driver."""


def requirements(path: Path) -> list[str]:
    """The lines of a requirements file, with the runtime that suits this machine.

    Both builds of ONNX Runtime fill one import package, so the one that is installed stays; where there is none, the
    CUDA build is taken if a driver is there.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [_suited(line) for line in lines if line and not line.startswith("#")]


def missing(path: Path) -> list[str]:
    """The requirements that are not met; importing nothing and asking nobody."""
    return [line for line in requirements(path) if not _is_met(line)]


def ensure(path: Path) -> None:
    """Ask once to install what is missing; nothing happens when all of it is there.

    Raises:
        RuntimeError: the user declined.
    """
    needed = missing(path)
    if not needed:
        return
    try:
        from slicer.packaging import pip_ensure
    except ModuleNotFoundError:  # Slicer 5.10
        _ask_and_install(needed)
    else:
        pip_ensure(requirements(path), requester="TumorResponse")


def _ask_and_install(needed: list[str]) -> None:
    from slicer.util import confirmOkCancelDisplay, pip_install, restart, showStatusMessage

    question = _("Tumor Response needs to install Python packages from the internet. Install them now?")
    if not confirmOkCancelDisplay(question, detailedText="\n".join(needed)):
        raise RuntimeError(_("The packages that reading needs were not installed."))
    replaces_loaded = any(_import_name(line) in sys.modules for line in needed)
    showStatusMessage(_("Installing Python packages; this can take some minutes…"))
    pip_install(" ".join(needed))
    showStatusMessage("")
    if replaces_loaded and confirmOkCancelDisplay(_("Slicer must start again to use the new packages. Restart now?")):
        restart()


def _suited(line: str) -> str:
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    if requirement.name == CPU_RUNTIME and _takes_cuda():
        return f"{CUDA_RUNTIME}{CUDA_EXTRAS}{requirement.specifier}"
    return line


def _takes_cuda() -> bool:
    if _installed(CUDA_RUNTIME) is not None:
        return True
    return _installed(CPU_RUNTIME) is None and sys.platform != "darwin" and which(DRIVER_TOOL) is not None


def _is_met(line: str) -> bool:
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    found = _installed(requirement.name)
    return found is not None and requirement.specifier.contains(found, prereleases=True)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _import_name(line: str) -> str:
    from packaging.requirements import Requirement

    return Requirement(line).name.replace("-", "_")
