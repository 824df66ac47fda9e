"""Which device runs the models, and in one sentence why it is not the GPU."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from TumorResponseLib.core.errors import DeviceError, UsageError

CPU_PROVIDER = "CPUExecutionProvider"
CUDA_PROVIDER = "CUDAExecutionProvider"

CPU_PACKAGE = "onnxruntime"
CUDA_PACKAGE = "onnxruntime-gpu"
INSTALL_CUDA = (
    f"uninstall {CPU_PACKAGE} and {CUDA_PACKAGE} with pip, then install '{CUDA_PACKAGE}[cuda,cudnn]' "
    "(or run: make install GPU=1)"
)
"""In this order: what depends on onnxruntime, as tumor-response does, would bring the CPU build back beside it."""

PROBE_MODEL = bytes.fromhex(
    "08083a85010a1a0a05696d6167650a066b65726e656c120373756d2204436f6e76120567726170685a1f0a05696d61676512"
    "160a14080112100a0208010a0208010a0208030a0208035a200a066b65726e656c12160a14080112100a0208010a0208010a"
    "0208030a020803621d0a0373756d12160a14080112100a0208010a0208010a0208010a02080142021011"
)
"""An ONNX model of one convolution, see Testing/models/tiny_onnx.py, which builds the same bytes."""


@dataclass(frozen=True)
class Device:
    """What runs the models.

    Attributes:
        name: ``"cpu"`` or ``"cuda"``.
        provider: ONNX Runtime's name of it.
        note: one sentence that the user should know, such as why CUDA is not taken; ``""`` when there is none.
    """

    name: str
    provider: str
    note: str = ""


def import_runtime() -> ModuleType:
    """ONNX Runtime, imported when it is first needed.

    Raises:
        DeviceError: it is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise DeviceError(
            "ONNX Runtime, which runs the models, is not installed or does not load; install tumor-response again, "
            "or onnxruntime with pip."
        ) from error
    return onnxruntime


def runtime_errors() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: its errors share no base class, and some come as Python's own."""
    import_runtime()
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception))
    return (*own, RuntimeError, ValueError)


def brief(error: Exception) -> str:
    """The first line of an error, shortened."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def package_conflict() -> str | None:
    """Say so when the CPU and the CUDA build of ONNX Runtime are installed side by side; None otherwise."""
    for package in (CPU_PACKAGE, CUDA_PACKAGE):
        try:
            importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            return None
    return (
        f"ONNX Runtime is installed twice, and {CPU_PACKAGE} and {CUDA_PACKAGE} overwrite each other's files; "
        f"to use CUDA, {INSTALL_CUDA}; for the CPU, uninstall both, then install {CPU_PACKAGE}"
    )


def probe(provider: str) -> str | None:
    """Run one convolution on an ONNX Runtime provider; None when that worked, else what is wrong."""
    runtime = import_runtime()
    if hasattr(runtime, "preload_dlls"):  # since 1.21: loads CUDA and cuDNN from NVIDIA's wheels
        # It prints what it does not find, and the standard output belongs to the commands.
        with contextlib.redirect_stdout(io.StringIO()):
            runtime.preload_dlls()
    inputs = {"image": np.ones((1, 1, 3, 3), np.float32), "kernel": np.ones((1, 1, 3, 3), np.float32)}
    try:
        session = runtime.InferenceSession(PROBE_MODEL, providers=[provider], enable_fallback=0)
        if provider not in session.get_providers():
            return f"the CUDA or cuDNN libraries that ONNX Runtime needs are missing; {INSTALL_CUDA}"
        (sum_of_pixels,) = session.run(None, inputs)
    except runtime_errors() as error:
        return f"a test model failed on it ({brief(error)}); update the NVIDIA driver"
    return None if sum_of_pixels.item() == 9.0 else "a test model gave a wrong result on it; update the NVIDIA driver"


def _driver_obstacle() -> str | None:
    """Ask NVIDIA's driver for a device; None when there is one."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return "no NVIDIA driver was found; install one if this machine has an NVIDIA GPU"
    count = ctypes.c_int(0)
    code = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if code != 0 or count.value == 0:
        return f"the NVIDIA driver offers no GPU (CUDA error {code}); check it with nvidia-smi"
    return None


def cuda_obstacle() -> str | None:
    """What keeps CUDA from running models and what to do, as the end of a sentence; None when a model ran on it."""
    if conflict := package_conflict():
        return conflict
    if obstacle := _driver_obstacle():
        return obstacle
    if CUDA_PROVIDER not in import_runtime().get_available_providers():
        return f"the CPU build of ONNX Runtime is installed; {INSTALL_CUDA}"
    return probe(CUDA_PROVIDER)


def resolve_device(request: str = "auto", *, find_obstacle: Callable[[], str | None] = cuda_obstacle) -> Device:
    """Choose the device: ``auto`` takes CUDA when a model really runs on it, and the CPU otherwise.

    Args:
        request: ``auto``, ``cpu`` or ``cuda``.
        find_obstacle: says what keeps CUDA from working and what to do, None when nothing does.

    Raises:
        UsageError: ``request`` is none of ``auto``, ``cpu``, ``cuda``.
        DeviceError: ONNX Runtime is missing, or CUDA was asked for and does not work.
    """
    if request not in ("auto", "cpu", "cuda"):
        raise UsageError(f"There is no device {request!r}; choose auto, cpu or cuda.")
    import_runtime()
    if request == "cpu":
        conflict = package_conflict()
        return Device("cpu", CPU_PROVIDER, f"{conflict}." if conflict else "")
    obstacle = find_obstacle()
    if obstacle is None:
        return Device("cuda", CUDA_PROVIDER)
    if request == "cuda":
        raise DeviceError(f"CUDA cannot run the models: {obstacle}, or choose the device cpu.")
    return Device("cpu", CPU_PROVIDER, f"The models run on the CPU: {obstacle}.")
