"""How much a new user must do: for the answer to the question, and for a model of their own; counted by the driver."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.driver import Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY
MOST_FOR_THE_ANSWER, MOST_FOR_A_MODEL = 3, 25


@pytest.mark.parametrize("size", ["1366x768", "1920x1080"])
def test_few_actions_to_the_answer_and_to_a_model_of_ones_own(size: str, tmp_path: Path) -> None:
    """The first start shows the answer; then from an empty document to the second example, run and exported."""
    with Screen(size) as screen, Program(screen, tmp_path) as program:
        places = program.wait("the example", lambda p: p["ran"] and p["trace"] and p["views"])
        program.take_keyboard()
        width, height = map(int, size.split("x"))
        left, top, wide, high = places["canvas"]
        assert wide >= 640
        assert high >= 300
        assert 0 <= left < left + wide <= width
        assert 0 <= top < top + high <= height

        key, valid, steps = places["trace"]
        assert "(B, T, 64)" in places["labels"]  # return_sequences: as long as the padded input, on the wire
        assert places["leaves"] == list(range(steps))  # bracketed
        program.click(places["blocks"]["reader"])
        places = program.wait("the inspector", lambda p: "return_sequences" in p["fields"])
        program.click(places["fields"]["return_sequences"])
        # without it the last valid step leaves, alone
        places = program.wait("one vector", lambda p: "(B, 64)" in p["labels"] and p["leaves"] == [valid - 1])
        assert places["trace"][0] == key
        assert program.actions <= MOST_FOR_THE_ANSWER
        program.key("ctrl+z")
        program.wait("undone", lambda p: p["saved"] and p["ran"])

        program.actions = 0
        target = tmp_path / "model.py"
        program.key("ctrl+n")
        program.wait("an empty document", lambda p: not p["blocks"])
        for layer in ("input", "lstm", "timedistributed"):
            program.place(layer)
        places = program.wait("the cause", lambda p: p["fixes"] and p["complete"])
        assert "lstm gives (B, 32)" in places["problems"][0]
        program.key("ctrl+period", "Return")
        program.wait("mended", lambda p: p["complete"] and not p["problems"])
        program.key("Left")
        for block, units in (("", "64"), ("time_distributed", "1")):
            if block:
                program.click(program.places()["blocks"][block])
            places = program.wait(
                "its units", lambda p, block=block or "lstm": p["selected"] == [block] and "units" in p["fields"]
            )
            program.double_click(places["fields"]["units"])
            program.wait("the field", lambda p: p["focus"] == "units")
            program.type(units)
        program.key("Return")
        program.wait("the run", lambda p: p["ran"] and {"(B, T, 64)", "(B, T, 1)"} <= set(p["labels"]))
        program.choose_file("ctrl+e", target)
        program.wait("the export", lambda p: p["exported"] == str(target))
        assert program.actions <= MOST_FOR_A_MODEL
        program.screenshot(tmp_path / f"actions-{size}.png")
    alone = subprocess.run([sys.executable, "-I", str(target)], capture_output=True, text=True)
    assert alone.stdout.strip() == "(2, 10, 1)", alone.stderr
