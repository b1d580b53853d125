"""The Lengths view: valid steps of every sequence at every port with a time axis."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.analysis.leaks import LeakReport
from gui.session.port_lengths import Model, PortLengths, port_lengths
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.length_columns import LengthColumns, Place
from gui.views.length_legend import LengthLegend
from gui.views.plot_data import Named
from gui.views.sheet import Sheet, fill
from gui.views.telling import joined, run_note, waiting_sentence
from gui.views.when_seen import WhenSeen
from gui.widgets.question import PADDING, Question

SUBJECT = "The valid steps of every sequence at every port"
NO_TIME = "No port of this model has a time axis: there are no lengths to show."


class LengthsView(QWidget):
    """Columns of bars with the clock's cursor; a click sets the clock and selects the block."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.columns: list[PortLengths] = []
        self.bars = LengthColumns(themes.theme)
        self.legend = LengthLegend(themes.theme)
        self.question = Question(PADDING, session.findings.ask_leaks)
        self.sheet = Sheet(self.bars, self.legend, self.question)
        fill(self, self.sheet)
        self._seen = WhenSeen(self, self._refresh)
        for signal in (
            session.run_changed,
            session.analysis_changed,
            session.run_state_changed,
            session.document_changed,
        ):
            signal.connect(self._seen.ask)
        session.shown.clock_changed.connect(lambda _: self._show_clock())
        session.shown.trace_changed.connect(lambda _: self._show_clock())
        session.shown.span_changed.connect(lambda _: self._show_clock())
        session.selection_changed.connect(lambda selection: self.bars.show_chosen(selection.blocks))
        session.findings.leaks_changed.connect(self._show_answer)
        themes.theme_changed.connect(self.bars.set_theme)
        themes.theme_changed.connect(self.legend.set_theme)
        self.bars.clicked.connect(self._clicked)
        self.bars.moved.connect(self._moved)
        self.bars.brushed.connect(session.shown.choose_span)

    def _show_answer(self, report: LeakReport | None) -> None:
        sentence = report.sentence if report is not None else ""
        self.question.show_answer(sentence, asking=self._session.findings.testing)

    def _refresh(self) -> None:
        session = self._session
        sentence = waiting_sentence(session, SUBJECT, "see how long every sequence is at every port")
        if sentence or session.run is None:
            self.sheet.say(sentence)
            return
        model = Model(
            session.document, session.model_order, session.ports, session.catalog, session.analysis, session.run
        )
        self.columns = port_lengths(model)
        if not self.columns:
            self.sheet.say(NO_TIME)
            return
        self.bars.show_columns(self.columns, faint=bool(session.run_state.stale))
        self.bars.show_chosen(session.selection.blocks)
        count = session.shown.num_sequences
        what = f"{count} sequence{'' if count == 1 else 's'} by step, counted from 0"
        self.sheet.show_contents(joined(what, run_note(session)))
        self._show_clock()

    def data(self) -> list[Named]:
        """The valid steps of every sequence at every port."""
        known = [(column.ref, column.valid) for column in self.columns if column.valid is not None]
        return [
            Named(f"{ref.block}.{ref.port}", ("sequence", f"step of {ref.block}.{ref.port}"), valid)
            for ref, valid in known
        ]

    def _show_clock(self) -> None:
        session = self._session
        if self.isVisible() and self.sheet.is_open:
            self.bars.show_clock(session.shown.clock, session.shown.span, session.shown.num_steps)
            self.bars.show_sequence(session.shown.clock.sequence)

    def _clicked(self, place: Place) -> None:
        self._session.select([self.columns[place.column].ref.block])
        if place.sequence >= 0:
            self._session.shown.set_clock(sequence=place.sequence, step=place.step if place.step >= 0 else None)

    def _moved(self, sequences: int, steps: int) -> None:
        clock = self._session.shown.clock
        self._session.shown.set_clock(sequence=clock.sequence + sequences, step=clock.step + steps)
