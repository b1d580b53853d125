"""`.seqloom` files: UTF-8 JSON that diffs well. Reading refuses with one sentence; saving is atomic."""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from engine.document.names import id_number
from engine.document.values import FORMAT, VERSION, Document, Position
from engine.graph.values import Block, Graph, Json, JsonObject, PortRef, Wire

LARGEST_FILE = 64 * 1024 * 1024
DEEPEST = 100
MOST_DIGITS = 40
KNOWN_KEYS = frozenset(
    {
        "format",
        "version",
        "keras",
        "blocks",
        "wires",
        "outputs",
        "layout",
        "notes",
        "groups",
        "seed",
        "sample",
        "weights",
        "next_id",
    }
)
BLOCK_KEYS = frozenset({"id", "type", "name", "arguments", "call"})
WIRE_KEYS = frozenset({"from", "to"})


class DocumentError(ValueError):
    """A document that cannot be read or written; its text is one sentence: what, where, remedy."""


def load(path: Path) -> Document:
    """Reads a document.

    Raises:
        DocumentError: the file is missing, too large, damaged, foreign, newer or empty.
    """
    try:
        known = path.stat()
        size = known.st_size
        if stat.S_ISDIR(known.st_mode):
            raise DocumentError(f"{path.name} is a folder: name a .seqloom file in it.")
        if not stat.S_ISREG(known.st_mode):  # reading a pipe or a device may never end
            raise DocumentError(f"{path.name} is no ordinary file: name a .seqloom file.")
        if size > LARGEST_FILE:
            mib = size / 2**20
            raise DocumentError(
                f"{path.name} is {mib:.0f} MiB, more than the {LARGEST_FILE >> 20} MiB a document may have."
            )
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {_reason(error)}.") from None
    try:
        return decode_text(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path.name} is no .seqloom file: it is not UTF-8 text (byte {error.start}).") from None
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error}") from None


def decode_text(text: str) -> Document:
    """The document of a file's text.

    Raises:
        DocumentError: as `load`.
    """
    if not text.strip():
        raise DocumentError("the file is empty; open another, or an earlier copy.")
    try:
        content = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_finite,
            object_pairs_hook=_unique_keys,
        )
        if "\\ud" in text or "\\uD" in text:  # half of a pair says nothing, and no file can hold it
            json.dumps(content, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"the file is damaged at line {error.lineno}, column {error.colno} ({error.msg}); open an earlier copy."
        ) from None
    except UnicodeEncodeError:
        raise DocumentError("it holds half of a Unicode pair (\\ud800 to \\udfff), which is no character.") from None
    except RecursionError:
        raise DocumentError(f"it is nested deeper than {DEEPEST} levels, which no document is.") from None
    if not isinstance(content, dict) or cast("dict[str, Json]", content).get("format") != FORMAT:
        raise DocumentError('it is JSON, but no SeqLoom document ("format": "seqloom" is missing).')
    return decode_document(cast("dict[str, Json]", content))


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise DocumentError(f"it holds a number of {len(digits)} digits; replace it by a smaller one.")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise DocumentError(f"it holds {digits:.30}, which is larger than any number; replace it by a smaller one.")
    return value


def _refuse_constant(name: str) -> None:
    raise DocumentError(f"it holds {name}, which is no JSON; replace it by a number.")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DocumentError(f'the key "{twice}" stands twice in one object; remove one.')
    return content


def decode_document(content: JsonObject) -> Document:
    """The document of its JSON form.

    Raises:
        DocumentError: it is newer, or its parts are not what they must be.
    """
    _check_depth(content)
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DocumentError('its "version" must be a whole number from 1.')
    if version > VERSION:
        raise DocumentError(
            f"it was written by a newer SeqLoom (file version {version}, this one reads up to {VERSION}): update SeqLoom."
        )
    blocks = tuple(decode_block(block) for block in _list(content, "blocks"))
    ids = [block.id for block in blocks]
    if len(set(ids)) < len(ids):
        twice = next(block_id for block_id in ids if ids.count(block_id) > 1)
        raise DocumentError(f"two blocks have the id {twice}; give one of them another.")
    outputs = content.get("outputs")
    notes, groups = _objects(content, "notes"), _objects(content, "groups")
    used = [id_number(str(thing.get("id", ""))) for thing in (*notes, *groups)]
    return Document(
        graph=Graph(blocks, tuple(_decode_wire(wire) for wire in _list(content, "wires"))),
        keras=_typed(content, "keras", str, ""),
        outputs=None if outputs is None else tuple(decode_port(port) for port in _list(content, "outputs")),
        layout=_decode_layout(_object(content, "layout")),
        notes=notes,
        groups=groups,
        seed=_typed(content, "seed", int, 0),
        sample=_object(content, "sample"),
        weights=_typed(content, "weights", str, "") if content.get("weights") is not None else "",
        next_id=max([_typed(content, "next_id", int, 1), *(id_number(block_id) + 1 for block_id in ids), *used]),
        extra={key: value for key, value in content.items() if key not in KNOWN_KEYS},
    )


def _check_depth(content: JsonObject) -> None:
    level: list[Json] = [content]
    for _ in range(DEEPEST):
        deeper: list[Json] = []
        for value in level:
            if isinstance(value, Mapping):
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
        if not deeper:
            return
        level = deeper
    raise DocumentError(f"it is nested deeper than {DEEPEST} levels, which no document is.")


