"""The device: what auto takes, and the sentence that says why."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from Testing.models.tiny_onnx import convolution
from TumorResponseLib.core.errors import DeviceError, UsageError
from TumorResponseLib.models import device
from TumorResponseLib.models.device import CPU_PROVIDER, CUDA_PROVIDER, Device, probe, resolve_device


def no_obstacle() -> str | None:
    return None


def obstacle() -> str | None:
    return "no NVIDIA driver was found; install one if this machine has an NVIDIA GPU"


def install(package: str, folder: Path) -> None:
    """Make a package look installed, as pip leaves it."""
    info = folder / f"{package.replace('-', '_')}-1.20.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.20.0\n")


def test_auto_takes_cuda_when_it_works() -> None:
    assert resolve_device("auto", find_obstacle=no_obstacle) == Device("cuda", CUDA_PROVIDER, "")


def test_auto_takes_the_cpu_and_says_why() -> None:
    taken = resolve_device("auto", find_obstacle=obstacle)
    assert (taken.name, taken.provider) == ("cpu", CPU_PROVIDER)
    assert taken.note == f"The models run on the CPU: {obstacle()}."


def test_cuda_that_does_not_work_is_an_error() -> None:
    with pytest.raises(DeviceError, match="CUDA cannot run the models: no NVIDIA driver was found"):
        resolve_device("cuda", find_obstacle=obstacle)


def test_cpu_asks_for_no_gpu() -> None:
    def unwanted() -> str | None:
        raise AssertionError("the GPU was looked for")

    assert resolve_device("cpu", find_obstacle=unwanted).name == "cpu"


def test_unknown_device_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="no device 'tpu'; choose auto, cpu or cuda"):
        resolve_device("tpu")


def test_this_machine_resolves_without_error() -> None:
    taken = resolve_device("auto")
    assert (taken.name == "cpu") == bool(taken.note)
    assert probe(taken.provider) is None


def test_both_builds_of_onnx_runtime_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("onnxruntime", tmp_path)
    install("onnxruntime-gpu", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    sentence = "ONNX Runtime is installed twice"
    assert sentence in resolve_device("cpu").note
    assert sentence in resolve_device("auto").note
    with pytest.raises(DeviceError, match=sentence):
        resolve_device("cuda")


def test_advice_for_cuda_leaves_one_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``tumor-response[gpu]`` would bring the CPU build again."""
    monkeypatch.setattr(device, "_driver_obstacle", lambda: None)
    monkeypatch.setattr(device, "package_conflict", lambda: None)
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CPU_PROVIDER])
    said = [device.cuda_obstacle()]
    monkeypatch.undo()
    with pytest.warns(UserWarning, match="Specified provider"):
        said.append(probe("TensorrtExecutionProvider"))
    install("onnxruntime", tmp_path)
    install("onnxruntime-gpu", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    said.append(device.package_conflict())
    for sentence in said:
        assert sentence is not None
        assert "uninstall onnxruntime and onnxruntime-gpu with pip" in sentence
        assert "then install 'onnxruntime-gpu[cuda,cudnn]' (or run: make install GPU=1)" in sentence
        assert "tumor-response[gpu]" not in sentence


def test_one_build_is_no_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("onnxruntime", tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert device.package_conflict() is None


@pytest.mark.parametrize("request_", ["auto", "cpu", "cuda"])
def test_missing_onnx_runtime_says_how_to_install_it(request_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DeviceError, match=r"ONNX Runtime, which runs the models, is not installed .* with pip"):
        resolve_device(request_)


def test_probe_model_is_the_convolution_of_tiny_onnx() -> None:
    assert convolution() == device.PROBE_MODEL


def test_probe_runs_the_model_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert probe(CPU_PROVIDER) is None
    assert capfd.readouterr().out == ""


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_probe_notices_a_provider_that_did_not_load() -> None:
    assert "libraries that ONNX Runtime needs are missing" in (probe("TensorrtExecutionProvider") or "")


def test_probe_says_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "PROBE_MODEL", b"no model")
    assert "a test model failed on it" in (probe(CPU_PROVIDER) or "")
