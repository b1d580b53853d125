"""The Input's form of the sample: what is fed, how long each sequence is, where padding stands, and a look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QVBoxLayout, QWidget

from engine.analysis.leaks import LeakReport
from engine.document.edits import SetArgument, SetSample, SetSeed
from engine.document.file_options import SUFFIXES, is_ragged
from engine.document.sample import DEFAULT_BATCH, KINDS, PADDINGS, default_kind, has_time, read_sample
from engine.graph.values import INPUT, Block, Json
from gui.panels.file_rows import FileRows
from gui.panels.sample_fields import FileField, Typed, choice, put
from gui.panels.sample_preview import SamplePreview
from gui.panels.sample_values import read_lengths, read_number, read_whole, written_lengths
from gui.session.sample_entry import entry_of, fed_from, relative_to, with_entry
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.widgets.drops import dropped_files
from gui.widgets.field_row import FieldRow
from gui.widgets.question import PADDING, Question

VALID = ("all", "lengths", "trailing")
HINTS = {
    "kind": "How the values are made: normal, uniform, a sine, tokens, zeros, ones, or read from a file",
    "file": "A file, relative to the document: " + ", ".join(SUFFIXES) + "; of an .npz as FILE.npz#name",
    "real steps": "Which steps of the file are real: all, by lengths, trailing (those up to the last that is not all "
    "pad value), or a file of lengths or masks",
    "batch": "Number of sequences",
    "timesteps": "The padded length; empty: the longest length, or 10",
    "lengths": "Real steps of each sequence: 15, 4, 9 (repeated over the batch) or a range 3-15; empty: all are real",
    "padding": "post: padded after the real steps; pre: before them",
    "pad value": "What stands at padded steps; empty: 0",
    "seed": "Seed of the weights and of the sample",
}


class SampleForm(QWidget):
    """The sample of the selected Input."""

    def __init__(self, session: EditorSession, themes: ThemeHolder) -> None:
        super().__init__()
        self._session, self._themes = session, themes
        self._block: Block | None = None
        self._shown: object = None
        self.fields: dict[str, FieldRow] = {}
        self.options: FileRows | None = None
        self.setAcceptDrops(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(6)

    def make(self) -> Iterator[None]:
        """A row at each step, then the look at what is fed; best in its place: what moves is styled anew."""
        session = self._session
        rule = QFrame()
        rule.setObjectName("rule")
        head = QLabel("Sample")
        head.setObjectName("head")
        self._column.addWidget(rule)
        self._column.addWidget(head)
        yield from self._make_rows()
        self.preview = SamplePreview(self._themes)
        self.preview.sequence_chosen.connect(lambda at: session.shown.set_clock(sequence=at))
        self.preview.padding_wanted.connect(self._use_padding)
        self.preview.input_dim_wanted.connect(self._set_input_dim)
        self._column.addWidget(self.preview)
        yield
        self.question = Question(PADDING, session.findings.ask_leaks)
        self.answer = QLabel(wordWrap=True)
        self.answer.setObjectName("secondary")
        self._column.addWidget(self.question)
        self._column.addWidget(self.answer)
        yield
        session.findings.leaks_changed.connect(self._show_answer)
        session.selection_changed.connect(lambda _: self.refresh())
        session.document_changed.connect(lambda _: self.refresh())
        session.looks.sample_changed.connect(lambda _: self._show_look())
        self._show_answer(session.findings.leaks)
        self.refresh()

    def _show_answer(self, report: LeakReport | None) -> None:
        sentence = report.sentence if report is not None else ""
        self.question.show_answer(sentence, asking=self._session.findings.testing)
        self.answer.setText(sentence)
        self.answer.setVisible(bool(sentence))

    # --- rows ----------------------------------------------------------------------------------------------------

    def _make_rows(self) -> Iterator[None]:
        whole = partial(read_whole, lowest=1)
        self._add("kind", choice(KINDS, lambda text: self._set("kind", text, "kind")))
        yield
        self._add("file", self._file_field())
        yield
        steps = choice(VALID, lambda text: self._set("valid", text, "real steps"), editable=True)
        self._add("real steps", steps)
        yield
        self._add("batch", Typed(lambda text: whole(text, "batch")), self._set_batch)
        yield
        self._add("timesteps", Typed(lambda text: whole(text, "timesteps")), partial(self._set_typed, "timesteps"))
        yield
        self._add("lengths", Typed(read_lengths), partial(self._set_typed, "lengths"))
        yield
        self._add("padding", choice(PADDINGS, lambda text: self._set("padding", text, "padding")))
        yield
        value = Typed(lambda text: read_number(text, "pad value"))
        self._add("pad value", value, partial(self._set_typed, "pad_value"))
        yield
        self._add("seed", Typed(lambda text: read_whole(text, "seed", 0)), self._set_seed)
        yield

    def _add(self, name: str, field: QWidget, typed: Callable[[Json], None] | None = None) -> None:
        row = FieldRow(name, field, HINTS[name])
        field.setAccessibleName(name)
        if isinstance(field, Typed) and typed is not None:
            field.typed.connect(typed)
            field.complained.connect(row.complain)
        row.reset_wanted.connect(lambda: self._reset(name))
        self.fields[name] = row
        self._column.addWidget(row)
        row.ensurePolished()

    def _file_field(self) -> QWidget:
        field = FileField()
        field.chosen.connect(self._feed)
        field.browse_wanted.connect(self._choose)
        return field

    # --- showing -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Shows the sample of the selected Input."""
        document = self._session.document
        block = document.graph.by_id.get(self._session.selection.block)
        if block is None or block.type != INPUT:
            return
        shown = (block, document.sample, document.seed)
        if shown == self._shown:
            return
        self._shown, self._block = shown, block
        entry = entry_of(document, block)
        kind = entry.get("kind", default_kind(block))
        values = {
            "kind": kind, "file": entry.get("path", ""), "real steps": entry.get("valid", "all"),
            "batch": str(document.sample.get("batch", DEFAULT_BATCH)), "timesteps": _text(entry.get("timesteps")),
            "lengths": written_lengths(entry.get("lengths")), "padding": entry.get("padding", "post"),
            "pad value": _text(entry.get("pad_value")), "seed": str(document.seed),
        }  # fmt: skip
        said = {"file": "path", "real steps": "valid", "pad value": "pad_value"}
        for name, row in self.fields.items():
            put(row.field, str(values[name]))
            is_set = name == "batch" and "batch" in document.sample or said.get(name, name) in entry
            row.show_changed(changed=is_set, may_reset=is_set and name != "file", default=_DEFAULTS.get(name, "none"))
        self._show_rows(block, entry, from_file=kind == "file")
        self._show_look()

    def _show_rows(self, block: Block, entry: Mapping[str, Any], *, from_file: bool) -> None:
        """Sequences of their own lengths say which of their steps are real, and have timesteps to be padded to."""
        timed, ragged = has_time(block), from_file and is_ragged(str(entry.get("path", "")))
        wanted = {
            "file": from_file, "real steps": from_file and timed and (not ragged or "valid" in entry),
            "timesteps": timed and (ragged or not from_file), "lengths": timed and (not ragged or "lengths" in entry),
            "padding": timed, "pad value": timed,
        }  # fmt: skip
        for name, shown in wanted.items():
            self.fields[name].setVisible(shown)
        if from_file and self.options is None:  # made when a file is wanted: most samples have none
            self.options = FileRows()
            self.options.changed.connect(self._set_typed)
            self._column.insertWidget(self._column.indexOf(self.fields["file"]) + 1, self.options)
        if self.options is not None:
            self.options.setVisible(from_file)
            self.options.show_entry(entry)

    def _show_look(self) -> None:
        block, look = self._block, self._session.looks.sample
        if block is not None and block.id in self._session.document.graph:
            sample = read_sample(self._session.document).inputs.get(block.id)
            self.preview.show_look(look, sample.pad_value if sample is not None else 0.0)

    # --- edits ---------------------------------------------------------------------------------------------------

    def _push(self, changes: dict[str, Json], text: str, merge: str = "") -> None:
        block, document = self._block, self._session.document
        if block is not None:
            self._session.push(SetSample(with_entry(document, block, changes)), f"{text} of {block.name}", merge)

    def _set(self, key: str, value: Json, name: str) -> None:
        self._push({key: value}, f"change the {name} of the sample")

    def _set_typed(self, key: str, value: Json) -> None:
        self._push({key: value}, f"change the {key.replace('_', ' ')} of the sample")

    def _set_batch(self, value: Json) -> None:
        sample = {name: old for name, old in self._session.document.sample.items() if name != "batch"}
        self._session.push(SetSample({**sample, "batch": value} if value is not None else sample), "change the batch")

    def _set_seed(self, value: Json) -> None:
        if isinstance(value, int):
            self._session.push(SetSeed(value), "change the seed")

    def _reset(self, name: str) -> None:
        key = {"file": "path", "real steps": "valid", "pad value": "pad_value"}.get(name, name)
        if name == "batch":
            self._set_batch(None)
        else:
            self._push({key: None}, f"reset the {name} of the sample")

    def _use_padding(self, padding: str) -> None:
        self._push({"valid": "trailing", "padding": padding}, "use the all-zero steps as padding")

    def _choose(self) -> None:
        start = str(self._session.folder or "")
        kinds = f"Sequences ({' '.join('*' + suffix for suffix in SUFFIXES)});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Feed from a file", start, kinds)
        if name:
            self._feed(relative_to(Path(name), self._session.folder))

    def _feed(self, path: str) -> None:
        block = self._block
        if block is not None:
            sample = fed_from(self._session.document, block, path)
            self._session.push(SetSample(sample), f"change the file of the sample of {block.name}")

    def _set_input_dim(self, block: str, argument: str, value: int) -> None:
        self._session.push(SetArgument(block, argument, value), f"set input_dim to {value}")

    # --- files that are dropped ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """A file of sequences may be dropped."""
        if dropped_files(event, SUFFIXES):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """The Input is fed from it."""
        paths = dropped_files(event, SUFFIXES)
        if paths and self._block is not None:
            event.acceptProposedAction()
            self._feed(relative_to(paths[0], self._session.folder))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


_DEFAULTS = {"batch": str(DEFAULT_BATCH), "padding": "post", "pad value": "0", "real steps": "all"}
