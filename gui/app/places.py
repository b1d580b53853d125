"""Where things stand on the screen and what they say, for programs that drive the window as a person would."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget

from engine.document.file import write_whole
from engine.graph.values import PortRef
from gui.widgets.fields import ElidedLabel
from gui.window.window import MainWindow

Spot = list[int]


def tell_places(window: MainWindow, path: Path) -> None:
    """Writes places in pixels of the screen, and the state in words and numbers."""
    content = {**_places(window), **_state(window)}
    write_whole(path, json.dumps(content).encode())


def _places(window: MainWindow) -> dict[str, object]:
    canvas, tabs = window.canvas, window.views.tabs
    corner = canvas.mapToGlobal(QPoint(0, 0))
    front = window.views.view(window.views.front)
    panels = (window.inspector, window.sample_form, *(() if front is None else (front,)))
    named = [part for panel in panels for part in panel.findChildren(QWidget)]
    return {
        "canvas": [corner.x(), corner.y(), canvas.width(), canvas.height()],
        "window": [window.x(), window.y(), window.width(), window.height()],
        "ports": _ports(window),
        "blocks": {
            block.name: _spot(canvas, canvas.block_rect(block.id).center()) for block in window.session.document.graph.blocks
        },
        "layers": _layers(window),
        "plots": {part.accessibleName(): _inside(part) for part in _named(named) if hasattr(part, "box")},
        "fields": {part.accessibleName(): _middle(part) for part in _named(named)},
        "fixes": {button.text(): _middle(button) for button in canvas.card.buttons if button.isVisible()},
        "clock": {part.accessibleName(): _middle(part) for part in _named(window.views.clock.findChildren(QWidget))},
        "tabs": {
            tabs.tabText(at): _spot(tabs.tabBar(), tabs.tabBar().tabRect(at).center()) for at in range(tabs.count())
        },
        "choices": _choices(),
        "menu": _menu(),
        "notice": {button.text(): _middle(button) for button in window.notice.buttons if button.isVisible()},
    }  # fmt: skip


def _state(window: MainWindow) -> dict[str, object]:
    session, shown = window.session, window.session.shown
    trace, focus, dialog = shown.trace, QApplication.focusWidget(), QApplication.activeModalWidget()
    return {
        "problems": [problem.title for problem in session.analysis.diagnostics],
        "labels": [look.text for look, place in window.canvas.scene.wires if place],
        "trace": None if trace is None else [trace.key, int(trace.valid.sum()), len(trace.valid)],
        "leaves": None if trace is None else trace.leaves.nonzero()[0].tolist(),
        "step": [shown.clock.sequence, shown.clock.step],
        "range": None if shown.span is None else [shown.span.first, shown.span.last],
        "revision": session.revision,
        "complete": session.analysis.complete,
        "ran": session.run is not None and not session.run_state.stale,
        "phase": session.run_state.phase,
        "title": session.title,
        "saved": session.undo_stack.isClean(),
        "selected": [session.document.block(block).name for block in sorted(session.selection.blocks)],
        "exported": window.memory.document(session.path, "export").get("path", ""),
        "said": window.status_bar.quiet.whole(),
        "views": window.views.is_filled,
        "told": _told(window.views.view(window.views.front)),
        "front": window.views.front,
        "caption": _caption(window.views.view(window.views.front)),
        "undo": session.undo_stack.undoText(),
        "detached": list(window.views.detached),
        "focus": "" if focus is None else focus.accessibleName() or type(focus).__name__,
        "dialog": "" if dialog is None else dialog.windowTitle(),
        "worker": window.bridge.process_id,
    }


def _ports(window: MainWindow) -> dict[str, Spot]:
    session, canvas = window.session, window.canvas
    found: dict[str, Spot] = {}
    for block in session.document.graph.blocks:
        known = session.ports(block.id)
        for side, group in (("in", known.inputs), ("out", known.outputs)):
            for port in group:
                place = canvas.port_position(PortRef(block.id, port.name), is_input=side == "in")
                found[f"{block.name}.{side}.{port.name}"] = _spot(canvas, place)
    return found


def _told(view: QWidget | None) -> list[str]:
    """What the view in front says, whole where it is cut off."""
    labels = view.findChildren(QLabel) if view is not None else []
    texts = (label.whole() if isinstance(label, ElidedLabel) else label.text() for label in labels if label.isVisible())
    return [QTextDocumentFragment.fromHtml(text).toPlainText().replace("\xa0", " ") for text in texts if text]


def _choices() -> dict[str, Spot]:
    """The buttons of the question that stops."""
    dialog = QApplication.activeModalWidget()
    buttons = dialog.findChildren(QPushButton) if dialog is not None else []
    return {button.text().replace("&", ""): _middle(button) for button in buttons if button.isVisible()}


def _menu() -> dict[str, Spot]:
    """The entries of every menu that is open."""
    menus = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu) and widget.isVisible()]
    return {
        action.text().replace("&", ""): _spot(menu, menu.actionGeometry(action).center())
        for menu in menus
        for action in menu.actions()
        if action.text()
    }


def _caption(view: QWidget | None) -> str:
    """What the view in front says above its contents, or in their place."""
    sheet: Any = getattr(view, "sheet", None)
    if sheet is None:
        return ""
    return sheet.caption.whole() if sheet.is_open else sheet.sentence.text()


def _layers(window: MainWindow) -> dict[str, Spot]:
    """The rows of the palette that are in sight."""
    tree = window.palette_panel.tree
    seen, spots = tree.viewport().rect(), dict[str, Spot]()
    row = tree.itemAt(seen.topLeft())
    while row is not None and tree.visualItemRect(row).top() <= seen.bottom():
        name, place = row.data(0, Qt.ItemDataRole.UserRole), tree.visualItemRect(row).center()
        if name and seen.contains(place):
            spots.setdefault(str(name), _spot(tree.viewport(), place))
        row = tree.itemBelow(row)
    return spots


def _named(parts: Iterable[QWidget]) -> Iterable[QWidget]:
    return (part for part in parts if part.accessibleName() and part.isVisible())


def _middle(part: QWidget) -> Spot:
    return _spot(part, part.rect().center())


def _inside(plot: Any) -> list[int]:
    """Left, top, width and height of what lies between a plot's axes."""
    area = plot.mapFromScene(plot.box.sceneBoundingRect()).boundingRect()
    return [*_spot(plot, area.topLeft()), area.width(), area.height()]


def _spot(part: QWidget, place: QPoint) -> Spot:
    there = part.mapToGlobal(place)
    return [there.x(), there.y()]
