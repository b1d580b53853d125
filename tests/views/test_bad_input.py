"""NaN, infinity, nothing at all: each is shown for what it is, in every view, by the real engine in the real window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from engine.document.edits import Rename
from engine.graph.values import PortRef
from gui.views.colours import ODD_INDEX, PADDING_INDEX
from gui.views.export_plot import Exports
from gui.window.views import VIEWS
from tests.views.bad_cases import CASES, LAST, OUT, READER
from tests.views.here import Here, window_here, words

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis"),  # Keras's, of sequences of one step
]
SEQUENCE = {"nan_in": 1, "one": 0, "single": 0}
"""The sequence that is bad, of batches of several; of most cases the second."""
EVERY = [name for name, _, _ in VIEWS]


@pytest.fixture(scope="module")
def here(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """One window and one engine for all."""
    from engine.worker.handlers import RuntimeHandler

    yield from window_here(tmp_path_factory.mktemp("home"), RuntimeHandler())


@pytest.fixture(scope="module", params=list(CASES))
def case(request: pytest.FixtureRequest, here: Here, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The document of a case, run."""
    folder = tmp_path_factory.mktemp(request.param)
    here.run(CASES[request.param](folder), folder)
    return str(request.param)


def shown(here: Here, case: str, name: str) -> Any:
    """A view of the bad sequence, the reader selected, at a step in the middle."""
    session = here.session
    session.comparing.dismiss()
    session.select([READER])
    session.shown.choose_trace(READER)
    session.shown.set_clock(sequence=SEQUENCE.get(case, 1), step=3)
    if name == "Compare":
        session.comparing.start(LAST, "LSTM")
    view = here.view(name)
    if name == "Influence":
        view.remove.click()
        here.settle()
    return view


NAN_DATA = ("nan", "all_nan")
FINE = "No problems"
SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "Shapes": {
        "": ("6 outputs",), "one": ("for 1 sequence",), "single": ("for 1 sequence",),
    },
    "Lengths": {
        "": ("sequences by step",), "one": ("1 sequence by step",), "single": ("1 sequence by step",),
    },
    "Traces": {
        "nan": ("⚠ 12 NaN, first at step 3", "h&nbsp;NaN"),
        "all_nan": ("⚠ 24 NaN, first at step 0", "h&nbsp;NaN"),
        "inf": ("unit by step, 4 by 6", "valid, 2 more valid steps"),
        "huge": ("unit by step, 4 by 6",),
        "empty": ("nothing changes at any step", "padding, masked: state held"),
        "all_empty": ("nothing changes at any step", "padding, masked: state held"),
        "one": ("unit by step, 4 by 6",),
        "step": ("unit by step, 4 by 1", "At step 0"),
        "single": ("unit by step, 4 by 1", "At step 0"),
        "nan_out": ("unit by step, 4 by 10",),
        "heads": ("nothing changes at any step",),
        "exploding": ("unit by step, 4 by 6",),
    },
    "Gates": {
        "nan": ("⚠ 3 NaN, first at step 3", "σ(NaN"),
        "all_nan": ("⚠ 6 NaN, first at step 0",),
        "inf": ("LSTM, step 3: valid", "∞"),
        "huge": ("LSTM, step 3: valid", "e+3"),
        "empty": ("padding, masked: state held", "masked step: not used"),
        "all_empty": ("masked step: not used",),
        "one": ("LSTM, step 3: valid",),
        "step": ("LSTM, step 0: valid, 0 more",),
        "single": ("LSTM, step 0: valid, 0 more",),
        "nan_out": ("LSTM, step 3: valid",),
        "heads": ("masked step: not used",),
        "exploding": ("SimpleRNN, step 3: valid", "e+"),
    },
    "Influence": {
        "nan": ("= NaN", "⚠ its gradient is NaN or infinite at", "the output is NaN: without step 3 it is a number"),
        "all_nan": ("= NaN", "at 6 of 6 real steps", "stays no number whichever step is removed"),
        "inf": ("looks back", "change of the output without the step"),
        "huge": ("looks back",),
        "empty": ("this sequence has no real step", "there is none to remove"),
        "all_empty": ("this sequence has no real step", "there is none to remove"),
        "one": ("looks back 6 steps, to the start",),
        "step": ("looks back 1 step", "a single step: without it nothing is left"),
        "single": ("looks back 1 step", "a single step: without it nothing is left"),
        "nan_out": ("= NaN", "⚠ its gradient is NaN or infinite at 10 of 10", "stays no number"),
        "heads": ("this sequence has no real step",),
        "exploding": ("= NaN", "⚠ its gradient is NaN or infinite at 6 of 6"),
    },
    "Attention": {
        "nan": ("NaN, first at step", "step 3 looks at no step: its weights are NaN"),
        "all_nan": ("⚠ 36 NaN, first at step 0",),
        "inf": ("step 3 looks most at step",),
        "huge": ("step 3 looks most at step",),
        "empty": ("step 3 is padding", "step 3 looks at all steps alike"),
        "all_empty": ("step 0 is padding",),
        "one": ("step 3 looks most at step",),
        "step": ("step 0 looks most at step 0",),
        "single": ("step 0 looks most at step 0",),
        "nan_out": ("step 3 looks most at step",),
        "heads": ("step 3 is padding", "looks at"),
        "exploding": ("step 3 looks most at step",),
    },
    "State-space": {
        "nan": ("⚠ 3 steps with NaN or infinity left out", "Unit", "⚠ 1 sequence with NaN or infinity left out"),
        "all_nan": ("There is no path: 24 of 24 steps that are no padding hold NaN or infinity.",),
        "inf": ("of the variance", "in 2 sequences"),
        "huge": ("of the variance", "in 2 sequences"),
        "empty": ("sequence 1 has no step to draw",),
        "all_empty": ("A path needs at least two steps that are no padding.",),
        "one": ("1 sequence,",),
        "step": ("3 sequences,", "of the variance"),
        "single": ("A path needs at least two steps that are no padding.",),
        "nan_out": ("of the variance",),
        "heads": ("sequence 1 has no step to draw",),
        "exploding": ("of the variance",),
    },
    "Compare": {
        "nan": ("⚠ NaN or infinity in 1 sequence, left out of medians", "no step of sequence 1"),
        "all_nan": ("The gradient is NaN or infinite in every sequence.", "no sequence has a real step of numbers"),
        "inf": ("% of its gradient",),
        "huge": ("% of its gradient",),
        "empty": ("% of its gradient", "no step of sequence 1"),
        "all_empty": ("No sequence has a real step of numbers: there is nothing to compare.",),
        "one": ("% of its gradient",),
        "step": ("0 steps back",),
        "single": ("0 steps back", "A path needs at least two steps"),
        "nan_out": ("The gradient is NaN or infinite in every sequence.",),
        "heads": ("% of its gradient",),
        "exploding": ("gradient",),
    },
    "Values": {
        "nan": ("⚠ 12 NaN", "12 NaN, 0 inf"),
        "all_nan": ("no finite number", "24 NaN, 0 inf"),
        "inf": ("no NaN or inf",),
        "huge": ("no NaN or inf",),
        "empty": ("over 0 valid steps: no numbers",),
        "all_empty": ("over 0 valid steps: no numbers",),
        "one": ("over 6 valid steps",),
        "step": ("over 1 valid step:",),
        "single": ("over 1 valid step:",),
        "nan_out": ("over 10 valid steps",),
        "heads": ("over 0 valid steps",),
        "exploding": ("over 6 valid steps",),
    },
    "Problems": {
        "": ("the run of",),
        **dict.fromkeys(("nan", "inf", "all_nan"), ("1 warning", "Mend the data")),
        **dict.fromkeys(("nan_out", "exploding"), ("1 warning", "numbers beyond the range of their type")),
    },
    "Code": {"": ("What Export writes",)},
}  # fmt: skip
"""What a view says of a case; under the empty name of all others."""


