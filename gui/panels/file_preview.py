"""What stands in a file of the sample: how long its sequences are, its first rows, its vocabulary."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from engine.protocol.file_look import FileLook, VocabularyLook
from engine.protocol.looks import SampleLook
from gui.panels.sample_table import ROW, first_table
from gui.panels.sample_values import read_sentence, vocabulary_sentence
from gui.theme.theme import ThemeHolder
from gui.widgets.length_histogram import LengthHistogram

MOST_COLUMNS = 5
MORE = "…"


class FilePreview(QWidget):
    """The worker's look at the file.

    Attributes:
        input_dim_wanted: the block, the argument and the value of an Embedding that knows too few ids.
    """

    input_dim_wanted = Signal(str, str, int)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.histogram = LengthHistogram(themes)
        self.read = _sentence()
        self.rows = first_table("First rows of the file", "The first rows that were read, as they stand in the file")
        heads = self.rows.horizontalHeader()
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        heads.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.vocabulary = _sentence()
        self.warning = _sentence("complaint")
        self.fix = QPushButton()
        self.fix.clicked.connect(self._fix)
        self._vocabulary: VocabularyLook | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.histogram, self.read, self.rows, self.vocabulary, self.warning, self.fix):
            column.addWidget(part)
        themes.theme_changed.connect(lambda _: self.histogram.update())

    def show_look(self, look: SampleLook, file: FileLook) -> None:
        """Lengths of what was read, and the file."""
        lengths = [] if look.valid is None else look.valid.sum(axis=1).tolist()
        self.histogram.show_lengths(lengths)
        self.histogram.setVisible(bool(lengths))
        self.read.setText(("Lengths of what was read: " if lengths else "What was read: ") + read_sentence(file))
        _fill(self.rows, file)
        self._show_vocabulary(file.vocabulary)

    def _show_vocabulary(self, look: VocabularyLook | None) -> None:
        self._vocabulary = look
        too_large = look is not None and look.too_large
        for part in (self.warning, self.fix):
            part.setVisible(too_large)
        self.vocabulary.setVisible(look is not None)
        if look is None:
            return
        self.vocabulary.setText(vocabulary_sentence(look))
        self.vocabulary.setToolTip("\n".join(f"{t}: {n}" for t, n in zip(look.first, look.counts, strict=True)))
        self.warning.setText(
            f"The Embedding has input_dim {look.input_dim:,}, and the ids go up to {look.size - 1:,}: "
            "it cannot look all of them up."
        )
        self.fix.setText(f"Set input_dim to {look.size}")

    def _fix(self) -> None:
        look = self._vocabulary
        if look is not None:
            self.input_dim_wanted.emit(look.embedding, look.argument, look.size)


def _fill(table: QTableWidget, file: FileLook) -> None:
    """Of many columns those that say what a row is, and the first features."""
    width = max((len(row) for row in (file.header, *file.rows)), default=0)
    named = [at for at, role in enumerate(file.roles) if role in ("sequence", "time")]
    chosen = sorted([*named, *(at for at in range(width) if at not in named)][:MOST_COLUMNS])
    more = [MORE] if width > len(chosen) else []
    table.setRowCount(len(file.rows))
    table.setColumnCount(len(chosen) + len(more))
    table.horizontalHeader().setVisible(bool(file.header))
    table.setHorizontalHeaderLabels([*(_name(file, at) for at in chosen), *more])
    for at, column in enumerate(chosen):
        head = table.horizontalHeaderItem(at)
        if head is not None:
            head.setToolTip(f"{_name(file, column)}: {_role(file, column)}")
    for line, row in enumerate(file.rows):
        for at, column in enumerate(chosen):
            text = row[column] if column < len(row) else ""
            cell = QTableWidgetItem(text)
            cell.setToolTip(text)
            table.setItem(line, at, cell)
        if more:
            table.setItem(line, len(chosen), QTableWidgetItem(MORE if len(row) > len(chosen) else ""))
    table.verticalHeader().hide()
    table.setFixedHeight(ROW * (len(file.rows) + bool(file.header)) + 4)
    table.setVisible(bool(file.rows))


def _name(file: FileLook, column: int) -> str:
    return file.header[column] if column < len(file.header) else str(column + 1)


def _role(file: FileLook, column: int) -> str:
    return (file.roles[column] if column < len(file.roles) else "") or "not read"


def _sentence(role: str = "secondary") -> QLabel:
    label = QLabel(wordWrap=True)
    label.setObjectName(role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
