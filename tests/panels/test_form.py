"""Every kind of argument has its editor; each change is an edit with a name, driven by real keys and clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.panels.cells import MemberField
from gui.panels.inspector import Inspector
from gui.session.session import EditorSession
from tests.panels.conftest import CELL, field, opened

LEFT = Qt.MouseButton.LeftButton


def retype(line: QLineEdit, text: str) -> None:
    """Selects what is there, types, ends with Enter."""
    line.setFocus()
    line.selectAll()
    if text:
        QTest.keyClicks(line, text)
    else:
        QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)


def pick(find: Callable[[], QComboBox], text: str) -> None:
    """Goes to an entry by the arrow keys, as a person does in a field that has the keyboard."""
    for _ in range(200):
        box = find()
        box.setFocus()
        wanted = box.findText(text)
        assert wanted >= 0, [box.itemText(at) for at in range(box.count())]
        if box.currentIndex() == wanted:
            return
        QTest.keyClick(box, Qt.Key.Key_Down if wanted > box.currentIndex() else Qt.Key.Key_Up)
    raise AssertionError(f"{text} was not reached")


def arguments(session: EditorSession, block: str) -> Any:
    """What the document holds."""
    return session.document.block(block).arguments


@pytest.mark.parametrize(
    ("block", "key", "typed", "path", "value"),
    [
        ("b2", "units", "12", "units", 12),
        ("b2", "dropout", "0.25", "dropout", 0.25),
        ("b2", "seed", "5", "seed", 5),
        ("b2", "use_cudnn", "false", "use_cudnn", False),
        ("b5", "kernel_size", "5", "kernel_size", 5),
        ("b5", "strides", "2", "strides", 2),
        ("b9", "target_shape", "-1, 3", "target_shape", [-1, 3]),
        ("b1", "shape", "null, 7", "shape", [None, 7]),
        ("b8", "attention_axes", "1", "attention_axes", 1),
        ("b3", "layer.arguments.units", "9", "layer", {"type": "LSTM", "arguments": {"units": 9, "return_sequences": True}}),
        ("b6", "kernel_regularizer.arguments.l2", "0.5", "kernel_regularizer", {"type": "L2", "arguments": {"l2": 0.5}}),
        ("b4", "cell.1.arguments.units", "7", "cell", [CELL, {"type": "GRUCell", "arguments": {"units": 7}}]),
    ],
)  # fmt: skip
def test_what_is_typed_is_set(
    session: EditorSession, inspector: Inspector, block: str, key: str, typed: str, path: str, value: Any
) -> None:
    """By Enter, at any depth."""
    session.select([block])
    opened(inspector)
    retype(field(inspector, key), typed)
    assert arguments(session, block)[path] == value
    assert session.undo_stack.undoText().startswith(("set ", "turn off use_cudnn"))
    session.undo_stack.undo()
    assert not session.undo_stack.canUndo()


@pytest.mark.parametrize(
    ("block", "key", "chosen", "value"),
    [
        ("b2", "activation", "relu", "relu"),
        ("b2", "kernel_initializer", "orthogonal", "orthogonal"),
        ("b2", "kernel_regularizer", "L1L2", {"type": "L1L2", "arguments": {}}),
        ("b2", "kernel_constraint", "max_norm", "max_norm"),
        ("b2", "dtype", "float16", "float16"),
        ("b5", "padding", "causal", "causal"),
        ("b3", "merge_mode", "none", None),
    ],
)
def test_what_is_chosen_is_set(
    session: EditorSession, inspector: Inspector, block: str, key: str, chosen: str, value: Any
) -> None:
    """From the list of what Keras knows."""
    session.select([block])
    opened(inspector)
    pick(lambda: field(inspector, key), chosen)
    assert arguments(session, block)[key] == value


def test_switches_are_clicked_and_named(session: EditorSession, inspector: Inspector) -> None:
    """On, off; back at the default nothing is written down."""
    session.select(["b2"])
    switch = field(inspector, "return_sequences")
    QTest.mouseClick(switch, LEFT)
    assert "return_sequences" not in arguments(session, "b2")
    assert session.undo_stack.undoText() == "reset return_sequences in lstm_b2"
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert arguments(session, "b2")["return_sequences"] is True
    assert session.undo_stack.undoText() == "turn on return_sequences in lstm_b2"


def test_settings_of_the_call_are_set_call_edits(session: EditorSession, inspector: Inspector) -> None:
    """`use_causal_mask` stands in the key `call`; masks are ports, not fields."""
    session.select(["b8"])
    QTest.mouseClick(field(inspector, "call use_causal_mask"), LEFT)
    assert session.document.block("b8").call == {"use_causal_mask": True}
    opened(inspector)
    assert not any("mask" in key for key in inspector.form.fields if key != "call use_causal_mask")
    pick(lambda: field(inspector, "call training"), "true")
    assert session.document.block("b8").call == {"use_causal_mask": True, "training": True}
    QTest.mouseClick(inspector.form.fields["call use_causal_mask"].dot, LEFT)
    assert session.document.block("b8").call == {"training": True}


def test_a_wrong_value_says_so_at_its_field_and_changes_nothing(session: EditorSession, inspector: Inspector) -> None:
    """The sentence goes when it is mended; Esc takes the old value back."""
    session.select(["b2"])
    row = inspector.form.fields["units"]
    before = session.document
    retype(field(inspector, "units"), "many")
    assert row.complaint.text() == "units must be a whole number; the model keeps the value it had."
    assert row.complaint.isVisible()
    assert session.document is before
    session.analysis_changed.emit(session.analysis)
    assert field(inspector, "units").text() == "many"
    QTest.keyClick(field(inspector, "units"), Qt.Key.Key_Escape)
    assert field(inspector, "units").text() == "64"
    assert not row.complaint.isVisible()
    retype(field(inspector, "units"), "")
    assert "must not be empty" in row.complaint.text()
    retype(field(inspector, "units"), "3")
    assert not row.complaint.isVisible()
    assert arguments(session, "b2")["units"] == 3


def test_keys_step_a_number_as_one_undo_step(session: EditorSession, inspector: Inspector) -> None:
    """Up, up, page up, down; fractions by their last decimal place."""
    session.select(["b2"])
    units = field(inspector, "units")
    units.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Down):
        QTest.keyClick(units, key)
    assert arguments(session, "b2")["units"] == 75
    QTest.keyClick(field(inspector, "dropout"), Qt.Key.Key_Up)
    assert arguments(session, "b2")["dropout"] == 0.1
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert arguments(session, "b2")["units"] == 64
    assert units.text() == "64"
    assert not session.undo_stack.canUndo()


def test_the_wheel_changes_nothing_by_accident(session: EditorSession, inspector: Inspector) -> None:
    """Over every field of a form that has not the keyboard."""
    session.select(["b2"])
    opened(inspector)
    before = session.document
    inspector.area.setFocus()
    for row in inspector.form.fields.values():
        turn(row.field)
    assert session.document is before


def turn(widget: QWidget) -> None:
    """One notch of a wheel over a widget."""
    place = QPointF(4, 4)
    event = QWheelEvent(
        place, QPointF(widget.mapToGlobal(QPoint(4, 4))), QPoint(0, 0), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_changed_arguments_stand_out_and_a_dot_resets(session: EditorSession, inspector: Inspector) -> None:
    """Bold and a dot; what Keras requires has no default to go back to."""
    session.select(["b2"])
    row = inspector.form.fields["return_sequences"]
    assert row.dot.text() == "•"
    assert row.label.property("changed") is True
    assert row.label.font().weight() > inspector.form.fields["return_state"].label.font().weight()
    assert inspector.form.fields["return_state"].dot.text() == ""
    assert not inspector.form.fields["units"].dot.isEnabled()
    assert row.dot.toolTip() == "Changed; click for Keras's default: off"
    QTest.mouseClick(row.dot, LEFT)
    assert "return_sequences" not in arguments(session, "b2")
    assert row.dot.text() == ""


def test_an_object_is_edited_in_place_and_short_again_at_its_defaults(
    session: EditorSession, inspector: Inspector
) -> None:
    """L2 with its factor, then its factor's dot."""
    session.select(["b6"])
    retype(field(inspector, "kernel_regularizer.arguments.l2"), "0.5")
    assert field(inspector, "kernel_regularizer").currentText() == "l2"
    QTest.mouseClick(inspector.form.fields["kernel_regularizer.arguments.l2"].dot, LEFT)
    assert arguments(session, "b6")["kernel_regularizer"] == "l2"
    QTest.mouseClick(inspector.form.fields["kernel_regularizer"].dot, LEFT)
    assert "kernel_regularizer" not in arguments(session, "b6")
    assert "kernel_regularizer.arguments.l2" not in inspector.form.fields