@pytest.mark.parametrize("name", EVERY)
def test_every_view_says_what_is_so(name: str, here: Here, case: str) -> None:
    """A true sentence for each case and view; nothing raises, nothing warns, no number is written that is none."""
    view = shown(here, case, name)
    said = words(view)
    for wanted in SAID[name].get(case, SAID[name].get("", ())):
        assert wanted in said, said
    assert name in ("Problems", "Code") or view.sheet.is_open or case in ("all_nan", "all_empty", "single"), said
    assert not any(word in said for word in (" nan", "(nan", "=nan", "= inf", "(inf", "by inf")), said


@pytest.mark.parametrize("name", [name for name in EVERY if name not in ("Problems", "Code")])
def test_pictures_and_numbers_can_be_taken_away(name: str, here: Here, case: str, tmp_path: Path) -> None:
    """PNG, SVG, `.npz` and CSV, the very numbers of the view, NaN included."""
    view = shown(here, case, name)
    exports = view.findChild(Exports)
    if not view.sheet.is_open:
        assert not exports.menu(view.rect().center()).actions()[0].isEnabled()
        return
    for suffix in (".png", ".svg"):
        exports.save_picture(view.sheet.page, tmp_path / f"p{suffix}")
        assert (tmp_path / f"p{suffix}").stat().st_size > 500
    arrays = exports.arrays()
    for suffix in (".npz", ".csv") if arrays else ():
        exports.save_data(tmp_path / f"d{suffix}")
        exports._writing.finish()
    if arrays:
        with np.load(tmp_path / "d.npz") as kept:
            for one in arrays:
                np.testing.assert_array_equal(kept[one.name.replace("/", "_")], one.values)
        lines = (tmp_path / "d.csv").read_text("utf-8").splitlines()
        none = sum(int(np.isnan(one.values).sum()) for one in arrays if one.values.dtype.kind == "f")
        assert sum(cell == "nan" for line in lines[1:] for cell in line.split(",")) == none


