"""The Input's form of the sample: what is fed, how long each sequence is, where padding stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.document.edits import SetSample, SetSeed
from engine.document.sample import DEFAULT_BATCH, KINDS, PADDINGS, default_kind
from engine.graph.values import INPUT, Block, Json
from gui.session.session import EditorSession
from gui.theme.measures import mono_font
from gui.widgets.fields import Choice, Number

LARGEST = 1_000_000
VALID = ("all", "lengths", "trailing")


class SampleForm(QWidget):
    """The sample of the selected Input; hidden where no Input is selected."""

    def __init__(self, session: EditorSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._shown: object = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 8, 14, 12)
        self._body: QWidget | None = None
        self.complaint = QLabel(wordWrap=True)
        self.complaint.setObjectName("complaint")
        session.selection_changed.connect(lambda _: self.refresh())
        session.document_changed.connect(lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Shows the sample of the selected Input."""
        block = self._session.document.graph.by_id.get(self._session.selection.block)
        is_input = block is not None and block.type == INPUT
        self.setVisible(is_input)
        shown = (block, self._session.document.sample, self._session.document.seed)
        if not is_input or block is None or shown == self._shown:
            return
        self._shown = shown
        if self._body is not None:
            self._layout.removeWidget(self._body)
            self._body.deleteLater()
        self._body = self._made(block)
        self._layout.addWidget(self._body)

    def _made(self, block: Block) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        head = QLabel("Sample: what is fed")
        head.setObjectName("head")
        column.addWidget(head)
        form = QFormLayout()
        form.setVerticalSpacing(6)
        form.setLabelAlignment(form.labelAlignment())
        column.addLayout(form)
        entry = self._entry(block)
        kind = entry.get("kind", default_kind(block))
        form.addRow("kind", self._choice(block, "kind", KINDS, kind))
        if kind == "file":
            form.addRow("file", self._file_row(block, entry))
            form.addRow("real steps", self._choice(block, "valid", VALID, entry.get("valid", "all"), editable=True))
        else:
            form.addRow(
                "batch", self._number("batch", int(self._sample().get("batch", DEFAULT_BATCH)), self._set_batch)
            )
            form.addRow("timesteps", self._text(block, "timesteps", entry.get("timesteps"), "longest length, or 10"))
        form.addRow("lengths", self._text(block, "lengths", entry.get("lengths"), "15, 4, 9 or 3-15; empty: all valid"))
        form.addRow("padding", self._choice(block, "padding", PADDINGS, entry.get("padding", "post")))
        form.addRow("pad value", self._text(block, "pad_value", entry.get("pad_value"), "0"))
        form.addRow("seed", self._number("seed", self._session.document.seed, self._set_seed))
        self.complaint = QLabel(wordWrap=True)
        self.complaint.setObjectName("complaint")
        self.complaint.hide()
        column.addWidget(self.complaint)
        return body

    # --- editors -------------------------------------------------------------------------------------------------

    def _choice(
        self, block: Block, key: str, choices: tuple[str, ...], value: Any, *, editable: bool = False
    ) -> Choice:
        box = Choice()
        box.setAccessibleName(key)
        box.setEditable(editable)
        box.addItems([*choices, *([str(value)] if value not in choices else [])])
        box.setCurrentText(str(value))
        box.textActivated.connect(lambda text: self._set(block, key, text))
        return box

    def _number(self, name: str, value: int, set_value: Any) -> Number:
        number = Number(0 if name == "seed" else 1, LARGEST)
        number.setAccessibleName(name)
        number.setFont(mono_font(12))
        number.setValue(value)
        number.valueChanged.connect(set_value)
        return number

    def _text(self, block: Block, key: str, value: Any, hint: str) -> QLineEdit:
        field = QLineEdit(written_lengths(value))
        field.setAccessibleName(key)
        field.setFont(mono_font(12))
        field.setPlaceholderText(hint)
        field.setToolTip(hint)
        before = field.text()

        def finish() -> None:
            if field.text() == before:
                return
            try:
                new = read_lengths(field.text()) if key == "lengths" else _read_number(field.text(), key)
            except ValueError as error:
                self.complaint.setText(str(error))
                self.complaint.show()
                return
            self._set(block, key, new)

        field.editingFinished.connect(finish)
        return field

    def _file_row(self, block: Block, entry: Mapping[str, Any]) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        path = QLineEdit(str(entry.get("path", "")))
        path.setAccessibleName("file")
        path.setPlaceholderText("FILE.npy or FILE.npz#name")
        path.setToolTip(path.text())
        path.editingFinished.connect(
            lambda: path.text() != entry.get("path", "") and self._set(block, "path", path.text())
        )
        choose = QPushButton("…")
        choose.setFixedWidth(32)
        choose.setAccessibleName("Choose a file")
        choose.clicked.connect(lambda: self._choose(block))
        layout.addWidget(path, 1)
        layout.addWidget(choose)
        return row

    def _choose(self, block: Block) -> None:
        start = str(self._session.folder or "")
        name, _ = QFileDialog.getOpenFileName(self, "Feed from a file", start, "Arrays (*.npy *.npz)")
        if name:
            self._set(block, "path", relative_to(Path(name), self._session.folder))

    # --- edits ---------------------------------------------------------------------------------------------------

    def _sample(self) -> Mapping[str, Any]:
        return self._session.document.sample

    def _entry(self, block: Block) -> Mapping[str, Any]:
        entries = self._sample().get("inputs", {})
        entry = entries.get(block.name, {}) if isinstance(entries, Mapping) else {}
        return entry if isinstance(entry, Mapping) else {}

    def _set(self, block: Block, key: str, value: Json) -> None:
        entry = {name: old for name, old in self._entry(block).items() if name != key}
        if value is not None:
            entry[key] = value
        inputs = {**(self._sample().get("inputs") or {}), block.name: entry}
        self._session.push(SetSample({**self._sample(), "inputs": inputs}), f"change the sample of {block.name}")

    def _set_batch(self, value: int) -> None:
        self._session.push(SetSample({**self._sample(), "batch": value}), "change the batch", "batch")

    def _set_seed(self, value: int) -> None:
        self._session.push(SetSeed(value), "change the seed", "seed")


def written_lengths(value: Any) -> str:
    """Lengths as people type them: `15, 4, 9`, or `3-15` for a distribution."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return f"{value.get('min')}-{value.get('max')}"
    return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value)


def read_lengths(text: str) -> Json:
    """Lengths of what was typed; nothing: every step is valid.

    Raises:
        ValueError: one sentence.
    """
    text = text.strip()
    if not text:
        return None
    low, dash, high = text.partition("-")
    if dash and low.strip().isdigit() and high.strip().isdigit():
        return {"distribution": "uniform", "min": int(low), "max": int(high)}
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdigit() for part in parts):
        raise ValueError("Lengths are whole numbers such as 15, 4, 9, or a range such as 3-15.")
    return [int(part) for part in parts]


def _read_number(text: str, key: str) -> Json:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{key} must be a number.") from None
    return int(value) if value.is_integer() else value


def relative_to(path: Path, folder: Path | None) -> str:
    """A path as the document says it: relative to its folder where it lies below it."""
    if folder is not None and path.is_relative_to(folder):
        return str(path.relative_to(folder))
    return str(path)
