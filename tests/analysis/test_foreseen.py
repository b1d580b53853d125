"""Two analyses compared: what is told of a long model, of ports that come and go, of problems that are only hidden."""

from __future__ import annotations

from engine.analysis.foreseen import MOST_TOLD, NOT_KNOWN, Change, foreseen
from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic, TensorSpec
from tests.documents import chain

LONG = chain([("LSTM", {"units": 4})] * 20, 3)


def known(*sizes: int | None) -> Analysis:
    """An analysis of `LONG` in which each block gives so many features; None: it is not known."""
    names = [block.id for block in LONG.graph.blocks]
    return Analysis(
        blocks={
            name: BlockAnalysis(outputs=None if size is None else {"output": TensorSpec((None, size), "float32")})
            for name, size in zip(names, sizes, strict=False)
        }
    )


def test_a_long_model_is_told_by_its_first_changes() -> None:
    """The rest is counted."""
    found = foreseen(LONG, known(*[4] * 20), known(4, *[8] * 19))
    assert len(found.changes) == MOST_TOLD
    assert found.more == 19 - MOST_TOLD
    assert found.changes[0] == Change("block_2", "", "(B, 4)", "(B, 8)")


def test_a_problem_below_an_error_is_hidden_not_mended() -> None:
    """It vanishes only where its block is known."""
    problem = Diagnostic("mask.lost", "warning", "connect", "b3", "the mask is lost", "")
    before = Analysis(blocks=known(4, 4, 4).blocks, diagnostics=(problem,))
    assert foreseen(LONG, before, known(4, 4, 4)).mends == ("the mask is lost",)
    assert foreseen(LONG, before, known(4, None, None)).mends == ()
    assert foreseen(LONG, known(4, 4, 4), before).brings == ("the mask is lost",)
    assert foreseen(LONG, before, known(4, None)).changes[0].after == NOT_KNOWN
