"""A model too large for the machine is refused before anything is allocated."""

import resource
import time

import pytest

from engine.catalog.snapshot import load_snapshot
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner
from tests.documents import chain, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.mark.parametrize(
    "layer",
    [
        ("LSTM", {"units": 200_000}),
        ("Dense", {"units": 10**13}),
        ("Embedding", {"input_dim": 10**12, "output_dim": 64}),
        ("RepeatVector", {"n": 10**12}),
        ("LSTM", {"units": 100_000, "stateful": True}),
    ],
)
def test_a_giant_is_one_sentence_at_the_block_and_costs_nothing(layer: tuple[str, dict[str, int]]) -> None:
    """No memory, no time; the run gives the same sentence."""
    front = [("LSTM", {"units": 4})] if layer[0] == "RepeatVector" else []
    document = chain([*front, layer], 3)  # type: ignore[list-item]
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    analysis = Analyst(load_snapshot()).analyse(document, probe=True)
    problems = [problem for problem in analysis.diagnostics if problem.code == "model.too_large"]
    assert problems
    assert "GiB" in problems[0].title
    run = Runner().run(document, analysis=analysis)
    assert not run.ok
    assert not run.ports
    assert time.perf_counter() - start < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


def test_a_sample_can_be_too_large_for_a_small_model() -> None:
    """Batch and timesteps count."""
    document = with_sample(
        chain([("LSTM", {"units": 1024, "return_sequences": True})], 3), batch=10_000, timesteps=10_000
    )
    analysis = Analyst(load_snapshot()).analyse(document, probe=True)
    assert [problem.code for problem in analysis.diagnostics] == ["model.too_large"]
