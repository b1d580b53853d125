"""The three examples of the question, and real utterances: opened, seen, changed, seen again; with mouse and keys."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.driver import ROOT, Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY
EXAMPLES = sorted((ROOT / "resources" / "examples").glob("*.seqloom"))


def test_the_examples_are_opened_seen_changed_and_seen(tmp_path: Path) -> None:
    """What the question asks is on the screen before and after each change; every view comes to the front by a click."""
    with Screen() as screen, Program(screen, tmp_path, str(EXAMPLES[0])) as program:
        program.wait("the window", lambda p: p["views"])
        program.take_keyboard()
        _lstm_then_dense(program)
        _open(program, 1)
        _return_sequences(program)
        _open(program, 2)
        _masking(program)
        _open(program, 6)
        places = program.wait("the utterances", lambda p: p["trace"] and p["ran"])
        assert places["trace"] == ["b3", 20, 29]
        for name, place in places["tabs"].items():
            program.click(place)
            program.wait(name, lambda p, name=name: p["front"] == name)
        program.screenshot(tmp_path / "utterances.png")


def _open(program: Program, place: int) -> None:
    """By its name; what was changed in the one before is not kept."""
    program.choose_file("ctrl+o", EXAMPLES[place])
    places = program.wait("an answer", lambda p: "Discard" in p["choices"] or p["title"] == EXAMPLES[place].name)
    if places["choices"]:
        program.click(places["choices"]["Discard"])
        program.wait("the end of the dialog", lambda p: not p["dialog"])
        program.take_keyboard()
    program.wait("the example", lambda p: p["title"] == EXAMPLES[place].name and p["complete"] and p["ran"])


def _toggle_return_sequences(program: Program) -> None:
    program.click(program.places()["blocks"]["reader"])
    places = program.wait("the inspector", lambda p: "return_sequences" in p["fields"])
    program.click(places["fields"]["return_sequences"])


def _lstm_then_dense(program: Program) -> None:
    """One vector leaves; with return_sequences one for each step, and Dense works on every step."""
    places = program.wait("states", lambda p: p["ran"] and p["trace"])
    assert "(B, 64)" in places["labels"]
    assert places["leaves"] == [places["trace"][2] - 1]
    _toggle_return_sequences(program)
    places = program.wait(
        "every step", lambda p: "(B, 10, 64)" in p["labels"] and p["ran"] and len(p["leaves"] or ()) > 1
    )
    assert places["leaves"] == list(range(places["trace"][2]))


def _return_sequences(program: Program) -> None:
    """Without return_sequences TimeDistributed complains, the wire says why, and the fix mends it."""
    places = program.places()
    assert "(B, T, 64)" in places["labels"]
    _toggle_return_sequences(program)
    places = program.wait("the cause", lambda p: p["complete"] and "Turn on return_sequences in reader" in p["fixes"])
    assert "reader gives (B, 64)" in places["problems"][0]
    program.click(places["fixes"]["Turn on return_sequences in reader"])
    program.wait(
        "a sound model", lambda p: p["complete"] and p["ran"] and not p["fixes"] and "(B, T, 64)" in p["labels"]
    )


def _masking(program: Program) -> None:
    """A mask holds the state at padded steps; without the Masking block the layer reads them."""
    program.key("greater")
    places = program.wait(
        "a padded sequence", lambda p: p["trace"] and p["step"][0] == 1 and p["trace"][1] < p["trace"][2]
    )
    steps = places["trace"][2]
    program.key("End")
    program.wait("the first padding", lambda p: p["step"] == [1, places["trace"][1]])
    program.click(places["blocks"]["padding"])
    program.wait("the block", lambda p: p["selected"] == ["padding"])
    program.key("ctrl+Delete")
    program.wait("no mask", lambda p: p["ran"] and p["trace"] and p["trace"][1] == steps)
