"""The palette: recent layers, keys, tooltips, rows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.panels.palette import IN_SIGHT, LAYER_MIME, MOST_RECENT, ROW, Palette
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from tests.steps import whole


@pytest.fixture
def palette(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> Palette:
    """A palette on the screen."""
    made = whole(Palette(session, themes))
    qtbot.addWidget(made)
    made.resize(200, 700)
    made.show()
    made.activateWindow()
    return made


def heads(palette: Palette) -> list[str]:
    """The heads of the list."""
    tree = palette.tree
    return [item.text(0) for at in range(tree.topLevelItemCount()) if (item := tree.topLevelItem(at)) is not None]


def test_what_is_in_sight_comes_first_and_the_rest_once(
    session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """The rows that fit a high window at once; the others in steps, none twice, whatever is searched meanwhile."""
    made = Palette(session, themes)
    qtbot.addWidget(made)
    early = heads(made)
    assert early[0] == "Input and mask"
    rows = sum(made.tree.topLevelItem(at).childCount() + 1 for at in range(len(early)))  # type: ignore[union-attr]
    assert rows >= IN_SIGHT
    steps = made.make()
    next(steps)
    assert len(heads(made)) == len(early) + 1
    made.search.setText("lstm")
    made.search.setText("")
    whole_list = heads(made)
    assert list(steps) == []
    assert heads(made) == whole_list
    assert len(set(whole_list)) == len(whole_list) > len(early)


def test_every_placeable_layer_is_there_with_what_it_does_to_time(palette: Palette, session: EditorSession) -> None:
    """By category, the operations once their head is clicked; the tooltip is Keras's line and Keras's answer."""
    assert palette.layer_item("keras.ops.mean") is None
    last = palette.tree.topLevelItem(palette.tree.topLevelItemCount() - 1)
    assert last is not None
    palette.tree.itemClicked.emit(last, 0)
    assert last.isExpanded()
    for layer in session.catalog.layers.values():
        item = palette.layer_item(layer.type)
        assert (item is not None) is (layer.placeable and layer.type != "Reuse"), layer.type
    lstm = palette.layer_item("LSTM")
    assert lstm is not None
    assert "(B, T, 3) becomes (B, 32): the time axis is gone" in lstm.toolTip(0)
    assert "\nWith return_sequences: (B, T, 32)" in lstm.toolTip(0)
    assert palette.tree.visualItemRect(lstm).height() >= ROW


def test_recent_layers_come_first(palette: Palette, session: EditorSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Placed from wherever, the latest first, a few of them, each once; nothing moves under the pointer."""
    monkeypatch.setattr(palette, "underMouse", lambda: True)
    session.building.add_layer("Add")
    assert "Recent" not in heads(palette)
    QApplication.sendEvent(palette, QEvent(QEvent.Type.Leave))
    assert heads(palette)[0] == "Recent"
    palette.set_recent([])
    QApplication.sendEvent(palette, QEvent(QEvent.Type.Leave))
    monkeypatch.setattr(palette, "underMouse", lambda: False)
    assert "Recent" not in heads(palette)
    for kind in ("LSTM", "Dense", "GRU", "LSTM", "Conv1D", "Masking", "Dropout"):
        session.building.add_layer(kind)
    assert heads(palette)[0] == "Recent"
    assert palette.recent == ("Dropout", "Masking", "Conv1D", "LSTM", "GRU")
    assert len(palette.recent) == MOST_RECENT
    palette.set_recent(["gone", "Dense", "LSTMCell"])
    assert palette.recent == ("Dense",)


def test_keys_alone_find_and_place(palette: Palette, session: EditorSession) -> None:
    """Typing, Down into the list, Enter; Up goes back; a letter in the list searches."""
    count = len(session.document.graph.blocks)
    session.select(["b2"])
    palette.search.setFocus()
    QTest.keyClicks(palette.search, "gru")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.tree.hasFocus()
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert len(session.document.graph.blocks) == count + 1
    added = session.document.graph.blocks[-1]
    assert added.type == "GRU"
    assert session.document.graph.wires_into[added.id][0].source.block == "b2"
    QTest.keyClick(palette.tree, Qt.Key.Key_Up)
    assert palette.search.hasFocus()
    palette.search.clear()
    palette.tree.setFocus()
    QTest.keyClicks(palette.tree, "m")
    assert palette.search.hasFocus()
    assert palette.search.text() == "m"
    assert heads(palette) == ["Found"]


def test_a_drag_carries_the_layers_type(palette: Palette) -> None:
    """Heads carry nothing."""
    item = palette.layer_item("LSTM")
    assert item is not None
    assert palette.tree.mimeData([item]).data(LAYER_MIME).data() == b"LSTM"
    head = palette.tree.topLevelItem(0)
    assert head is not None
    assert not palette.tree.mimeData([head]).hasFormat(LAYER_MIME)
