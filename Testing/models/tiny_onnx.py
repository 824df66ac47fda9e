"""Tiny ONNX models, encoded by hand, so that tests of the reading need neither torch nor the onnx package.

ONNX files are protocol buffers: a message is a row of fields, each a key (field number and wire type) and a value.
Only two wire types are needed: 0, a variable-length integer, and 2, a length with that many bytes. Field numbers are
those of onnx.proto3.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

FLOAT = 1
INT64 = 7

IR_VERSION = 8
OPSET = 17


def varint(value: int) -> bytes:
    """A non-negative integer, seven bits a byte, least significant first."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a message: an integer, or bytes, text or an encoded message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def value_info(name: str, shape: Sequence[int | str], element: int = FLOAT) -> bytes:
    """ValueInfoProto of a tensor; text in ``shape`` names a free axis."""
    axes = b"".join(field(1, field(1, axis) if isinstance(axis, int) else field(2, axis)) for axis in shape)
    return field(1, name) + field(2, field(1, field(1, element) + field(2, axes)))


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """NodeProto without attributes."""
    return b"".join([*(field(1, name) for name in inputs), *(field(2, name) for name in outputs), field(4, operator)])


def float_tensor(name: str, values: Sequence[float]) -> bytes:
    """TensorProto of a float vector."""
    return field(1, len(values)) + field(2, FLOAT) + field(8, name) + field(9, struct.pack(f"<{len(values)}f", *values))


def model(
    nodes: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes], initializers: Sequence[bytes] = ()
) -> bytes:
    """ModelProto of one graph."""
    graph = b"".join(
        [
            *(field(1, encoded) for encoded in nodes),
            field(2, "graph"),
            *(field(5, encoded) for encoded in initializers),
            *(field(11, encoded) for encoded in inputs),
            *(field(12, encoded) for encoded in outputs),
        ]
    )
    return field(1, IR_VERSION) + field(7, graph) + field(8, field(2, OPSET))


def convolution() -> bytes:
    """``sum``: ``image`` (1, 1, 3, 3) convolved with ``kernel`` (1, 1, 3, 3), which is one number."""
    return model(
        [node("Conv", ["image", "kernel"], ["sum"])],
        [value_info("image", (1, 1, 3, 3)), value_info("kernel", (1, 1, 3, 3))],
        [value_info("sum", (1, 1, 1, 1))],
    )


def scaling(factor: float) -> bytes:
    """``scaled``: ``image`` (batch, 1, 4) times ``factor``."""
    return model(
        [node("Mul", ["image", "factor"], ["scaled"])],
        [value_info("image", ("batch", 1, 4))],
        [value_info("scaled", ("batch", 1, 4))],
        [float_tensor("factor", [factor])],
    )


def greedy() -> bytes:
    """The ports of ``scaling``, but ``image`` is repeated 2**44 times on the way, for which no memory is enough."""
    size = field(1, 3) + field(2, INT64) + field(8, "size") + field(9, struct.pack("<3q", 1 << 44, 1, 4))
    return model(
        [node("Expand", ["image", "size"], ["grown"]), node("ReduceMax", ["grown"], ["scaled"])],
        [value_info("image", ("batch", 1, 4))],
        [value_info("scaled", (1, 1, 1))],
        [size],
    )
