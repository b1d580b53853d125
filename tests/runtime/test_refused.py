"""What hung or killed a worker is not asked again: a diagnostic at its block, and the rest keeps its shapes."""

from __future__ import annotations

import pytest

from engine.catalog.snapshot import load_snapshot
from engine.runtime.analyse import Analyst
from engine.runtime.infer import CallKey
from engine.runtime.probe import run_name
from tests.documents import chain, graph_of

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()


def test_a_call_that_is_refused_is_a_problem_at_its_block_alone() -> None:
    """Blocks beside it are asked; an edit that changes the call is asked anew."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [20, 3]}), "b2": ("LSTM", {"units": 4, "unroll": True}),
            "b3": ("Dense", {"units": 2}), "b4": ("LSTM", {"units": 4}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b1.output", "b4.inputs")],
    )  # fmt: skip
    told: list[str] = []
    first = Analyst(CATALOG)
    first.inference.announce = told.append
    assert first.analyse(document, probe=False).ok
    assert len(told) == len(set(told)) >= 3
    assert not first.asking
    analyst = Analyst(CATALOG)
    analyst.refuse(frozenset(told[:1]))
    analysis = analyst.analyse(document, probe=False)
    (problem,) = analysis.diagnostics
    assert (problem.code, problem.block, problem.stage) == ("block.hangs", "b2", "construct")
    assert [fix.title for fix in problem.fixes] == ["Turn off unroll in lstm_b2"]
    assert {block for block, known in analysis.blocks.items() if known.outputs is None} == {"b2", "b3"}


def test_the_call_that_is_made_can_be_named_from_another_thread() -> None:
    """While Keras answers, and not after."""
    analyst = Analyst(CATALOG)
    seen: list[str] = []
    answer = analyst.inference._answer  # type: ignore[attr-defined]

    def watched(key: CallKey) -> object:
        seen.append(analyst.asking)
        return answer(key)

    analyst.inference._answer = watched  # type: ignore[attr-defined, method-assign]
    analyst.analyse(chain([("Dense", {"units": 2})], 3), probe=False)
    assert seen
    assert all(seen)
    assert not analyst.asking


def test_a_probe_run_is_given_up_at_a_block_that_hung() -> None:
    """Slow is not wrong: a warning, and the model stays fine."""
    document = chain([("Dense", {"units": 2}), ("LSTM", {"units": 2})], 3)
    analyst = Analyst(CATALOG)
    analyst.refuse(frozenset([run_name(document.block("b3"), {"b1": (32, 10, 3)})]))
    analysis = analyst.analyse(document)
    assert analysis.ok
    assert [(p.code, p.severity, p.block) for p in analysis.diagnostics] == [("block.hangs", "warning", "b3")]


@pytest.mark.parametrize(
    "error", [RuntimeError("odd"), MemoryError(), RecursionError("too deep"), KeyError("x"), SystemExit(3)]
)
def test_whatever_a_layer_raises_is_a_diagnostic(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its block; the rest keeps its shapes."""
    from engine.runtime.environment import keras

    def odd(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(keras.layers.GRU, "build", odd)
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("GRU", {"units": 4}), "b3": ("LSTM", {"units": 4})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs")],
    )
    analysis = Analyst(CATALOG).analyse(document)
    (problem,) = analysis.diagnostics
    assert (problem.block, problem.severity) == ("b2", "error")
    assert problem.title.startswith("gru_b2")
    assert analysis.blocks["b3"].outputs
