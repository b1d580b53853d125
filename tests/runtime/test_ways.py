"""Where Keras's own ways to run a model differ, the block is named and the edit that mends it was tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edits import SetArgument
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime.analyse import Analyst
from engine.runtime.assemble import Assembler
from engine.runtime.ways import CODE, WaysTester, is_cheap
from tests.documents import chain, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
TESTER = WaysTester(CATALOG, lambda document: ANALYST.analyse(document, probe=False))
DENSE = {"layer": {"type": "Dense", "arguments": {"units": 2}}}


def found(document: Document) -> tuple[Any, ...]:
    """What the test says of a document."""
    return TESTER.test(document, ANALYST.analyse(document, probe=False), None, Work())


def _shape(outputs: Any) -> tuple[int, ...]:
    return tuple((outputs[0] if isinstance(outputs, list) else outputs).shape)


def test_the_steps_that_time_distributed_loses_in_predict_are_found() -> None:
    """The very disagreement of plain Keras, at the very block, and the inner layer alone as the remedy."""
    document = with_sample(chain([("LSTM", {"units": 3, "return_sequences": True}), ("TimeDistributed", DENSE)], 3))
    (warning,) = found(document)
    assert (warning.code, warning.block, warning.severity) == (CODE, "b3", "warning")
    model = Assembler(CATALOG).assemble(lower(document, CATALOG), document.seed).model
    model.predict([np.zeros((2, 10, 3), "float32")], verbose=0)
    second = np.zeros((3, 8, 3), "float32")
    lost = _shape(model.predict([second], verbose=0))
    direct = _shape(model([second]))
    assert lost != direct, "Keras has mended it: the test has nothing to find any more"
    assert f"{direct} when called and {lost} in predict" in warning.title
    (fix,) = warning.fixes
    assert fix.title.startswith("Use Dense alone")
    assert found(apply_all(document, fix.edits, CATALOG)) == ()


def test_a_wrapper_that_is_needed_is_not_taken_away() -> None:
    """Softmax over axis 1 is over the features inside the wrapper, over time alone: other numbers, not offered."""
    inner = {"layer": {"type": "Softmax", "arguments": {"axis": 1}}}
    reader = ("LSTM", {"units": 3, "return_sequences": True})
    (warning,) = found(with_sample(chain([reader, ("TimeDistributed", inner)], 3)))
    assert warning.block == "b3"
    assert warning.fixes == ()


def test_a_loop_unrolled_for_one_length_is_found_where_it_fails() -> None:
    """Building it and a direct call work; a function of unknown length cannot be made."""
    document = with_sample(
        chain([("LSTM", {"units": 3, "unroll": True, "return_sequences": True}), ("Dense", {"units": 1})], 3)
    )
    (warning,) = found(document)
    assert warning.block == "b2"
    assert "fails in" in warning.title
    assert [fix.title for fix in warning.fixes] == ["Turn off unroll in block_2"]


@pytest.mark.parametrize(
    "layers",
    [
        [("Masking", {}), ("LSTM", {"units": 3, "return_sequences": True}), ("Dense", {"units": 1})],
        [("Bidirectional", {"layer": {"type": "GRU", "arguments": {"units": 2}}})],
        [("Conv1D", {"filters": 2, "kernel_size": 3}), ("GlobalAveragePooling1D", {})],
        [("Dropout", {"rate": 0.5}), ("BatchNormalization", {})],
    ],
)
def test_models_on_which_keras_agrees_with_itself_are_left_alone(layers: list[tuple[str, dict[str, Any]]]) -> None:
    assert found(with_sample(chain(layers, 3), lengths=[3, 7])) == ()


def test_a_fixed_length_loses_nothing() -> None:
    """The question's second example: T is fixed, and TimeDistributed keeps all steps."""
    document = chain([("TimeDistributed", DENSE)], 3)
    assert found(apply_all(document, [SetArgument("b1", "shape", [10, 3])], CATALOG)) == ()


def test_only_small_models_are_tested_unasked() -> None:
    small = ANALYST.analyse(chain([("Dense", {"units": 2})], 3), probe=False)
    large = ANALYST.analyse(chain([("Dense", {"units": 3_000_000})], 3), probe=False)
    assert is_cheap(small)
    assert not is_cheap(large)
    assert small.spec(PortRef("b2", "output")) is not None
