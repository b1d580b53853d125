"""The question's second example built by dragging, broken, understood, mended, run on padded sequences, exported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.document.file import load, save
from engine.document.values import Document
from tests.journeys.driver import ROOT, Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY


def test_from_an_empty_canvas_to_proved_code(tmp_path: Path) -> None:
    """Real mouse, real keys."""
    file = tmp_path / "mine.seqloom"
    save(Document(keras="3.15.1", seed=7), file)
    with Screen("1600x1000") as screen, Program(screen, tmp_path, str(file)) as program:  # every layer is in sight
        places = program.wait("the window", lambda p: p["views"] and p["layers"])
        left, top, width, height = places["canvas"]
        for number, layer in enumerate(("Input", "LSTM", "TimeDistributed")):
            spot = [left + 120 + number * 300, top + height // 2]
            program.drag(program.places()["layers"][layer], spot)
            program.wait(layer, lambda p, count=number: p["revision"] > count and len(p["ports"]) > count)
        ports = program.wait("ports", lambda p: "time_distributed.in.inputs" in p["ports"])["ports"]
        program.drag(ports["input.out.output"], ports["lstm.in.inputs"])
        ports = program.wait("a wire", lambda p: p["revision"] >= 5)["ports"]
        program.drag(ports["lstm.out.output"], ports["time_distributed.in.inputs"])

        cause = "Turn on return_sequences in lstm"
        places = program.wait("the cause", lambda p: cause in p["fixes"] and p["complete"])
        assert "needs (batch, time, features), lstm gives (B, 32)" in places["problems"][0]
        program.click(places["fixes"][cause])
        program.wait("a sound model that ran", lambda p: p["complete"] and not p["problems"] and p["ran"])

        program.click(
            program.places()["ports"]["lstm.in.inputs"][:1] + [program.places()["ports"]["lstm.in.inputs"][1] - 22]
        )
        places = program.wait("the inspector", lambda p: "return_sequences" in p["fields"])
        program.click(places["fields"]["return_sequences"])
        program.wait("the cause again", lambda p: p["fixes"] and p["complete"])
        program.key("ctrl+z")
        program.wait("undone", lambda p: p["complete"] and not p["problems"] and p["ran"])

        spot = program.places()["ports"]["input.out.output"]
        program.click([spot[0] - 40, spot[1] - 22])
        places = program.wait("the sample form", lambda p: "lengths" in p["fields"])
        program.click(places["fields"]["lengths"])
        program.type("10,4,7")
        program.key("Return")
        program.key("Tab")
        program.wait("a padded run", lambda p: p["ran"] and p["trace"] and p["trace"][2] == 10)
        program.screenshot(tmp_path / "question.png")
        program.key("ctrl+s")
        program.wait("saved", lambda _: load(file).sample)
    document = load(file)
    assert [block.type for block in document.graph.blocks] == ["Input", "LSTM", "TimeDistributed"]
    assert document.block("b2").arguments["return_sequences"] is True
    assert document.sample["inputs"] == {"input": {"lengths": [10, 4, 7]}}
    exported = tmp_path / "model.py"
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "export", str(file), "--to", "python", "-o", str(exported)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    alone = subprocess.run([sys.executable, "-I", str(exported)], capture_output=True, text=True)
    assert alone.stdout.strip() == "(2, 10, 8)"
