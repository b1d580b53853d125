"""The canvas: gestures make one edit or none, what is drawn is what stands in the document."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.analysis.values import Diagnostic, Fix
from engine.document.apply import apply
from engine.document.edits import Disconnect, Edit, EditError, Move, SetArgument
from engine.document.outputs import model_outputs
from engine.graph.values import PortRef
from gui.canvas.boxes import Boxes
from gui.canvas.canvas import Canvas
from gui.canvas.drops import LAYER_MIME, holds_sequences
from gui.canvas.geometry import build_geometry
from gui.canvas.labels import Label
from gui.canvas.pictogram import chosen_rows, spans
from gui.session.session import EditorSession
from gui.theme.theme import DARK, ThemeHolder
from tests.benchmarks.canvas import analysis_of
from tests.benchmarks.models import mixed_chain
from tests.document.strategies import EDITS
from tests.documents import chain

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    """A canvas at 100 % over three blocks in a row."""
    session = EditorSession()
    document = chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3)
    layout = {"b1": (40.0, 60.0), "b2": (300.0, 60.0), "b3": (560.0, 60.0)}
    session._put(type(document)(**{**document.__dict__, "layout": layout}), None)
    made = Canvas(session, ThemeHolder())
    qtbot.addWidget(made)
    made.resize(900, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.grab()
    made.set_view(type(made.view)(1.0, 0.0, 0.0))
    return made


def drag(canvas: Canvas, start: QPoint, end: QPoint, *, release: bool = True) -> None:
    """Presses, moves in steps, lets go."""
    QTest.mousePress(canvas, LEFT, pos=start)
    for part in range(1, 6):
        QTest.mouseMove(canvas, start + (end - start) * part / 5)
    if release:
        QTest.mouseRelease(canvas, LEFT, pos=end)


def test_dragging_a_block_is_one_step_on_the_grid(canvas: Canvas) -> None:
    """And Esc makes none."""
    session, middle = canvas.session, canvas.block_rect("b2").center()
    drag(canvas, middle, middle + QPoint(63, 41))
    assert session.document.layout["b2"] == (364.0, 100.0)
    assert session.undo_stack.undoText() == "move block_2"
    count = session.undo_stack.count()
    drag(canvas, canvas.block_rect("b2").center(), QPoint(10, 10), release=False)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(10, 10))
    assert session.undo_stack.count() == count
    assert session.document.layout["b2"] == (364.0, 100.0)


def test_a_wire_is_taken_off_dropped_and_drawn_again(canvas: Canvas) -> None:
    """By dragging; a second time by two clicks; backwards from an input too."""
    session = canvas.session
    output, end = PortRef("b2", "output"), PortRef("b3", "inputs")
    drag(canvas, canvas.port_position(end, is_input=True), QPoint(450, 400))
    assert session.document.graph.sources(end) == ()
    drag(canvas, canvas.port_position(output, is_input=False), canvas.port_position(end, is_input=True))
    assert session.document.graph.sources(end) == (output,)
    assert session.undo_stack.undoText() == "connect block_2 to block_3"
    session.undo_stack.undo()
    QTest.mouseClick(canvas, LEFT, pos=canvas.port_position(output, is_input=False))
    QTest.mouseClick(canvas, LEFT, pos=canvas.port_position(end, is_input=True))
    assert session.document.graph.sources(end) == (output,)
    session.undo_stack.undo()
    drag(canvas, canvas.port_position(end, is_input=True), canvas.port_position(output, is_input=False))
    assert session.document.graph.sources(end) == (output,)


def test_a_wire_dropped_on_a_block_finds_its_port(canvas: Canvas) -> None:
    """The body is a larger target than the port."""
    session = canvas.session
    drag(canvas, canvas.port_position(PortRef("b1", "output"), is_input=False), canvas.block_rect("b3").center())
    assert PortRef("b1", "output") in session.document.graph.sources(PortRef("b3", "inputs"))


def test_a_block_cannot_feed_itself(canvas: Canvas, qtbot: QtBot) -> None:
    """A sentence, no wire."""
    with qtbot.waitSignal(canvas.session.refused):
        drag(
            canvas,
            canvas.port_position(PortRef("b2", "output"), is_input=False),
            canvas.port_position(PortRef("b2", "inputs"), is_input=True),
        )


def test_selecting_by_click_ctrl_and_box(canvas: Canvas) -> None:
    """And the wheel zooms about the pointer without changing the document."""
    session = canvas.session
    QTest.mouseClick(canvas, LEFT, pos=canvas.block_rect("b1").center())
    assert session.selection.blocks == {"b1"}
    QTest.mouseClick(canvas, LEFT, Qt.KeyboardModifier.ControlModifier, canvas.block_rect("b3").center())
    assert session.selection.blocks == {"b1", "b3"}
    drag(canvas, QPoint(5, 5), QPoint(480, 300))
    assert session.selection.blocks == {"b1", "b2"}
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not session.selection
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert session.selection.block == "b2"


def test_a_layer_dropped_from_the_palette(canvas: Canvas) -> None:
    """On empty canvas it stands at the pointer; on a wire it is put into the wire."""
    session = canvas.session

    def drop(point: QPoint) -> None:
        data = QMimeData()
        data.setData(LAYER_MIME, QByteArray(b"GRU"))
        action, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        canvas.dropEvent(QDropEvent(QPointF(point), action, data, buttons, Qt.KeyboardModifier.NoModifier))

    drop(QPoint(400, 320))
    assert session.document.block("b4").arguments == {"units": 32}
    left, top = session.document.layout["b4"]
    assert (abs(left - 340) <= 4, abs(top - 304) <= 4) == (True, True)
    start = canvas.port_position(PortRef("b2", "output"), is_input=False)
    end = canvas.port_position(PortRef("b3", "inputs"), is_input=True)
    drop((start + end) / 2)
    assert session.document.graph.sources(PortRef("b3", "inputs")) == (PortRef("b5", "output"),)
    assert session.document.graph.sources(PortRef("b5", "inputs")) == (PortRef("b2", "output"),)


def test_the_card_offers_the_fixes_and_enter_applies(canvas: Canvas) -> None:
    """Ctrl+. goes to the first fix; Esc folds."""
    session = canvas.session
    fix = Fix("Turn on return_sequences in block_2", (SetArgument("b2", "return_sequences", True),))
    problem = Diagnostic(
        "shape.ndim", "error", "connect", "b3", "block_3 needs a sequence", "why", "inputs", "b2", "Keras says", (fix,)
    )
    session.analysis = type(session.analysis)(complete=True, diagnostics=(problem,))
    session.analysis_changed.emit(session.analysis)
    assert canvas.card.isVisible()
    assert canvas.scene.errors == {"b3"}
    assert canvas.scene.causes == {"b2"}
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.card.isVisible()
    canvas.open_fixes()
    QTest.keyClick(canvas.card.buttons[0], Qt.Key.Key_Return)
    assert session.document.block("b2").arguments["return_sequences"] is True


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EDITS, max_size=8))
def test_arrays_kept_through_edits_are_the_arrays_built_anew(qtbot: QtBot, edits: list[Edit]) -> None:
    """The canvas is a function of the document; wires start and end at ports."""
    session = EditorSession()
    session._put(chain([("LSTM", {"units": 4}), ("Add", {})], 3), None)
    canvas = Canvas(session, ThemeHolder())
    qtbot.addWidget(canvas)
    for edit in edits:
        try:
            apply(session.document, edit, session.catalog)
        except EditError:
            continue
        session.push(edit, "edit")
        geometry = canvas.geometry_now
        fresh = build_geometry(session.document, session.ports, model_outputs(session.document, session.catalog))
        assert geometry.boxes == fresh.boxes
        assert geometry.spans == fresh.spans
        assert geometry.wires == fresh.wires
        canvas.grab()


def test_labels_cover_no_block_and_each_other(qtbot: QtBot) -> None:
    """At rest, on a model with many wires, in the dark; a thousand blocks paint."""
    session = EditorSession()
    session._put(mixed_chain(200), None)
    canvas = Canvas(session, ThemeHolder(DARK))
    qtbot.addWidget(canvas)
    canvas.resize(1200, 800)
    canvas.grab()
    scene = canvas.scene
    places = [label.box for _, label in scene.wires if label]
    boxes = [*places, *scene.geometry.boxes.rows]
    for at, (left, top, width, height) in enumerate(places):
        for other_left, other_top, other_width, other_height in (*boxes[:at], *boxes[at + 1 :]):
            apart = left + width <= other_left or other_left + other_width <= left
            assert apart or top + height <= other_top or other_top + other_height <= top
    for scale in (0.1, 0.4, 1.0, 2.0):
        canvas.zoom_to(scale)
        canvas.grab()


def test_an_edit_moves_only_the_labels_near_it(qtbot: QtBot) -> None:
    """A label stays while blocks and wires elsewhere come, go and move; one in whose way something comes gives way."""
    session = EditorSession()
    session._put(mixed_chain(200), None)
    session.show_analysis(analysis_of(session.document, 16), session.revision)
    canvas = Canvas(session, ThemeHolder())
    qtbot.addWidget(canvas)

    def labels() -> dict[str, Label]:
        shown = zip(canvas.geometry_now.wires, canvas.scene.wires, strict=False)
        return {wire.target.block: label for wire, (_, label) in shown if label is not None}

    def is_clear(block: str) -> bool:
        row = canvas.geometry_now.boxes.rows[canvas.geometry_now.index[block]]
        return not Boxes(tuple(label.box for label in labels().values())).touching(row)

    before = labels()
    left, top, *_ = before["b40"].box
    assert session.push(Move("b7", (left - 20, top - 20)), "move")
    after = labels()
    assert after["b150"] is before["b150"]
    assert after.get("b40") != before["b40"]
    assert after["b8"].box != before["b8"].box
    assert is_clear("b7")
    wire = session.document.graph.wires_into["b5"][0]
    assert session.push(Disconnect(wire.source, wire.target), "disconnect")
    session.show_analysis(analysis_of(session.document, 16), session.revision)
    assert labels()["b20"].box == before["b20"].box
    assert labels()["b150"].box == before["b150"].box
    canvas.show_shifted(["b20"], 60.0, 0.0)
    assert labels()["b20"].box != before["b20"].box
    assert labels()["b150"].box == before["b150"].box
    assert is_clear("b20")


def test_a_note_is_drawn_where_it_says(canvas: Canvas) -> None:
    """And belongs to what is fitted; one without a place is kept in the file and not drawn."""
    session = canvas.session
    notes = (
        {"id": "n9", "text": "Look here", "position": [0, -400], "size": [200, 60]},
        {"id": "n10", "text": "nowhere"},
    )
    session._put(type(session.document)(**{**session.document.__dict__, "notes": notes}), None)
    assert canvas.geometry_now.notes == ("Look here",)
    assert canvas.geometry_now.bounds()[1] == -400
    canvas.grab()


def test_the_pictogram_stands_for_the_longest_middle_and_shortest() -> None:
    """Holes are drawn as they are."""
    valid = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 1]], bool)
    assert chosen_rows(valid)[0].tolist() == [True] * 4
    assert spans(valid[2]) == [(0, 1, True), (1, 3, False), (3, 4, True)]


def files(*paths: str) -> QMimeData:
    """Files that are dragged."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime


