"""One editor per kind of argument. An editor shows a JSON value and says another one; it knows no document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.catalog.arguments import check_value
from engine.catalog.spec import ArgumentSpec
from engine.graph.values import Json
from gui.theme.measures import mono_font
from gui.widgets.fields import Choice, Switch, restyled

NONE = "none"
DTYPES = ("float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16")
INPUT_DTYPES = ("float32", "float16", "float64", "int32", "int64", "uint8", "bool")
STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}


class Editor(Protocol):
    """What every editor can do beside being a widget.

    Attributes:
        changed: says a new value that is certainly not wrong.
        complained: says the end of a sentence (“must be a number”) where it is; empty: it is fine again.
    """

    changed: Signal
    complained: Signal

    def show_value(self, value: Json) -> None:
        """Shows a value without saying that it changed; what a person is typing stays."""
        ...


class SwitchEditor(Switch):
    """On or off."""

    changed = Signal(object)
    complained = Signal(str)

    def __init__(self, spec: ArgumentSpec) -> None:
        super().__init__()
        self.clicked.connect(lambda on: self.changed.emit(bool(on)))

    def choices(self) -> dict[str, Json]:
        """Both, by the words for it."""
        return {"on": True, "off": False}

    def show_value(self, value: Json) -> None:
        """On for whatever Keras takes as true."""
        self.setChecked(bool(value))


class ChoiceEditor(Choice):
    """One of several names; `none` where nothing may be said."""

    changed = Signal(object)
    complained = Signal(str)

    def __init__(self, spec: ArgumentSpec, choices: tuple[str, ...], read: Callable[[str], Json] | None = None) -> None:
        super().__init__()
        self.setFont(mono_font(12))
        self._optional, self._read = spec.optional, read
        self._names = (*((NONE,) if spec.optional else ()), *choices)
        self._is_filled = False
        self.textActivated.connect(self._chosen)

    def fill(self) -> None:
        """The names come when somebody goes there: a form has many choices, and few are opened."""
        if self._is_filled:
            return
        self._is_filled = True
        now = self.currentText()
        others = [name for name in self._names if name != now]
        place = self._names.index(now) if now in self._names else len(self._names)
        self.insertItems(0, others[:place])
        self.insertItems(self.count(), others[place:])

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Fills in the names."""
        self.fill()
        super().focusInEvent(event)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Fills in the names."""
        self.fill()
        super().showPopup()

    def _chosen(self, text: str) -> None:
        self.changed.emit(self._value(text))

    def _value(self, text: str) -> Json:
        if text == NONE and self._optional:
            return None
        return self._read(text) if self._read is not None else text

    def choices(self) -> dict[str, Json]:
        """What may be chosen, by the words for it."""
        return {name: self._value(name) for name in self._names}

    def show_value(self, value: Json) -> None:
        """A value that is not offered (of a file, of another Keras) joins the others."""
        text = NONE if value is None else value if isinstance(value, str) else json.dumps(value)
        if self.findText(text, Qt.MatchFlag.MatchExactly) < 0:
            self.addItem(text)
        self.setCurrentText(text)


class BlockEditor(Choice):
    """One of several blocks: their names are shown, an id is said."""

    changed = Signal(object)
    complained = Signal(str)

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        for block_id, name in names.items():
            self.addItem(name, block_id)
        self.activated.connect(lambda at: self.changed.emit(self.itemData(at)))

    def choices(self) -> dict[str, Json]:
        """The blocks, by name."""
        return {self.itemText(at): self.itemData(at) for at in range(self.count())}

    def show_value(self, value: Json) -> None:
        """A block that is not there is shown by its id."""
        if self.findData(value) < 0:
            self.addItem(str(value), value)
        self.setCurrentIndex(self.findData(value))


class DtypeEditor(ChoiceEditor):
    """A type: one of the usual ones, or typed."""

    def __init__(self, spec: ArgumentSpec) -> None:
        super().__init__(spec, DTYPES if spec.base else INPUT_DTYPES)
        self.setEditable(True)
        line = cast("QLineEdit", self.lineEdit())
        line.editingFinished.connect(lambda: self._typed(line.text().strip()))
        self._shown = ""

    def _typed(self, text: str) -> None:
        if text != self._shown:
            self._chosen(text or NONE)

    def show_value(self, value: Json) -> None:
        """As any choice."""
        super().show_value(value)
        self._shown = self.currentText()


class TextEditor(QLineEdit):
    """A value as people type it; said when editing ends, by Enter or by going elsewhere. Esc takes the old value back."""

    changed = Signal(object)
    complained = Signal(str)

    def __init__(self, spec: ArgumentSpec) -> None:
        super().__init__()
        self.setFont(mono_font(12))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setPlaceholderText(NONE if spec.optional else "")
        self._spec = spec
        self._shown = ""
        self.editingFinished.connect(self._finish)

    def show_value(self, value: Json) -> None:
        """Leaves alone what is wrong and still being mended."""
        text = written(value)
        if text == self._shown and self.property("wrong"):
            return
        self._shown = text
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)
        self._mark(wrong=False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Up and Down change a number, Esc forgets what was typed."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
            self._mark(wrong=False)
            self.complained.emit("")
            return
        step = STEPS.get(Qt.Key(event.key())) if self._spec.kind in ("int", "float") else None
        if step is None or not self._step(step):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Whoever comes by the Tab key types over the value."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def _step(self, step: int) -> bool:
        """Whole numbers by 1 or 10, fractions by their last decimal place."""
        try:
            now = read(self._spec, self.text())
        except ValueError:
            return False
        if not isinstance(now, int | float) or isinstance(now, bool):
            return False
        places = 0 if self._spec.kind == "int" else max(1, len(self.text().partition(".")[2]))
        new = now + step * 10**-places
        self.setText(str(int(new)) if self._spec.kind == "int" else f"{new:.{places}f}")
        self._finish()
        return True

    def _finish(self) -> None:
        if self.text() == self._shown:
            self._mark(wrong=False)
            self.complained.emit("")
            return
        try:
            new = read(self._spec, self.text())
            complaint = check_value(self._spec, new)
        except ValueError as error:
            new, complaint = None, str(error)
        self._mark(wrong=bool(complaint))
        self.complained.emit(complaint)
        if not complaint:
            self._shown = self.text()
            self.changed.emit(new)

    def _mark(self, *, wrong: bool) -> None:
        restyled(self, "wrong", wrong)


def make_editor(spec: ArgumentSpec, names: tuple[str, ...] = ()) -> QWidget:
    """The editor of an argument, an `Editor`.

    Args:
        names: what is offered of initializers, regularizers and constraints.
    """
    if spec.kind == "bool":
        three = spec.optional and spec.default is None
        return ChoiceEditor(spec, ("true", "false"), lambda text: text == "true") if three else SwitchEditor(spec)
    if spec.kind == "dtype":
        return DtypeEditor(spec)
    choices = names or spec.choices
    return ChoiceEditor(spec, choices) if choices else TextEditor(spec)


def written(value: Json) -> str:
    """A value as people type it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = json.dumps(value)
    return text[1:-1] if isinstance(value, list) and not any(isinstance(part, list | dict) for part in value) else text


def read(spec: ArgumentSpec, text: str) -> Json:
    """The value of what was typed.

    Raises:
        ValueError: the end of a sentence that says what is expected.
    """
    text = text.strip()
    if not text or text.lower() in (NONE, "null"):
        if spec.optional:
            return None
        raise ValueError("must not be empty")
    if spec.kind in ("string", "dtype"):
        return text
    plain = text.strip("()[]").replace("None", "null").replace("?", "null").rstrip(", ")
    try:
        if spec.kind == "shape":
            return json.loads(f"[{plain}]")
        if spec.kind in ("ints", "axis") and "," in plain and "[" not in plain:
            return json.loads(f"[{plain}]")
        return json.loads(text if spec.kind == "json" else plain)
    except json.JSONDecodeError:
        if spec.kind == "json":
            return text
        raise ValueError(_EXPECTED.get(spec.kind, "cannot be read")) from None


_EXPECTED = {
    "int": "must be a whole number",
    "float": "must be a number",
    "shape": "must be sizes such as null, 3",
    "ints": "must be whole numbers such as 3 or 2, 2",
    "axis": "must be an axis such as -1",
}
