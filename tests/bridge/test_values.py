"""Values of a port over the bridge: the newest request wins, a failure is a sentence."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from engine.graph.values import PortRef
from engine.protocol.messages import Reply
from engine.protocol.result_encoding import encode_values
from engine.protocol.results import PortValues
from gui.bridge.bridge import WorkerBridge

PORT = PortRef("b3", "output")


def test_what_the_worker_refuses_is_said_in_the_values_place(qtbot: QtBot) -> None:
    """So that a view can show it."""
    bridge = WorkerBridge()
    bridge.values(7, PORT, 2)
    with qtbot.waitSignal(bridge.valued) as said:
        bridge._take(Reply(1, ok=False, error="The values of that run are no longer kept: run the model again."))
    assert said.args == [
        PortValues(7, PORT, 2, missing="The values of that run are no longer kept: run the model again.")
    ]


def test_only_the_newest_answer_is_given(qtbot: QtBot) -> None:
    """A sequence that was passed by while scrolling through them is dropped."""
    bridge = WorkerBridge()
    bridge.values(7, PORT, 2)
    bridge.values(7, PORT, 3)
    got: list[PortValues] = []
    bridge.valued.connect(got.append)
    for request, sequence in ((1, 2), (2, 3)):
        body, arrays = encode_values(PortValues(7, PORT, sequence, np.ones((4, 2), np.float32)))
        bridge._take(Reply(request, body={"values": body}, arrays=arrays))
    assert [values.sequence for values in got] == [3]
