"""The one problem whose card is open on a canvas, and where the card stands; the others are dots on their blocks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from engine.analysis.values import Diagnostic, Fix
from gui.canvas.card_places import EDGE, CardPlace, card_place, over
from gui.canvas.obstacles import parts_in_view, wires_in_view

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas
    from gui.canvas.card import ProblemCard

ROOMS = ((580, False), (460, False), (340, False), (580, True), (340, True))
"""How wide a card may be, in pixels, and whether it says less; the first that has room is taken."""
WHOLE = tuple((room, short) for room, short in ROOMS if not short)
Key: TypeAlias = tuple[str, str, str, str]


class Problems:
    """Chooses the problem that is open and keeps its card where it covers nothing.

    Attributes:
        shown: the problem whose card is open; None: all are folded, or there is none.
        wanted_block: whose card ought to be open; empty: none's.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.shown: Diagnostic | None = None
        self._folded = False
        self._asked: Key | None = None
        self._known: frozenset[Key] = frozenset()
        self._newest: Key | None = None
        self.wanted_block = ""
        self._place: CardPlace | None = None

    @cached_property
    def card(self) -> ProblemCard:
        """The card; made with the first problem."""
        from gui.canvas.card import ProblemCard

        card = ProblemCard(self._canvas)
        card.chosen.connect(self._apply)
        card.folded.connect(self.fold)
        card.attended.connect(self._attend)
        card.resized.connect(self._resized)
        return card

    @property
    def open_block(self) -> str:
        """The block that the open card belongs to; empty: no card is open."""
        return self.shown.block if self.shown is not None else ""

    @property
    def lacks_room(self) -> bool:
        """A card ought to be open and has no place beside its block, or only one in which it says less."""
        return self.wanted_block != "" and (not self.has_pointer or self.card.is_short)

    @property
    def area(self) -> QRectF:
        """Where the open card stands; empty: none is open."""
        return self._place.area if self._place is not None else QRectF()

    @property
    def has_pointer(self) -> bool:
        """The open card stands beside its block and points at it."""
        return self._place is not None and self._place.side is not None

    def facts_changed(self) -> None:
        """Other problems are known."""
        errors = [_key(problem) for problem in self._canvas.session.analysis.diagnostics if problem.severity == "error"]
        new = [key for key in errors if key not in self._known]
        if new or self._newest not in errors:
            self._newest = next(iter(new or errors), None)
        if new:
            self._folded = False
        self._known = frozenset(errors)
        self.place()

    def selection_changed(self) -> None:
        """The selected block's problem is the one that is open."""
        self._folded, self._asked = False, None
        self.place()

    def fold(self) -> None:
        """Esc: the problem is a red dot until it is asked for or something else is selected."""
        self._folded, self._asked = True, None
        self.place()
        self._canvas.setFocus()

    def open(self, block: str = "") -> None:
        """Opens the card of a block's problem, else of the selected or newest one, over other things if need be."""
        if block:
            self._canvas.session.select([block])
        self._folded = False
        problem = self._wanted()
        self._asked = _key(problem) if problem is not None else None
        self.place()

    def focus_fixes(self) -> None:
        """Ctrl+.: the open card with the keyboard on its first fix."""
        self.open()
        self.card.focus_fixes()

    def _attend(self) -> None:
        """A click on the card: its block is the selected one, and the keyboard is on the canvas."""
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.shown is not None:
            self._canvas.session.select([self.shown.block])

    def _apply(self, fix: Fix) -> None:
        self._canvas.setFocus()
        before = self._canvas.session.document
        self._canvas.session.apply_fix(fix)
        self._canvas.motion.show_change(before)

    def _wanted(self) -> Diagnostic | None:
        """The selected block's problem, else the newest error."""
        problems, chosen = self._canvas.session.analysis.diagnostics, self._canvas.session.selection.block
        own = [problem for problem in problems if chosen and chosen in (problem.block, problem.cause)]
        if own:
            return next((problem for problem in own if problem.severity == "error"), own[0])
        return next((problem for problem in problems if _key(problem) == self._newest), None)

    def _resized(self) -> None:
        """A card of another size finds a place anew; one whose message was unfolded stays, over other things if need be."""
        if self.card.is_unfolded and self.shown is not None:
            self._asked = _key(self.shown)
        self.forget_place()
        self.place()

    def forget_place(self) -> None:
        """The next place is looked for as if the card had not stood anywhere."""
        self._place = None

    # --- the place -----------------------------------------------------------------------------------------------

    def place(self) -> None:
        """Shows or hides the card and puts it where it covers nothing."""
        canvas = self._canvas
        problem = None if self._folded else self._wanted()
        if problem is not None and problem.block not in canvas.geometry_now.index:
            problem = None
        self.wanted_block = problem.block if problem is not None else ""
        before, self._place = self._place, None
        if problem is not None:
            self._place = self._find(problem, before)
        if self._place is not None:
            self.card.move(self._place.area.topLeft().toPoint())
            self.card.show()
        elif self.shown is not None:
            self.card.hide()
        self.shown = problem if self._place is not None else None
        canvas.update()

    def _find(self, problem: Diagnostic, before: CardPlace | None) -> CardPlace | None:
        """Where it stood beside its block, else beside it, the wider the better, else anywhere in view."""
        canvas, asked = self._canvas, self._asked == _key(problem)
        view, block = QRectF(canvas.rect()), QRectF(canvas.block_rect(problem.block))
        if not view.intersects(block) and not asked:
            return None
        others = parts_in_view(canvas.scene, canvas.view, canvas.size())
        if before is not None and problem == self.shown:
            still = before.beside(block, view, others)
            if still is not None:
                return still
        wires = wires_in_view(canvas.scene, canvas.view, canvas.size())
        apart: tuple[CardPlace, int, bool] | None = None
        for room, short in WHOLE if self.card.is_unfolded else ROOMS:
            self.card.show_problem(problem, min(room, canvas.width() - 2 * EDGE), short=short)
            place = card_place(QSizeF(self.card.size()), block, view, others, wires)
            if place is not None and place.side is not None:
                return place
            apart = apart or (None if place is None else (place, room, short))
        if apart is None and not asked:
            return None
        place, room, short = apart or (None, WHOLE[0][0], not self.card.is_unfolded)
        self.card.show_problem(problem, min(room, canvas.width() - 2 * EDGE), short=short)
        return place or over(QSizeF(self.card.size()), block, view)

    def paint(self, painter: QPainter) -> None:
        """The pointer from the card to its block."""
        if self._place is None or self.shown is None:
            return
        theme = self._canvas.theme
        colour = QColor({"error": theme.error, "warning": theme.warning}.get(self.shown.severity, theme.secondary))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF(self._place.pointer))


def _key(problem: Diagnostic) -> Key:
    """What stays the same of a problem while its words change."""
    return problem.code, problem.block, problem.port, problem.cause
