"""The history of runs: a list to look at, and what can be done with each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.remembered.runs import NotedRun
from gui.session.history import History
from gui.theme.colours import diverging_table
from gui.theme.theme import Theme
from gui.widgets.gradually import Gradually

if TYPE_CHECKING:
    from gui.window.window import MainWindow

PICTURE = QSize(96, 34)
NONE_YET = "Every run is kept here with its document, so that it can be put back as it was. There is none yet."
SAID = "Each run with its document, as it was. Named runs stay longest; a click on a chosen name, or F2, renames it."


class RunHistory:
    """Notes runs from the start on, and opens their list."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.history = History(window.session)
        self._dialog: HistoryDialog | None = None

    def open(self) -> None:
        """Shows the list."""
        if self._dialog is None:
            self._dialog = HistoryDialog(self.history, self._window)
        self._dialog.theme = self._window.themes.theme
        self._dialog.refresh()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.list.setFocus()


class HistoryDialog(QDialog):
    """The runs, newest first, beside the window."""

    def __init__(self, history: History, parent: QWidget | None = None, theme: Theme | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("History of runs")
        self.setProperty("help", "page:history")
        self.resize(640, 420)
        self.theme = theme
        self._history = history
        self._runs: list[NotedRun] = []
        self.filling = Gradually(self)
        self.sentence = QLabel("Reading the runs …", wordWrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName("Runs")
        self.list.setIconSize(PICTURE)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed | QListWidget.EditTrigger.SelectedClicked)
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.put_back = buttons.addButton("Put back", role)
        self.compare = buttons.addButton("Compare", role)
        self.delete = buttons.addButton("Delete", role)
        buttons.addButton(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.put_back.setToolTip("The document as it was, as one undo step")
        self.compare.setToolTip("Runs it again, beside the run that is shown")
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (self.sentence, self.list, buttons):
            layout.addWidget(part)
        doings = ((self.put_back, history.put_back), (self.compare, history.compare), (self.delete, history.delete))
        for button, do in doings:
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, do=do: self._with_chosen(do))
        self.list.itemDoubleClicked.connect(lambda _: self._with_chosen(history.put_back))
        self.list.itemChanged.connect(self._renamed)
        self.list.currentRowChanged.connect(lambda _: self._enable())
        self.list.itemDelegate().closeEditor.connect(lambda *_: self._follow())
        history.changed.connect(self._follow)

    def _follow(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Reads the list anew, a run at a time; the chosen run stays chosen."""
        self.filling.start(self._fill())

    def _fill(self) -> Iterator[None]:
        """Rows that stand already stay where they are; nothing changes under a name that somebody types."""
        at = 0
        for run in self._history.each():
            if self.list.state() == QListWidget.State.EditingState:
                return
            while at < len(self._runs) and self._runs[at].id > run.id:
                self._take(at)
            if at == len(self._runs) or self._runs[at].id != run.id:
                self._runs.insert(at, run)
                self.list.insertItem(at, QListWidgetItem())
            self._runs[at] = run
            self.list.blockSignals(True)
            self._write(self.list.item(at), run)
            self.list.blockSignals(False)
            at += 1
            yield
        while at < len(self._runs):
            self._take(at)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.sentence.setText(SAID if self._runs else NONE_YET)
        self._enable()

    def _take(self, at: int) -> None:
        del self._runs[at]
        self.list.takeItem(at)

    def _write(self, entry: QListWidgetItem, run: NotedRun) -> None:
        entry.setText(run_words(run))
        entry.setFlags(entry.flags() | Qt.ItemFlag.ItemIsEditable)
        changed = self._history.changed_files(run)
        told = f"{run_words(run)}\nseed {run.seed}, revision {run.revision}"
        entry.setToolTip(f"{told}\nchanged since: {', '.join(changed)}" if changed else told)
        picture = next(iter(run.pictures.values()), b"")
        icon = QIcon()
        if picture and self.theme is not None:
            scale = self.devicePixelRatioF()
            image = _coloured(QImage.fromData(picture), self.theme).scaled(PICTURE * scale)
            image.setDevicePixelRatio(scale)
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else Qt tints the picture of the chosen run
                icon.addPixmap(QPixmap.fromImage(image), mode)
        entry.setIcon(icon)

    @property
    def chosen(self) -> NotedRun | None:
        """The run that is chosen."""
        at = self.list.currentRow()
        return self._runs[at] if 0 <= at < len(self._runs) else None

    def _with_chosen(self, do: object) -> None:
        if self.chosen is not None and callable(do):
            do(self.chosen)

    def _renamed(self, entry: QListWidgetItem) -> None:
        """What is typed is the name alone, whatever stood there before."""
        at = self.list.row(entry)
        if 0 <= at < len(self._runs):
            run = self._runs[at]
            name = entry.text().removesuffix(facts_of(run)).strip(" ·")
            self._history.rename(run, "" if name == _when(run) else name)

    def _enable(self) -> None:
        buttons: tuple[QPushButton, ...] = (self.put_back, self.compare, self.delete)
        for button in buttons:
            button.setEnabled(self.chosen is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Del deletes the chosen run."""
        if event.key() == Qt.Key.Key_Delete:
            self._with_chosen(self._history.delete)
        else:
            super().keyPressEvent(event)


def run_words(run: NotedRun) -> str:
    """`Before the mask · model.seqloom · 64 sequences, 29 steps · cpu · 24 Nov 20:41`; without a name the time first."""
    return f"{run.name or _when(run)}{facts_of(run)}"


def facts_of(run: NotedRun) -> str:
    """What stands behind the name."""
    parts = [run.title, run.facts, run.device + (", training mode" if run.training else "")]
    return "".join(f" · {part}" for part in (*parts, *([_when(run)] if run.name else [])) if part)


def _when(run: NotedRun) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(run.time))


def _coloured(image: QImage, theme: Theme) -> QImage:
    """Grey levels as values, in the colours of the theme."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    shown = QImage(grey.constBits(), grey.width(), grey.height(), grey.bytesPerLine(), QImage.Format.Format_Indexed8)
    shown.setColorTable(diverging_table(theme))
    return shown.convertToFormat(QImage.Format.Format_ARGB32)