def dropped(canvas: Canvas, at: QPoint, *paths: str) -> tuple[bool, bool]:
    """Drags files to a place and lets them go; whether they may be dropped there, and were."""
    mime = files(*paths)
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    moving = QDragMoveEvent(at, action, mime, LEFT, none)
    canvas.dragMoveEvent(moving)
    dropping = QDropEvent(QPointF(at), action, mime, LEFT, none)
    canvas.dropEvent(dropping)
    return moving.isAccepted(), dropping.isAccepted()


def test_a_file_dropped_on_an_input_feeds_it(canvas: Canvas, qtbot: QtBot) -> None:
    """One undo step, and the Input is selected; elsewhere a sentence says where to."""
    session, place = canvas.session, canvas.block_rect("b1").center()
    assert dropped(canvas, place, "/data/notes.md", "/data/x.csv") == (True, True)
    assert session.document.sample["inputs"] == {"series": {"kind": "file", "path": "/data/x.csv"}}
    assert session.selection.block == "b1"
    session.undo_stack.undo()
    assert session.document.sample == {}
    for where, path in ((canvas.block_rect("b2").center(), "/data/x.csv"), (place, "/data/notes.md")):
        with qtbot.waitSignal(session.refused):
            assert dropped(canvas, where, path) == (False, False)
    assert session.document.sample == {}
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    both = files("/data/x.csv", "/data/m.seqloom")  # kept by a name: the event does not own it
    assert not holds_sequences(QDropEvent(QPointF(place), action, both, LEFT, none))  # the document is the window's
