"""The status bar: problems, cost, the last run, a quiet sentence, versions."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.widgets.fields import ElidedLabel

QUIET_MS = 8000
"""How long a quiet sentence stays."""
TICK_MS = 500

REMEMBERED = "Shapes and problems as last seen; TensorFlow is loading and will confirm them."


class StatusBar(QStatusBar):
    """Facts that hold for the whole document."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes = session, themes
        self.versions_text = ""
        self.setSizeGripEnabled(False)
        self.problems, self.cost, self.run, self.versions = (QLabel() for _ in range(4))
        for label in (self.problems, self.cost, self.run):
            self.addWidget(label)
        self.quiet = ElidedLabel()
        self.addWidget(self.quiet, 1)
        self.addPermanentWidget(self.versions)
        self._quiet_timer = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet_timer.timeout.connect(lambda: self.quiet.set_whole(""))
        self._running = QElapsedTimer()
        self._ticks = QTimer(self, interval=TICK_MS)
        self._ticks.timeout.connect(self._show_run)
        session.opened.connect(lambda: self.quiet.set_whole(""))
        for signal in (
            session.analysis_changed, session.run_changed, session.run_state_changed, themes.theme_changed
        ):  # fmt: skip
            signal.connect(self.refresh)
        self.refresh()

    def say(self, sentence: str) -> None:
        """A quiet line; nothing pops up."""
        self.quiet.set_whole(sentence)
        self._quiet_timer.start()

    def refresh(self, _: object = None) -> None:
        """Everything anew."""
        session, state = self._session, self._session.run_state
        self._show_problems()
        if (state.phase == "running") != self._ticks.isActive():
            (self._ticks.stop if self._ticks.isActive() else self._ticks.start)()
            self._running.start()
        trained = f", weights of {session.trained.file}" if session.trained.file else ""
        self.cost.setText(f"{session.analysis.parameters:,} parameters{self._unknown()}{trained}")
        self._show_run()
        self.versions.setText(self.versions_text if state.phase in ("idle", "running") else "")

    def _show_run(self) -> None:
        """What the engine does; while it works on one block for long, the seconds still move."""
        state = self._session.run_state
        stale = f" (before “{state.stale}”)" if state.stale else ""
        seconds = self._running.elapsed() // 1000 if self._ticks.isActive() else 0
        since = f" {seconds} s" if seconds else ""
        self.run.setText(REMEMBERED if self._session.analysis.remembered else f"{state.text}{since}{stale}")

    def _show_problems(self) -> None:
        theme, severities = self._themes.theme, [p.severity for p in self._session.analysis.diagnostics]
        bad, mild = severities.count("error"), severities.count("warning")
        parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((bad, "problem"), (mild, "warning")) if n]
        blocks = self._session.analysis.blocks.values()
        asked = self._session.analysis.complete or any(facts.outputs is not None for facts in blocks)
        self.problems.setText(", ".join(parts) or ("no problems" if asked else "not checked yet"))
        self.problems.setStyleSheet(f"color: {theme.error if bad else theme.warning if mild else theme.secondary};")

    def _unknown(self) -> str:
        """Whose parameters the total lacks."""
        names = self._session.document.graph.by_id
        known = self._session.analysis.blocks.items()
        unknown = [names[block].name for block, facts in known if facts.outputs is None and block in names]
        if len(unknown) > 1:
            return f", {len(unknown)} blocks unknown"
        return f", {unknown[0]} unknown" if unknown else ""
