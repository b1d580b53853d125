"""Every model that people ask about: one problem, its cause, and fixes that were tried; the right one first."""

from __future__ import annotations

import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.values import Document
from engine.runtime.analyse import Analyst
from tests.causes import joins, shapes, silences, windows
from tests.causes.asked import Asked

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
ASKED = shapes.ASKED + joins.ASKED + windows.ASKED + silences.ASKED


def test_there_are_sixty_models_or_more_and_no_two_are_equal() -> None:
    """What people ask about, not one thing again and again."""
    assert len({repr((asked.blocks, asked.wires, asked.sample)) for asked in ASKED}) == len(ASKED) >= 60


def test_a_size_that_is_no_length_is_not_called_one() -> None:
    """What leaves a Flatten of any length is as wide as several steps: the title does not say that it is T."""
    asked = next(asked for asked in ASKED if asked.title == "Flatten of a sequence of any length")
    (problem,) = ANALYST.analyse(asked.document()).diagnostics
    assert problem.title == "out must know the number of features, flat gives (B, ?)"


def test_a_window_is_mended_before_a_block_is_taken_out() -> None:
    """Two windows that leave nothing: both may keep the length; taking one out comes after that."""
    conv = {"filters": 8, "kernel_size": 5}
    blocks = (("series", "Input", {"shape": [6, 4]}), ("conv", "Conv1D", conv), ("conv_2", "Conv1D", conv))
    asked = Asked("two windows", "", blocks, "shape.short", "conv_2", "conv", "")
    (problem,) = (p for p in ANALYST.analyse(asked.document()).diagnostics if p.code == "shape.short")
    titles = [fix.title for fix in problem.fixes]
    kept = [title.startswith("Keep the length") for title in titles]
    assert kept[:2] == [True, True]
    assert any(title.startswith("Take") for title in titles[2:])


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.title)
def test_a_model_that_people_ask_about(asked: Asked) -> None:
    """One problem at the block that complains, the cause named, each fix works when applied and run."""
    document = asked.document()
    problems = [p for p in ANALYST.analyse(document, probe=True).diagnostics if p.severity != "info"]
    assert [problem.code for problem in problems] == [asked.code]
    (problem,) = problems
    names = {block.id: block.name for block in document.graph.blocks}
    assert (names[problem.block], names.get(problem.cause, "")) == (asked.block, asked.cause)
    assert names[problem.block] in problem.title
    assert problem.detail.endswith((".", "?"))
    assert [fix.title for fix in problem.fixes][:1] == ([asked.first] if asked.first else [])
    for fix in problem.fixes:
        _works(document, problem.code, problem.block, apply_all(document, fix.edits, CATALOG))


def _works(document: Document, code: str, block: str, mended: Document) -> None:
    """Nothing is wrong any more at the block, and the model runs."""
    found = ANALYST.analyse(mended, probe=True).diagnostics
    assert mended != document
    assert not [
        p for p in found if p.severity == "error" or (p.block, p.code) == (block, code) and p.severity != "info"
    ]
