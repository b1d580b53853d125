"""Executes exported modules in a fresh process and compares their numbers.

The module is executed where nothing of SeqLoom can be imported. Of ours there is only, later, how equal recurrent layers
share a graph: traced one by one, those of a thousand blocks take minutes.

`python -I fresh_process.py FOLDER… [FILE]`: each FOLDER holds `model.py`, `weights.npz`, `inputs.npz`, `expected.npz`;
`answer.json` is written there, and also FILE, `model.keras` or `model.weights.h5`, which is loaded again and compared.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

KERAS = "model.keras"
FILES = (KERAS, "model.weights.h5")


def main(folder: Path, file: str) -> None:
    """Writes the answer: the largest difference, or the error in one line."""
    try:
        answer: dict[str, Any] = {"difference": _difference(folder, file)}
    except Exception as error:  # whatever the exported code raises is the answer
        first = (str(error).strip().splitlines() or [""])[0]
        answer = {"error": f"{type(error).__name__}: {first}"[:400]}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _difference(folder: Path, file: str) -> float:
    import numpy as np

    model, layers = _built(folder / "model.py")
    _set_weights(layers, np.load(folder / "weights.npz", allow_pickle=False))
    inputs = list(np.load(folder / "inputs.npz", allow_pickle=False).values())
    expected = list(np.load(folder / "expected.npz", allow_pickle=False).values())
    difference = _largest(_outputs(model, inputs), expected)
    if file:
        difference = max(difference, _largest(_outputs(_saved_and_loaded(model, folder, file), inputs), expected))
    return difference


def _saved_and_loaded(model: Any, folder: Path, file: str) -> Any:
    """The model as whoever gets the file has it."""
    import keras

    if file == KERAS:
        model.save(folder / file)
        return keras.models.load_model(folder / file, safe_mode=True)
    model.save_weights(folder / file)
    again, _ = _built(folder / "model.py")
    again.load_weights(folder / file)
    return again


def _built(path: Path) -> tuple[Any, list[Any]]:
    """The model of a module, and its layers in the order in which they were constructed: the order of the plan.

    A layer of which only the mask is used is none of `model.layers`; it was called all the same.
    """
    import keras

    made: list[Any] = []
    called: list[Any] = []
    calling: list[Any] = []
    construct, call = keras.layers.Layer.__init__, keras.layers.Layer.__call__

    def constructing(self: Any, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        construct(self, *args, **kwargs)

    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not calling:
            called.append(self)
        calling.append(self)
        try:
            return call(self, *args, **kwargs)
        finally:
            calling.pop()

    keras.layers.Layer.__init__, keras.layers.Layer.__call__ = constructing, noting
    try:
        model = runpy.run_path(str(path))["build_model"]()
    finally:
        keras.layers.Layer.__init__, keras.layers.Layer.__call__ = construct, call
    own = {id(layer) for layer in (*model.layers, *called)}
    others = (keras.layers.InputLayer, keras.Model)
    return model, [layer for layer in made if id(layer) in own and not isinstance(layer, others)]


def _set_weights(layers: list[Any], weights: Any) -> None:
    for place, layer in enumerate(layers):
        names = sorted(
            (name for name in weights.files if name.startswith(f"{place}/")), key=lambda n: int(n.split("/")[1])
        )
        if len(names) != len(layer.get_weights()):
            raise ValueError(f"{layer.name} has {len(layer.get_weights())} weights, the engine's has {len(names)}")
        layer.set_weights([weights[name] for name in names])


def _outputs(model: Any, inputs: list[Any]) -> list[Any]:
    import keras
    import tensorflow as tf

    tensors = [tf.constant(array) for array in inputs]
    with _shared_graphs()(model):
        given = model(tensors[0] if len(tensors) == 1 else tensors, training=False)
    return [tensor.numpy() for tensor in keras.tree.flatten(given)]


def _shared_graphs() -> Any:
    root = str(Path(__file__).resolve().parents[2])
    sys.path.insert(0, root)
    try:
        from engine.runtime.shared_graphs import shared_graphs
    finally:
        sys.path.remove(root)
    return shared_graphs


def _largest(found: list[Any], expected: list[Any]) -> float:
    import numpy as np

    if [array.shape for array in found] != [array.shape for array in expected]:
        raise ValueError(f"shapes {[array.shape for array in found]}, the engine's {[a.shape for a in expected]}")
    worst = 0.0
    for ours, theirs in zip(found, expected, strict=True):
        if not np.array_equal(np.isnan(ours.astype(float)), np.isnan(theirs.astype(float))):
            return float("inf")
        gap = np.nan_to_num(np.abs(ours.astype(float) - theirs.astype(float)))
        worst = max(worst, float((gap / np.maximum(1.0, np.nan_to_num(np.abs(theirs.astype(float))))).max(initial=0.0)))
    return worst


if __name__ == "__main__":
    wanted = next((argument for argument in sys.argv[2:] if argument in FILES), "")
    for argument in sys.argv[1:]:
        if argument not in FILES:
            main(Path(argument), wanted)
