"""What broke with data: the block, the sentence, and nothing of where in whose code."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.analysis.values import Diagnostic
from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.protocol.work import NO_MEMORY
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner
from engine.runtime.run_failure import run_failure, without_machinery
from tests.documents import graph_of

pytestmark = pytest.mark.xdist_group("tensorflow")
SERIES: tuple[str, dict[str, Any]] = ("Input", {"shape": [None, 3]})
FLAGS: tuple[str, dict[str, Any]] = ("Input", {"shape": [None], "dtype": "bool"})
TOKENS: tuple[str, dict[str, Any]] = ("Input", {"shape": [None], "dtype": "int32"})


def failure(document: Document) -> Diagnostic:
    """The only diagnostic of a run that fails."""
    runner = Runner()
    run = runner.run(document)
    assert not run.ok
    (problem,) = run.diagnostics
    for text in (problem.title, problem.detail, problem.keras):
        assert not any(word in text for word in ("File ", ".py", "{{", "[Op:", "Traceback", "most recent call"))
    assert (problem.stage, problem.severity, run.ms) == ("run", "error", None)
    assert PortRef("b1", "output") in run.ports
    return problem


def test_a_mask_of_another_length_fails_inside_the_graph() -> None:
    """TensorFlow's graph errors carry a whole traceback; one sentence is left of it."""
    problem = failure(
        graph_of(
            {"b1": SERIES, "b2": FLAGS, "b3": ("LSTM", {"units": 4})},
            [("b1.output", "b3.inputs"), ("b2.output", "b3.mask")],
            sample={"inputs": {"input_b2": {"timesteps": 3}}},
        )
    )
    assert (problem.block, problem.title) == ("b3", "lstm_b3 fails when data runs through it")
    assert re.fullmatch(r"Trying to access element [3-9] in a list with 3 elements\.", problem.detail)


def test_branches_of_other_lengths() -> None:
    """Hidden by None until data show it."""
    problem = failure(
        graph_of(
            {"b1": SERIES, "b2": ("Conv1D", {"filters": 3, "kernel_size": 2}), "b3": ("Add", {})},
            [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.output", "b3.inputs")],
            sample={"batch": 2, "inputs": {"input_b1": {"timesteps": 5}}},
        )
    )
    assert (problem.block, problem.detail) == ("b3", "Incompatible shapes: [2,5,3] vs. [2,4,3]")


def test_states_of_another_size_name_the_block_that_takes_them() -> None:
    """Keras names only the cell."""
    problem = failure(
        graph_of(
            {"b1": SERIES, "b2": ("GRU", {"units": 3, "return_state": True}), "b3": ("GRU", {"units": 4})},
            [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.state", "b3.initial_state")],
        )
    )
    assert problem.block == "b3"
    assert problem.detail.startswith("Dimensions must be equal, but are 3 and 4 in MatMul with input shapes:")


def test_tokens_that_no_embedding_has() -> None:
    """A pad value beyond input_dim."""
    entry = {"pad_value": 12, "lengths": [3, 4]}
    problem = failure(
        graph_of(
            {"b1": TOKENS, "b2": ("Embedding", {"input_dim": 9, "output_dim": 4})},
            [("b1.output", "b2.inputs")],
            sample={"inputs": {"input_b1": entry}},
        )
    )
    assert (problem.block, problem.detail) == ("b2", "indices[0,3] = 12 is not in [0, 9)")


def test_plain_sentences_stay_as_they_are() -> None:
    """Keras's own messages carry no machinery; an empty one stays empty."""
    said = "The `mask` must be broadcastable to `inputs`.\nReceived: inputs.shape=(3, 5, 3), mask.shape=(3, 5)"
    assert without_machinery(said) == said
    assert without_machinery("  ") == ""


@pytest.mark.parametrize("error", [MemoryError("std::bad_alloc"), RuntimeError("std::bad_alloc"), MemoryError()])
def test_memory_that_runs_out_in_a_block_is_told_with_the_remedy(error: Exception) -> None:
    """Not as a fault of the block; whoever had no room."""
    document = graph_of({"b1": SERIES, "b2": ("LSTM", {"units": 4})}, [("b1.output", "b2.inputs")])
    problem = run_failure(document, "b2", error)
    assert (problem.code, problem.block) == (NO_MEMORY, "b2")
    assert problem.title == "There is not enough memory to run lstm_b2"
    assert problem.detail.startswith("Use a smaller batch, fewer timesteps or fewer units")


def test_tensorflows_own_words_name_the_tensor_that_found_no_room() -> None:
    """A ResourceExhaustedError, as its allocator raises it, through the whole explanation."""
    from engine.runtime.environment import tensorflow

    said = "OOM when allocating tensor with shape[204800,4096] and type float on /device:CPU:0 by allocator mklcpu"
    error = tensorflow.errors.ResourceExhaustedError(None, None, said)
    document = graph_of({"b1": SERIES, "b2": ("Dense", {"units": 4})}, [("b1.output", "b2.inputs")])
    analyst = Analyst(load_snapshot())
    problem = analyst.run_failure(document, "b2", error)
    assert problem.title == "There is not enough memory to run dense_b2 for a tensor (204800, 4096)"
    assert "OOM when allocating" in problem.keras
