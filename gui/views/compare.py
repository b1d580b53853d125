"""The Compare view: the run that is shown beside a variant of its model, or beside a run that was pinned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from engine.protocol.comparison import Comparison, Measure
from engine.protocol.messages import Array
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.bands import BandLines
from gui.views.compare_units import UnitDifference
from gui.views.compare_words import equal_text, forgetting_text, odd_words, parting_text
from gui.views.plane import Plane
from gui.views.plot_data import Named
from gui.views.real_steps import RealSteps
from gui.views.run_looks import Side, run_colour
from gui.views.sheet import GAP, Sheet, fill, titled
from gui.views.telling import joined, named, run_note, waiting_sentence
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Choice, ElidedLabel

SUBJECT = "Comparisons"
NOTHING = (
    "Compare this run with another: choose “Compare with” in a block's menu (right click), "
    "or pin it (Run > Pin this run) and edit the model."
)
MEASURES: tuple[tuple[Measure, str, str], ...] = (
    ("norm", "norm of h", "by real step"),
    ("change", "mean |Δh|", "by real step"),
    ("saturated", "saturated share", ""),
)
SATURATED = {"gates": "of gates below 0.05 or above 0.95", "states": "of units with |h| above 0.95"}
NO_GRADIENT = "no step has a gradient of numbers other than 0"
NO_STEPS = "no sequence has a real step of numbers"
PLANES, UNITS = 0, 1


class CompareView(QWidget):
    """In words who forgets sooner and what is equal; medians with bands; units beside units, or two planes."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes, self._theme = session, themes, themes.theme
        self._comparing = session.comparing
        self._keys: tuple[str, ...] = ()
        self.cells, self.measure = Choice(), Choice()
        self.cells.setAccessibleName("Compared block")
        self.cells.setMinimumWidth(96)
        self.measure.addItems([name for _, name, _ in MEASURES])
        self.measure.setAccessibleName("What is compared step by step")
        self.measure.setMinimumWidth(110)
        self.keep, self.stop = QPushButton("Keep it"), QPushButton("Stop comparing")
        for button in (self.keep, self.stop):
            button.setAccessibleName(button.text())
        self.keep.setToolTip("Puts the other side's model in the place of this one, as one undo step")
        self.stop.setToolTip("The document is as it was all the time")
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.equal = ElidedLabel()
        self.equal.setObjectName("secondary")
        self.gradient_caption, self.measure_caption = ElidedLabel(), ElidedLabel()
        self.plane_captions: dict[Side, ElidedLabel] = {"this": ElidedLabel(), "other": ElidedLabel()}
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        told = QHBoxLayout()
        told.setSpacing(2 * GAP)
        told.addWidget(self.legend)
        told.addWidget(self.equal, 1)
        column.addLayout(told)
        self._row = QHBoxLayout()
        self._row.setSpacing(12)
        column.addLayout(self._row, 1)
        self.sheet = Sheet(contents, self.cells, self.keep, self.stop)
        fill(self, self.sheet)

    def make(self) -> Iterator[None]:
        """One plot after the other, from the left."""
        self.gradient = BandLines(self._theme, name="Gradient by steps back, of both runs")
        self._row.addLayout(titled([QLabel("<b>Gradient</b>"), self.gradient_caption], self.gradient), 1)
        yield
        self.steps = BandLines(self._theme, name="A measure of the states by real step, of both runs")
        self._row.addLayout(titled([self.measure, self.measure_caption], self.steps), 1)
        yield
        self.pages = QStackedWidget()
        self._row.addWidget(self.pages, 2)
        both, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        both.setLayout(row)
        self.planes: dict[Side, Plane] = {}
        for side, caption in self.plane_captions.items():
            self.planes[side] = Plane(self._theme, side)
            row.addLayout(titled([QLabel("<b>States</b>"), caption], self.planes[side]), 1)
            yield
        self.pages.addWidget(both)
        self.units = UnitDifference(self._session, self._theme)
        yield from self.units.make()
        self.pages.addWidget(self.units)
        for caption in (self.gradient_caption, self.measure_caption, *self.plane_captions.values()):
            caption.setObjectName("secondary")
        self._seen = WhenSeen(self, self._refresh, lambda seen: self._comparing.reading.watch(seen=seen))
        self._connect()

    def _connect(self) -> None:
        session = self._session
        for signal in (
            self._comparing.changed, session.run_changed, session.run_state_changed, session.document_changed,
        ):  # fmt: skip
            signal.connect(self._seen.ask)
        for signal in (session.shown.clock_changed, session.shown.span_changed):
            signal.connect(lambda _: self._show_step())
        RealSteps(session, "back", self.gradient, self)
        RealSteps(session, "read", self.steps, self)
        for plot in (self.units.plot, self.units.lines):
            RealSteps(session, "time", plot, self)
        self._themes.theme_changed.connect(self._set_theme)
        self.cells.activated.connect(self._choose_cell)
        self.measure.activated.connect(self._seen.ask)
        self.keep.clicked.connect(self._comparing.keep)
        self.stop.clicked.connect(self._comparing.dismiss)

    def _choose_cell(self, at: int) -> None:
        self._session.shown.choose_trace(self._keys[at])
        self._comparing.reading.ask()

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> Iterator[None]:
        """Words first, then plot by plot."""
        session, comparing = self._session, self._comparing
        waiting = waiting_sentence(session, SUBJECT, "compare it with a variant")
        found = comparing.found
        if waiting or comparing.choice is None:
            self.sheet.say(waiting or NOTHING)
            return
        if found is None:
            self.sheet.say(comparing.missing or f"Running the other side … {comparing.title}")
            return
        self._tell(found)
        yield
        yield from self._draw(found)

    def _tell(self, found: Comparison) -> None:
        session, other = self._session, self._comparing.other
        document, name = self._comparing.ran, other.name if other is not None else ""
        self._offer_cells(found)
        self.sheet.show_contents(joined(forgetting_text(found, document, name), odd_words(found), run_note(session)))
        first, second = (run_colour(self._theme, side) for side in ("this", "other"))
        this = named(document, found.key) if found.key else "this run"
        self.legend.setText(
            f'<span style="color:{first}">━━ {this}</span> &nbsp; <span style="color:{second}">╍╍ {name}</span>'
        )
        self.legend.setToolTip(self._comparing.title)
        alike = all(fact.same for fact in found.equal if fact.what == "weights")
        parted = parting_text(found.parting, document, found.sequence, comparable=alike)
        self.equal.set_whole(joined(parted, equal_text(found)))

    def _offer_cells(self, found: Comparison) -> None:
        if found.keys != self._keys:
            self._keys = found.keys
            self.cells.clear()
            self.cells.addItems([named(self._comparing.ran, key) for key in found.keys])
        self.cells.setVisible(len(found.keys) > 1)
        if found.key in found.keys:
            self.cells.setCurrentIndex(found.keys.index(found.key))

    def _draw(self, found: Comparison) -> Iterator[None]:
        self.gradient.show_bands(self._theme, _curves(found, "gradient"), logarithmic=True)
        words = "as a share of its strongest, by steps back · median, 10-90 % of the sequences"
        self.gradient_caption.set_whole(words if self.gradient.has_numbers else NO_GRADIENT)
        yield
        measure, _, words = MEASURES[max(self.measure.currentIndex(), 0)]
        self.steps.show_bands(self._theme, _curves(found, measure), logarithmic=False)
        told = words or f"{SATURATED[found.saturation]}, by real step"
        self.measure_caption.set_whole(told if self.steps.has_numbers else NO_STEPS)
        yield
        if found.by_unit and found.this.states is not None and found.other.states is not None:
            self.pages.setCurrentIndex(UNITS)
            other = self._comparing.other
            yield from self.units.show_states(self._theme, found, other.name if other is not None else "")
            return
        self.pages.setCurrentIndex(PLANES)
        for side, plane in self.planes.items():
            mine = found.this if side == "this" else found.other
            shown = self._session.shown
            plane.show_paths(self._theme, mine.points, shown.clock, shown.span)
            first, second = mine.explained
            told = mine.no_paths or f"{first:.0%} and {second:.0%} of its variance"
            told = joined(
                told, "" if plane.has_path or mine.no_paths else f"no step of sequence {shown.clock.sequence}"
            )
            self.plane_captions[side].set_whole(f"{mine.kind}: {told}")
            yield

    def data(self) -> list[Named]:
        """Medians and bands, paths, and the states of the shown sequence, of both sides."""
        found = self._comparing.found
        arrays: list[Named] = []
        for name, side in () if found is None else (("this", found.this), ("other", found.other)):
            for measure, curve in side.curves.items():
                step = "steps back" if measure == "gradient" else "real step"
                arrays.append(Named(f"{name} {measure}", ("10 %, median, 90 %", step), curve))
            if side.points is not None:
                arrays.append(Named(f"{name} paths", ("sequence", "step", "direction"), side.points))
            if side.states is not None:
                arrays.append(Named(f"{name} h", ("real step", "unit"), side.states))
        return arrays

    def _show_step(self) -> None:
        if self.isVisible() and self.pages.currentIndex() == PLANES:
            shown = self._session.shown
            for plane in self.planes.values():
                plane.show_step(self._theme, shown.clock, shown.span)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for plot in (self.gradient, self.steps, *self.planes.values(), self.units):
            plot.set_theme(theme)
        self._seen.ask()


def _curves(found: Comparison, measure: Measure) -> dict[Side, Array]:
    sides: dict[Side, Array | None] = {
        "this": found.this.curves.get(measure),
        "other": found.other.curves.get(measure),
    }
    return {side: np.asarray(curve) for side, curve in sides.items() if curve is not None}
