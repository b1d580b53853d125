"""A small screen and no mouse: a model built, broken, mended, looked at, exported; the engine killed in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from engine.document.file import load
from tests.journeys.driver import Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY


def test_without_a_mouse_on_a_small_screen(tmp_path: Path) -> None:
    """Everything is reached by keys and stands on the screen; the death of the engine costs nothing."""
    file, target = tmp_path / "mine.seqloom", tmp_path / "model.py"
    with Screen("1024x600") as screen, Program(screen, tmp_path) as program:
        places = program.wait("the example", lambda p: p["ran"] and p["views"])
        program.take_keyboard()
        assert places["window"] == [0, 0, 1024, 600]
        for part in (*places["tabs"].values(), *places["clock"].values()):
            assert 0 < part[0] < 1024
            assert 0 < part[1] < 600
        assert places["canvas"][2] >= 500
        assert places["canvas"][3] >= 240

        program.key("ctrl+n")
        program.wait("an empty document", lambda p: not p["blocks"])
        for layer in ("input", "lstm", "gru", "dense"):
            program.place(layer)
        places = program.wait("a break", lambda p: p["fixes"] and p["complete"])
        assert "gru needs (batch, time, features), lstm gives (B, 32)" in places["problems"][0]
        program.key("ctrl+period")
        program.wait("the fixes", lambda p: p["focus"].startswith("Turn on") or p["focus"] == "QPushButton")
        program.key("Return")
        program.wait("a run", lambda p: p["complete"] and not p["problems"] and p["ran"])

        _take_a_wire_off_and_draw_it(program)
        _look_at_steps(program)

        program.choose_file("ctrl+s", file)
        program.wait("a saved document", lambda p: p["saved"] and p["title"] == file.name)
        program.choose_file("ctrl+e", target)
        program.wait("the export", lambda p: p["said"].startswith("Exporting"))
        places = program.places()
        os.kill(places["worker"], signal.SIGKILL)
        died = places["worker"]
        places = program.wait("another engine", lambda p: p["worker"] not in (0, died) and p["phase"] == "failed")
        assert "The system ended the engine during the export" in places["told"][0]
        assert not target.exists()
        assert sorted(places["blocks"]) == ["dense", "gru", "input", "lstm"]
        program.key("ctrl+Return")
        program.wait("a run by the new engine", lambda p: p["ran"] and p["complete"] and p["trace"])
        program.choose_file("ctrl+e", target)
        program.wait("the export", lambda p: p["exported"] == str(target))
        first = target.read_bytes()
        target.unlink()
        program.key("ctrl+shift+e")
        program.wait("the export to where it went last time", lambda _: target.exists())
        assert target.read_bytes() == first
        program.screenshot(tmp_path / "keyboard.png")
    assert [block.type for block in load(file).graph.blocks] == ["Input", "LSTM", "GRU", "Dense"]
    alone = subprocess.run([sys.executable, "-I", str(target)], capture_output=True, text=True)
    assert alone.stdout.strip().startswith("(2, "), alone.stderr


def _take_a_wire_off_and_draw_it(program: Program) -> None:
    """Arrows go along wires, Tab over ports, Delete takes the wire off, W draws one, typing filters, Enter connects."""
    program.key("Tab")
    program.wait("a port", lambda p: "inputs" in p["focus"])
    program.key("Delete")
    program.wait("an input without a wire", lambda p: p["problems"])
    program.key("Left")
    program.wait("the block before", lambda p: p["selected"] == ["gru"])
    program.key("w")
    program.wait("the ports", lambda p: p["focus"] == "Filter")
    program.type("dense")
    program.key("Return")
    program.wait("a sound model", lambda p: p["complete"] and not p["problems"] and p["ran"])


def _look_at_steps(program: Program) -> None:
    """The one clock by its keys."""
    program.wait("states", lambda p: p["trace"] and p["step"] == [0, 0])
    last = program.places()["trace"][2] - 1
    for key, step in (("End", [0, last]), ("comma", [0, last - 1]), ("period", [0, last]), ("Home", [0, 0])):
        program.key(key)
        program.wait(f"step {step} after {key}", lambda p, step=step: p["step"] == step)
    program.key("greater")
    program.wait("the next sequence", lambda p: p["step"] == [1, 0])
    program.key("p")
    program.wait("the end of the play", lambda p: p["step"] == [1, last])
