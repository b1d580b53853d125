"""What a trained LSTM does, said by the window alone: real mouse, real keys, and plain Keras for the truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.document.file import save
from tests.documents import chain, with_sample
from tests.journeys.driver import ROOT, Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY
EXAMPLE = ROOT / "resources" / "examples" / "08_trained_speakers.seqloom"
TRUTH = Path(__file__).with_name("speakers_truth.py")
SEQUENCE = 3


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """By Keras alone, in a process of its own: what the window has to say."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.speakers_truth", str(SEQUENCE)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=["light", "dark"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Path]]:
    """The window with the example on a small screen, in both themes; and where pictures go."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = folder / "config" / "seqloom" / "seqloom.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[General]\ntheme={request.param}\n")
    with Screen() as screen, Program(screen, folder, str(EXAMPLE)) as started:
        started.wait("states", lambda p: p["views"] and p["ran"] and p["trace"])
        started.take_keyboard()
        yield started, folder


def _look(program: Program, view: str, words: str) -> str:
    """Brings a view to the front and reads what it says, once that has the words."""
    program.click(program.wait(view, lambda p: view in p["tabs"])["tabs"][view])
    places = program.wait(words, lambda p: p["front"] == view and any(words in text for text in p["told"]))
    return next(text for text in places["told"] if words in text)


def _go_to(program: Program, sequence: int) -> None:
    while (at := program.places()["step"][0]) != sequence:
        program.key("greater" if at < sequence else "less")
        program.wait("the next sequence", lambda p, at=at: p["step"][0] != at and p["trace"])


def test_which_unit_tells_two_speakers_apart(program: tuple[Program, Path], truth: dict[str, Any]) -> None:
    """One click: State-space names the unit, and its range for each of the two; the clock says whose utterance it is."""
    window, folder = program
    said = _look(window, "State-space", "best:")
    window.screenshot(folder / "which-unit.png")
    assert said == truth["apart"]
    assert any(", label 0" in name for name in window.places()["clock"])


def test_how_far_back_it_looks(program: tuple[Program, Path], truth: dict[str, Any]) -> None:
    """One click: Influence says how many steps, by the gradient that Keras computes."""
    window, folder = program
    _go_to(window, SEQUENCE)
    said = _look(window, "Influence", "looks back")
    window.screenshot(folder / "how-far-back.png")
    assert said.startswith(truth["output"]), truth
    assert said.endswith(truth["reach"]), truth


def test_at_which_step_a_padded_sample_stops_changing(program: tuple[Program, Path], truth: dict[str, Any]) -> None:
    """Traces says it of the shown sequence, and at that step what Keras does there."""
    window, folder = program
    _go_to(window, SEQUENCE)
    said = _look(window, "Traces", "nothing changes")
    window.key("End")
    places = window.wait("the first padding", lambda p: p["step"][1] == truth["still"])
    window.screenshot(folder / "stops-changing.png")
    assert said.startswith(f"nothing changes from step {truth['still']} on")
    assert any(text.startswith("padding, masked: state held") for text in places["told"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_why_padding_before_and_after_give_different_last_states(theme: str, tmp_path: Path) -> None:
    """The LSTM reads the padding after the last real step: Compare says where the two part, Traces what happens there."""
    file = tmp_path / "padded.seqloom"
    save(with_sample(chain([("LSTM", {"units": 4})], 3), batch=2, lengths=[3, 7]), file)
    with Screen() as screen, Program(screen, tmp_path, str(file), theme=theme) as window:
        places = window.wait("states", lambda p: p["views"] and p["ran"] and p["trace"])
        window.take_keyboard()
        window.right_click(next(place for name, place in places["blocks"].items() if name != "series"))
        window.choose("Compare with", "Padded before")
        parts = "Sequence 0 first parts in what leaves"
        places = window.wait(parts, lambda p: p["front"] == "Compare" and any(parts in text for text in p["told"]))
        window.screenshot(tmp_path / "compare.png")
        assert any("up to its last real step everything is equal" in text for text in places["told"])
        said = _look(window, "Traces", "unit by step")
        window.key("End")
        reads = "padding, not masked: the layer reads it"
        window.wait(reads, lambda p: p["step"][1] == 3 and any(reads in text for text in p["told"]))
        window.screenshot(tmp_path / "traces.png")
        assert "nothing changes" not in said


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_which_of_two_variants_forgets_sooner(theme: str, tmp_path: Path) -> None:
    """A GRU is kept in the LSTM's place, and compared with a SimpleRNN: the one with fewer steps is the one that is named."""
    with Screen() as screen, Program(screen, tmp_path, str(EXAMPLE), theme=theme) as window:
        places = window.wait("states", lambda p: p["views"] and p["ran"] and p["trace"])
        window.take_keyboard()
        window.right_click(places["blocks"]["listener"])
        window.choose("Compare with", "GRU with the same number of parameters")
        places = window.wait("the GRU", lambda p: p["front"] == "Compare" and "forgets sooner" in p["caption"])
        window.click(places["fields"]["Keep it"])
        places = window.wait("it is kept", lambda p: not p["saved"] and p["ran"] and p["trace"])
        window.right_click(places["blocks"]["listener"])
        window.choose("Compare with", "SimpleRNN with the same number of parameters")
        said = window.wait("the other", lambda p: "SimpleRNN" in p["caption"] and "sooner" in p["caption"])["caption"]
        window.screenshot(tmp_path / "variants.png")
    gru, simple = (int(steps) for steps in re.findall(r"(\d+) steps? back", said))
    assert gru != simple, said
    named = "SimpleRNN of equal size" if simple < gru else "listener"
    assert f": {named} forgets sooner" in said, said


def test_a_range_of_steps_is_that_of_every_view(program: tuple[Program, Path]) -> None:
    """Shift and drag in the heat map; Values counts over it, a click in a plot keeps it, Esc there ends it."""
    window, folder = program
    _look(window, "Traces", "by step")
    left, top, width, height = window.wait("the plot", lambda p: "Heat map of units by steps" in p["plots"])["plots"][
        "Heat map of units by steps"
    ]
    steps, middle = window.places()["trace"][2], top + height // 2
    first, last = 4, 9
    at = [round(left + (step + 0.5) * width / steps) for step in range(steps)]
    window.xdotool("keydown", "shift")
    window.drag([at[first], middle], [at[last], middle])
    window.xdotool("keyup", "shift")
    window.wait("the range", lambda p: p["range"] == [first, last])
    window.screenshot(folder / "range.png")
    assert any("steps 4 to 9 selected" in text for text in window.places()["told"])
    said = _look(window, "Values", "steps 4 to 9 selected")
    window.screenshot(folder / "range-values.png")
    assert said.startswith("steps 4 to 9 selected, 6 valid:")
    _look(window, "Traces", "steps 4 to 9 selected")
    window.click([at[1], middle])
    assert window.wait("the clock", lambda p: p["step"][1] == 1)["range"] == [first, last]
    window.key("alt+period")
    assert window.wait("another range", lambda p: p["range"] != [first, last])["range"] == [1, 2]
    window.key("Escape")
    window.wait("no range", lambda p: p["range"] is None)
