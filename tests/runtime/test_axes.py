"""Lengths as formulas and axes by name, found by asking Keras."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
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
from engine.runtime.lengths import POINTS, Length, renamed, sum_of
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


def of(variable: str, function: Callable[[int], int]) -> Length:
    """A length by its function."""
    return Length(variable, tuple(function(point) for point in POINTS))


T_A, HALF_B = of("T_a", lambda t: t), of("T_b", lambda t: t // 2)


def test_sums_stand_in_parentheses_where_they_must() -> None:
    """A sum is doubled and halved as a whole; one form, whatever the order."""
    both = sum_of([HALF_B, T_A])
    assert both is not None
    assert both.formula == "T_a+floor(T_b/2)"
    assert Length(both.variable, tuple(2 * point for point in POINTS)).formula == "2*(T_a+floor(T_b/2))"
    assert Length(both.variable, tuple(point // 2 for point in POINTS)).formula == "floor((T_a+floor(T_b/2))/2)"


@pytest.mark.parametrize(
    ("lengths", "rest", "formula"),
    [
        ([of("T", lambda t: t), of("T", lambda t: t // 2)], 0, "T+floor(T/2)"),
        ([of("T", lambda t: t // 2), of("T", lambda t: t)], -3, "T+floor(T/2)-3"),
        ([of("T", lambda t: t // 2), of("T", lambda t: (t + 1) // 2)], 0, "T"),
        ([T_A, of("T_b", lambda t: (t - 3) // 2 + 1)], 0, "T_a+floor((T_b-1)/2)"),
        ([of("T_a", lambda t: 2 * t), T_A, of("T_c", lambda t: t - 2)], 1, "3*T_a+T_c-1"),
        ([of("T_a", lambda t: t * t)], 0, None),
    ],
)
def test_sums_have_one_form(lengths: list[Length], rest: int, formula: str | None) -> None:
    """What can be one formula is one; a number stands at the end, or in a floor that stays short."""
    for order in (lengths, lengths[::-1]):
        total = sum_of(order, rest)
        assert (total and total.formula) == formula


def test_equal_lengths_make_a_sum_shorter() -> None:
    """Also within a floor; what is then none of the family keeps its parts."""
    both = sum_of([T_A, of("T_b", lambda t: t)])
    halved = Length(both.variable, tuple(point // 2 for point in POINTS))  # type: ignore[union-attr]
    third = Length(both.variable, tuple(point // 3 for point in POINTS))  # type: ignore[union-attr]
    assert [renamed(length, {"T_b": "T_a"}).formula for length in (both, halved, third)] == [  # type: ignore[arg-type]
        "2*T_a", "T_a", "floor((2*T_a)/3)",
    ]  # fmt: skip
    assert renamed(sum_of([T_A, HALF_B]) or T_A, {"T_b": "T_a"}).formula == "T_a+floor(T_a/2)"


PIECES: list[tuple[str, dict[str, Any]]] = [
    ("MaxPooling1D", {}), ("AveragePooling1D", {"pool_size": 3, "strides": 2}), ("Conv1D", CONV),
    ("Conv1D", {**CONV, "strides": 3, "padding": "same"}), ("UpSampling1D", {}), ("ZeroPadding1D", {"padding": [1, 2]}),
    ("Cropping1D", {}), ("LSTM", {"units": 4, "return_sequences": True}),
]  # fmt: skip


def woven(seed: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Blocks over two inputs, each reading one or two earlier ones: `b5` reads `b5.reads`."""
    random, blocks = Random(seed), {name: ("Input", dict[str, Any](SEQUENCE)) for name in "ab"}
    for at in range(8):
        sources = random.choices(list(blocks), k=random.choice((1, 2)))
        kind, arguments = random.choice(PIECES) if len(sources) == 1 else ("Concatenate", {"axis": 1})
        blocks[f"b{at}" + "".join(f".{source.partition('.')[0]}" for source in sources)] = (kind, arguments)
    return blocks


def woven_document(seed: int, *sizes: int | None) -> Document:
    """The same with these lengths of the inputs."""
    blocks: dict[str, Any] = {}
    wires: list[tuple[str, str]] = []
    for key, (kind, arguments) in woven(seed).items():
        name, *sources = key.split(".")
        blocks[name] = (kind, arguments) if sources else (kind, {"shape": [sizes["ab".index(name)], 4]})
        wires += [(f"{source}.output", f"{name}.inputs") for source in sources]
    return graph_of(blocks, wires)


@pytest.mark.parametrize("seed", range(12))
def test_every_formula_says_what_keras_makes_of_numbers(seed: int) -> None:
    """Branches of two inputs, halved, cut, joined again and again: each has a formula, and the length is what it says."""
    formulas = times(woven_document(seed, None, None))
    assert None not in formulas.values()
    for sizes in ((150, 97), (211, 340)):
        names = {"T_input_a": sizes[0], "T_input_b": sizes[1], "floor": math.floor}
        told = {block: str(eval(formula or "", dict(names))) for block, formula in formulas.items()}
        assert times(woven_document(seed, *sizes)) == told


@pytest.mark.parametrize(
    ("layers", "formula"),
    [([("UpSampling1D", {}), ("Conv1D", {**CONV, "strides": 3})], "floor((2*T)/3)"),
     ([("MaxPooling1D", {})] * 5, "floor(T/32)"),
     ([("MaxPooling1D", {"pool_size": 5}), ("Conv1D", CONV), ("MaxPooling1D", {"pool_size": 3})], "floor((T-10)/15)"),
     ([("MaxPooling1D", {}), ("UpSampling1D", {}), ("MaxPooling1D", {"pool_size": 3})], "floor((2*floor(T/2))/3)")],
)  # fmt: skip
def test_what_one_floor_cannot_say_two_do(layers: list[Any], formula: str) -> None:
    """A window over a length that is itself a formula; floors of floors are one where they can."""
    assert last(chain_of(*layers)).time == formula


def test_a_sum_of_formulas_is_told_everywhere() -> None:
    """In the shape as people read it, and in the JSON form."""
    document = graph_of(
        {
            "a": ("Input", SEQUENCE),
            "b": ("Input", SEQUENCE),
            "p": ("MaxPooling1D", {}),
            "c": ("Concatenate", {"axis": 1}),
        },
        [("b.output", "p.inputs"), ("a.output", "c.inputs"), ("p.output", "c.inputs")],
    )
    spec = last(document)
    assert spec.text() == "(B, T_input_a+⌊T_input_b/2⌋, 4)"
    assert encode_spec(spec)["time"] == "T_input_a+floor(T_input_b/2)"


def test_a_sum_and_an_input_that_must_be_as_long() -> None:
    """Keras adds them where they are equal; the sum's name stays."""
    document = graph_of(
        dict.fromkeys("abz", ("Input", SEQUENCE)) | {"c": ("Concatenate", {"axis": 1}), "x": ("Add", {})},
        [("a.output", "c.inputs"), ("b.output", "c.inputs"), ("c.output", "x.inputs"), ("z.output", "x.inputs")],
    )
    assert times(document)["x"] == "T_input_a+T_input_b"
