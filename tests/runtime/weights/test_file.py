"""Weights files of strangers: every trap is refused with one sentence, before it costs anything."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from engine.runtime.weights import arrays
from engine.runtime.weights.file import WeightsError, read_weights

pytestmark = pytest.mark.xdist_group("tensorflow")
VARS = "layers/dense/vars"
MEBIBYTE = 2**20


def hdf5(fill: Callable[[Any], None]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as root:
        fill(root)
    return stream.getvalue()


def good(root: Any) -> None:
    group = root.create_group(VARS)
    group.attrs["name"] = "head"
    group["0"], group["1"] = np.ones((3, 2), np.float32), np.zeros(2, np.float32)


def external_link(root: Any) -> None:
    good(root)
    root[VARS]["2"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(root: Any) -> None:
    good(root)
    root[VARS]["2"] = h5py.SoftLink("/layers")


def circle(root: Any) -> None:
    good(root)
    root[VARS]["again"] = root["layers"]


def external_storage(root: Any) -> None:
    root.create_group(VARS).create_dataset("0", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def virtual(root: Any) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    root.create_group(VARS).create_virtual_dataset("0", layout)


def declared(root: Any) -> None:
    root.create_group(VARS).create_dataset("0", (2**20, 2**20), "f4", chunks=(1024, 1024))


def compressed(root: Any) -> None:
    zeros = np.zeros((4096, 4096), np.float32)
    root.create_group(VARS).create_dataset("0", data=zeros, compression="gzip", chunks=(1024, 1024))


def text(root: Any) -> None:
    root.create_group(VARS)["0"] = "a sentence"


def objects(root: Any) -> None:
    root.create_group(VARS).create_dataset("0", (3,), h5py.vlen_dtype(np.float32))


def deep(root: Any) -> None:
    root.create_group("layers/" + "a/" * 60)


def only_optimizer(root: Any) -> None:
    root["optimizer/vars/0"] = np.ones(3)


def keras_2(root: Any) -> None:
    root.attrs["layer_names"] = np.array([b"dense"])


TRAPS: dict[str, tuple[Callable[[Any], None], str]] = {
    "external link": (external_link, "link to somewhere else"),
    "soft link": (soft_link, "link to somewhere else"),
    "circle": (circle, "under two names"),
    "external storage": (external_storage, "in another file"),
    "virtual": (virtual, "in another file"),
    "declared": (declared, "does not hold them"),
    "compressed": (compressed, "does not hold them"),
    "text": (text, "no array of numbers"),
    "objects": (objects, "no array of numbers"),
    "deep": (deep, "nested deeper"),
    "only the optimizer": (only_optimizer, "no weights of layers"),
    "Keras 2": (keras_2, "written by Keras 2"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_with_a_sentence(trap: str, tmp_path: Path) -> None:
    """Title and remedy, the way back to seeded weights as a fix, and no memory for what is only declared."""
    fill, why = TRAPS[trap]
    path = tmp_path / "trap.weights.h5"
    path.write_bytes(hdf5(fill))
    tracemalloc.start()
    with pytest.raises(WeightsError) as caught:
        read_weights(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.severity) == ("weights.file", "error")
    assert why in diagnostic.title, diagnostic.title
    assert "trap.weights.h5" in diagnostic.title
    assert diagnostic.detail
    assert diagnostic.fixes[0].title == "use seeded weights"
    assert peak < 16 * MEBIBYTE


@pytest.mark.parametrize("content", [b"", b"no HDF5 at all", b"\x89HDF\r\n\x1a\n", hdf5(good)[:700], hdf5(good)[:-900]])
def test_empty_foreign_and_truncated_files(content: bytes, tmp_path: Path) -> None:
    """Whatever the library raises becomes one sentence."""
    for name in ("broken.weights.h5", "broken.keras"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match=name):
            read_weights(tmp_path / name)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """They are named."""
    with pytest.raises(WeightsError, match="There is no weights file"):
        read_weights(tmp_path / "none.weights.h5")
    with pytest.raises(WeightsError, match="There is no weights file"):
        read_weights(tmp_path)


def keras_file(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_refused_unread(tmp_path: Path) -> None:
    """256 MiB of zeros in 256 KiB, and a configuration of the same kind."""
    zeros = bytes(256 * MEBIBYTE)
    whole = {"config.json": b"{}", "model.weights.h5": hdf5(good)}
    for name in whole:
        path = keras_file(tmp_path / "bomb.keras", {**whole, name: zeros}, zipfile.ZIP_DEFLATED)
        tracemalloc.start()
        with pytest.raises(WeightsError, match="far more than it holds"):
            read_weights(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 16 * MEBIBYTE


def test_a_keras_file_without_its_parts_or_with_too_many(tmp_path: Path) -> None:
    """No configuration, no weights, thousands of members, a configuration that never ends."""
    parts = {"config.json": b"{}", "model.weights.h5": hdf5(good)}
    for members, why in (
        ({"config.json": b"{}"}, "no model.weights.h5"),
        ({"model.weights.h5": parts["model.weights.h5"]}, "no config.json"),
        ({**parts, **{f"m{at}": b"" for at in range(4100)}}, "more than 4096 members"),
        ({**parts, "config.json": b"[" * 200_000}, "nested too deep"),
        ({**parts, "config.json": b"{"}, "damaged"),
    ):
        with pytest.raises(WeightsError, match=why):
            read_weights(keras_file(tmp_path / "parts.keras", members))


def test_names_come_from_the_configuration_where_the_weights_do_not_tell_them(tmp_path: Path) -> None:
    """An older Keras wrote no names beside the weights; the configuration counts classes as Keras does."""

    def nameless(root: Any) -> None:
        for key in ("dense", "dense_1", "functional/layers/lstm"):
            root[f"layers/{key}/vars/0"] = np.ones(2, np.float32)

    inner = {"class_name": "Functional", "config": {"layers": [{"class_name": "LSTM", "config": {"name": "inside"}}]}}
    layers = [{"class_name": "Dense", "config": {"name": name}} for name in ("z_first", "a_second")]
    config = {"class_name": "Functional", "config": {"layers": [{"class_name": 3}, *layers, inner]}}
    members = {"config.json": json.dumps(config).encode(), "model.weights.h5": hdf5(nameless)}
    found = read_weights(keras_file(tmp_path / "old.keras", members))
    assert [(layer.key, layer.name) for layer in found.layers] == [
        ("layers/dense", "z_first"),
        ("layers/dense_1", "a_second"),
        ("layers/functional/layers/lstm", "inside"),
    ]


def test_layers_of_nested_and_subclassed_models_are_layers(tmp_path: Path) -> None:
    """The last `layers/NAME` names the layer; a subclassed model names attributes; `dense_2` stands before `dense_10`."""

    def subclassed(root: Any) -> None:
        for key in ("dense_10", "dense_2", "reader/cell"):
            root[f"{key}/vars/0"] = np.ones(2, np.float32)
        root["optimizer/vars/0"] = np.ones(2, np.float32)

    path = tmp_path / "own.weights.h5"
    path.write_bytes(hdf5(subclassed))
    found = read_weights(path)
    assert [(layer.key, dict(layer.shapes)) for layer in found.layers] == [
        ("dense_2", {"vars/0": (2,)}),
        ("dense_10", {"vars/0": (2,)}),
        ("reader", {"cell/vars/0": (2,)}),
    ]


def test_more_than_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays that are really there are bounded in sum."""
    monkeypatch.setattr(arrays, "LARGEST_BYTES", 16)
    path = tmp_path / "large.weights.h5"
    path.write_bytes(hdf5(good))
    with pytest.raises(WeightsError, match="GiB of weights"):
        read_weights(path)
