"""Lengths as formulas and axes by name, found by asking Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.analysis.encoding import decode_spec, encode_spec
from engine.analysis.values import TensorSpec
from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner
from engine.runtime.lengths import POINTS, formula_of
from tests.conftest import TENSORFLOW
from tests.documents import graph_of

pytestmark = TENSORFLOW
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
SEQUENCE = {"shape": [None, 4]}
CONV = {"filters": 4, "kernel_size": 3}


def chain_of(*layers: tuple[str, dict[str, Any]], shape: tuple[int | None, ...] = (None, 4)) -> Document:
    """Layers and operations in a row."""
    blocks: dict[str, Any] = {"b1": ("Input", {"shape": list(shape)})}
    wires: list[tuple[str, str]] = []
    for at, (kind, arguments) in enumerate(layers, 2):
        blocks[f"b{at}"] = (kind, arguments)
        wires.append((f"b{at - 1}.output", f"b{at}.{'x' if kind.startswith('keras') else 'inputs'}"))
    return graph_of(blocks, wires)


def last(document: Document) -> TensorSpec:
    """What leaves the last block."""
    spec = ANALYST.analyse(document, probe=False).spec(PortRef(document.graph.blocks[-1].id, "output"))
    assert spec is not None
    assert decode_spec(encode_spec(spec)) == spec
    return spec


@pytest.mark.parametrize(
    ("layers", "text", "axes"),
    [([("Conv1D", CONV), ("MaxPooling1D", {}), ("UpSampling1D", {"size": 3})], "(B, 3⌊(T-2)/2⌋, 4)", "batch time features"),
     ([("Permute", {"dims": [2, 1]})], "(B, 4, T)", "batch features time"),
     ([("Permute", {"dims": [2, 1]}), ("Permute", {"dims": [2, 1]}), ("Conv1D", CONV)], "(B, T-2, 4)", "batch time features"),
     ([("Flatten", {})], "(B, 4T)", "batch features"),
     ([("Reshape", {"target_shape": [-1, 1]})], "(B, 4T, 1)", "batch time features"),
     ([("Reshape", {"target_shape": [-1, 2, 2]})], "(B, T, 2, 2)", "batch time  features"),
     ([("keras.ops.mean", {"axis": -1})], "(B, T)", "batch time"),
     ([("keras.ops.mean", {"axis": -1}), ("keras.ops.expand_dims", {"axis": -1}), ("LSTM", {"units": 2, "return_sequences": True})],
      "(B, T, 2)", "batch time features"),
     ([("keras.ops.transpose", {"axes": [1, 0, 2]})], "(T, B, 4)", "time batch features"),
     ([("keras.ops.getitem", {"key": ":, 1:-1"})], "(B, T-2, 4)", "batch time features"),
     ([("keras.ops.getitem", {"key": ":, -1"})], "(B, 4)", "batch features"),
     ([("keras.ops.reshape", {"newshape": [-1, 2]})], "(?, 2)", " features"),
     ([("LSTM", {"units": 3}), ("RepeatVector", {"n": 7})], "(B, 7, 3)", "batch time features")],
)  # fmt: skip
def test_names_and_formulas_follow_what_keras_makes(layers: list[Any], text: str, axes: str) -> None:
    """Through reshapes where the result allows it; what is put together loses its name."""
    spec = last(chain_of(*layers))
    assert (spec.text(), " ".join(spec.axes)) == (text, axes)


def test_a_fixed_length_is_a_number_wherever_its_axis_goes() -> None:
    """Permuted, then cut."""
    spec = last(chain_of(("Permute", {"dims": [2, 1]}), ("keras.ops.getitem", {"key": ":, :, 2:"}), shape=(10, 4)))
    assert (spec.time, spec.time_axis) == ("8", 2)


def two(*further: tuple[str, str, dict[str, Any], str]) -> Document:
    """Inputs `input_a` and `input_b` and blocks that read both: id, type, arguments, ports."""
    blocks: dict[str, Any] = {"a": ("Input", SEQUENCE), "b": ("Input", SEQUENCE)}
    wires: list[tuple[str, str]] = []
    for key, kind, arguments, ports in further:
        blocks[key] = (kind, arguments)
        names = ports.split()
        wires += [("a.output", f"{key}.{names[0]}"), ("b.output", f"{key}.{names[-1]}")]
    return graph_of(blocks, wires)


def times(document: Document) -> dict[str, str | None]:
    """The formula of every block's output."""
    known = ANALYST.analyse(document, probe=False).blocks
    return {block: analysis.outputs["output"].time for block, analysis in known.items() if analysis.outputs}


def test_two_lengths_have_two_letters_and_add_up() -> None:
    """Joined along time; attention follows its query."""
    found = times(two(("c", "Concatenate", {"axis": 1}, "inputs"), ("e", "Attention", {}, "query value")))
    assert found == {"a": "T_input_a", "b": "T_input_b", "c": "T_input_a+T_input_b", "e": "T_input_a"}


def test_what_ties_two_lengths_makes_them_one_everywhere() -> None:
    """Only equal lengths can be added; then the letter is the first input's, also above and beside."""
    found = times(two(("c", "Add", {}, "inputs"), ("d", "Concatenate", {"axis": 1}, "inputs")))
    assert found == {"a": "T_input_a", "b": "T_input_a", "c": "T_input_a", "d": "2*T_input_a"}
    assert times(two(("d", "keras.ops.multiply", {}, "x1 x2")))["b"] == "T_input_a"


def test_a_tie_goes_when_its_block_goes() -> None:
    """The same analyst, edit after edit."""
    assert times(two(("c", "Add", {}, "inputs")))["b"] == "T_input_a"
    assert times(two(("c", "Concatenate", {"axis": 1}, "inputs")))["b"] == "T_input_b"


def test_one_length_on_two_ways_is_one_variable() -> None:
    """T-2 and T join to 2T-2."""
    document = graph_of(
        {"a": ("Input", SEQUENCE), "k": ("Conv1D", CONV), "c": ("Concatenate", {"axis": 1})},
        [("a.output", "k.inputs"), ("k.output", "c.inputs"), ("a.output", "c.inputs")],
    )
    assert times(document)["c"] == "2*T-2"


@pytest.mark.parametrize("steps", [6, 9])
def test_formulas_say_what_runs(steps: int) -> None:
    """Strides, dilation, padding: the length of a run is what the formula gives."""
    document = chain_of(
        ("Conv1D", {**CONV, "strides": 2, "padding": "same"}), ("ZeroPadding1D", {"padding": [2, 1]}),
        ("AveragePooling1D", {"pool_size": 3, "strides": 2}),
    )  # fmt: skip
    from dataclasses import replace

    document = replace(document, sample={"batch": 2, "inputs": {"input_b1": {"timesteps": steps}}})
    analysis = ANALYST.analyse(document)
    run = Runner().run(document, analysis=analysis)
    for block in ("b2", "b3", "b4"):
        formula = analysis.spec(PortRef(block, "output")).time  # type: ignore[union-attr]
        assert formula is not None
        wanted = eval(formula, {"T": steps, "floor": np.floor})
        assert run.ports[PortRef(block, "output")].shape[1] == wanted


def test_sums_stand_in_parentheses_where_they_must() -> None:
    """A sum is doubled and halved as a whole."""
    assert formula_of("T_a+T_b", tuple(2 * point for point in POINTS)) == "2*(T_a+T_b)"
    assert formula_of("T_a+T_b", tuple(point // 2 for point in POINTS)) == "floor((T_a+T_b)/2)"
