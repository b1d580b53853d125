"""Orders over graphs."""

from engine.graph.order import cyclic_blocks, downstream, topological_order, upstream
from tests.documents import chain, connected, graph_of


def test_a_chain_of_a_thousand_blocks_has_an_order() -> None:
    """Nothing recurses: a long chain is a normal model."""
    document = chain([("Dense", {"units": 1})] * 1000)
    assert topological_order(document.graph) == tuple(f"b{at}" for at in range(1, 1002))


def test_blocks_on_a_cycle_are_named_and_have_no_order() -> None:
    """A block below a cycle is not on it."""
    document = connected(chain([("Dense", {"units": 1})] * 3), ("b3.output", "b2.inputs"))
    graph = document.graph
    assert topological_order(graph) == ("b1",) or "b2" not in topological_order(graph)
    two = graph_of({"b1": ("Add", {}), "b2": ("Add", {}), "b3": ("Dense", {"units": 1})}, [
        ("b1.output", "b2.inputs"), ("b2.output", "b1.inputs"), ("b2.output", "b3.inputs")])  # fmt: skip
    assert cyclic_blocks(two.graph) == ("b1", "b2")
    assert topological_order(two.graph) == ()


def test_above_and_below() -> None:
    """Upstream and downstream leave the block itself out."""
    graph = chain([("Dense", {"units": 1})] * 3).graph
    assert downstream(graph, ("b2",)) == {"b3", "b4"}
    assert upstream(graph, ("b3",)) == {"b1", "b2"}
