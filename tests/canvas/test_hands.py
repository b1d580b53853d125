"""What hands do on the canvas beyond dragging: keyboard, quick-add, menus, outputs, minimap, previews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QNativeGestureEvent, QPainter, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, BlockAnalysis, TensorSpec
from engine.graph.values import PortRef, Wire
from engine.protocol.results import Preview, RunResult
from gui.canvas.canvas import Canvas
from gui.canvas.menus import context_menu
from gui.canvas.painter import Marks, ScenePainter
from gui.canvas.scene import WireLook
from gui.session.session import EditorSession
from gui.theme.measures import WIRE_PLAIN, WIRE_TIME
from gui.theme.theme import LIGHT, ThemeHolder
from tests.documents import chain, traced_cell

LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    """A canvas at 100 % over three blocks in a row, with the keyboard on it."""
    session = EditorSession()
    document = chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3)
    layout = {"b1": (40.0, 60.0), "b2": (300.0, 60.0), "b3": (560.0, 60.0)}
    session._put(replace(document, layout=layout), None)
    made = Canvas(session, ThemeHolder())
    qtbot.addWidget(made)
    made.resize(900, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.grab()
    made.set_view(type(made.view)(1.0, 0.0, 0.0))
    made.setFocus()
    return made


def press(canvas: Canvas, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Keys on the canvas."""
    for key in keys:
        QTest.keyClick(canvas, key, modifier)


def choose(canvas: Canvas, text: str) -> None:
    """Types into what is offered and takes the first hit."""
    finder = canvas.offers.finder
    assert finder.isVisible()
    finder.search.setText(text)
    QTest.keyClick(finder.search, KEY.Key_Return)
    assert not finder.isVisible()


def test_a_wire_is_drawn_with_the_keyboard_alone(canvas: Canvas) -> None:
    """Arrows to the block, W, the target typed, Enter; Tab reaches every port, Delete there takes the wire off."""
    session = canvas.session
    press(canvas, KEY.Key_Right)
    assert session.selection.block == "b1"
    press(canvas, KEY.Key_W)
    assert canvas.offers.finder.shown[0] == "b2/initial_state_h"  # the first that is free
    choose(canvas, "block_3 inputs")
    assert session.document.graph.sources(PortRef("b3", "inputs")) == (PortRef("b1", "output"),)
    assert session.undo_stack.undoText() == "connect series to block_3"
    session.undo_stack.undo()
    press(canvas, KEY.Key_Right, KEY.Key_Right)
    assert session.selection.block == "b3"
    assert canvas.focusNextPrevChild(True)
    assert canvas.keys.port == (PortRef("b3", "inputs"), True)
    assert "at input inputs" in canvas.accessibleName()
    assert canvas.keys.delete_wire()
    assert session.document.graph.sources(PortRef("b3", "inputs")) == ()
    press(canvas, KEY.Key_W)
    choose(canvas, "block_2")
    assert session.document.graph.sources(PortRef("b3", "inputs")) == (PortRef("b2", "output"),)


def test_tab_goes_over_the_ports_and_on(canvas: Canvas) -> None:
    """It never traps: after the last port the keyboard leaves; optional ports are shown while it is on one."""
    session = canvas.session
    assert not canvas.keys.next_port(forward=True)
    session.select(["b2"])
    height = canvas.block_rect("b2").height()
    seen: list[str] = []
    while canvas.keys.next_port(forward=True):
        assert canvas.keys.port is not None
        seen.append(canvas.keys.port[0].port)
        assert canvas.block_rect("b2").height() > height
        assert len(seen) < 20
    assert seen == ["inputs", "initial_state_h", "initial_state_c", "mask", "output"]
    assert canvas.block_rect("b2").height() == height
    assert canvas.keys.next_port(forward=False)
    assert canvas.keys.port == (PortRef("b2", "output"), False)


