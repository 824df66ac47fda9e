"""From a trained network to a bundle: ONNX file, half-precision weights, folder in the MONAI layout."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from TumorResponseLib.models.bundle import CARD, METADATA, Bundle, read_bundle, require_valid_metadata, verify
from TumorResponseLib.models.device import CPU_PROVIDER, Device
from TumorResponseLib.models.runtime import open_session

OPSET = 20
IR_VERSION = 9
"""The file format of opset 20; every ONNX Runtime since 1.17 reads both."""

EXPORT_TOLERANCE = 1e-3
"""Largest difference allowed between ONNX Runtime and torch, as a fraction of the output's largest value."""

SMALLEST_SCALE = 0.01
"""Outputs below this are compared as if they reached it: nearly cancelling sums lose digits in any order."""

SMALLEST_HALVED = 32
"""Weights of fewer elements stay float32: halving them saves nothing."""

LARGEST_HALF = float(np.finfo(np.float16).max)


def export_onnx(module: nn.Module, examples: Mapping[str, Tensor], output_names: Sequence[str], path: Path) -> None:
    """Write a network as one ONNX file whose first axis, the batch, is free, and check that it computes the same.

    torch's exporter for ``torch.export`` graphs is used: on U-Net++ it writes 319 nodes where the older one writes
    828, with batch normalisation folded into the convolutions; ONNX Runtime takes the same time for both.

    Args:
        module: in evaluation mode.
        examples: tensors by input name, in the order of ``module.forward``'s arguments, of a batch of two or more.
        output_names: one for each tensor that ``module`` returns.
        path: file to write; its folder exists.

    Raises:
        ValueError: the module is in training mode, the batch is one, or ONNX Runtime computes something else.
    """
    if module.training:
        raise ValueError("The network is in training mode; call eval() before the export.")
    if any(len(example) < 2 for example in examples.values()):
        raise ValueError("The export needs examples in a batch of two or more, or the batch of one becomes fixed.")
    batch = torch.export.Dim("batch", min=1)
    program = torch.onnx.export(
        module,
        tuple(examples.values()),
        input_names=list(examples),
        output_names=list(output_names),
        opset_version=OPSET,
        dynamic_shapes=tuple({0: batch} for _ in examples),
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise ValueError(f"torch exported no graph for {path.name}.")
    model = program.model_proto
    model.ir_version = IR_VERSION
    for node in model.graph.node:  # the exporter notes stack traces, with the paths of this machine
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    content = _serialise(model)
    for count in (1, len(next(iter(examples.values())))):
        _require_same_outputs(module, {name: example[:count] for name, example in examples.items()}, content, path.name)
    _replace(path, content)


def store_weights_as_fp16(path: Path) -> None:
    """Halve an ONNX file: each larger float32 weight becomes float16, followed by a cast back to float32.

    ONNX Runtime folds the casts when it loads the file, so that it computes in float32, as fast as before; each
    weight is off by at most 2**-11 of itself (and by 2**-25 where it is smaller than 2**-14).

    Raises:
        ValueError: a weight is not finite or above 65504, the largest number of float16; the file stays as it is.
    """
    model = onnx.load(path)
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < SMALLEST_HALVED:
            continue
        values = numpy_helper.to_array(weight)
        if not np.all(np.abs(values) <= LARGEST_HALF):
            raise ValueError(
                f"The weight {weight.name} of {path.name} does not fit float16: it reaches {np.abs(values).max()}, "
                f"and float16 ends at {LARGEST_HALF:.0f}; leave this file in float32."
            )
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _replace(path, _serialise(model))


def write_bundle(folder: Path, metadata: Mapping[str, Any], weights: Mapping[str, Path | bytes], card: str) -> Bundle:
    """Write a bundle in the MONAI layout; the one that was there before is replaced only by a complete one.

    Args:
        folder: the bundle's own folder.
        metadata: as Resources/Schemas/bundle-metadata.schema.json wants, but for ``weights``, which is filled in.
        weights: file or content by path in the bundle, such as ``models/segmentation.onnx``.
        card: the model card, Markdown.

    Returns:
        The bundle, verified.

    Raises:
        BundleError: the metadata are not valid.
    """
    folder = folder.absolute()
    contents = {name: item if isinstance(item, bytes) else item.read_bytes() for name, item in sorted(weights.items())}
    described = {**metadata, "weights": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}}
    require_valid_metadata(described, folder)
    contents[METADATA] = (json.dumps(described, indent=2, ensure_ascii=False) + "\n").encode()
    contents[CARD] = card.encode()

    # Hidden names, so that no search takes a half-written bundle for a bundle.
    partial, previous = (folder.with_name(f".{folder.name}.{state}") for state in ("partial", "previous"))
    shutil.rmtree(partial, ignore_errors=True)
    for name, data in contents.items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).write_bytes(data)
    verify(read_bundle(partial))
    shutil.rmtree(previous, ignore_errors=True)
    if folder.exists():
        folder.rename(previous)
    try:
        partial.rename(folder)
    except OSError:
        if previous.exists():
            previous.rename(folder)
        raise
    shutil.rmtree(previous, ignore_errors=True)
    return read_bundle(folder)


def _serialise(model: onnx.ModelProto) -> bytes:
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def _require_same_outputs(module: nn.Module, examples: Mapping[str, Tensor], content: bytes, name: str) -> None:
    session = open_session(content, Device("cpu", CPU_PROVIDER))
    with torch.inference_mode():
        outputs = module(*examples.values())
    expected = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    output_names = [port.name for port in session.get_outputs()]
    given = session.run(output_names, {port: example.numpy() for port, example in examples.items()})
    for output, wanted, found in zip(output_names, expected, given, strict=True):
        scale = max(float(wanted.abs().max()), SMALLEST_SCALE)
        difference = float(np.abs(wanted.numpy() - found).max())
        if not difference <= EXPORT_TOLERANCE * scale:
            raise ValueError(
                f"ONNX Runtime and torch differ by {difference:.2g} in the output {output} of {name}; "
                "the network cannot be exported as it is."
            )
