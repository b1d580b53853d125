"""Attention scores of a run, against an independent softmax over the layer's own weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import JsonObject, PortRef
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner
from engine.runtime.kept import KeptRun
from tests.conftest import TENSORFLOW
from tests.documents import graph_of, with_sample

pytestmark = TENSORFLOW
LENGTHS = [6, 3, 1]


def attending(kind: str, arguments: JsonObject, *, mask: bool, **call: Any) -> Document:
    """Self attention over a padded batch of (T, 4), masked or not."""
    first: tuple[str, JsonObject] = ("Masking", {}) if mask else ("Dense", {"units": 4})
    blocks: dict[str, tuple[str, JsonObject]] = {
        "b1": ("Input", {"shape": [None, 4]}),
        "b2": first,
        "b3": (kind, arguments),
    }
    document = graph_of(blocks, [("b1.output", "b2.inputs"), ("b2.output", "b3.query"), ("b2.output", "b3.value")])
    named = document.graph.by_id
    graph = replace(
        document.graph,
        blocks=(replace(named["b1"], name="series"), named["b2"], replace(named["b3"], call=call)),
    )
    return with_sample(replace(document, graph=graph), batch=3, kind="normal", lengths=LENGTHS)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, 64 bits wide."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def run(document: Document) -> tuple[Runner, Any, KeptRun]:
    """The runner, the run, and what is kept of it."""
    runner = Runner()
    result = runner.run(document, analysis=Analyst(load_snapshot()).analyse(document, probe=False))
    assert result.ok, result.diagnostics
    kept = runner.kept(result.number)
    assert kept is not None
    return runner, result, kept


def by_hand(kept: KeptRun, kind: str, sequence: int, *, mask: bool, causal: bool) -> np.ndarray:
    """(heads, T, T) from the layer's input and weights alone."""
    call = kept.seen.attention["b3"]
    layer, x = call.layer, np.asarray(call.args[0][0] if isinstance(call.args[0], list) else call.args[0], float)
    x = x[sequence]
    if kind == "MultiHeadAttention":
        query = np.einsum("tf,fhd->htd", x, layer._query_dense.kernel) + np.asarray(layer._query_dense.bias)[:, None]
        key = np.einsum("tf,fhd->htd", x, layer._key_dense.kernel) + np.asarray(layer._key_dense.bias)[:, None]
        logits = np.einsum("hqd,hkd->hqk", query, key) / np.sqrt(query.shape[-1])
    elif kind == "AdditiveAttention":
        logits = (np.tanh(x[:, None] + x[None]) * np.asarray(layer.scale, float)).sum(-1)[None]
    else:
        logits = (x @ x.T)[None]
    allowed = np.ones(logits.shape, bool)
    if mask:
        allowed &= (np.arange(len(x)) < LENGTHS[sequence])[None, None]
    if causal:
        allowed &= np.tril(np.ones(logits.shape[1:], bool))[None]
    return softmax(np.where(allowed, logits, -1e9))


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
        ("Attention", {}),
        ("AdditiveAttention", {}),
    ],
)
def test_scores_are_those_of_an_independent_softmax(kind: str, arguments: JsonObject, causal: bool, mask: bool) -> None:
    """Every head, every sequence, with and without padding masked and the future hidden."""
    document = attending(kind, arguments, mask=mask, **({"use_causal_mask": True} if causal else {}))
    runner, result, kept = run(document)
    assert result.attended == ("b3",)
    for sequence in range(3):
        found = kept.attention("b3", sequence)
        assert found.scores is not None
        expected = by_hand(kept, kind, sequence, mask=mask, causal=causal)
        rows = slice(None) if not mask else slice(0, LENGTHS[sequence])
        np.testing.assert_allclose(np.asarray(found.scores, float)[:, rows], expected[:, rows], atol=1e-5)
        real = np.arange(6) < LENGTHS[sequence]
        assert found.value_real is not None
        assert found.value_real.tolist() == real.tolist()
        assert found.query_real is not None
        assert found.query_real.tolist() == real.tolist()


def test_the_runs_own_output_stays_the_fused_one() -> None:
    """Asking for scores changes nothing that the run showed."""
    runner, result, kept = run(attending("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, mask=True))
    port = PortRef("b3", "output")
    before = runner.values(result.number, port, 2)
    kept.attention("b3", 2)
    after = runner.values(result.number, port, 2)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(before.values, after.values)  # type: ignore[arg-type]


def test_what_cannot_be_shown_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many scores, a block without any, a run that is no longer kept."""
    runner, result, kept = run(attending("Attention", {}, mask=True))
    monkeypatch.setattr("engine.runtime.attention.MOST_SCORES", 35)
    found = kept.attention("b3", 0)
    assert found.scores is None
    assert found.missing == "One sequence has 1 × 6 × 6 scores here; up to 35 are shown."
    none = kept.attention("b2", 0)
    assert "no attention scores" in none.missing
    assert runner.kept(result.number + 1) is None
