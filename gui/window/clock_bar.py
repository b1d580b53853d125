"""Sequence chooser and step control: one clock for all views."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from gui.session.session import EditorSession
from gui.widgets.fields import Choice, Number

STEPS = (
    ("|◀", "First step", "first"),
    ("◀", "One step back  (,)", "back"),
    ("▶", "One step on  (.)", "forward"),
    ("▶|", "Last step", "last"),
)


class ClockBar(QWidget):
    """Which block, sequence and step the views show. All count from 0."""

    def __init__(self, session: EditorSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self.key = Choice()
        self.key.setAccessibleName("Block whose states are shown")
        self.key.setToolTip("The block, or the direction of it, whose states are shown")
        self.key.setMinimumWidth(110)
        self.sequence = Number(0, 0)
        self.sequence.setAccessibleName("Sequence")
        self.sequence.setToolTip("Sequence of the batch, counted from 0")
        self.sequence.setFixedWidth(56)
        self.step = QLabel()
        self.step.setToolTip("Timestep, counted from 0")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 12, 2)
        layout.setSpacing(4)
        layout.addWidget(self.key)
        layout.addWidget(QLabel("sequence"))
        layout.addWidget(self.sequence)
        self.of = QLabel()
        self.of.setObjectName("secondary")
        layout.addWidget(self.of)
        for text, tip, move in STEPS:
            button = QToolButton()
            button.setObjectName("flat")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, wanted=move: self.move_step(wanted))
            layout.addWidget(button)
            if move == "back":
                layout.addWidget(self.step)
        self.key.activated.connect(lambda _: session.shown.choose_trace(str(self.key.currentData())))
        self.sequence.valueChanged.connect(lambda value: session.shown.set_clock(sequence=value))
        for signal in (
            session.run_changed,
            session.shown.trace_changed,
            session.shown.clock_changed,
            session.document_changed,
        ):
            signal.connect(lambda _: self.refresh())
        self.refresh()

    def move_step(self, wanted: str) -> None:
        """Moves the clock."""
        now, last = self._session.shown.clock.step, self._session.shown.num_steps - 1
        self._session.shown.set_clock(step={"first": 0, "back": now - 1, "forward": now + 1, "last": last}[wanted])

    def refresh(self) -> None:
        """Shows the clock."""
        session = self._session
        run, trace = session.run, session.shown.trace
        self.setEnabled(run is not None)
        keys = list(run.traced) if run is not None else []
        names = [self._name(key) for key in keys]
        if [self.key.itemText(at) for at in range(self.key.count())] != names:
            self.key.clear()
            for key, name in zip(keys, names, strict=True):
                self.key.addItem(name, key)
        if session.shown.trace_key in keys:
            self.key.setCurrentIndex(keys.index(session.shown.trace_key))
        self.sequence.blockSignals(True)
        self.sequence.setRange(0, max(session.shown.num_sequences - 1, 0))
        self.sequence.setValue(session.shown.clock.sequence)
        self.sequence.blockSignals(False)
        valid = f", {int(trace.valid.sum())} of {len(trace.valid)} steps valid" if trace is not None else ""
        self.of.setText(f"of {session.shown.num_sequences}{valid}")
        self.step.setText(f"step <b>{session.shown.clock.step}</b>")
        self.step.setTextFormat(Qt.TextFormat.RichText)

    def _name(self, key: str) -> str:
        block, _, direction = key.partition("/")
        known = self._session.document.graph.by_id.get(block)
        name = known.name if known is not None else block
        return f"{name}, {direction}" if direction else name
