"""Run bundles on ONNX Runtime: one resident session a model file, on the GPU or the CPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from TumorResponseLib.core.errors import BundleError, StudyError
from TumorResponseLib.models.bundle import Bundle, find_bundles, verify
from TumorResponseLib.models.device import (
    CPU_PROVIDER,
    CUDA_PROVIDER,
    Device,
    brief,
    import_runtime,
    resolve_device,
    runtime_errors,
)

__all__ = ["Device", "ModelLibrary", "ModelSession", "OpenBundle", "SessionFactory", "open_session", "resolve_device"]

CUDA_OPTIONS = {
    "cudnn_conv_algo_search": "HEURISTIC",  # the default tries every algorithm, seconds before the first answer
    "arena_extend_strategy": "kSameAsRequested",  # the default takes twice the memory, which Slicer's views need too
}

ONLY_ERRORS = 3
"""ONNX Runtime's log severity."""

OUT_OF_MEMORY = ("failed to allocate memory", "out of memory", "alloc_failed", "allocation_failed", "bad_alloc")
"""What ONNX Runtime's arena, CUDA, cuBLAS, cuDNN and C++ say, in lower case; there is no error class for it."""

NUMPY_TYPES = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(double)": np.dtype(np.float64),
    "tensor(int64)": np.dtype(np.int64),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(bool)": np.dtype(np.bool_),
}


class Port(Protocol):
    """An input or output of a model, as ONNX Runtime describes it."""

    name: str
    type: str
    shape: Sequence[int | str | None]
    """An integer for a fixed axis, a name or None for a free one."""


class ModelSession(Protocol):
    """The part of ``onnxruntime.InferenceSession`` that is used here."""

    def get_inputs(self) -> Sequence[Port]:
        """What the model takes."""
        ...

    def get_outputs(self) -> Sequence[Port]:
        """What the model gives."""
        ...

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[Any]]) -> Sequence[Any]:
        """Arrays of the named outputs, in their order."""
        ...


SessionFactory = Callable[[bytes, Device], ModelSession]
"""From the content of an ONNX file and a device to a session."""


def open_session(content: bytes, device: Device) -> ModelSession:
    """Open an ONNX model for single images with short latency."""
    runtime = import_runtime()
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = physical_cores()
    options.inter_op_num_threads = 1
    options.log_severity_level = ONLY_ERRORS
    # Threads that wait by spinning would take the cores from the next model in a row of several.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    providers: list[str | tuple[str, dict[str, str]]] = [CPU_PROVIDER]
    if device.provider == CUDA_PROVIDER:
        providers.insert(0, (CUDA_PROVIDER, CUDA_OPTIONS))
    session: ModelSession = runtime.InferenceSession(content, options, providers=providers, enable_fallback=0)
    return session


def physical_cores() -> int:
    """Cores that this process may use, two hardware threads of one core counted once; 0 lets ONNX Runtime choose."""
    if not hasattr(os, "sched_getaffinity"):
        return 0
    cores = set()
    for cpu in os.sched_getaffinity(0):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.exists() else str(cpu))
    return len(cores)