def test_arrows_walk_select_and_move(canvas: Canvas) -> None:
    """Along wires, else to the nearest block that way; with Shift more, with Ctrl the block moves, in one step."""
    session = canvas.session
    lower = session.building.add_layer("Dense", (300.0, 260.0))
    session.select(["b2"])
    press(canvas, KEY.Key_Down)
    assert session.selection.block == lower
    press(canvas, KEY.Key_Up, KEY.Key_Left)
    assert session.selection.block == "b1"
    press(canvas, KEY.Key_Right, modifier=SHIFT)
    assert session.selection.blocks == {"b1", "b2"}
    count = session.undo_stack.count()
    press(canvas, KEY.Key_Down, KEY.Key_Down, KEY.Key_Right, modifier=CTRL)
    assert session.document.layout["b1"] == (60.0, 100.0)
    assert session.document.layout["b2"] == (320.0, 100.0)
    assert (session.undo_stack.count(), session.undo_stack.undoText()) == (count + 1, "move 2 blocks")


def test_quick_add_places_wires_and_says_what_fits(canvas: Canvas) -> None:
    """After the selected block; what Keras refuses is dimmed and stands last, and may be placed all the same."""
    session = canvas.session
    specs = {"output": TensorSpec((None, 4), "float32")}
    session.analysis = Analysis(complete=True, blocks={"b2": BlockAnalysis(outputs=specs)})
    session.select(["b2"])
    canvas.quick_add()
    finder = canvas.offers.finder
    assert finder.head.text() == "Add a layer after block_2"
    assert "Input" not in finder.shown
    session.fits_changed.emit({"Dense": "(B, 8)", "Dropout": "(B, 4)"})
    assert finder.shown[:2] == ["Dense", "Dropout"]
    finder.search.setText("timedistr")  # it does not fit here, but nothing else is meant
    assert finder.shown[0] == "TimeDistributed"
    finder.search.setText("d")
    assert finder.shown[:2] == ["Dense", "Dropout"]
    finder.search.clear()
    QTest.keyClick(finder.search, KEY.Key_Down)
    QTest.keyClick(finder.search, KEY.Key_Return)
    added = session.selection.block
    assert session.document.block(added).type == "Dropout"
    assert session.document.graph.sources(PortRef(added, "inputs")) == (PortRef("b2", "output"),)
    session.select()
    QTest.mouseDClick(canvas, LEFT, pos=QPoint(450, 400))
    choose(canvas, "mha")
    assert session.document.block(session.selection.block).type == "MultiHeadAttention"
    left, top = session.document.layout[session.selection.block]
    assert (abs(left - 390), abs(top - 384)) <= (4, 4)


def test_a_wire_dropped_on_the_ground_offers_layers(canvas: Canvas) -> None:
    """Forwards what may follow, backwards what may come before; a state goes to a state."""
    session = canvas.session
    session.push([], "nothing")
    start = canvas.port_position(PortRef("b2", "output"), is_input=False)
    QTest.mousePress(canvas, LEFT, pos=start)
    for point in (QPoint(500, 200), QPoint(500, 380)):
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(500, 380))
    choose(canvas, "gru")
    gru = session.selection.block
    assert session.document.graph.sources(PortRef(gru, "inputs")) == (PortRef("b2", "output"),)
    canvas.offers.offer_layers(QPointF(40, 380), port=PortRef("b2", "initial_state_h"), from_input=True)
    choose(canvas, "input")
    assert session.document.graph.sources(PortRef("b2", "initial_state_h"))[0].block == session.selection.block


def test_copy_paste_and_outputs(canvas: Canvas) -> None:
    """Copies keep their wires among each other; outputs are made and taken, the last one stays."""
    session = canvas.session
    session.select(["b2", "b3"])
    text = session.building.copied()
    session.building.paste(text, (300.0, 300.0))
    lstm, dense = sorted(session.selection.blocks)
    assert session.document.layout[lstm] == (300.0, 300.0)
    assert session.document.graph.sources(PortRef(dense, "inputs")) == (PortRef(lstm, "output"),)
    assert session.document.block(lstm).name not in ("block_2", "block_3")
    assert session.undo_stack.undoText() == "paste 2 blocks"
    session.undo_stack.undo()
    refusals: list[str] = []
    session.refused.connect(refusals.append)
    session.building.paste("no document at all")
    session.building.toggle_output(PortRef("b3", "output"))
    assert refusals == ["A model needs an output: make another port an output first."]
    assert session.pasting.asking, "it is no document: the worker is asked what it says"
    session.building.toggle_output(PortRef("b2", "output"))
    assert session.document.outputs == (PortRef("b3", "output"), PortRef("b2", "output"))
    assert session.undo_stack.undoText() == "make output of block_2 an output"
    left, top, width, height = canvas.geometry_now.output_boxes.rows[1]
    QTest.mouseClick(canvas, LEFT, pos=QPoint(round(left + width / 2), round(top + height / 2)))
    assert session.selection.block == "b2"