def test_a_nested_layer_changes_its_type_and_keeps_what_still_means_something(
    session: EditorSession, inspector: Inspector
) -> None:
    """LSTM to GRU; a type that is not offered is still shown."""
    session.select(["b3"])
    pick(lambda: field(inspector, "layer"), "GRU")
    nested = arguments(session, "b3")["layer"]
    assert nested["type"] == "GRU"
    assert nested["arguments"]["units"] == 4
    assert nested["arguments"]["return_sequences"] is True
    opened(inspector)
    assert "layer.arguments.reset_after" in inspector.form.fields


def test_cells_are_added_moved_and_removed(session: EditorSession, inspector: Inspector) -> None:
    """A list of cells; one alone is written without a list."""
    session.select(["b4"])
    first = field(inspector, "cell.0")
    assert isinstance(first, MemberField)
    QTest.mouseClick(first.buttons[1], LEFT)
    assert [cell["type"] for cell in arguments(session, "b4")["cell"]] == ["GRUCell", "LSTMCell"]
    QTest.mouseClick(field(inspector, "cell.0").buttons[2], LEFT)
    assert arguments(session, "b4")["cell"] == CELL
    assert not field(inspector, "cell").buttons[2].isVisible()
    session.select(["b10"])
    add = next(b for b in inspector.form.findChildren(QWidget) if b.accessibleName() == "Add a cell" and b.isVisible())
    QTest.mouseClick(add, LEFT)
    assert [cell["type"] for cell in arguments(session, "b10")["cell"]] == ["GRUCell", "GRUCell"]
    pick(lambda: field(inspector, "cell.1").box, "StackedRNNCells")
    assert arguments(session, "b10")["cell"][1]["arguments"]["cells"][0]["type"] == "LSTMCell"
    assert "cell.1.arguments.cells.0.arguments.units" in inspector.form.fields


