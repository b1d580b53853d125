"""A table of one's own: chosen, looked at, run, its padding seen in the traces; a bad one is refused and taken back."""

from __future__ import annotations

from pathlib import Path

from engine.document.file import load, save
from tests.documents import chain
from tests.journeys.driver import Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY
LENGTHS = (5, 9, 2, 7)


def table(path: Path, cell: str = "0.5") -> Path:
    """Sequences of different lengths, a row a step; the first cell of the third step as it is wanted."""
    rows = [
        f"s{number},{step},{(step + 1) / 10},0.25" for number, length in enumerate(LENGTHS) for step in range(length)
    ]
    rows[2] = f"s0,2,{cell},0.25"
    path.write_text("\n".join(["speaker,frame,pitch,energy", *rows]) + "\n")
    return path


def choose(program: Program, path: Path) -> None:
    """The button beside the path, and the dialog."""
    program.click(program.places()["fields"]["Choose a file"])
    title = program.wait("the dialog", lambda p: p["dialog"])["dialog"]
    program.take_keyboard(title)
    program.type(str(path))
    program.key("Return")
    program.wait("the end of the dialog", lambda p: not p["dialog"])
    program.take_keyboard()


def test_a_ragged_table_is_chosen_seen_and_run(tmp_path: Path) -> None:
    """Real mouse, real keys: which column names the sequence is said, the rest is found."""
    file = tmp_path / "mine.seqloom"
    save(chain([("Masking", {}), ("LSTM", {"units": 4, "return_sequences": True})], 2), file)
    good, bad = table(tmp_path / "good.csv"), table(tmp_path / "bad.csv", "loud")
    with Screen() as screen, Program(screen, tmp_path, str(file)) as program:
        places = program.wait("a run", lambda p: p["ran"] and p["trace"] and p["views"])
        program.take_keyboard()
        program.click(places["blocks"]["series"])
        places = program.wait("the form", lambda p: "kind" in p["fields"])
        program.click(places["fields"]["kind"])
        program.key("End", "Return")
        program.wait("a file is wanted", lambda p: "Choose a file" in p["fields"])
        choose(program, good)
        places = program.wait("its rows", lambda p: "sequence" in p["fields"] and p["problems"])
        assert "has 4 columns of features (speaker, frame, pitch, energy)" in places["problems"][0]
        program.click(places["fields"]["sequence"])
        program.type("speaker")
        program.key("Return")
        key, steps = "b3", max(LENGTHS)
        places = program.wait("a padded run", lambda p: p["ran"] and p["trace"] == [key, LENGTHS[0], steps])
        program.wait(
            "the histogram", lambda p: {"Histogram of lengths", "First rows of the file"} <= p["fields"].keys()
        )
        program.xdotool("mousemove", *places["fields"]["kind"])
        program.xdotool("click", "--repeat", 14, "--delay", 40, 5)
        program.wait("the form at rest", lambda p: p["ran"])
        program.screenshot(tmp_path / "own_data.png")

        program.xdotool("click", "--repeat", 30, "--delay", 40, 4)
        program.wait("the top of the form", lambda p: p["fields"]["kind"] == places["fields"]["kind"])
        choose(program, bad)
        said = "bad.csv, line 4, column pitch: “loud” is no number"
        program.wait("the refusal", lambda p: any(said in problem for problem in p["problems"]))
        program.click(program.places()["blocks"]["series"])  # in a field Ctrl+Z belongs to what is typed
        program.key("ctrl+z")
        program.wait(
            "nothing is lost", lambda p: p["ran"] and not p["problems"] and p["trace"] == [key, LENGTHS[0], steps]
        )
        program.key("ctrl+s")
        program.wait("saved", lambda p: p["saved"])
    entry = {"kind": "file", "path": "good.csv", "sequence": "speaker"}
    assert load(file).sample["inputs"] == {"series": entry}