class OpenBundle:
    """A verified bundle whose models stay in memory once they have been run.

    When the GPU's memory runs out, the bundle moves to the CPU for good and says so in ``warnings``.

    Attributes:
        device: where the models run now.
        warnings: sentences that belong beside every result from here on.

    Raises:
        BundleError: a file of the bundle is missing or was altered.
    """

    def __init__(self, bundle: Bundle, device: Device, session_factory: SessionFactory = open_session) -> None:
        verify(bundle)
        self.bundle = bundle
        self.device = device
        self.warnings: list[str] = []
        self._session_factory = session_factory
        self._sessions: dict[str, ModelSession] = {}

    def run(self, model: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Run one model file of the bundle.

        Args:
            model: path in the bundle as the metadata's ``weights`` name it, such as ``models/segmentation.onnx``.
            inputs: arrays by input name, of the model's own shapes and types.

        Returns:
            Arrays by output name.

        Raises:
            BundleError: the bundle has no such model, the inputs do not fit it, or ONNX Runtime cannot run it.
            StudyError: an answer is no number.
        """
        try:
            return self._run(model, inputs)
        except runtime_errors() as error:
            if self.device.provider == CPU_PROVIDER or not is_out_of_memory(error):
                raise self._failure(model, error) from error
        self._move_to_cpu()
        try:
            return self._run(model, inputs)
        except runtime_errors() as error:
            raise self._failure(model, error) from error

    def _run(self, model: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        if model not in self._sessions:
            self._sessions[model] = self._session_factory(self.bundle.read(model), self.device)
        session = self._sessions[model]
        require_inputs(session.get_inputs(), inputs, f"The model {model} of the bundle {self.bundle.name}")
        names = [port.name for port in session.get_outputs()]
        answers = dict(zip(names, session.run(names, inputs), strict=True))
        if not all(np.isfinite(answer).all() for answer in answers.values() if answer.dtype.kind == "f"):
            raise StudyError(
                f"The model {model} of the bundle {self.bundle.name} gives no number for this image; check the image's "
                "values, which may be far too large."
            )
        return answers

    def _move_to_cpu(self) -> None:
        self.warnings.append(
            f"The GPU's memory was too small for the bundle {self.bundle.name}, which runs on the CPU from here on; "
            "close other programs that use the GPU to have it back."
        )
        self._sessions.clear()
        self.device = Device("cpu", CPU_PROVIDER, self.warnings[-1])

    def _failure(self, model: str, error: Exception) -> BundleError:
        if is_out_of_memory(error):
            return BundleError(
                f"The memory is too small to run the model {model} of the bundle {self.bundle.name}; "
                "close other programs and try again."
            )
        return BundleError(
            f"ONNX Runtime cannot run the model {model} of the bundle {self.bundle.name} on {self.device.name} "
            f"({brief(error)}); update tumor-response or install the bundle again."
        )


class ModelLibrary:
    """The bundles of some folders, each opened once and kept.

    Attributes:
        bundles: by name.
        problems: one sentence for each bundle that cannot be used.
    """

    def __init__(self, folders: Iterable[Path], device: Device, session_factory: SessionFactory = open_session) -> None:
        self.bundles, self.problems = find_bundles(folders)
        self.device = device
        self._session_factory = session_factory
        self._open: dict[str, OpenBundle] = {}

    def open(self, name: str) -> OpenBundle:
        """The open bundle of a name, always the same object.

        Raises:
            BundleError: no bundle has this name, or its files are missing or were altered.
        """
        if name not in self.bundles:
            found = ", ".join(sorted(self.bundles)) or "none"
            reasons = f" ({' '.join(self.problems)})" if self.problems else ""
            raise BundleError(
                f"No bundle is called {name}{reasons}; found: {found}; "
                "name the folder that holds it in TUMOR_RESPONSE_BUNDLES."
            )
        if name not in self._open:
            self._open[name] = OpenBundle(self.bundles[name], self.device, self._session_factory)
            # One of the bundles that cannot be used may be the one that the user meant.
            self._open[name].warnings.extend(self.problems)
        return self._open[name]


def require_inputs(ports: Sequence[Port], inputs: Mapping[str, NDArray[Any]], who: str) -> None:
    """Raise BundleError unless ``inputs`` have the names, shapes and types of ``ports``."""
    expected = sorted(port.name for port in ports)
    if sorted(inputs) != expected:
        raise BundleError(f"{who} takes the inputs {', '.join(expected)}, not {', '.join(sorted(inputs)) or 'none'}.")
    for port in ports:
        given = inputs[port.name]
        fits = len(port.shape) == given.ndim and all(
            not isinstance(wanted, int) or wanted == length
            for wanted, length in zip(port.shape, given.shape, strict=True)
        )
        if not fits:
            wanted_shape = ", ".join("any" if axis is None else str(axis) for axis in port.shape)
            raise BundleError(f"{who} takes {port.name} of shape ({wanted_shape}), not {given.shape}.")
        wanted_type = NUMPY_TYPES.get(port.type)
        if wanted_type is not None and given.dtype != wanted_type:
            raise BundleError(f"{who} takes {port.name} of type {wanted_type}, not {given.dtype}.")


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of ONNX Runtime says that memory could not be allocated."""
    text = str(error).lower()
    return any(phrase in text for phrase in OUT_OF_MEMORY)