def test_the_heat_map_of_states_has_a_colour_for_what_is_no_number(here: Here, case: str) -> None:
    """As many cells as numpy counts, padding another; the colours reach as far as the numbers do."""
    view = shown(here, case, "Traces")
    trace = here.session.shown.trace
    assert trace is not None
    h = np.asarray(trace.units("h"))
    indices = view.heat._whole.indices
    assert int((indices == ODD_INDEX).sum()) == int((~np.isfinite(h[trace.valid])).sum())
    assert int((indices == PADDING_INDEX).sum()) == int((~trace.valid).sum()) * h.shape[1]
    known = h[trace.valid][np.isfinite(h[trace.valid])]
    assert view.heat.levels[1] == pytest.approx(float(np.abs(known).max(initial=0.0)) or 1.0)
    odd_units = [unit for unit in view.shown_units if not np.isfinite(h[trace.valid][-1:, unit]).all()]
    labels = [label.toPlainText() for label in view.lines._labels]
    assert sum("NaN" in label for label in labels) == len(odd_units)
    low, high = view.lines.box.viewRange()[1]
    assert np.isfinite([low, high]).all()
    assert low < high


def test_the_values_of_the_data_are_told(here: Here, case: str) -> None:
    """At the Input's own port: what was fed, counted by numpy, its colours within what is finite."""
    view = shown(here, case, "Values")
    here.session.shown.choose_port(PortRef("b1", "output"))
    here.settle()
    given = here.session.shown.values
    assert given is not None
    assert given.values is not None
    counted = given.values[given.valid & given.real]
    nan, infinite = int(np.isnan(counted).sum()), int(np.isinf(counted).sum())
    odd = [f"{count} {word}" for count, word in ((nan, "NaN"), (infinite, "infinite")) if count]
    assert view.alarm.isVisible() == bool(odd)
    assert all(words in view.alarm.text() for words in odd)
    assert np.isfinite(view.heat.levels).all()
    drawn = int((view.heat._whole.indices == ODD_INDEX).sum())
    assert drawn == int((~np.isfinite(given.values[given.valid])).sum())
    cells = [view.model.index(step, 0).data() for step in range(view.model.rowCount())]
    assert [cell == "NaN" for cell in cells] == np.isnan(given.values[:, 0]).tolist()


def test_previews_on_the_canvas_show_what_is_no_number(here: Here, case: str) -> None:
    """As many pixels as numpy counts; the block is painted."""
    shown(here, case, "Traces")
    trace = here.session.shown.trace
    assert trace is not None
    h = np.asarray(trace.units(trace.cell.main.name))
    image = here.session.shown.previews[READER].image
    assert image.shape == h.T.shape
    np.testing.assert_array_equal(image.T[trace.valid] == 254, ~np.isfinite(h[trace.valid]))
    assert (image.T[~trace.valid] == 255).all()
    assert not here.window.canvas.grab().isNull()


def test_the_sample_form_shows_what_is_fed(here: Here, case: str) -> None:
    """The first values with NaN and infinity by name; the number of real steps."""
    session = here.session
    shown(here, case, "Shapes")
    session.select(["b1"])
    session.shown.set_clock(sequence=SEQUENCE.get(case, 1))
    here.settle()
    look = session.looks.sample if hasattr(session.looks, "sample") else None
    from gui.panels.sample_preview import SamplePreview

    (preview,) = here.window.inspector.findChildren(SamplePreview)
    assert look is None or look.block == "b1"
    table, caption = preview.values, preview.caption.text()
    assert f"sequence {session.shown.clock.sequence} of " in caption
    cells = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert ("NaN" in cells) == (case in NAN_DATA)
    assert ("∞" in cells) == (case == "inf")
    if case in ("empty", "all_empty", "heads"):
        assert ": 0 of " in caption


def test_the_history_keeps_the_run(here: Here, case: str) -> None:
    """With a picture and what was fed."""
    shown(here, case, "Shapes")
    here.window.act("history.open")
    dialog: Any = here.window.history._dialog
    dialog.filling.finish()
    newest = dialog.list.item(0)
    assert "sequence" in newest.text()
    assert not newest.icon().isNull()
    dialog.close()


def test_the_document_can_be_edited_on(here: Here, case: str) -> None:
    """Nothing is lost: an edit, undone, and the document is as it was."""
    session = here.session
    before = session.document
    assert session.push(Rename(OUT, "renamed"), "rename")
    session.undo_stack.undo()
    assert session.document == before
    session.undo_stack.clear()


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("Influence", "influence"),
        ("State-space", "state_space"),
        ("Compare", "compare"),
        ("Values", "values"),
        ("Attention", "attention"),
        ("Gates", "terms"),
    ],
)
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("std::bad_alloc")], ids=["python", "below"])
def test_a_view_whose_reading_runs_out_of_memory_says_so(
    name: str, verb: str, error: Exception, here: Here, tmp_path: Path
) -> None:
    """With the remedy; the next answer is shown again."""
    here.run(CASES["one"](tmp_path), tmp_path)
    here.bridge.refusing[verb] = error
    view = shown(here, "one", name)
    assert "There is not enough memory for this: make the batch, the timesteps or the layers smaller." in words(view)
    here.bridge.refusing.clear()
    here.session.run_now()
    here.settle()
    assert "not enough memory" not in words(here.view(name))
