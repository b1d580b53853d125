"""The inspector: the selected block's name, arguments, what it does to time, and its cost; an Input's is its sample."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from engine.graph.values import INPUT
from gui.panels.facts import age_words, cost_facts, time_facts
from gui.panels.facts_view import FactsView
from gui.panels.form import ArgumentForm, Contents
from gui.panels.head import Head
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.widgets.gradually import Gradually

NOTHING = "Select a block to see and change its arguments, what it does to time, and what it costs."
SEVERAL = "{count} blocks are selected. Select one to see and change its arguments."


class Inspector(QWidget):
    """The form of the selected block."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, sample: QWidget | None = None) -> None:
        """Args:
        sample: what an Input's inspector shows below its arguments.
        """
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._themes = session, themes
        self._shown = ""
        self._coming: tuple[object, ...] = ()
        self._making = Gradually(self)
        self.head = Head(session, themes)
        self.form = ArgumentForm(session)
        self.sample = sample
        self.time = FactsView("What it does to time")
        self.cost = FactsView("Cost")
        self._sections = ((self.time, time_facts), (self.cost, cost_facts))
        self.empty = QLabel(NOTHING, wordWrap=True)
        self.empty.setObjectName("secondary")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.area = QScrollArea()
        self.area.setAccessibleName("Arguments and facts")
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.addWidget(self._framed(self.empty))
        self._stack.addWidget(self.area)
        self.area.setWidget(self._laid_out())
        session.selection_changed.connect(lambda _: self.refresh())
        session.document_changed.connect(lambda _: self.refresh())
        for signal in (session.analysis_changed, session.run_state_changed, session.looks.padded_changed):
            signal.connect(lambda _: self._show_facts())
        themes.theme_changed.connect(lambda _: self.refresh())
        self.refresh()

    def _laid_out(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        for part in (self.head, self.form, self.sample, self.time, self.cost):
            if part is not None:
                column.addWidget(part)
        column.addStretch(1)
        body.installEventFilter(self)
        return body

    def _framed(self, label: QLabel) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.addWidget(label)
        return page

    def refresh(self) -> None:
        """Shows the selected block, or begins to make what it takes; until then what is in sight stays whole."""
        chosen = self._session.selection
        block = self._session.document.graph.by_id.get(chosen.block)
        if block is None:
            self._making.drop()
            count = len(chosen.blocks)
            self.empty.setText(SEVERAL.format(count=count) if count > 1 else NOTHING)
            self._stack.setCurrentIndex(0)
            return
        contents = self.form.contents(block)
        if self.form.has(contents):
            self._making.drop()
            self._show(contents)
        else:
            self.form.follow(contents)
            if not self._making.is_busy or contents.layout != self._coming:
                self._coming = contents.layout
                self._making.start(self._make(contents))

    def _make(self, contents: Contents) -> Iterator[None]:
        """Everything out of sight, then all at once in its place."""
        for part in (self.head, self.time, self.cost):
            part.ensurePolished()
            yield
        yield from self.form.make(contents)
        for view, facts in self._sections:
            yield from view.make_room(len(facts(self._session, contents.block)))
        self.refresh()

    def finish(self) -> None:
        """What is being made is there, now."""
        self._making.finish()
        self.form.finish()

    def edit_name(self) -> None:
        """The keyboard goes to the name of the selected block."""
        self.finish()
        if self.head.isVisible():
            self.head.name.setFocus(Qt.FocusReason.OtherFocusReason)
            self.head.name.selectAll()

    def _show(self, contents: Contents) -> None:
        block = contents.block
        if self._shown != block.id:
            self._shown = block.id
            self.area.verticalScrollBar().setValue(0)
        self.head.show_block(block)
        self.form.show_contents(contents)
        if self.sample is not None:
            self.sample.setVisible(block.type == INPUT)
        self._show_facts()
        self._stack.setCurrentIndex(1)

    def _show_facts(self) -> None:
        block = self._session.document.graph.by_id.get(self._shown)
        if block is not None:
            self.head.show_weights(block)
            for view, facts in self._sections:
                told = facts(self._session, block)
                view.show_facts(told, age_words(self._session, told))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """A click beside the fields ends what is being typed."""
        if event.type() == QEvent.Type.MouseButtonPress and self.area.focusWidget() is not None:
            self.area.focusWidget().clearFocus()
        return super().eventFilter(watched, event)
