"""Every term of a unit's state at a step, against an independent loop that multiplies number by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, tanh
from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.graph.values import JsonObject
from engine.protocol.terms import CellTerms, decode_terms, encode_terms
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.kept import KeptRun
from engine.runtime.terms import terms_of
from engine.runtime.trace import KeptStates
from tests.conftest import TENSORFLOW
from tests.documents import graph_of

pytestmark = TENSORFLOW
LENGTHS = [5, 2, 0]
STEPS, UNITS, FEATURES = 5, 3, 2
BIASED: JsonObject = {"bias_initializer": "random_normal"}
CELLS: dict[str, JsonObject] = {
    "LSTM": {"type": "LSTMCell", "arguments": {"units": UNITS, **BIASED}},
    "GRU": {"type": "GRUCell", "arguments": {"units": UNITS, **BIASED}},
}
LAYERS: dict[str, tuple[str, JsonObject]] = {
    "LSTM": ("LSTM", {"units": UNITS, **BIASED}),
    "LSTM, no bias": ("LSTM", {"units": UNITS, "use_bias": False}),
    "LSTM, backwards": ("LSTM", {"units": UNITS, "go_backwards": True, **BIASED}),
    "LSTM, other activations": ("LSTM", {"units": UNITS, "activation": "relu", "recurrent_activation": "hard_sigmoid"}),
    "GRU": ("GRU", {"units": UNITS, **BIASED}),
    "GRU, reset before": ("GRU", {"units": UNITS, "reset_after": False, **BIASED}),
    "SimpleRNN": ("SimpleRNN", {"units": UNITS, **BIASED}),
    "two directions": ("Bidirectional", {"layer": {"type": "GRU", "arguments": {"units": UNITS, **BIASED}}}),
    "stack": ("RNN", {"cell": [CELLS["GRU"], CELLS["LSTM"]]}),
}
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "tanh": tanh,
    "relu": lambda x: max(x, 0.0),
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0.0), 1.0),
}


def run(layer: tuple[str, JsonObject], shape: tuple[int, ...] = (FEATURES,), **options: Any) -> KeptRun:
    """A padded, masked batch through a recurrent layer."""
    blocks: dict[str, tuple[str, JsonObject]] = {
        "b1": ("Input", {"shape": [None, *shape]}),
        "b2": ("Masking", {}),
        "b3": layer,
    }
    wires = [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs")]
    entry: JsonObject = {"kind": "normal", "lengths": LENGTHS}
    document = graph_of(blocks, wires, sample={"batch": 3, "inputs": {"input_b1": entry}})
    runner = Runner()
    analysis = Analyst(load_snapshot()).analyse(document, probe=False)
    found = runner.run(document, RunOptions(**options), analysis)
    assert found.ok, found.diagnostics
    kept = runner.kept(found.number)
    assert kept is not None
    return kept


def dot(values: Any, weights: Any) -> float:
    """One product after the other, in 64 bits."""
    return sum(float(one) * float(other) for one, other in zip(values, weights, strict=True))


def agree(found: float | None, wanted: float, what: object) -> None:
    assert found == pytest.approx(wanted, abs=1e-5), what


def check(found: CellTerms, states: KeptStates, what: object) -> None:
    """Every product of one unit at one step, and that the cell's equation ends in the run's own h."""
    weights = [np.asarray(weight, np.float64) for weight in states.cell.get_weights()]
    x = states.inputs[found.sequence, found.step]
    backwards = states.layer.go_backwards
    last = found.step + (1 if backwards else -1)
    inside = 0 <= last < STEPS
    before = {
        n: (v[found.sequence, last] if inside else states.initial[n][found.sequence]) for n, v in states.states.items()
    }
    h = before["h"]
    count = weights[0].shape[1] // UNITS
    bias = weights[2] if len(weights) > 2 else None
    resets = "r" in {gate.name for gate in found.gates}
    r = [0.0] * UNITS
    for place, gate in enumerate(found.gates):
        column = place * UNITS + found.unit
        agree(gate.inputs, dot(x, weights[0][:, column]), (what, gate.name))
        state = dot(h, weights[1][:, column])
        if gate.name == "n" and not found.reset_after:
            r = [gate_value(states, x, h, weights, UNITS + unit) for unit in range(UNITS)]
            state = dot([a * b for a, b in zip(r, h, strict=True)], weights[1][:, column])
        agree(gate.state, state, (what, gate.name))
        total = gate.inputs + gate.state
        if bias is None:
            assert gate.bias is gate.state_bias is None
        elif bias.ndim == 2:
            agree(gate.bias, bias[0, column], (what, gate.name))
            agree(gate.state_bias, bias[1, column], (what, gate.name))
            held = state + bias[1, column]
            if gate.name == "n":
                held *= found.gate("r").value
            total = gate.inputs + bias[0, column] + held
        else:
            agree(gate.bias, bias[column], (what, gate.name))
            total += bias[column]
        agree(gate.before, total, (what, gate.name))
        agree(gate.value, FUNCTIONS[gate.activation](total), (what, gate.name))
    assert len(found.gates) == count
    values = {gate.name: gate.value for gate in found.gates}
    after = {name: float(value[found.sequence, found.step, found.unit]) for name, value in states.states.items()}
    assert found.after == after
    assert found.before == {name: float(value[found.unit]) for name, value in before.items()}
    if "c" in after:
        agree(values["f"] * found.before["c"] + values["i"] * values["g"], after["c"], what)
        agree(values["o"] * FUNCTIONS[found.activation](after["c"]), after["h"], what)
    elif resets:
        agree(values["z"] * found.before["h"] + (1 - values["z"]) * values["n"], after["h"], what)
    else:
        agree(values["h"], after["h"], what)


def gate_value(states: KeptStates, x: Any, h: Any, weights: Any, column: int) -> float:
    """A gate of a GRU that resets before."""
    total = dot(x, weights[0][:, column]) + dot(h, weights[1][:, column]) + weights[2][column]
    return FUNCTIONS[states.cell.recurrent_activation.__name__](total)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_terms_of_every_cell_end_in_its_state(kind: str) -> None:
    """Every cell, unit and step of a padded batch; at masked steps the state is held, and there are no terms."""
    kept = run(LAYERS[kind])
    assert kept.states
    for key, states in kept.states.items():
        for sequence, length in enumerate(LENGTHS):
            for step in range(STEPS):
                for unit in range(UNITS):
                    found = terms_of(kept, key, sequence, step, unit)
                    assert found.missing == ""
                    assert found.held == (step >= length)
                    if found.held:
                        assert found.before == found.after
                    else:
                        check(found, states, (kind, key, sequence, step, unit))
                    assert decode_terms(*encode_terms(found)) == found


def test_a_convolution_has_terms_at_every_place() -> None:
    """W and U go over the neighbours of a place; every unit, counted through row and channel."""
    rows, filters = 4, 2
    layer = (
        "ConvLSTM1D",
        {"filters": filters, "kernel_size": 3, "padding": "same", "bias_initializer": "random_normal"},
    )
    kept = run(layer, (rows, FEATURES))
    (key, states), step = next(iter(kept.states.items())), 1
    kernel, recurrent, bias = (np.asarray(weight, np.float64) for weight in states.cell.get_weights())
    x, h = states.inputs[0, step], states.states["h"][0, step - 1]
    for unit in range(rows * filters):
        found = terms_of(kept, key, 0, step, unit)
        row, channel = divmod(unit, filters)
        for place, gate in enumerate(found.gates):
            column = place * filters + channel
            near = [(at, row + at - 1) for at in range(3) if 0 <= row + at - 1 < rows]
            agree(gate.inputs, sum(dot(x[there], kernel[at, :, column]) for at, there in near), (unit, gate.name))
            agree(gate.state, sum(dot(h[there], recurrent[at, :, column]) for at, there in near), (unit, gate.name))
            agree(gate.bias, bias[column], (unit, gate.name))
            assert gate.value == pytest.approx(FUNCTIONS[gate.activation](gate.before), abs=1e-5)
        assert found.after["h"] == pytest.approx(found.gate("o").value * tanh(found.after["c"]), abs=1e-5)
    assert terms_of(kept, key, 1, 3, 0).held


def test_training_drops_what_the_terms_are_made_of() -> None:
    """With dropout the terms are those of what was left, and end in the state of the run."""
    layer = ("LSTM", {"units": UNITS, "dropout": 0.5, "recurrent_dropout": 0.5})
    kept = run(layer, training=True)
    for step in range(STEPS):
        found = terms_of(kept, "b3", 0, step, 1)
        values = {gate.name: gate.value for gate in found.gates}
        agree(values["f"] * found.before["c"] + values["i"] * values["g"], found.after["c"], step)


def test_what_has_no_terms_says_why() -> None:
    """A state, a step, a unit that is not there."""
    kept = run(LAYERS["GRU"])
    for key, sequence, step, unit in (("b9", 0, 0, 0), ("b3", 3, 0, 0), ("b3", 0, STEPS, 0), ("b3", 0, 0, UNITS)):
        assert "no such state" in terms_of(kept, key, sequence, step, unit).missing
