"""The catalog as JSON: the palette is full before TensorFlow has loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from engine.catalog.spec import ArgumentSpec, Catalog, LayerSpec, ObjectSpec
from engine.graph.values import Json, JsonObject

T = TypeVar("T")
SNAPSHOT = Path(__file__).resolve().parents[2] / "resources" / "catalog.json"


def encode(catalog: Catalog) -> dict[str, Json]:
    """The catalog as JSON; what equals a field's default is left out."""
    return {
        "keras": catalog.keras,
        "layers": [_encode_layer(layer) for layer in catalog.layers.values()],
        "objects": [_encode_layer(made) for made in catalog.objects.values()],
    }


def decode(content: JsonObject) -> Catalog:
    """The catalog from JSON."""
    layers = cast("Sequence[Mapping[str, Any]]", content["layers"])
    objects = cast("Sequence[Mapping[str, Any]]", content.get("objects", ()))
    return Catalog(str(content["keras"]), Decoded(layers, _decode_layer), Decoded(objects, _decode_object))


class Decoded(Mapping[str, T]):
    """Specs by type, each decoded when it is first wanted: a window that opens shows few of them."""

    def __init__(self, encoded: Sequence[Mapping[str, Any]], decode_one: Callable[[Mapping[str, Any]], T]) -> None:
        self._encoded = {str(content["type"]): content for content in encoded}
        self._decode_one = decode_one
        self._decoded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._decoded:
            self._decoded[name] = self._decode_one(self._encoded[name])
        return self._decoded[name]

    def having(self, name: str, value: str) -> Iterator[T]:
        """Those with this value under a key; the others are not decoded."""
        return (self[kind] for kind, content in self._encoded.items() if content.get(name) == value)

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
        return layers.having("category", category)
    return (layer for layer in layers.values() if layer.category == category)


@cache
def load_snapshot() -> Catalog:
    """The catalog that ships with the program."""
    return decode(json.loads(SNAPSHOT.read_text(encoding="utf-8")))


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
