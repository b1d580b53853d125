"""Plays the clock: one step after the other, so that one sees the state move through time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from gui.session.clock import Span
from gui.session.session import EditorSession

SPEEDS = (1, 2, 4, 8, 16)
"""Steps a second."""
USUAL = 4


class Player(QObject):
    """Moves the clock on until the last step, or round and round in the chosen range of steps.

    A clock moved by hand meanwhile plays on from there, outside a range from the start of the range.
    """

    playing_changed = Signal(bool)

    def __init__(self, session: EditorSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)
        self.set_speed(USUAL)
        session.run_changed.connect(lambda run: self.stop() if run is None else None)

    @property
    def playing(self) -> bool:
        """The clock moves by itself."""
        return self._timer.isActive()

    @property
    def speed(self) -> int:
        """Steps a second."""
        return self._speed

    def set_speed(self, speed: int) -> None:
        """Plays so many steps a second from now on."""
        self._speed = speed
        self._timer.setInterval(1000 // speed)

    def toggle(self) -> None:
        """Plays, from the start where the clock is at the end; or stops."""
        if self.playing:
            self.stop()
        elif self._session.run is not None and self._session.shown.num_steps > 1:
            shown, span = self._session.shown, self._span
            if span is not None and shown.clock.step not in span:
                shown.set_clock(step=span.first)
            elif span is None and shown.clock.step >= shown.num_steps - 1:
                shown.set_clock(step=0)
            self._timer.start()
            self.playing_changed.emit(True)

    def stop(self) -> None:
        """The clock stays where it is."""
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    @property
    def _span(self) -> Span | None:
        """The range that is played; of one step there is nothing to play."""
        span = self._session.shown.span
        return span if span is not None and span.last > span.first else None

    def _next(self) -> None:
        shown, span = self._session.shown, self._span
        step = shown.clock.step + 1
        shown.set_clock(step=step if span is None or step in span else span.first)
        if span is None and shown.clock.step >= shown.num_steps - 1:
            self.stop()