def _typed(content: JsonObject, key: str, kind: type, default: Any) -> Any:
    value = content.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DocumentError(f'its "{key}" is not what it must be ({kind.__name__}).')
    return value


def _list(content: JsonObject, key: str) -> Sequence[Any]:
    return _typed(content, key, list, [])


def _object(content: JsonObject, key: str) -> dict[str, Any]:
    return _typed(content, key, dict, {})


def _objects(content: JsonObject, key: str) -> tuple[JsonObject, ...]:
    values = _list(content, key)
    if not all(isinstance(value, dict) for value in values):
        raise DocumentError(f'its "{key}" must be a list of objects.')
    return tuple(values)


def decode_block(content: Any) -> Block:
    """A block of its JSON form.

    Raises:
        DocumentError: a part is missing or of another kind.
    """
    if not isinstance(content, dict):
        raise DocumentError("a block is not an object.")
    block = cast("dict[str, Any]", content)
    for key in ("id", "type"):
        if not isinstance(block.get(key), str) or not block[key]:
            raise DocumentError(f'a block lacks its "{key}" (block {block.get("id", "without id")}).')
    return Block(
        id=block["id"],
        type=block["type"],
        name=_typed(block, "name", str, block["id"]),
        arguments=_object(block, "arguments"),
        call=_object(block, "call"),
        extra={key: value for key, value in block.items() if key not in BLOCK_KEYS},
    )


def decode_port(content: Any) -> PortRef:
    """A port of its JSON form `[block, port]`.

    Raises:
        DocumentError: it is none.
    """
    if not isinstance(content, list) or [type(part) for part in cast("list[Any]", content)] != [str, str]:
        raise DocumentError(
            f'a wire or output must name block and port, such as ["b1", "output"], not {content!r:.60}.'
        )
    block, port = cast("list[str]", content)
    return PortRef(block, port)


def _decode_wire(content: Any) -> Wire:
    if not isinstance(content, dict) or not set(cast("dict[str, Any]", content)) >= WIRE_KEYS:
        raise DocumentError('a wire needs "from" and "to".')
    wire = cast("dict[str, Any]", content)
    extra = {key: value for key, value in wire.items() if key not in WIRE_KEYS}
    return Wire(decode_port(wire["from"]), decode_port(wire["to"]), extra)


def _decode_layout(content: dict[str, Any]) -> dict[str, Position]:
    layout: dict[str, Position] = {}
    for block_id, place in content.items():
        if (
            not isinstance(place, list)
            or [isinstance(size, int | float) for size in cast("list[Any]", place)] != [True] * 2
        ):
            raise DocumentError(f"the position of {block_id} must be two numbers.")
        left, top = cast("list[float]", place)
        layout[block_id] = (left, top)
    return layout


def encode_document(document: Document) -> dict[str, Json]:
    """The JSON form of a document, keys in the order of the contract."""
    content: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "keras": document.keras,
        "blocks": [encode_block(block) for block in document.graph.blocks],
        "wires": [_encode_wire(wire) for wire in document.graph.wires],
    }
    if document.outputs is not None:
        content["outputs"] = [encode_port(port) for port in document.outputs]
    content |= {
        "layout": {block_id: list(place) for block_id, place in document.layout.items()},
        "notes": list(document.notes),
        "groups": list(document.groups),
        "seed": document.seed,
        "sample": document.sample,
        **({"weights": document.weights} if document.weights else {}),
        "next_id": document.next_id,
    }
    return {**content, **document.extra}


def encode_block(block: Block) -> dict[str, Json]:
    """The JSON form of a block."""
    content: dict[str, Json] = {"id": block.id, "type": block.type, "name": block.name, "arguments": block.arguments}
    if block.call:
        content["call"] = block.call
    return {**content, **block.extra}


def _encode_wire(wire: Wire) -> dict[str, Json]:
    return {"from": encode_port(wire.source), "to": encode_port(wire.target), **wire.extra}


def encode_port(port: PortRef) -> list[Json]:
    """The JSON form of a port."""
    return [port.block, port.port]


def encode_text(document: Document) -> str:
    """The text of a document's file: two-space indent, short lists and objects on one line."""
    return _pretty(encode_document(document), 0) + "\n"


WIDEST = 116


def _pretty(value: Json, depth: int) -> str:
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(line) + 2 * depth <= WIDEST and (depth > 1 or not isinstance(value, dict | list) or not value):
        return line
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        rows = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_pretty(part, depth + 1)}" for key, part in value.items()
        ]
        return "{\n" + ",\n".join(rows) + f"\n{outer}}}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + _pretty(part, depth + 1) for part in value) + f"\n{outer}]"
    return line


def save(document: Document, path: Path) -> None:
    """Writes a document whole or not at all.

    Raises:
        DocumentError: it cannot be written; the old file is as it was.
    """
    try:
        text = encode_text(document)
    except (ValueError, TypeError) as error:
        raise DocumentError(f"The document cannot be written as JSON: {error}.") from None
    try:
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise DocumentError(f"{path} cannot be written: {_reason(error)}; the old file is as it was.") from None


def write_whole(path: Path, content: bytes) -> None:
    """Replaces a file in one step: a full disk or a kill at any moment leaves the old one whole.

    A symbolic link stays one; the old file's permissions are kept.

    Raises:
        OSError: as the system says.
    """
    with replacing(path) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of `path` when the block ends well; see `write_whole`.

    Raises:
        OSError: as the system says.
    """
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _permissions(target))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _permissions(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
