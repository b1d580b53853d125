"""The menus of the window, and its actions with their shortcuts: made of the rows of `gui.window.actions`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.window.actions import ACTIONS, ActionRow

if TYPE_CHECKING:
    from gui.window.window import MainWindow


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """Fills the menus whose titles stand in the menu bar; gives the actions by name."""
    menus = {title.text().strip("&"): _menu_of(title, window) for title in window.menuBar().actions()}
    stack = window.session.undo_stack
    made = {"undo": stack.createUndoAction(window, "Undo"), "redo": stack.createRedoAction(window, "Redo")}
    made["undo"].setShortcut(QKeySequence("Ctrl+Z"))
    made["redo"].setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
    menus["Edit"].addActions([made["undo"], made["redo"]])
    for row in ACTIONS:
        action = made[row.id] = _action(row, window)
        if row.rule:
            menus[row.menu].addSeparator()
        menus[row.menu].addAction(action)
        if row.id == "files.open":
            menus["File"].addMenu(_menu_of_files("Open &recent", "fill_recent", window))
            menus["File"].addMenu(_menu_of_files("E&xamples", "fill_examples", window))
    _check(made, window)
    return made


def _menu_of(title: QAction, window: MainWindow) -> QMenu:
    menu = QMenu(title.text(), window)
    title.setMenu(menu)
    return menu


def _menu_of_files(name: str, fill: str, window: MainWindow) -> QMenu:
    """A menu that is filled when it is opened."""
    menu = QMenu(name, window)
    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(lambda: getattr(window.files, fill)(menu))
    return menu


def _action(row: ActionRow, window: MainWindow) -> QAction:
    action = QAction(row.text, window)
    action.setCheckable(row.checkable)
    action.setStatusTip(row.tip)
    action.setToolTip(f"{row.tip}  ({row.shortcut})" if row.shortcut else row.tip)
    if row.shortcut:
        action.setShortcut(QKeySequence(row.shortcut))
    action.triggered.connect(partial(window.act, row.id))
    return action


def _check(actions: dict[str, QAction], window: MainWindow) -> None:
    """What is on, is on from the start."""
    for name, panel in window.panels.items():
        actions[f"toggle_{name}"].setChecked(not panel.isHidden())
    actions["toggle_auto"].setChecked(True)
    actions["wheel_pans"].setChecked(window.canvas.mouse.wheel_pans)
    session, cancel = window.session, actions["cancel_run"]
    cancel.setEnabled(session.run_state.phase == "running")
    session.run_state_changed.connect(lambda state: cancel.setEnabled(state.phase == "running"))
