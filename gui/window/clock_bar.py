"""Sequence chooser and step control: one clock for all views."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from gui.session.player import SPEEDS, Player
from gui.session.session import EditorSession
from gui.session.steps import first_padding, sequence_words
from gui.theme.theme import ThemeHolder

PADDING = 6


class RichButton(QToolButton):
    """A flat button whose text may be bold in part."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("flat")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.label = QLabel()
        self.label.setObjectName("secondary")
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PADDING, 3, PADDING, 3)
        layout.addWidget(self.label)

    def say(self, rich: str, plain: str) -> None:
        """The text, and how it is read aloud."""
        self.label.setText(rich)
        self.setAccessibleName(plain)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As large as the text."""
        hint = self.label.sizeHint()
        return QSize(hint.width() + 2 * PADDING, max(hint.height() + 2 * PADDING, 26))


class ClockBar(QWidget):
    """Which block, sequence and step the views show. All count from 0."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("clock")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._themes = session, themes
        self._short = False
        self.player = Player(session, self)
        self.key = RichButton()
        self.key.setToolTip("The block whose states are shown, and which of its directions and levels")
        self.key.clicked.connect(self._open_keys)
        self.sequence = RichButton()
        self.sequence.setToolTip("Sequence of the batch, counted from 0: click for all  (< >)")
        self.sequence.clicked.connect(self.open_sequences)
        self.step = QLabel()
        self.step.setTextFormat(Qt.TextFormat.RichText)
        self.step.setToolTip("Timestep, counted from 0")
        self.step.setMinimumWidth(52)
        self.step.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.range = RichButton()
        self.range.setToolTip(
            "The selected steps: click to select none  (Esc). Shift and drag in a plot selects others"
        )
        self.range.clicked.connect(self.clear_range)
        self.play_button = self._button("play", "Play the steps  (P); the arrow chooses how fast", self.play)
        self._lay_out()
        self.player.playing_changed.connect(lambda playing: self.play_button.setText("pause" if playing else "play"))
        for signal in (
            session.run_changed,
            session.shown.trace_changed,
            session.shown.clock_changed,
            session.shown.span_changed,
            session.document_changed,
        ):
            signal.connect(lambda _: self.refresh())
        themes.theme_changed.connect(lambda _: self.refresh())
        self.refresh()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 12, 2)
        layout.setSpacing(2)
        layout.addWidget(self.key)
        layout.addWidget(self.sequence)
        layout.addWidget(self._button("|◀", "First step  (Home)", self.first))
        layout.addWidget(self._button("◀", "One step back  (,)", self.back))
        layout.addWidget(self.step)
        layout.addWidget(self._button("▶", "One step on  (.)", self.forward))
        layout.addWidget(self._button("▶|", "First padded step, then the last step  (End)", self.end))
        layout.addWidget(self.range)
        layout.addWidget(self.play_button)
        self.speeds = QMenu(self)
        group = QActionGroup(self)
        for speed in SPEEDS:
            action = QAction(f"{speed} step{'' if speed == 1 else 's'} a second", self, checkable=True)
            action.setChecked(speed == self.player.speed)
            action.triggered.connect(lambda _=False, speed=speed: self.player.set_speed(speed))
            group.addAction(action)
            self.speeds.addAction(action)
        self.play_button.setMenu(self.speeds)
        self.play_button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def _button(self, text: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setText(text)
        button.setMinimumWidth(26)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _=False: act())
        return button

    def set_short(self, *, short: bool) -> None:
        """In fewer words, for a narrow window."""
        if short != self._short:
            self._short = short
            self.refresh()

    # --- actions (named in gui.window.actions) -------------------------------------------------------------------

    def first(self) -> None:
        """The first step."""
        self._session.shown.set_clock(step=0)

    def back(self) -> None:
        """One step back."""
        self._session.shown.set_clock(step=self._session.shown.clock.step - 1)

    def forward(self) -> None:
        """One step on."""
        self._session.shown.set_clock(step=self._session.shown.clock.step + 1)

    def extend_back(self) -> None:
        """One step back, and the range of steps with it."""
        self._session.shown.extend_span(-1)

    def extend_forward(self) -> None:
        """One step on, and the range of steps with it."""
        self._session.shown.extend_span(1)

    def clear_range(self) -> None:
        """No steps are selected."""
        self._session.shown.choose_span(None)

    def end(self) -> None:
        """The first step that is padding; from there, or without padding, the last step."""
        padding = first_padding(self._session)
        there = padding is None or padding == self._session.shown.clock.step
        self._session.shown.set_clock(step=self._session.shown.num_steps - 1 if there else padding)

    def play(self) -> None:
        """Plays the steps, or stops."""
        self.player.toggle()

    def sequence_back(self) -> None:
        """The sequence before."""
        self._session.shown.set_clock(sequence=self._session.shown.clock.sequence - 1)

    def sequence_forward(self) -> None:
        """The next sequence."""
        self._session.shown.set_clock(sequence=self._session.shown.clock.sequence + 1)

    # --- what is offered -----------------------------------------------------------------------------------------

    def open_sequences(self) -> None:
        """All sequences, to choose from."""
        from gui.window.sequences import SequenceList  # brings numpy: not before the first paint

        chooser = SequenceList(self._session, self._themes, self)
        chooser.open_at(self.sequence.mapToGlobal(QPoint(self.sequence.width(), 0)))

    def _open_keys(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key in self._keys():
            action = menu.addAction(self._name(key))
            action.setCheckable(True)
            action.setChecked(key == self._session.shown.trace_key)
            action.triggered.connect(lambda _=False, key=key: self._session.shown.choose_trace(key))
        menu.popup(self.key.mapToGlobal(QPoint(0, 0)) - QPoint(0, menu.sizeHint().height()))

    def _keys(self) -> list[str]:
        return list(self._session.run.traced) if self._session.run is not None else []

    # --- showing -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Shows the clock."""
        session = self._session
        self.setEnabled(session.run is not None)
        strong = f'<b style="color:{self._themes.theme.text}">'
        keys, chosen = self._keys(), session.shown.trace_key
        known = self._name(chosen) if chosen else "choose states"
        self.key.setVisible(bool(keys))
        several = len(keys) > 1 or not chosen
        self.key.setEnabled(several)
        self.key.say(f"{known}{' ▾' if several else ''}", f"Block whose states are shown: {known}")
        words, span = sequence_words(session, short=self._short), session.shown.span
        brief = "" if self._short and span is not None and words.startswith(" of") else words  # room for the range
        self.sequence.say(
            f"sequence {strong}{session.shown.clock.sequence}</b>{brief} ▾",
            f"Sequence {session.shown.clock.sequence}{words}",
        )
        self.step.setText(f"step {strong}{session.shown.clock.step}</b>")
        self.range.setVisible(span is not None)
        if span is not None:
            to = "–" if self._short else " to "
            self.range.say(f"{strong}{span.first}{to}{span.last}</b> ×", f"{span.text} selected".capitalize())

    def _name(self, key: str) -> str:
        """`encoder`, `encoder, forward`, `encoder, forward, level 0 (LSTM)`."""
        block, _, path = key.partition("/")
        known = self._session.document.graph.by_id.get(block)
        cell = self._session.run.traced.get(key) if self._session.run is not None else None
        place = path if cell is None else cell.place
        return ", ".join(filter(None, (known.name if known is not None else block, place)))
