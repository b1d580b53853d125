"""Messages as frames: a JSON head and raw arrays. Pure: bytes in, messages out; no I/O.

A frame is `SQLM`, the length of the head and of the arrays (two little-endian unsigned 64-bit numbers), the head, and
the arrays one after the other, each at a multiple of 8 bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np

from engine.protocol.messages import Array, Cancel, Event, Message, Reply, Request

MAGIC = b"SQLM"
_PREFIX = struct.Struct("<4sQQ")
LARGEST_HEAD = 256 * 1024 * 1024
LARGEST_ARRAYS = 8 * 1024**3
ALIGNMENT = 8
PLAIN_KINDS = frozenset("biufc?")  # numpy's kinds of plain numbers: no objects ever cross the pipe


class ProtocolError(ValueError):
    """Bytes that are no frame: the other side is not a SeqLoom worker, or something printed into the pipe."""


def encode(message: Message) -> list[bytes | memoryview]:
    """The parts of a message's frame, to be written one after the other (arrays are not copied)."""
    head = _encode_head(message)
    arrays = message.arrays if isinstance(message, Reply) else cast("Mapping[str, Array]", {})
    described: list[dict[str, Any]] = []
    parts: list[bytes | memoryview] = []
    for name, array in arrays.items():
        whole = np.ascontiguousarray(array)
        if whole.dtype.kind not in PLAIN_KINDS:
            raise ProtocolError(f"{name} holds {whole.dtype}, which is no plain number")
        described.append({"name": name, "dtype": whole.dtype.str, "shape": list(array.shape)})
        if whole.nbytes:
            parts.append(memoryview(cast("Any", whole.reshape(-1).view(np.uint8))))
        parts.append(bytes(-whole.nbytes % ALIGNMENT))
    head["arrays"] = described
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode()
    return [_PREFIX.pack(MAGIC, len(text), sum(len(part) for part in parts)), text, *parts]


def encode_bytes(message: Message) -> bytes:
    """The frame of a message as one piece."""
    return b"".join(encode(message))


def _encode_head(message: Message) -> dict[str, Any]:
    match message:
        case Request():
            kind, rest = "request", {"id": message.id, "verb": message.verb, "revision": message.revision}
        case Cancel():
            return {"kind": "cancel", "id": message.id}
        case Event():
            return {"kind": "event", "event": message.kind, "body": message.body}
        case Reply():
            kind, rest = "reply", {
                "id": message.id, "revision": message.revision, "ok": message.ok, "error": message.error,
                "cancelled": message.cancelled,
            }  # fmt: skip
    return {"kind": kind, **rest, "body": message.body}


class Decoder:
    """Takes bytes as they come, in any split, and gives whole messages."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Message]:
        """The messages that these bytes complete.

        Raises:
            ProtocolError: they are no frame.
        """
        self._waiting += data
        while True:
            message = self._next()
            if message is None:
                return
            yield message

    def _next(self) -> Message | None:
        waiting = self._waiting
        if waiting and not MAGIC.startswith(bytes(waiting[: len(MAGIC)])):
            raise ProtocolError(f"expected a frame, found {bytes(waiting[:24])!r}")
        if len(waiting) < _PREFIX.size:
            return None
        _, head_size, array_size = _PREFIX.unpack_from(waiting)
        if head_size > LARGEST_HEAD or array_size > LARGEST_ARRAYS:
            raise ProtocolError(f"a frame of {head_size + array_size} bytes is larger than any message")
        end = _PREFIX.size + head_size + array_size
        if len(waiting) < end:
            return None
        with memoryview(waiting) as view:  # a slice of the bytes themselves would be a second copy
            head = bytes(view[_PREFIX.size : _PREFIX.size + head_size])
            raw = bytes(view[_PREFIX.size + head_size : end])
        del waiting[:end]
        return decode(head, raw)


def decode(head: bytes, raw: bytes) -> Message:
    """The message of a frame's head and arrays.

    Raises:
        ProtocolError: they do not belong together.
    """
    try:
        content = cast("dict[str, Any]", json.loads(head))
        return _decode_head(content, _decode_arrays(content.get("arrays", []), raw))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolError(f"a frame that says nothing sensible: {error}") from None


def _decode_arrays(described: list[dict[str, Any]], raw: bytes) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    place = 0
    for entry in described:
        dtype = np.dtype(entry["dtype"])
        if dtype.kind not in PLAIN_KINDS:
            raise ProtocolError(f"{entry['name']} holds {dtype}, which is no plain number")
        shape = tuple(int(size) for size in entry["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        arrays[entry["name"]] = np.frombuffer(raw, dtype, count, place).reshape(shape)
        place += count * dtype.itemsize
        place += -place % ALIGNMENT
    return arrays


def _decode_head(content: dict[str, Any], arrays: dict[str, Array]) -> Message:
    match content["kind"]:
        case "request":
            return Request(content["id"], content["verb"], content["revision"], content["body"])
        case "cancel":
            return Cancel(content["id"])
        case "event":
            return Event(content["event"], content["body"])
        case "reply":
            return Reply(
                content["id"], content["revision"], content["ok"], content["error"], content["cancelled"],
                content["body"], arrays,
            )  # fmt: skip
        case other:
            raise ProtocolError(f"there is no message of the kind {other}")
