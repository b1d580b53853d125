"""One editor per kind of argument, and one row each in the table. An editor knows a JSON value, not the document."""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.catalog.arguments import check_value
from engine.catalog.spec import ArgumentSpec
from engine.graph.values import Json
from gui.theme.measures import mono_font
from gui.widgets.fields import Choice, Switch

Changed = Callable[[Json], None]
Complain = Callable[[str], None]
Build = Callable[[ArgumentSpec, Json, Changed, Complain], QWidget]
NONE = "none"


def make_editor(spec: ArgumentSpec, value: Json, changed: Changed, complain: Complain) -> QWidget:
    """The editor of an argument, showing a value.

    Args:
        changed: called with a new value that is certainly not wrong.
        complain: called with the end of a sentence (“must be a number”) where it is; empty: it is fine again.
    """
    editor = _BUILDERS.get(spec.kind, _text)(spec, value, changed, complain)
    editor.setAccessibleName(spec.name)
    editor.setToolTip(spec.doc)
    return editor


def _switch(spec: ArgumentSpec, value: Json, changed: Changed, complain: Complain) -> QWidget:
    if spec.optional and spec.default is None:
        return _choice(
            spec,
            "none" if value is None else str(bool(value)).lower(),
            lambda v: changed({"true": True, "false": False}.get(str(v))),
            complain,
            ("true", "false"),
        )
    switch = Switch()
    switch.setChecked(bool(value))
    switch.toggled.connect(changed)
    return switch


def _choice(
    spec: ArgumentSpec, value: Json, changed: Changed, complain: Complain, choices: tuple[str, ...] = ()
) -> QWidget:
    box = Choice()
    names = [*([NONE] if spec.optional else []), *(choices or spec.choices)]
    shown = NONE if value is None else str(value) if isinstance(value, str) else json.dumps(value)
    if shown not in names:
        names.append(shown)
    box.addItems(names)
    box.setCurrentText(shown)
    box.setFont(mono_font(12))
    box.textActivated.connect(lambda text: changed(None if text == NONE and spec.optional else text))
    return box


def _text(spec: ArgumentSpec, value: Json, changed: Changed, complain: Complain) -> QWidget:
    field = QLineEdit(written(value))
    field.setFont(mono_font(12))
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setPlaceholderText(NONE if spec.optional else "")
    last = [field.text()]

    def finish() -> None:
        if field.text() == last[0]:
            complain("")
            return
        try:
            new = read(spec, field.text())
        except ValueError as error:
            complain(str(error))
            return
        complaint = check_value(spec, new)
        complain(complaint)
        if not complaint:
            last[0] = field.text()
            changed(new)

    field.editingFinished.connect(finish)
    return field


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
_BUILDERS: dict[str, Build] = {
    "bool": _switch,
    "choice": _choice,
    "initializer": _choice,
    "regularizer": _choice,
    "constraint": _choice,
    "activation": _choice,
}
