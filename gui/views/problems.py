"""The Problems view: all diagnostics, errors first; the chosen one unfolds with its fixes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QListView, QWidget

from engine.analysis.values import Diagnostic
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.problem_details import ProblemDetails
from gui.views.problem_list import ProblemDelegate, ProblemList, ProblemRows, Shown
from gui.views.sheet import Sheet, fill
from gui.views.telling import joined, nothing_yet
from gui.views.when_seen import WhenSeen

RANK = {"error": 0, "warning": 1, "info": 2}


class ProblemsView(QWidget):
    """A list of problems; choosing one goes to its block."""

    counted = Signal(int, int)
    """How many errors and warnings there are: their tab says so."""
    wanted = Signal(str)
    """A block that somebody wants to see: choosing a problem goes there."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.count = (0, 0)
        self.model = ProblemList(self)
        self.delegate = ProblemDelegate(themes.theme, self)
        self.list = _list(self.model, self.delegate)
        self.details: ProblemDetails | None = None
        self.sheet = Sheet(self.list)
        fill(self, self.sheet)
        self._seen = WhenSeen(self, self._refresh)
        for signal in (
            session.analysis_changed,
            session.run_changed,
            session.run_state_changed,
            session.document_changed,
        ):
            signal.connect(self._seen.ask)
        session.analysis_changed.connect(lambda _: self._count())
        session.selection_changed.connect(lambda _: self._follow())
        themes.theme_changed.connect(self._set_theme)
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        self.list.moved.connect(self._unfold)
        self._count()

    @property
    def chosen_problem(self) -> Diagnostic | None:
        """The problem of the chosen row."""
        return self.model.problem(self.list.currentIndex())

    def _count(self) -> None:
        """The tab counts errors and warnings, not notes."""
        kinds = [problem.severity for problem in self._session.analysis.diagnostics]
        count = (kinds.count("error"), kinds.count("warning"))
        if count != self.count:
            self.count = count
            self.counted.emit(*count)

    def _refresh(self) -> None:
        session = self._session
        problems = sorted_problems(session)
        if not problems:
            self._fold()
            self.model.show_problems([])
            self.sheet.say(no_problems(session))
            return
        self.sheet.show_contents(_caption(session, problems))
        chosen = self.model.problem(self.list.currentIndex())
        if self.model.show_problems(problems):
            self._choose(_place(problems, chosen, session.selection.block))

    def _choose(self, at: int) -> None:
        self._fold()
        self.list.setCurrentIndex(self.model.index(at, 0))
        self._unfold(self.list.currentIndex())

    def _go(self, index: QModelIndex) -> None:
        """Unfolds (when the button is up again, so that nothing moves under the pointer) and goes to the block."""
        problem = self.model.problem(index)
        if self.details is None or problem is not self.details.problem:
            self._unfold(index)
        if problem is not None and problem.block in self._session.document.graph:
            self._session.select([problem.block])
            self.wanted.emit(problem.block)

    def _follow(self) -> None:
        """The selected block's first problem is the chosen one, unless the chosen one is of it already."""
        block = self._session.selection.block
        chosen = self.model.problem(self.list.currentIndex())
        if not block or not self.isVisible() or (chosen is not None and chosen.block == block):
            return
        at = next((at for at, shown in enumerate(self.model.problems) if shown.problem.block == block), None)
        if at is not None:
            self._choose(at)

    def _unfold(self, index: QModelIndex) -> None:
        """The details take the chosen row's place, its own line above them."""
        self._fold()
        problem = self.model.problem(index)
        if problem is None:
            return
        self.details = ProblemDetails(problem)
        self.details.chosen.connect(lambda fix: self._session.apply_fix(fix))
        self.details.grown.connect(partial(self._measure, index.row()))
        self.delegate.details = self.details
        self.list.setIndexWidget(index, self.details)
        self._measure(index.row())
        self.list.scrollTo(index)

    def _fold(self) -> None:
        """The delegate measures rows again before the widget goes."""
        self.delegate.details = self.details = None
        for row in range(self.model.rowCount()):
            if self.list.indexWidget(self.model.index(row, 0)) is not None:
                self.list.setIndexWidget(self.model.index(row, 0), None)  # pyright: ignore[reportArgumentType]
                self._measure(row)

    def _measure(self, row: int) -> None:
        self.delegate.sizeHintChanged.emit(self.model.index(row, 0))

    def _set_theme(self, theme: object) -> None:
        self.delegate.set_theme(theme)  # pyright: ignore[reportArgumentType]
        self.list.viewport().update()


def sorted_problems(session: EditorSession) -> list[Shown]:
    """Errors, then warnings, then notes; in model order, what is of no block first."""
    graph = session.document.graph
    place = {block: at for at, block in enumerate(session.model_order)}
    ordered = sorted(session.analysis.diagnostics, key=lambda one: (RANK[one.severity], place.get(one.block, -1)))
    names = {block: graph.by_id[block].name for block in place}
    return [Shown(problem, names.get(problem.block, "the document")) for problem in ordered]


def no_problems(session: EditorSession) -> str:
    """What was looked at and found well; or what has not been looked at yet."""
    if not session.document.graph.blocks:
        return nothing_yet("Problems, their causes and fixes")
    if not session.analysis.complete:
        waiting = session.run_state.text if session.run_state.phase != "idle" else "Keras is being asked …"
        return f"No problems in the wiring. Shapes and masks are not checked yet: {waiting}"
    if session.run is None or session.run_state.stale:
        return "No problems: every block can be built, and every shape and mask fits the next block."
    count = session.shown.num_sequences
    return (
        "No problems: every block can be built, every shape and mask fits the next block, "
        f"and the run of {count} sequence{'' if count == 1 else 's'} went through."
    )


def _caption(session: EditorSession, problems: list[Shown]) -> str:
    counts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for severity, word in (("error", "error"), ("warning", "warning"), ("info", "note"))
        if (number := sum(shown.problem.severity == severity for shown in problems))
    ]
    asked = "" if session.analysis.complete else "asking Keras after the last edit …"
    return joined(", ".join(counts), asked)


def _place(problems: list[Shown], chosen: Diagnostic | None, block: str) -> int:
    """Of the problem that was chosen before; else of the selected block's first; else of the first of all."""
    same = (at for at, shown in enumerate(problems) if _same(shown.problem, chosen))
    own = (at for at, shown in enumerate(problems) if shown.problem.block == block)
    return next(same, next(own, 0))


def _same(problem: Diagnostic, other: Diagnostic | None) -> bool:
    return other is not None and (problem.code, problem.block) == (other.code, other.block)


def _list(model: ProblemList, delegate: ProblemDelegate) -> ProblemRows:
    listed = ProblemRows()
    listed.setModel(model)
    listed.setItemDelegate(delegate)
    listed.setAccessibleName("Problems of the model")
    listed.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    listed.setResizeMode(QListView.ResizeMode.Adjust)
    listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return listed
