"""Ports are cheap and never fail; values are checked before Keras is asked."""

import pytest

from engine.catalog.arguments import check_value, get_argument, set_argument, unset_argument
from engine.catalog.ports import ports_of
from engine.catalog.snapshot import load_snapshot
from engine.graph.values import Block, Graph

CATALOG = load_snapshot()


@pytest.mark.parametrize("kind", [kind for kind in CATALOG.layers if kind != "Reuse"])
def test_every_layer_has_ports_whatever_its_arguments(kind: str) -> None:
    """Also with arguments that make no sense."""
    for arguments in ({}, {"layer": 3, "cell": [], "return_state": "x", "merge_mode": None}):
        ports = ports_of(Block("b1", kind, "a", arguments), Graph(), CATALOG)
        assert ports.outputs
        assert bool(ports.inputs) is (kind != "Input")


def test_a_reuse_has_the_ports_of_what_it_calls_through_chains_and_circles() -> None:
    """A circle of Reuse blocks has the ports of nothing."""
    lstm = Block("b1", "LSTM", "a", {"units": 1, "return_state": True})
    once, twice = Block("b2", "Reuse", "b", {"of": "b1"}), Block("b3", "Reuse", "c", {"of": "b2"})
    graph = Graph((lstm, once, twice))
    assert ports_of(twice, graph, CATALOG) == ports_of(lstm, graph, CATALOG)
    circle = Graph((Block("b1", "Reuse", "a", {"of": "b2"}), Block("b2", "Reuse", "b", {"of": "b1"})))
    assert [port.name for port in ports_of(circle.blocks[0], circle, CATALOG).outputs] == ["output"]


def test_the_names_of_the_contract() -> None:
    """States, initial states, both halves."""
    wrapped = {"layer": {"type": "LSTM", "arguments": {"units": 2, "return_state": True}}}
    ports = ports_of(Block("b1", "Bidirectional", "a", wrapped), Graph(), CATALOG)
    assert [port.name for port in ports.outputs] == ["output", "forward_h", "forward_c", "backward_h", "backward_c"]
    assert [port.name for port in ports.inputs][:3] == ["inputs", "initial_state_forward_h", "initial_state_forward_c"]
    gru = ports_of(Block("b1", "GRU", "a", {"units": 2, "return_state": True}), Graph(), CATALOG)
    assert [port.name for port in gru.outputs] == ["output", "state"]
    assert [port.name for port in gru.inputs][:2] == ["inputs", "initial_state"]


def test_paths_into_lists_of_cells() -> None:
    """`cell.1.arguments.units`."""
    arguments = {
        "cell": [{"type": "GRUCell", "arguments": {"units": 1}}, {"type": "GRUCell", "arguments": {"units": 2}}]
    }
    changed = set_argument(arguments, "cell.1.arguments.units", 9)
    assert get_argument(changed, "cell.1.arguments.units") == 9
    assert get_argument(arguments, "cell.1.arguments.units") == 2
    assert get_argument(unset_argument(changed, "cell.1.arguments.units"), "cell.1.arguments") == {}


@pytest.mark.parametrize(
    ("kind", "name", "bad", "good"),
    [("LSTM", "units", "4", 4), ("LSTM", "units", True, 4), ("Dropout", "rate", "x", 0.5), ("LSTM", "return_sequences", 1, True),
     ("Conv1D", "padding", "left", "causal"), ("Input", "shape", [1.5], [None, 3]), ("Conv1D", "kernel_size", [None], [3]),
     ("Bidirectional", "layer", "LSTM", {"type": "LSTM", "arguments": {}})],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_told_in_words(kind: str, name: str, bad: object, good: object) -> None:
    """Certain mistakes only; the rest is Keras's to say."""
    spec = CATALOG.layers[kind].argument(name)
    assert spec is not None
    assert check_value(spec, bad).startswith("must be")  # type: ignore[arg-type]
    assert check_value(spec, good) == ""  # type: ignore[arg-type]
