"""Running bundles: results, wrong inputs, resident sessions, and the way from the GPU to the CPU."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from Testing.models.bundles import MODEL, make_bundle
from Testing.models.tiny_onnx import greedy, scaling
from TumorResponseLib.core.errors import BundleError, StudyError
from TumorResponseLib.models import runtime
from TumorResponseLib.models.bundle import read_bundle
from TumorResponseLib.models.device import CPU_PROVIDER, CUDA_PROVIDER, Device, runtime_errors
from TumorResponseLib.models.runtime import (
    ModelLibrary,
    ModelSession,
    OpenBundle,
    is_out_of_memory,
    open_session,
    physical_cores,
)

CPU = Device("cpu", CPU_PROVIDER)
CUDA = Device("cuda", CUDA_PROVIDER)
IMAGE = np.arange(8, dtype=np.float32).reshape(2, 1, 4)


class Factory:
    """Opens real sessions on the CPU, in the place of CUDA ones too, and counts them."""

    def __init__(self, on_cuda: bytes | None = None) -> None:
        self.on_cuda = on_cuda
        self.opened: list[str] = []

    def __call__(self, content: bytes, device: Device) -> ModelSession:
        self.opened.append(device.name)
        return open_session(self.on_cuda if self.on_cuda and device.name == "cuda" else content, CPU)


def test_a_model_runs(tmp_path: Path) -> None:
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CPU)
    output = bundle.run(MODEL, {"image": IMAGE})
    assert list(output) == ["scaled"]
    np.testing.assert_array_equal(output["scaled"], 2 * IMAGE)
    assert bundle.warnings == []


def test_a_tampered_weight_opens_no_session(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "bundle")
    bundle = read_bundle(path)
    (path / MODEL).write_bytes(scaling(3.0))
    factory = Factory()
    with pytest.raises(BundleError, match="damaged or altered"):
        OpenBundle(bundle, CPU, factory)
    assert factory.opened == []


def test_a_weight_tampered_after_opening_is_not_run(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "bundle")
    bundle = OpenBundle(read_bundle(path), CPU)
    (path / MODEL).write_bytes(scaling(3.0))
    with pytest.raises(BundleError, match="damaged or altered"):
        bundle.run(MODEL, {"image": IMAGE})


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"picture": IMAGE}, "takes the inputs image, not picture"),
        ({}, "takes the inputs image, not none"),
        ({"image": IMAGE, "mask": IMAGE}, "takes the inputs image, not image, mask"),
        ({"image": IMAGE[..., :3]}, r"takes image of shape \(batch, 1, 4\), not \(2, 1, 3\)"),
        ({"image": IMAGE[0]}, r"takes image of shape \(batch, 1, 4\), not \(1, 4\)"),
        ({"image": IMAGE.astype(np.float64)}, "takes image of type float32, not float64"),
    ],
)
def test_inputs_that_do_not_fit_are_named(inputs: dict[str, np.ndarray], sentence: str, tmp_path: Path) -> None:
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CPU)
    with pytest.raises(BundleError, match=f"models/scaling.onnx of the bundle scaling {sentence}"):
        bundle.run(MODEL, inputs)


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CPU)
    with pytest.raises(BundleError, match=r"lists no file models/other\.onnx"):
        bundle.run("models/other.onnx", {"image": IMAGE})


def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CPU)
    with pytest.raises(BundleError, match=r"ONNX Runtime cannot run the model models/settings\.json"):
        bundle.run("models/settings.json", {})


def test_sessions_stay_resident(tmp_path: Path) -> None:
    factory = Factory()
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CPU, factory)
    for _ in range(3):
        bundle.run(MODEL, {"image": IMAGE})
    assert factory.opened == ["cpu"]


def test_gpu_out_of_memory_moves_to_the_cpu_with_a_warning(tmp_path: Path) -> None:
    factory = Factory(on_cuda=greedy())
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CUDA, factory)
    for _ in range(2):
        np.testing.assert_array_equal(bundle.run(MODEL, {"image": IMAGE[:1]})["scaled"], 2 * IMAGE[:1])
    assert factory.opened == ["cuda", "cpu"]
    assert bundle.device.name == "cpu"
    assert len(bundle.warnings) == 1
    assert "GPU's memory was too small for the bundle scaling" in bundle.warnings[0]


def test_out_of_memory_on_the_cpu_is_an_error(tmp_path: Path) -> None:
    bundle = OpenBundle(
        read_bundle(make_bundle(tmp_path / "bundle")), CPU, lambda content, device: open_session(greedy(), device)
    )
    with pytest.raises(BundleError, match=r"memory is too small to run the model models/scaling\.onnx"):
        bundle.run(MODEL, {"image": IMAGE[:1]})
    assert bundle.warnings == []


def test_other_failures_of_the_gpu_are_not_hidden(tmp_path: Path) -> None:
    factory = Factory(on_cuda=b"no model")
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CUDA, factory)
    with pytest.raises(BundleError, match=r"cannot run the model .* on cuda"):
        bundle.run(MODEL, {"image": IMAGE})
    assert factory.opened == ["cuda"]


def test_out_of_memory_is_told_from_other_errors() -> None:
    with pytest.raises(runtime_errors()) as real:
        onnxruntime.InferenceSession(greedy()).run(None, {"image": IMAGE[:1]})
    assert is_out_of_memory(real.value)
    for message in (
        "CUDA failure 2: out of memory ; GPU=0",
        "CUDNN failure 2000: CUDNN_STATUS_ALLOC_FAILED",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
        "CUDNN failure 5003: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "std::bad_alloc",
    ):
        assert is_out_of_memory(RuntimeError(message)), message
    assert not is_out_of_memory(RuntimeError("CUDA failure 719: unspecified launch failure"))


def test_a_library_opens_each_bundle_once(tmp_path: Path) -> None:
    make_bundle(tmp_path / "a")
    make_bundle(tmp_path / "b", "another", factor=3.0)
    library = ModelLibrary([tmp_path], CPU)
    assert sorted(library.bundles) == ["another", "scaling"]
    assert library.open("scaling") is library.open("scaling")
    np.testing.assert_array_equal(library.open("another").run(MODEL, {"image": IMAGE})["scaled"], 3 * IMAGE)


def test_a_library_says_what_it_has_and_what_is_wrong(tmp_path: Path) -> None:
    make_bundle(tmp_path / "a")
    make_bundle(tmp_path / "b", "broken", version="one")
    library = ModelLibrary([tmp_path], CPU)
    with pytest.raises(BundleError, match=r"No bundle is called broken \(.*not valid at version.*\); found: scaling"):
        library.open("broken")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_answer_that_is_no_number_is_none(tmp_path: Path, value: float) -> None:
    bundle = OpenBundle(read_bundle(make_bundle(tmp_path / "bundle")), CPU)
    with pytest.raises(StudyError, match="gives no number for this image"):
        bundle.run(MODEL, {"image": np.where(IMAGE == 3, np.float32(value), IMAGE)})


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Only Linux tells the cores of a process.")
def test_threads_are_the_cores_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    siblings = {0: "0-1", 1: "0-1", 2: "2-3", 3: "2-3"}
    monkeypatch.setattr(Path, "exists", lambda path: "thread_siblings" in str(path))
    monkeypatch.setattr(Path, "read_text", lambda path: siblings[int(path.parts[-3].removeprefix("cpu"))])
    for cpus, cores in (({0}, 1), ({0, 1}, 1), ({1, 2}, 2), ({0, 1, 2, 3}, 2)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda process, cpus=cpus: cpus)
        assert physical_cores() == cores


def test_importing_the_layer_imports_neither_onnx_runtime_nor_jsonschema() -> None:
    code = (
        "import sys, TumorResponseLib.models.runtime\n"
        "print([name for name in ('onnxruntime', 'jsonschema', 'torch') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(runtime.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