def test_an_output_is_named_by_its_menu(canvas: Canvas, qtbot: QtBot) -> None:
    """Its block is selected and the keyboard goes to that name, since Keras names an output by its layer."""
    left, top, width, height = canvas.geometry_now.output_boxes.rows[0]
    point = QPointF(left + width / 2, top + height / 2)
    menu = context_menu(canvas, canvas.hit_at(point), point)
    canvas.session.select(["b2"])
    with qtbot.waitSignal(canvas.edit_wanted):
        next(action for action in menu.actions() if action.text() == "Name it …").trigger()
    assert canvas.session.selection.block == canvas.geometry_now.outputs[0].block


def menu_texts(menu: QMenu) -> list[str]:
    """Its entries."""
    return [action.text() for action in menu.actions() if action.text()]


@pytest.mark.parametrize(
    ("place", "entry"),
    [
        (lambda c: c.block_rect("b2").center() - QPoint(0, 40), "Delete and bridge"),
        (lambda c: c.port_position(PortRef("b3", "inputs"), is_input=True), "Take off the wire from block_2"),
        (lambda c: c.port_position(PortRef("b2", "output"), is_input=False), "Make output an output of the model"),
        (lambda c: QPoint(430, 400), "Add a layer here …"),
    ],
    ids=["block", "input", "output", "ground"],
)
def test_menus_name_what_can_be_done(canvas: Canvas, place: Callable[[Canvas], QPoint], entry: str) -> None:
    """With what lies under the pointer."""
    point = QPointF(place(canvas))
    menu = context_menu(canvas, canvas.hit_at(point), point)
    assert entry in menu_texts(menu)


def test_the_menu_key_opens_the_menu_of_the_selected_block(canvas: Canvas, qtbot: QtBot) -> None:
    """And an entry does what it says."""
    canvas.session.select(["b2"])
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), canvas.mapToGlobal(QPoint(0, 0)))
    QApplication.sendEvent(canvas, event)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    with qtbot.waitSignal(canvas.action_wanted) as asked:
        next(action for action in menu.actions() if action.text() == "Duplicate").trigger()
    assert asked.args == ["editing.duplicate"]
    menu.close()


def test_the_minimap_stands_while_the_model_exceeds_the_view(canvas: Canvas) -> None:
    """A click on it goes there; fitting takes it away."""
    canvas.grab()
    assert canvas.minimap.area.isEmpty()
    canvas.set_view(type(canvas.view)(2.0, 0.0, 0.0))
    canvas.grab()
    area = canvas.minimap.area
    assert not area.isEmpty()
    before = canvas.session.document
    QTest.mouseClick(canvas, LEFT, pos=QPoint(round(area.right()) - 8, round(area.center().y())))
    assert canvas.block_rect("b3").intersects(canvas.rect())
    assert not canvas.block_rect("b1").intersects(canvas.rect())
    assert canvas.session.document is before
    canvas.fit()
    canvas.grab()
    assert canvas.minimap.area.isEmpty()


def test_a_block_selected_elsewhere_comes_into_view(canvas: Canvas) -> None:
    """Nothing moves where it already is in view."""
    canvas.grab()
    view = canvas.view
    canvas.session.select(["b2"])
    assert canvas.view == view
    canvas.set_view(type(view)(1.0, 2000.0, 0.0))
    canvas.session.select(["b3"])
    assert canvas.rect().contains(canvas.block_rect("b3"))


