"""The catalog as JSON: the palette is full before TensorFlow has loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from engine.catalog.spec import ArgumentSpec, Catalog, LayerSpec, ObjectSpec
from engine.graph.values import Json, JsonObject

T = TypeVar("T")
Specs: TypeAlias = Sequence[Mapping[str, Any]]
Encoded: TypeAlias = Mapping[str, tuple[str, Mapping[str, Any] | bytes]]
SNAPSHOT = Path(__file__).resolve().parents[2] / "resources" / "catalog.jsonl"


def encode(catalog: Catalog) -> dict[str, Json]:
    """The catalog as JSON; what equals a field's default is left out."""
    return {
        "keras": catalog.keras,
        "layers": [_encode_layer(layer) for layer in catalog.layers.values()],
        "objects": [_encode_layer(made) for made in catalog.objects.values()],
    }


def decode(content: JsonObject) -> Catalog:
    """The catalog from JSON."""
    layers, objects = (_by_type(cast("Specs", content.get(name, ()))) for name in ("layers", "objects"))
    return Catalog(str(content["keras"]), Decoded(layers, _decode_layer), Decoded(objects, _decode_object))


def _by_type(encoded: Specs) -> Encoded:
    return {str(content["type"]): (str(content.get("category", "")), content) for content in encoded}


class Decoded(Mapping[str, T]):
    """Specs by type, each decoded when it is first wanted: a window that opens shows few of them.

    Args:
        encoded: by type the category and the spec's JSON, as a text where nobody has read it yet.
    """

    def __init__(self, encoded: Encoded, decode_one: Callable[[Mapping[str, Any]], T]) -> None:
        self._encoded, self._decode_one = encoded, decode_one
        self._decoded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._decoded:
            content = self._encoded[name][1]
            self._decoded[name] = self._decode_one(json.loads(content) if isinstance(content, bytes) else content)
        return self._decoded[name]

    def of_category(self, category: str) -> Iterator[T]:
        """Those of one category; the others are not decoded."""
        return (self[kind] for kind, (own, _) in self._encoded.items() if own == category)

    def __contains__(self, name: object) -> bool:
        return name in self._encoded

    def __iter__(self) -> Iterator[str]:
        return iter(self._encoded)

    def __len__(self) -> int:
        return len(self._encoded)


def of_category(catalog: Catalog, category: str) -> Iterator[LayerSpec]:
    """The layers of one category; where they are decoded as they are wanted, no others are."""
    layers = catalog.layers
    if isinstance(layers, Decoded):
        return layers.of_category(category)
    return (layer for layer in layers.values() if layer.category == category)


def snapshot_lines(catalog: Catalog) -> Iterator[str]:
    """The file that ships with the program: Keras's version and the categories by type, then a spec on each line."""
    content = encode(catalog)
    layers, objects = (cast("Specs", content[name]) for name in ("layers", "objects"))
    categories = ({str(spec["type"]): spec.get("category", "") for spec in specs} for specs in (layers, objects))
    yield _line({"keras": catalog.keras, **dict(zip(("layers", "objects"), categories, strict=True))})
    yield from map(_line, (*layers, *objects))


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"


@cache
def load_snapshot() -> Catalog:
    """The catalog that ships with the program."""
    first, *lines = SNAPSHOT.read_bytes().splitlines()
    head, rest = json.loads(first), iter(lines)
    layers, objects = (
        {name: (category, next(rest)) for name, category in head[kind].items()} for kind in ("layers", "objects")
    )
    return Catalog(head["keras"], Decoded(layers, _decode_layer), Decoded(objects, _decode_object))


def _encode_layer(layer: LayerSpec | ObjectSpec) -> dict[str, Json]:
    encoded = _changed(layer)
    for name in ("arguments", "call"):
        if name in encoded:
            encoded[name] = [_changed(argument) for argument in getattr(layer, name)]
    return encoded


def _changed(value: ArgumentSpec | LayerSpec | ObjectSpec) -> dict[str, Json]:
    return {
        field.name: _plain(getattr(value, field.name))
        for field in fields(value)
        if getattr(value, field.name) != field.default
    }


def _plain(value: Any) -> Json:
    return list(cast("tuple[Json, ...]", value)) if isinstance(value, tuple) else value


def _decode_layer(content: Mapping[str, Any]) -> LayerSpec:
    plain = {name: value for name, value in content.items() if name not in ("arguments", "call")}
    for name in ("inputs", "outputs"):
        if name in plain:
            plain[name] = tuple(plain[name])
    return LayerSpec(
        **plain,
        arguments=tuple(_decode_argument(argument) for argument in content.get("arguments", ())),
        call=tuple(_decode_argument(argument) for argument in content.get("call", ())),
    )


def _decode_object(content: Mapping[str, Any]) -> ObjectSpec:
    plain: dict[str, Any] = {**content}
    plain["arguments"] = tuple(_decode_argument(argument) for argument in content.get("arguments", ()))
    return ObjectSpec(**plain)


def _decode_argument(content: Mapping[str, Any]) -> ArgumentSpec:
    plain: dict[str, Any] = {**content, "choices": tuple(content.get("choices", ()))}
    return ArgumentSpec(**plain)
