"""“Does padding change my results?” is asked from the sample and from the lengths, and answered where it was asked."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.leaks import LeakReport
from engine.document.edits import SetArgument
from gui.panels.sample_form import SampleForm
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.lengths import LengthsView
from tests.documents import chain
from tests.session.test_session import FakeWorker
from tests.steps import whole


@pytest.mark.parametrize("place", [SampleForm, LengthsView])
def test_the_button_asks_and_shows_the_answer_until_the_next_edit(
    qtbot: QtBot, place: type[SampleForm] | type[LengthsView]
) -> None:
    session = EditorSession()
    session._put(chain([("LSTM", {"units": 4})], 3), None)
    worker = FakeWorker()
    session.attach(worker)
    widget = whole(place(session, ThemeHolder()))
    qtbot.addWidget(widget)
    assert widget.question.isEnabled()
    widget.question.click()
    assert ("leaks", session.revision) in worker.asked
    assert not widget.question.isEnabled()
    session.findings.show_leaks(
        LeakReport("No: largest difference 3e-07 over 3 sequences.", largest=3e-7), session.revision
    )
    assert widget.question.isEnabled()
    assert widget.question.toolTip() == "No: largest difference 3e-07 over 3 sequences."
    if isinstance(widget, SampleForm):
        assert widget.answer.text() == widget.question.toolTip()
    session.push(SetArgument("b2", "units", 5), "change units")
    assert "Run every sequence alone" in widget.question.toolTip()
