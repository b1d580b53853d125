"""What Keras alone says of the trained speakers, as one line of JSON: run in a process of its own by the journeys."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parents[2] / "resources" / "examples"
FIRST, SHARE = 64, 0.01


def main(sequence: int) -> dict[str, Any]:
    """The sentences and steps that the window has to say, of the first utterances of the test part."""
    script = runpy.run_path(str(HERE / "train_speakers.py"), run_name="script")
    model = script["build_model"]()
    model.load_weights(HERE / script["WEIGHTS"])
    with np.load(HERE / "japanese_vowels.npz") as arrays:
        utterances, speakers = arrays["test_x"][:FIRST], arrays["test_y"][:FIRST]
        length = int(arrays["test_lengths"][sequence])
    states = _states(model, utterances, arrays_lengths=(utterances != 0).any(axis=2).sum(axis=1))
    still = 1 + int(np.flatnonzero((np.diff(states[sequence], axis=0) != 0).any(axis=1))[-1]) + 1
    assert still == length
    return {
        "apart": _apart(states[:, -1], speakers), "still": still, **_influence(model, utterances[sequence, :length]),
    }  # fmt: skip


def _states(model: Any, utterances: Any, arrays_lengths: Any) -> Any:
    """(B, T, units) h after each step, by calling Keras's own cell step after step and holding it at padding."""
    cell = model.layers[1].cell
    h = [np.zeros((len(utterances), cell.units), np.float32)] * 2
    steps: list[Any] = []
    for step in range(utterances.shape[1]):
        _, after = cell(utterances[:, step], h)
        real = (step < arrays_lengths)[:, None]
        h = [np.where(real, np.asarray(new), old) for new, old in zip(after, h, strict=True)]
        steps.append(h[0])
    return np.stack(steps, axis=1)


def _apart(last: Any, speakers: Any) -> str:
    first, second = last[speakers == 0], last[speakers == 1]
    gaps = [
        max(first[:, unit].min() - second[:, unit].max(), second[:, unit].min() - first[:, unit].max())
        for unit in range(last.shape[1])
    ]
    best = int(np.argmax(gaps))
    ranges = [
        f"{side[:, best].min():.2f} to {side[:, best].max():.2f} in {len(side)} sequences" for side in (first, second)
    ]
    clear = sum(gap > 0 for gap in gaps)
    return f"Unit {best} tells 0 from 1 best: {ranges[0]}, {ranges[1]}. {clear} of {len(gaps)} tell all apart."


def _influence(model: Any, utterance: Any) -> dict[str, str]:
    """The strongest probability, and from which step on its gradient by h is above a hundredth of the strongest."""
    import tensorflow as tf

    cell, dense = model.layers[1].cell, model.layers[-1]
    with tf.GradientTape() as tape:
        state = [tf.zeros((1, cell.units)), tf.zeros((1, cell.units))]
        hidden: list[Any] = []
        for frame in utterance:
            _, state = cell(frame[None], state)
            state = [tf.identity(state[0]), state[1]]
            tape.watch(state[0])
            hidden.append(state[0])
        output = dense(hidden[-1])
        unit = int(np.argmax(output[0]))
        number = output[0, unit]
    norms = np.array([np.linalg.norm(gradient) for gradient in tape.gradient(number, hidden)])
    first = int(np.flatnonzero(norms >= SHARE * norms.max())[0])
    count = len(norms) - first
    words = f"looks back {count} step{'' if count == 1 else 's'}"
    reach = (
        f"{words}: before step {first} the gradient is below 1 % of its strongest"
        if first
        else f"{words}, to the start"
    )
    return {"output": f"speaker.output unit {unit} = {float(number):.3g}", "reach": reach}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
