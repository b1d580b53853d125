"""A view's contents follow the session only while somebody sees them, once per turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from gui.widgets.gradually import Gradually

if TYPE_CHECKING:
    from gui.session.session import EditorSession


class WhenSeen(QObject):
    """Calls `refresh` soon after it was asked for, and when the widget comes into sight if it was asked for before.

    A refresh that takes longer than a few milliseconds is a generator of steps (see `gui.widgets.gradually`): they are
    done one after the other, and what is asked for meanwhile comes after the last.
    """

    def __init__(
        self,
        widget: QWidget,
        refresh: Callable[[], Iterator[object] | None],
        seen: Callable[[bool], None] | None = None,
    ) -> None:
        super().__init__(widget)
        self._widget, self._refresh, self._seen = widget, refresh, seen
        self._wanted, self._is_seen = True, False
        self._steps = Gradually(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._now)
        widget.installEventFilter(self)
        if seen is not None and widget.isVisible():  # a view that is made when somebody looks at it
            seen(True)
        self.ask()

    def ask(self, _: object = None) -> None:
        """Something changed; many changes in one turn are one refresh."""
        self._wanted = True
        if self._widget.isVisible():
            self._soon.start()

    def follow(self, session: EditorSession, *further: Any) -> None:
        """Asks whenever the run, its state, the selection or the document changes, and at further signals."""
        common = (session.run_changed, session.run_state_changed, session.selection_changed, session.document_changed)
        for signal in (*common, *further):
            signal.connect(self.ask)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Coming into sight, going out of it."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            visible = event.type() == QEvent.Type.Show
            self._tell(seen=visible)
            if visible:
                self._now()
        return super().eventFilter(watched, event)

    def _tell(self, *, seen: bool) -> None:
        if seen != self._is_seen:
            self._is_seen = seen
            if self._seen is not None:
                self._seen(seen)

    def _now(self) -> None:
        if self._widget.isVisible():
            self._tell(seen=True)  # it may have been in sight before it was made
        if self._wanted and self._widget.isVisible() and not self._steps.is_busy:
            self._wanted = False
            steps = self._refresh()
            if steps is not None:
                self._steps.start(self._all_of(steps))
                self._steps.go_on()

    def _all_of(self, steps: Iterator[object]) -> Iterator[object]:
        yield from steps
        if self._wanted:
            self._soon.start()
