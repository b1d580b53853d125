"""Graph to plan."""

from engine.catalog.snapshot import load_snapshot
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.plan.values import Call, Construct, MakeInput
from tests.documents import chain, graph_of

CATALOG = load_snapshot()
SEQUENCE = {"shape": [None, 3]}


def test_a_layer_is_made_just_before_its_first_call_and_shared_by_reuse() -> None:
    """Two calls, one construction, even where the Reuse comes first."""
    document = graph_of(
        {
            "b1": ("Input", SEQUENCE),
            "b2": ("LSTM", {"units": 4, "return_sequences": True}),
            "b3": ("Reuse", {"of": "b2"}),
        },
        [("b1.output", "b3.inputs"), ("b1.output", "b2.inputs")],
    )
    plan = lower(document, CATALOG)
    kinds = [type(step) for step in plan.steps]
    assert kinds == [MakeInput, Construct, Call, Call]
    assert {step.layer for step in plan.steps if isinstance(step, Call)} == {"b2"}


def test_states_lists_and_masks_go_where_keras_wants_them() -> None:
    """`initial_state` is a list, Attention takes one list, an explicit mask is named."""
    document = graph_of(
        {
            "b1": ("Input", SEQUENCE), "b2": ("Masking", {}), "b3": ("LSTM", {"units": 3, "return_state": True}),
            "b4": ("LSTM", {"units": 3, "return_sequences": True}), "b5": ("Attention", {}),
        },
        [
            ("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b1.output", "b4.inputs"),
            ("b3.state_h", "b4.initial_state_h"), ("b3.state_c", "b4.initial_state_c"), ("b2.output.mask", "b4.mask"),
            ("b4.output", "b5.query"), ("b2.output", "b5.value"),
        ],
    )  # fmt: skip
    calls = {step.block: step for step in lower(document, CATALOG).steps if isinstance(step, Call)}
    assert calls["b4"].keywords["initial_state"] == (PortRef("b3", "state_h"), PortRef("b3", "state_c"))
    assert calls["b4"].keywords["mask"] == PortRef("b2", "output.mask")
    assert calls["b5"].positional == ((PortRef("b4", "output"), PortRef("b2", "output")),)
    assert calls["b3"].outputs == ("output", "state_h", "state_c")


def test_what_cannot_be_called_is_left_out_with_what_lies_below() -> None:
    """An unknown type, a missing input, a cycle: named, never raised."""
    document = chain([("Nonsense", {}), ("Dense", {"units": 1})])
    plan = lower(document, CATALOG)
    assert plan.left_out == ("b2", "b3")
    assert plan.outputs == ()
