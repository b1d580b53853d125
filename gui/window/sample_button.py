"""The sample in the tool bar: never hidden. A click selects the Input, whose inspector is its form."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from engine.document.sample import UniformLengths, read_sample
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.widgets.parts_button import Part, PartsButton

BARS, SIZE, PITCH, BAR = 18, QSize(54, 16), 3, 2


class SampleButton(PartsButton):
    """“Sample ▮▮▮ 32 sequences, 3 to 15 steps, padded after”."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes = session, themes
        self._short = False
        self.clicked.connect(self._select_input)
        for signal in (session.document_changed, session.run_changed):
            signal.connect(lambda _: self.refresh())
        themes.theme_changed.connect(lambda _: self.refresh())
        self.refresh()

    def set_short(self, *, short: bool) -> None:
        """In one word beside the bars, the rest as tooltip."""
        if short != self._short:
            self._short = short
            self.refresh()

    def refresh(self) -> None:
        """Shows the sample of the first Input."""
        whole = summary(self._session)
        lengths = self._lengths()
        bars = [Part(picture=_bars(lengths, self._themes.theme))] if lengths else []
        words = "▾" if self._short else f"{whole} ▾"
        self.show_parts([Part("Sample"), *bars, Part(words)])
        self.setToolTip(f"Sample: {whole}\nWhat is fed: click for its form")

    def _lengths(self) -> list[float]:
        run = self._session.run
        fed = next((fed for fed in run.inputs.values() if fed.valid is not None), None) if run is not None else None
        if fed is None or fed.valid is None:
            return []
        counts = fed.valid.sum(axis=1)[:BARS]
        return [float(count) / max(fed.valid.shape[1], 1) for count in counts]

    def _select_input(self) -> None:
        inputs = self._session.document.graph.inputs
        if inputs:
            self._session.select([inputs[0].id])
        else:
            self._session.refused.emit("There is no Input to feed yet: drag one onto the canvas.")


def summary(session: EditorSession) -> str:
    """The sample in a few words: from the run where there is one, else as it is written."""
    document = session.document
    if not document.graph.inputs:
        return "no Input yet"
    sample = read_sample(document)
    first = sample.inputs[document.graph.inputs[0].id]
    run = session.run
    fed = run.inputs.get(document.graph.inputs[0].id) if run is not None else None
    if fed is not None and fed.valid is not None:
        counts = fed.valid.sum(axis=1)
        span = f"{counts.min()} to {counts.max()}" if counts.min() != counts.max() else f"{counts.max()}"
        padded = (
            f", padded {'before' if first.padding == 'pre' else 'after'}" if counts.min() < fed.valid.shape[1] else ""
        )
        return f"{fed.shape[0]} sequences, {span} steps{padded}"
    lengths = first.lengths
    if isinstance(lengths, UniformLengths):
        return f"{sample.batch} sequences, {lengths.lowest} to {lengths.highest} steps"
    return f"{sample.batch} sequences"


def _bars(parts: list[float], theme: Theme) -> QPixmap:
    """The length of each sequence, dark, of the padded length, pale."""
    pixmap = QPixmap(SIZE * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        for place, part in enumerate(parts):
            height = max(part * SIZE.height(), 1.0)
            painter.fillRect(QRectF(place * PITCH, 0, BAR, SIZE.height()), QColor(theme.line))
            painter.fillRect(QRectF(place * PITCH, SIZE.height() - height, BAR, height), QColor(theme.wire))
    return pixmap
