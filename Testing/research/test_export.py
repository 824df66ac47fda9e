"""Export: the ONNX file computes what torch computes, halved weights stay close, bundles replace each other whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from Testing.models.bundles import metadata
from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.models.bundle import find_bundles, verify
from TumorResponseLib.models.device import CPU_PROVIDER, Device
from TumorResponseLib.models.runtime import OpenBundle
from TumorResponseLib.research.training import export
from TumorResponseLib.research.training.export import export_onnx, store_weights_as_fp16, write_bundle


class TinyNet(nn.Module):
    """Convolution, normalisation, upsampling and a pooled head, as the real networks have them."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.mask = nn.Conv2d(16, 1, 1)
        self.head = nn.Linear(16, 1)

    def forward(self, image: Tensor, gain: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features(image * gain[:, :, None, None])
        mask = nn.functional.interpolate(self.mask(features), size=image.shape[-2:], mode="bilinear")
        return mask, self.head(features.mean(dim=(2, 3)))


@pytest.fixture(scope="module")
def network() -> TinyNet:
    torch.manual_seed(1)
    network = TinyNet()
    for _ in range(3):
        network(torch.randn(4, 1, 16, 16) * 2 + 1, torch.ones(4, 1))
    return network.eval()


@pytest.fixture(scope="module")
def exported(network: TinyNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "tiny.onnx"
    export_onnx(network, {"image": torch.randn(2, 1, 16, 16), "gain": torch.ones(2, 1)}, ["mask", "presence"], path)
    return path


def run(path: Path, image: Tensor, gain: Tensor) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(path).run(None, {"image": image.numpy(), "gain": gain.numpy()})


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_batch_gives_what_torch_gives(count: int, network: TinyNet, exported: Path) -> None:
    image, gain = torch.randn(count, 1, 16, 16), torch.rand(count, 1)
    with torch.inference_mode():
        expected = network(image, gain)
    for wanted, found in zip(expected, run(exported, image, gain), strict=True):
        np.testing.assert_allclose(found, wanted.numpy(), atol=1e-5)


def test_the_file_names_its_ports_and_no_path_of_this_machine(exported: Path) -> None:
    session = onnxruntime.InferenceSession(exported)
    assert [port.name for port in session.get_inputs()] == ["image", "gain"]
    assert [port.name for port in session.get_outputs()] == ["mask", "presence"]
    assert list(session.get_inputs()[0].shape) == ["batch", 1, 16, 16]
    assert str(Path(export.__file__).parents[3]).encode() not in exported.read_bytes()
    assert Path(__file__).name.encode() not in exported.read_bytes()


def test_a_network_in_training_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="training mode"):
        export_onnx(TinyNet(), {"image": torch.randn(2, 1, 16, 16)}, ["mask"], tmp_path / "tiny.onnx")


def test_a_network_that_onnx_runtime_computes_otherwise_is_not_written(tmp_path: Path) -> None:
    class Restless(nn.Module):
        calls = 0

        def forward(self, image: Tensor) -> Tensor:
            self.calls += 1
            return image * self.calls  # the export keeps the number of its own call

    with pytest.raises(ValueError, match=r"differ by .* in the output scaled of restless"):
        export_onnx(Restless().eval(), {"image": torch.randn(2, 4)}, ["scaled"], tmp_path / "restless.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_batch_of_one_is_refused(network: TinyNet, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="batch of two or more"):
        export_onnx(network, {"image": torch.randn(1, 1, 16, 16)}, ["mask"], tmp_path / "tiny.onnx")


def test_half_weights_stay_within_their_rounding(network: TinyNet, exported: Path, tmp_path: Path) -> None:
    halved = tmp_path / "halved.onnx"
    halved.write_bytes(exported.read_bytes())
    store_weights_as_fp16(halved)
    image, gain = torch.randn(2, 1, 16, 16), torch.ones(2, 1)
    stored = {weight.name: weight for weight in onnx.load(halved).graph.initializer}
    for weight in onnx.load(exported).graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= export.SMALLEST_HALVED:
            half = onnx.numpy_helper.to_array(stored[f"{weight.name}.half"])
            assert half.dtype == np.float16
            np.testing.assert_array_equal(half, values.astype(np.float16))
    assert any(name.endswith(".half") for name in stored)
    for wanted, found in zip(run(exported, image, gain), run(halved, image, gain), strict=True):
        assert found.dtype == np.float32
        # A sum of n products with weights off by 2**-11 each is off by that much of the sum of their sizes.
        np.testing.assert_allclose(found, wanted, atol=2**-9 * np.abs(wanted).max())
        assert not np.array_equal(found, wanted)


def test_onnx_runtime_folds_the_casts_at_load(exported: Path, tmp_path: Path) -> None:
    halved, loaded = tmp_path / "halved.onnx", tmp_path / "loaded.onnx"
    halved.write_bytes(exported.read_bytes())
    store_weights_as_fp16(halved)
    assert "Cast" in {node.op_type for node in onnx.load(halved).graph.node}
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(loaded)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    onnxruntime.InferenceSession(halved, options)
    graph = onnx.load(loaded).graph
    assert "Cast" not in {node.op_type for node in graph.node}
    assert onnx.TensorProto.FLOAT16 not in {weight.data_type for weight in graph.initializer}


@pytest.mark.parametrize("value", [65520.0, float("inf"), float("nan")])
def test_weights_beyond_float16_are_refused_and_the_file_kept(value: float, exported: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    model = onnx.load(exported)
    weight = next(item for item in model.graph.initializer if np.prod(item.dims) >= export.SMALLEST_HALVED)
    values = onnx.numpy_helper.to_array(weight).copy()
    values.flat[0] = value
    weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    onnx.save(model, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"large\.onnx does not fit float16"):
        store_weights_as_fp16(path)
    assert path.read_bytes() == before


def test_a_written_bundle_is_found_and_runs(network: TinyNet, exported: Path, tmp_path: Path) -> None:
    weights: dict[str, Path | bytes] = {"models/tiny.onnx": exported, "models/settings.json": b'{"threshold": 0.5}'}
    written = write_bundle(tmp_path / "tiny", metadata("tiny"), weights, "# Card\n")
    found = find_bundles([tmp_path])
    assert found.bundles == {"tiny": written}
    assert found.problems == []
    verify(written)
    assert (tmp_path / "tiny" / "docs" / "README.md").read_text() == "# Card\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny"]
    image, gain = np.ones((1, 1, 16, 16), np.float32), np.ones((1, 1), np.float32)
    output = OpenBundle(written, Device("cpu", CPU_PROVIDER)).run("models/tiny.onnx", {"image": image, "gain": gain})
    with torch.inference_mode():
        expected = network(torch.as_tensor(image), torch.as_tensor(gain))
    np.testing.assert_allclose(output["mask"], expected[0].numpy(), atol=1e-5)


def test_a_new_bundle_replaces_the_old_one_whole(tmp_path: Path) -> None:
    first = write_bundle(tmp_path / "tiny", metadata("tiny"), {"models/a.json": b"{}", "models/b.json": b"{}"}, "1")
    second = write_bundle(tmp_path / "tiny", metadata("tiny"), {"models/a.json": b"[]"}, "2")
    assert first.sha256 != second.sha256
    assert not (tmp_path / "tiny" / "models" / "b.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_failed_bundle_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights: dict[str, Path | bytes] = {"models/a.json": b"{}"}
    first = write_bundle(tmp_path / "tiny", metadata("tiny"), weights, "1")
    with pytest.raises(BundleError, match="'hearsay' is not one of"):
        write_bundle(tmp_path / "tiny", {**metadata("tiny"), "evidence": "hearsay"}, weights, "2")
    with pytest.raises(BundleError, match="not valid at weights"):
        write_bundle(tmp_path / "tiny", metadata("tiny"), {"../outside.json": b"{}"}, "2")

    rename = Path.rename

    def refuse_partial(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            raise PermissionError("locked by another program")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse_partial)
    with pytest.raises(PermissionError):
        write_bundle(tmp_path / "tiny", metadata("tiny"), {"models/a.json": b"[]"}, "2")
    monkeypatch.undo()
    assert find_bundles([tmp_path]).bundles == {"tiny": first}
    verify(first)
    assert (tmp_path / "tiny" / "docs" / "README.md").read_text() == "1"
