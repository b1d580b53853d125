"""What would be fed: lengths as bars, the first values of a sequence, what would be masked, what looks like padding."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.analysis.values import shape_text
from engine.protocol.file_look import FileLook
from engine.protocol.looks import SampleLook
from gui.panels.file_preview import FilePreview
from gui.panels.sample_table import ROW, first_table
from gui.panels.sample_values import masking_sentence, printed, proposal_sentence
from gui.theme.theme import ThemeHolder
from gui.widgets.length_bars import LengthBars
from gui.widgets.numbers import short

WAITING = "Reading the sample …"


class SamplePreview(QWidget):
    """The worker's look at the sample; says so while there is none."""

    sequence_chosen = Signal(int)
    padding_wanted = Signal(str)
    input_dim_wanted = Signal(str, str, int)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._look: SampleLook | None = None
        self.file: FilePreview | None = None
        rule = QFrame()
        rule.setObjectName("rule")
        self.head = QLabel("What is fed")
        self.head.setObjectName("head")
        self.shape = _sentence()
        self.bars = LengthBars(themes)
        self.bars.sequence_chosen.connect(self.sequence_chosen)
        self.caption = _sentence()
        self.values = first_table("First values", "The first values: steps down, features across, both from 0")
        self.masking = _sentence()
        self.proposal = _sentence()
        self.use = QPushButton("Use as padding")
        self.use.clicked.connect(self._use)
        self.problem = _sentence("complaint")
        self.parts = (self.bars, self.caption, self.values, self.masking, self.proposal, self.use, self.problem)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(6)
        for part in (rule, self.head, self.shape, *self.parts):
            self._column.addWidget(part)
        themes.theme_changed.connect(lambda _: self._fill())

    def show_look(self, look: SampleLook | None, pad_value: float) -> None:
        """Shows a look; None: the worker has not answered."""
        self._look = look
        proposal = look.proposal if look is not None else None
        self.proposal.setText(proposal_sentence(proposal, pad_value) if proposal is not None else "")
        self._fill()

    def _fill(self) -> None:
        look = self._look
        for part in (*self.parts, *([self.file] if self.file is not None else [])):
            part.hide()
        if look is None:
            self.shape.setText(WAITING)
            return
        self.shape.setText(f"{shape_text(look.shape)} {look.dtype}" if look.shape else "Nothing can be fed.")
        if look.title:
            self.problem.setText(f"{look.title}. {look.detail}")
            self.problem.show()
            return
        if look.file is not None:
            self._show_file(look, look.file)
        if look.valid is not None:
            self._show_lengths(look)
        if look.first is not None:
            self._show_values(look)
        self.proposal.setVisible(look.proposal is not None)
        self.use.setVisible(look.proposal is not None)

    def _show_file(self, look: SampleLook, file: FileLook) -> None:
        if self.file is None:  # made when a file is looked at: most samples have none
            self.file = FilePreview(self._themes)
            self.file.input_dim_wanted.connect(self.input_dim_wanted)
            self._column.insertWidget(self._column.indexOf(self.bars), self.file)
        self.file.show_look(look, file)
        self.file.show()

    def _show_lengths(self, look: SampleLook) -> None:
        valid = look.valid
        assert valid is not None
        padding = int(valid.size - valid.sum())
        if padding:
            self.bars.show_steps(valid, look.sequence)
            self.bars.show()
        if look.masking is not None:
            self.masking.setText(masking_sentence(look.masking, padding))
            self.masking.show()
        counts = valid.sum(axis=1)
        whole, steps = len(valid), valid.shape[1]
        own = f"sequence {look.sequence} of {whole}: {int(counts[look.sequence])} of {steps} steps"
        more = f", bars of the first {self.bars.num_shown}" if padding and 0 < self.bars.num_shown < whole else ""
        self.caption.setText(own + more)
        self.caption.show()

    def _show_values(self, look: SampleLook) -> None:
        first, table = look.first, self.values
        assert first is not None
        steps, features = first.shape
        table.setRowCount(steps)
        table.setColumnCount(features)
        table.setHorizontalHeaderLabels([str(at) for at in range(features)])
        table.setVerticalHeaderLabels([printed(look.label(at)) for at in range(steps)])
        hatch = QBrush(QColor(self._themes.theme.hatch), Qt.BrushStyle.BDiagPattern)
        rows = first.tolist()
        real = look.valid[look.sequence].tolist() if look.valid is not None else [True] * steps
        for step, row in enumerate(rows):
            for feature, value in enumerate(row):
                cell = QTableWidgetItem(short(value) if isinstance(value, float) else str(value))
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if not real[step]:
                    cell.setBackground(hatch)
                    cell.setToolTip("padding")
                table.setItem(step, feature, cell)
        table.setFixedHeight(ROW * (steps + 1) + 4)
        table.show()

    def _use(self) -> None:
        if self._look is not None and self._look.proposal is not None:
            self.padding_wanted.emit(self._look.proposal.padding)


def _sentence(role: str = "secondary") -> QLabel:
    label = QLabel(wordWrap=True)
    label.setObjectName(role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