def test_a_reuse_names_its_block(session: EditorSession, inspector: Inspector) -> None:
    """By name on the screen, by id in the document."""
    session.select(["b7"])
    assert inspector.head.doc.text() == "Calls dense_b6 (Dense) again, with the same weights."
    pick(lambda: field(inspector, "of"), "lstm_b2")
    assert arguments(session, "b7") == {"of": "b2"}


def test_the_rest_is_folded_and_stays_as_it_was_left(session: EditorSession, inspector: Inspector) -> None:
    """Base arguments last; a row that is changed does not jump away."""
    session.select(["b2"])
    assert "kernel_initializer" not in inspector.form.fields
    opened(inspector)
    keys = list(inspector.form.fields)
    assert keys[:4] == ["units", "return_sequences", "return_state", "go_backwards"]
    assert keys.index("trainable") > keys.index("stateful")
    QTest.mouseClick(field(inspector, "stateful"), LEFT)
    assert list(inspector.form.fields) == keys
    session.select(["b6"])
    session.select(["b2"])
    assert list(inspector.form.fields).index("stateful") < list(inspector.form.fields).index("kernel_initializer")


def test_focus_stays_where_it_is_when_rows_come_and_go(
    session: EditorSession, inspector: Inspector, qtbot: QtBot
) -> None:
    """Choosing a regularizer makes a row for its factor."""
    session.select(["b2"])
    opened(inspector)
    pick(lambda: field(inspector, "kernel_regularizer"), "l2")
    assert "kernel_regularizer.arguments.l2" in inspector.form.fields
    assert field(inspector, "kernel_regularizer").hasFocus()


def test_every_row_explains_itself(session: EditorSession, inspector: Inspector) -> None:
    """Keras's documentation on hover, names for screen readers, no backticks."""
    for block in session.document.graph.blocks:
        session.select([block.id])
        opened(inspector)
        for key, row in inspector.form.fields.items():
            assert row.toolTip(), (block.type, key)
            assert "`" not in row.toolTip()
            name = row.field.box.accessibleName() if isinstance(row.field, MemberField) else row.field.accessibleName()
            assert name, (block.type, key)
