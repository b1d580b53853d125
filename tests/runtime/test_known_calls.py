"""A run after an edit makes only the calls that differ, and gives what a whole run gives, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edits import Edit, SetArgument, SetCall, SetOutputs
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.runtime import execute
from engine.runtime.arrays import array_of
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.graph_call import GraphCalls
from engine.runtime.kept import KeptRun
from engine.runtime.sample import Overrides
from tests.documents import chain, graph_of, with_sample
from tests.runtime.random_graphs import random_graph

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
CALLS = GraphCalls()
LENGTHS = {"lengths": [5, 2, 0, 7, 3], "timesteps": 8}
TANH: tuple[str, dict[str, Any]] = ("Activation", {"activation": "tanh"})
DEEP: list[tuple[str, dict[str, Any]]] = [
    ("Masking", {}),
    ("LSTM", {"units": 4, "return_sequences": True}),
    ("Dense", {"units": 3}),
    ("GRU", {"units": 3, "return_sequences": True}),
    ("Dense", {"units": 2}),
]


def sampled(document: Document) -> Document:
    """With lengths for every Input."""
    return replace(
        document, sample={"batch": 5, "inputs": {block.name: dict(LENGTHS) for block in document.graph.inputs}}
    )


def kept_of(runner: Runner) -> KeptRun:
    assert runner._kept is not None
    return runner._kept


def made_calls(runner: Runner) -> int:
    """How many calls the last run made itself, of those that can be known."""
    before = {id(call) for call in BEFORE.get(id(runner), {}).values()}
    return sum(id(call) not in before for call in runner._known.calls.values())


BEFORE: dict[int, Any] = {}


def run(runner: Runner, document: Document, **options: Any) -> KeptRun:
    """One run; what was known before it is noted."""
    BEFORE[id(runner)] = runner._known.calls
    result = runner.run(document, RunOptions(**options))
    assert result.ok, result.diagnostics
    return kept_of(runner)


def assert_same(one: KeptRun, other: KeptRun) -> None:
    """Tensors, masks, states, what entered, gates, attention scores: the same bytes."""
    assert list(one.seen.values) == list(other.seen.values)
    assert set(one.seen.masks) == set(other.seen.masks)
    for mine, theirs in ((one.seen.values, other.seen.values), (one.seen.masks, other.seen.masks)):
        for port, value in mine.items():
            assert array_of(value).tobytes() == array_of(theirs[port]).tobytes(), port
    assert list(one.states) == list(other.states)
    for key in one.states:
        for sequence in (0, 2, 4):
            mine, theirs = (kept.trace(key, sequence, gates=True) for kept in (one, other))
            assert mine is not None
            assert theirs is not None
            for ours, whole in ((mine.arrays, theirs.arrays), (mine.initial, theirs.initial)):
                assert {name: np.asarray(a).tobytes() for name, a in ours.items()} == {
                    name: np.asarray(a).tobytes() for name, a in whole.items()
                }, key
            assert mine.valid.tolist() == theirs.valid.tolist()
    assert list(one.seen.attention) == list(other.seen.attention)
    for block in one.seen.attention:
        assert np.array_equal(one.attention(block, 1).scores, other.attention(block, 1).scores)  # type: ignore[arg-type]


def edits_of(document: Document) -> Iterator[tuple[Edit, ...]]:
    """One edit at each block that has something to turn, then a branch that nothing needs, and all needed again."""
    for block in document.graph.blocks:
        if block.type in ("LSTM", "GRU"):
            yield (SetArgument(block.id, "go_backwards", not block.arguments.get("go_backwards", False)),)
        elif block.type == "MultiHeadAttention":
            yield (SetArgument(block.id, "key_dim", 5),)
        elif block.type == "Activation":
            yield (SetArgument(block.id, "activation", "relu"),)
        elif block.type == "Masking":
            yield (SetArgument(block.id, "mask_value", 0.5),)
    ends = [PortRef(block.id, "output") for block in document.graph.blocks[2:]]
    yield (SetOutputs((ends[len(ends) // 2],)),)
    yield (SetOutputs(tuple(ends)),)


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_after_random_edits(seed: int) -> None:
    """Whatever is shared, masked, dead, attended or wired as a state; edits follow each other in one runner."""
    document = sampled(random_graph(seed))
    ours, spared = Runner(CATALOG, CALLS), 0
    run(ours, document)
    for edits in edits_of(document):
        edited = apply_all(document, edits, CATALOG)
        mine = run(ours, edited)
        spared += len(ours._known.calls) - made_calls(ours)
        assert_same(mine, run(Runner(CATALOG, CALLS), edited))
    assert spared


def test_what_stands_above_an_edit_is_not_called_again() -> None:
    """The last block, one in the middle, and the same document once more; times of all blocks are told."""
    document = sampled(chain(DEEP, 3))
    runner = Runner(CATALOG, CALLS)
    run(runner, document)
    assert made_calls(runner) == 5
    for block, made in (("b6", 1), ("b4", 3), ("b4", 0)):
        argument = {"b6": "use_bias", "b4": "units"}[block]
        document = apply_all(document, [SetArgument(block, argument, False if block == "b6" else 5)], CATALOG)
        kept = run(runner, document)
        assert made_calls(runner) == made
        assert_same(kept, run(Runner(CATALOG, CALLS), document))
        assert set(kept.result.block_ms) == {"b2", "b3", "b4", "b5", "b6"}
        assert kept.result.ms is not None
        assert kept.result.ms >= sum(kept.result.block_ms.values()) - 1e-6


@pytest.mark.parametrize(
    ("change", "options"),
    [({"sample": {"batch": 5, "inputs": {}}}, {}), ({"seed": 8}, {}), ({}, {"overrides": Overrides(seed=9)}), ({}, {"training": True})],
)  # fmt: skip
def test_another_sample_seed_or_mode_makes_every_call(change: dict[str, Any], options: dict[str, Any]) -> None:
    """Numbers depend on them; a training run leaves nothing that is known either."""
    document = sampled(chain([*DEEP, ("Dropout", {"rate": 0.5})], 3))
    runner = Runner(CATALOG, CALLS)
    first = run(runner, document)
    other = run(runner, replace(document, **change), **options)
    assert made_calls(runner) == len(runner._known.calls)
    assert_same(other, run(Runner(CATALOG, CALLS), replace(document, **change), **options))
    assert_same(run(runner, document), first)


def test_a_mask_that_attention_deletes_is_deleted_in_the_order_of_the_pass() -> None:
    """An edit makes attention run before a block that reads the same tensor: without a mask now, though all above is known."""
    blocks: dict[str, tuple[str, dict[str, Any]]] = {
        "b1": ("Input", {"shape": [None, 4]}), "b2": ("Masking", {}), "b3": TANH, "b4": TANH, "b5": TANH,
        "b6": ("MultiHeadAttention", {"num_heads": 1, "key_dim": 2}), "b7": ("Add", {}),
    }  # fmt: skip
    wires = [
        ("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"), ("b4.output", "b5.inputs"),
        ("b2.output", "b6.query"), ("b2.output", "b6.value"), ("b5.output", "b7.inputs"),
    ]  # fmt: skip
    late = sampled(graph_of(blocks, [*wires, ("b6.output", "b7.inputs")]))
    more = {f"c{at}": TANH for at in range(4)}
    far = [("b6.output", "c0.inputs"), *((f"c{at}.output", f"c{at + 1}.inputs") for at in range(3))]
    early = sampled(graph_of({**blocks, **more}, [*wires, *far, ("c3.output", "b7.inputs")]))
    for first, second in ((late, early), (early, late)):
        runner = Runner(CATALOG, CALLS)
        before, kept = run(runner, first), run(runner, second)
        assert_same(kept, run(Runner(CATALOG, CALLS), second))
        reader = PortRef("b3", "output")
        assert (reader in before.seen.masks) == (first is late)
        assert (reader in kept.seen.masks) == (second is late)


def test_a_block_that_fails_leaves_the_others_known() -> None:
    """Only data show it; mended, what stands above is not called again."""
    document = sampled(graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("GRU", {"units": 3, "return_state": True}), "b3": ("GRU", {"units": 4})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.state", "b3.initial_state")],
    ))  # fmt: skip
    runner = Runner(CATALOG, CALLS)
    assert not runner.run(document).ok
    run(runner, apply_all(document, [SetArgument("b3", "units", 3)], CATALOG))
    assert made_calls(runner) == 1


def test_a_call_setting_is_part_of_the_call() -> None:
    """The layer is the same one, its call another."""
    document = sampled(chain([*DEEP, ("Dropout", {"rate": 0.5})], 3))
    runner = Runner(CATALOG, CALLS)
    run(runner, document)
    edited = apply_all(document, [SetCall("b7", "training", True)], CATALOG)
    assert_same(run(runner, edited), run(Runner(CATALOG, CALLS), edited))
    assert made_calls(runner) == 1


def test_large_runs_are_not_held_while_the_next_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs would be in memory at once."""
    monkeypatch.setattr(execute, "KNOWN_BYTES", 100)
    document = with_sample(chain(DEEP, 3), batch=2, timesteps=5)
    runner = Runner(CATALOG, CALLS)
    run(runner, document)
    assert not runner._known.calls