def test_a_preview_shows_states_padding_and_what_leaves(canvas: Canvas) -> None:
    """Strongest values coloured, masked steps hatched, the one leaving step framed; dim after an edit."""
    session = canvas.session
    image = np.full((2, 4), 255, np.uint8)
    image[:, :2] = [[0, 126], [126, 252]]
    valid = np.array([True, True, False, False])
    leaves = np.array([False, True, False, False])
    session.run = RunResult(1, session.revision, "cpu", 1.0, 0, traced={"b2": traced_cell("b2", 2)})
    session.shown.show_previews(1, 0, {"b2": Preview("b2", image, valid, valid, leaves)})
    shape = canvas.geometry_now.shape("b2")
    assert shape.preview is not None
    x, y, width, height = shape.preview
    corner = canvas.block_rect("b2").topLeft()
    shot: QImage = canvas.grab().toImage()
    ratio = shot.devicePixelRatio()

    def colours(part: float) -> set[str]:
        """Of a column of pixels in the middle of a step."""
        at = round((corner.x() + x + width * part) * ratio)
        tops = range(round((corner.y() + y + 2) * ratio), round((corner.y() + y + height - 2) * ratio))
        return {shot.pixelColor(at, top).name() for top in tops}

    assert {"#1f66b0", LIGHT.panel} <= colours(1 / 8 + 0.02)
    assert {"#a35a12", LIGHT.panel} <= colours(3 / 8)
    assert LIGHT.hatch in colours(5 / 8)
    session.shown.show_previews(1, 5, {})  # of another sequence by now
    assert "b2" in session.shown.previews


def test_wires_into_a_menu_take_off_the_right_one(canvas: Canvas) -> None:
    """By the wire's own ends."""
    session = canvas.session
    point = QPointF(canvas.port_position(PortRef("b3", "inputs"), is_input=True))
    menu = context_menu(canvas, canvas.hit_at(point), point)
    next(action for action in menu.actions() if action.text().startswith("Take off")).trigger()
    assert Wire(PortRef("b2", "output"), PortRef("b3", "inputs")) not in session.document.graph.wires


def test_several_selected_blocks_are_dragged_as_one(canvas: Canvas) -> None:
    """All move by the same way on the grid, the others stay, and one undo takes it back."""
    session, before = canvas.session, dict(canvas.session.document.layout)
    session.select(["b1", "b2"])
    start = canvas.block_rect("b2").center()
    QTest.mousePress(canvas, LEFT, pos=start)
    for part in range(1, 6):
        QTest.mouseMove(canvas, start + QPoint(12, 16) * part)
    QTest.mouseRelease(canvas, LEFT, pos=start + QPoint(60, 80))
    after = session.document.layout
    moved = {block: (after[block][0] - before[block][0], after[block][1] - before[block][1]) for block in after}
    assert moved["b1"] == moved["b2"] != (0.0, 0.0)
    assert moved["b3"] == (0.0, 0.0)
    assert session.selection.blocks == {"b1", "b2"}
    session.undo_stack.undo()
    assert session.document.layout == before


def test_two_fingers_zoom_about_where_they_are(canvas: Canvas) -> None:
    """Apart: larger, together: smaller; what lies under them stays there and the document is as it was."""
    document, at = canvas.session.document, QPointF(300, 200)
    for amount in (0.25, -0.2):
        before, under = canvas.view.scale, canvas.view.to_canvas(at)
        event = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture,
            QPointingDevice.primaryPointingDevice(),
            2,
            at,
            at,
            at,
            amount,
            QPointF(),
        )
        QApplication.sendEvent(canvas, event)
        assert canvas.view.scale == pytest.approx(before * (1 + amount))
        assert canvas.view.to_canvas(at) == pytest.approx(under)
    assert canvas.session.document is document


@pytest.mark.parametrize(
    ("time", "state", "width"), [(True, False, WIRE_TIME), (False, False, WIRE_PLAIN), (False, True, WIRE_PLAIN)]
)
def test_a_wire_looks_like_what_it_carries(canvas: Canvas, *, time: bool, state: bool, width: float) -> None:
    """A sequence is thick, a vector thin, a state dashed."""
    marks = Marks(canvas.session.selection, 0, "", focused=True)
    painter = ScenePainter(QPainter(), canvas.scene, canvas.view, LIGHT, marks)
    pen = painter._wire_pen(WireLook("", None, time=time, state=state, error=False), chosen=False)
    assert pen.widthF() == width
    assert (pen.style() is not Qt.PenStyle.SolidLine) is state
    assert WIRE_TIME > WIRE_PLAIN
