"""What stands at padded steps, read from a run: the rows of the design's page on masks, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from engine.document.values import Document
from engine.protocol.looks import PaddedLook, PaddedSteps, decode_padded_look, encode_padded_look
from engine.runtime.execute import Runner
from tests.documents import chain, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
LENGTHS, STEPS = [2, 6, 4], 6
PADDED = 6  # of 3 sequences of 6 steps
MASKED: tuple[str, dict[str, Any]] = ("Masking", {})


def look(document: Document, block: str) -> PaddedLook:
    """The look at a block after a run, through the reply's form."""
    runner = Runner()
    found = runner.padded(runner.run(document).number, block)
    assert found is not None
    assert decode_padded_look(encode_padded_look(found)) == found
    return found


def model(*layers: tuple[str, dict[str, Any]], **sample: Any) -> Document:
    """A chain fed with padded sequences."""
    return with_sample(chain(list(layers), 3), batch=3, **{"lengths": LENGTHS, "timesteps": STEPS, **sample})


@pytest.mark.parametrize(
    ("layer", "zero", "repeated"),
    [
        (("LSTM", {"units": 4, "return_sequences": True}), 0, PADDED),
        (("GRU", {"units": 4, "return_sequences": True}), 0, PADDED),
        (("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4, "return_sequences": True}}}), PADDED, 0),
        (("RNN", {"cell": {"type": "GRUCell", "arguments": {"units": 4}}, "return_sequences": True,
                  "zero_output_for_mask": True}), PADDED, 0),
        (("Dense", {"units": 4, "bias_initializer": "ones"}), 0, 0),
    ],
)  # fmt: skip
def test_what_leaves_at_masked_steps(layer: tuple[str, dict[str, Any]], zero: int, repeated: int) -> None:
    """An LSTM repeats its last output, a Bidirectional gives zeros, a Dense computes."""
    output = look(model(MASKED, layer), "b3").tensors[0]
    assert output == PaddedSteps("output", False, True, PADDED, zero, repeated, 0)


def test_under_a_mask_the_state_is_held_and_without_one_padding_is_read() -> None:
    """Whether or not every step leaves."""
    held = look(model(MASKED, ("LSTM", {"units": 4})), "b3")
    assert held.tensors == (PaddedSteps("h", True, True, PADDED, 0, PADDED, 0),)
    both = look(model(MASKED, ("Bidirectional", {"layer": {"type": "GRU", "arguments": {"units": 4}}})), "b3")
    assert [(t.what, t.repeated) for t in both.tensors] == [("forward/h", PADDED), ("backward/h", PADDED)]
    moved = look(model(("LSTM", {"units": 4})), "b2")
    assert moved.tensors == (PaddedSteps("h", True, False, PADDED, 0, 0, 0),)


def test_before_the_first_step_there_is_nothing_to_repeat() -> None:
    """Padded before: zeros leave."""
    output = look(model(MASKED, ("LSTM", {"units": 4, "return_sequences": True}), padding="pre"), "b3").tensors[0]
    assert (output.zero, output.repeated) == (PADDED, 0)


def test_a_mean_over_no_step_is_no_number() -> None:
    """NaN is counted as such."""
    document = model(MASKED, ("Dense", {"units": 2}), lengths=[6, 6, 6])
    assert look(document, "b3") == PaddedLook(1, "b3", padding=False)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({}, ""),
        ({"padding": "pre"}, "sequence 0 is padded before its steps"),
        ({"lengths": [6, 0, 4]}, "sequence 1 has no valid step"),
        ({"lengths": [6, 6, 6]}, ""),
    ],
)
def test_the_fused_kernel_takes_masks_that_are_padded_after(sample: dict[str, Any], reason: str) -> None:
    """Asked from the functions with which Keras checks."""
    assert look(model(MASKED, ("LSTM", {"units": 4}), **sample), "b3").kernel == reason
    assert look(model(("LSTM", {"units": 4}), **sample), "b2").kernel == ""


def test_a_run_that_is_gone_says_so() -> None:
    """None: it is no longer kept."""
    assert Runner().padded(7, "b1") is None
