"""The context menus of the canvas: what can be done with what lies under the pointer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QMenu

from engine.document.edits import Disconnect, SetOutputs
from engine.document.outputs import model_outputs
from engine.graph.values import PortRef, Wire
from gui.canvas.hit import Hit

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas

Entry: TypeAlias = "tuple[str, Callable[[], object] | str | Sequence[Entry]] | None"
"""What is said and what is done; or why it cannot be, or a menu of its own; None: a line."""
NO_PADDING = "Padded at the other end"


def context_menu(canvas: Canvas, found: Hit, point: QPointF) -> QMenu:
    """The menu for what was hit; entries that the window does are named by its actions."""
    menu = QMenu(canvas)
    if found.output is not None:
        entries = _output_entries(canvas, found.output)
    elif found.port is not None:
        entries = _port_entries(canvas, found.port, is_input=found.is_input, point=point)
    elif found.block:
        entries = _block_entries(canvas, found.block)
    elif found.wire is not None:
        entries = _wire_entries(canvas, found.wire, point)
    else:
        entries = _ground_entries(canvas, point)
    _fill(menu, entries)
    return menu


def _fill(menu: QMenu, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        text, act = entry
        if isinstance(act, str):
            _refused(menu, text, act)
        elif callable(act):
            menu.addAction(text).triggered.connect(lambda _=False, act=act: act())
        else:
            _fill(menu.addMenu(text), act)


def _wanted(canvas: Canvas, action: str) -> Callable[[], object]:
    return lambda: canvas.action_wanted.emit(action)


def _refused(menu: QMenu, text: str, why: str) -> None:
    """An entry that cannot be chosen here, and why."""
    menu.setToolTipsVisible(True)
    action = menu.addAction(text)
    action.setEnabled(False)
    action.setToolTip(why)
    action.setStatusTip(why)


def _block_entries(canvas: Canvas, block: str) -> list[Entry]:
    session = canvas.session
    entries: list[Entry] = [
        ("Duplicate", _wanted(canvas, "editing.duplicate")),
        ("Copy", _wanted(canvas, "editing.copy")),
        ("Cut", _wanted(canvas, "editing.cut")),
        None,
        ("Wire from here …", canvas.keys.start_wire),
    ]
    for port in session.ports(block).outputs:
        entries.append(_output_entry(canvas, PortRef(block, port.name), port.name))
    entries += [
        None,
        ("Delete", _wanted(canvas, "editing.delete_selection")),
        ("Delete and bridge", _wanted(canvas, "editing.delete_bridging")),
    ]
    others = session.comparing.variants(block)
    if others:
        comparing: list[Entry] = [
            (one.title, lambda key=one.key: session.comparing.start(block, key)) for one in others
        ]
        why = session.comparing.why_no_padding(block)
        comparing += [(NO_PADDING, why)] if why else []
        entries += [None, ("Compare with", comparing)]
    mark = canvas.scene.reserved.told.get(block)
    if mark is not None:
        look = (f"Show in Values: {mark.text}", lambda: session.shown.look_at(mark.port, mark.sequence, mark.step))
        entries += [None, look]
    if any(block in (problem.block, problem.cause) for problem in session.analysis.diagnostics):
        entries += [None, ("Show fixes", _wanted(canvas, "canvas.open_fixes"))]
    return entries


def _output_entry(canvas: Canvas, port: PortRef, name: str) -> Entry:
    is_output = port in model_outputs(canvas.session.document, canvas.session.catalog)
    text = f"Take {name} from the model's outputs" if is_output else f"Make {name} an output of the model"
    return text, lambda: canvas.session.building.toggle_output(port)


def _port_entries(canvas: Canvas, port: PortRef, *, is_input: bool, point: QPointF) -> list[Entry]:
    place = canvas.mapToGlobal(point.toPoint())
    entries: list[Entry] = [
        ("Wire from here …", lambda: canvas.offers.offer_ports(port, place, from_input=is_input)),
        ("Add a layer here …", lambda: canvas.offers.offer_layers(point, port=port, from_input=is_input)),
    ]
    session = canvas.session
    if is_input:
        wires = [wire for wire in session.document.graph.wires_into.get(port.block, ()) if wire.target == port]
        for wire in wires:
            name = session.document.graph.by_id.get(wire.source.block)
            text = f"Take off the wire from {name.name if name else wire.source.block}"
            entries.append((text, lambda wire=wire: session.push(Disconnect(wire.source, wire.target), "disconnect")))
    else:
        entries.append(_output_entry(canvas, port, port.port))
    return entries


def _wire_entries(canvas: Canvas, wire: Wire, point: QPointF) -> list[Entry]:
    return [
        ("Put a layer in here …", lambda: canvas.offers.offer_layers(point, wire=wire)),
        ("Delete the wire", lambda: canvas.session.push(Disconnect(wire.source, wire.target), "delete wire")),
    ]


def _output_entries(canvas: Canvas, port: PortRef) -> list[Entry]:
    session = canvas.session
    entries: list[Entry] = [
        ("Name it …", lambda: (session.select([port.block]), canvas.edit_wanted.emit())),
        ("Take it from the model's outputs", lambda: session.building.toggle_output(port)),
    ]
    if session.document.outputs is not None:
        derived = "Take as outputs whatever nothing follows"
        entries.append((derived, lambda: session.push(SetOutputs(None), "let the graph say the outputs")))
    return entries


def _ground_entries(canvas: Canvas, point: QPointF) -> list[Entry]:
    return [
        ("Add a layer here …", lambda: canvas.offers.offer_layers(point)),
        ("Paste", _wanted(canvas, "editing.paste")),
        None,
        ("Select all", _wanted(canvas, "editing.select_all")),
        ("Fit", _wanted(canvas, "canvas.fit")),
    ]


def menu_place(canvas: Canvas) -> QPoint:
    """Where the menu key opens the menu: at the selected block, else in the middle."""
    block = canvas.session.selection.block
    return canvas.block_rect(block).center() if block else canvas.rect().center()
