"""The Influence view: how far back one number of the output looks, by its gradient and by removing steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from engine.graph.values import Json, JsonObject, PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.readings import Influence, Occlusion
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.finite import ODD
from gui.views.heat_plot import cursor_pen, step_cursor
from gui.views.plot_data import Named
from gui.views.sheet import Sheet, fill, side_by_side, titled
from gui.views.step_lines import StepLine, StepLines
from gui.views.telling import joined, named, run_note, waiting_sentence
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Choice, ElidedLabel, Number
from gui.widgets.numbers import short

SUBJECT = "How far back an output looks"
MOST_NAMED = 3
SHARE = 0.01
"""Below this share of the strongest gradient a step counts as forgotten."""
STRONGEST, MOST_UNITS = -1, 1_000_000
AT_END, AT_CLOCK = "at its last real step", "at the clock's step"


class InfluenceView(QWidget):
    """On the left the gradient by every state, on the right by every input step, and what removing a step does."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes, self._theme = session, themes, themes.theme
        self._refs: list[PortRef] = []
        self.ports = Choice()
        self.ports.setAccessibleName("Output that is looked back from")
        self.ports.setToolTip("The port whose number is looked back from")
        self.ports.fit_contents(96)
        self.unit = Number(STRONGEST, MOST_UNITS)
        self.unit.setPrefix("unit ")
        self.unit.setSpecialValueText("strongest unit")
        self.unit.setValue(STRONGEST)
        self.unit.setMinimumWidth(122)
        self.unit.setAccessibleName("Unit of the output")
        self.when = Choice()
        self.when.addItems([AT_END, AT_CLOCK])
        self.when.setAccessibleName("Step of the output")
        self.when.fit_contents(90)
        self.remove = QPushButton("Remove each step")
        self.remove.setToolTip("Runs the sequence without each of its steps: slower, and exact")
        self.states_caption, self.inputs_caption = ElidedLabel(), ElidedLabel()
        self.reading = Reading(session, "influence", self._subject, self)
        self.removing = Reading(session, "occlusion", self._removed, self)
        self._removal: JsonObject | None = None
        contents, self._row = side_by_side()
        self.sheet = Sheet(contents, self.ports, self.unit, self.when, self.remove)
        fill(self, self.sheet)

    def make(self) -> Iterator[None]:
        """One plot, then the other."""
        self.states = StepLines(self._theme, name="Gradient by states over time")
        self._put("By the states", self.states_caption, self.states)
        yield
        self.inputs = StepLines(self._theme, name="Gradient by input steps over time")
        self._put("By the input", self.inputs_caption, self.inputs)
        self._cursors = [step_cursor(plot, self._theme) for plot in (self.states, self.inputs)]
        yield
        self._seen = WhenSeen(self, self._refresh, self._watch)
        self._connect()

    def _put(self, title: str, caption: ElidedLabel, plot: StepLines) -> None:
        caption.setObjectName("secondary")
        self._row.addLayout(titled([QLabel(f"<b>{title}</b>"), caption], plot), 1)

    def _connect(self) -> None:
        session = self._session
        self._seen.follow(session, self.reading.changed, self.removing.changed)
        session.shown.clock_changed.connect(lambda _: self._show_step())
        self._themes.theme_changed.connect(self._set_theme)
        self.ports.activated.connect(self._ask)
        self.unit.valueChanged.connect(self._ask)
        self.when.activated.connect(self._ask)
        self.remove.clicked.connect(self._remove_steps)
        for plot in (self.states, self.inputs):
            plot.follow_span(session.shown)
            plot.box.dragged.connect(lambda place: session.shown.set_clock(step=round(place.x())))
            plot.box.pointed.connect(lambda place, _: session.shown.set_clock(step=round(place.x())))

    # --- what is asked -------------------------------------------------------------------------------------------

    def _watch(self, seen: bool) -> None:  # noqa: FBT001 - as `WhenSeen` says it
        self._offer_ports()
        self.reading.watch(seen=seen)
        self.removing.watch(seen=seen)

    def _ask(self, _: object = None) -> None:
        self._removal = None
        self.reading.ask()
        self.removing.ask()
        self._seen.ask()

    def _subject(self) -> JsonObject | None:
        self._offer_ports()
        at = self.ports.currentIndex()
        if not 0 <= at < len(self._refs):
            return None
        port, clock = self._refs[at], self._session.shown.clock
        step: Json = clock.step if self.when.currentText() == AT_CLOCK else None
        unit: Json = None if self.unit.value() == STRONGEST else self.unit.value()
        return {"block": port.block, "port": port.port, "sequence": clock.sequence, "step": step, "unit": unit}

    def _removed(self) -> JsonObject | None:
        """Steps are removed once it was asked for, of that number alone."""
        subject, found = self._subject(), cast("Influence | None", self.reading.value)
        if self._removal is None or subject != self._removal or found is None or not found.inputs:
            return None
        return {
            **(subject or {}),
            "unit": found.place.unit,
            "step": found.place.step,
            "input": next(iter(found.inputs)),
        }

    def _remove_steps(self) -> None:
        self._removal = self._subject()
        self.removing.ask()

    def _offer_ports(self) -> None:
        """The outputs of the model, then every other port of real numbers, in model order."""
        run = self._session.run
        refs = [] if run is None else [ref for ref, port in run.ports.items() if port.dtype.startswith("float")]
        order = {block: place for place, block in enumerate(self._session.model_order)}
        inputs = {block.id for block in self._session.document.graph.inputs}
        refs = [ref for ref in refs if ref.block in order and ref.block not in inputs]
        refs.sort(key=lambda ref: -order[ref.block])
        if refs == self._refs:
            return
        chosen = self._refs[self.ports.currentIndex()] if 0 <= self.ports.currentIndex() < len(self._refs) else None
        self._refs = refs
        self.ports.clear()
        self.ports.addItems([f"{self._session.document.block(ref.block).name}.{ref.port}" for ref in refs])
        if chosen in refs:
            self.ports.setCurrentIndex(refs.index(chosen))

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> Iterator[None]:
        """One plot, then the other."""
        session = self._session
        waiting = waiting_sentence(session, SUBJECT, "see which steps it depends on")
        if waiting:
            self.sheet.say(waiting)
            return
        self._offer_ports()
        found = cast("Influence | None", self.reading.value)
        self.removing.ask()
        if found is None:
            empty: list[StepLine] = []
            self.states.show_lines(empty, None, logarithmic=True)
            self.inputs.show_lines(empty, None, logarithmic=True)
            self.states_caption.set_whole("")
            self.inputs_caption.set_whole("")
            self.sheet.show_contents(self.reading.missing or "Going back through the model …")
            return
        yield from self._draw(found)

    def _draw(self, found: Influence) -> Iterator[None]:
        palette = self._theme.units
        owners = list(dict.fromkeys(key.rpartition("/")[0] for key in found.states))
        lines = [
            StepLine(
                f"{state} of {named(self._session.document, owner)}",
                _at_real_steps(norms, found.real.get(key)),
                palette[owners.index(owner) % len(palette)],
                Qt.PenStyle.SolidLine if state in ("h", "state_0") else Qt.PenStyle.DashLine,
            )
            for key, norms in found.states.items()
            for owner, _, state in (key.rpartition("/"),)
        ]
        real = next(iter(found.real.values()), None)
        self.states.show_lines(lines, None if real is None else np.asarray(real, bool), logarithmic=True)
        self.states_caption.set_whole(
            "norm of d output / d state, by step" if lines else "no recurrent block above this output"
        )
        yield
        self._draw_inputs(found)
        self.unit.setMaximum(max(found.units - 1, 0))
        self.sheet.show_contents(joined(self._told(found), run_note(self._session)))
        self._show_step()

    def _draw_inputs(self, found: Influence) -> None:
        lines = [
            StepLine(
                named(self._session.document, block),
                _at_real_steps(norms, found.real.get(block)),
                self._theme.units[place % len(self._theme.units)],
            )
            for place, (block, norms) in enumerate(found.inputs.items())
        ]
        removed = cast("Occlusion | None", self.removing.value)
        words = "norm of d output / d input, by step"
        if removed is not None and removed.without is not None:
            without = np.asarray(removed.without, float)
            told = "× |change of the output without the step|"
            if np.isfinite(removed.output):
                changes = np.abs(without - removed.output)
                lines.append(StepLine("without it", changes, self._theme.text, Qt.PenStyle.DotLine, "x"))
            else:
                told = mended_text(without, removed.output)
            words = joined(words, told)
        real = next((found.real[block] for block in found.inputs if block in found.real), None)
        self.inputs.show_lines(lines, None if real is None else np.asarray(real, bool), logarithmic=True)
        self.inputs_caption.set_whole(self.removing.missing or words)

    def _told(self, found: Influence) -> str:
        """Which number, and how far back it looks."""
        port = f"{named(self._session.document, found.place.port.block)}.{found.place.port.port}"
        at = "" if found.place.step is None else f" at step {found.place.step}"
        number = f"{port} unit {found.place.unit}{at} = {short(found.output)}"
        chosen = found.states or found.inputs
        key = next(iter(chosen), "")
        if not key:
            return f"{number} · it depends on no step"
        return joined(number, reach_text(np.asarray(chosen[key], float), found.real.get(key)))

    def data(self) -> list[Named]:
        """The norms by state and by input, and what removing each step gave."""
        found, removed = cast("Influence | None", self.reading.value), cast("Occlusion | None", self.removing.value)
        if found is None:
            return []
        arrays = [
            Named(f"by {key}", (f"step of {key}",), norms) for key, norms in {**found.states, **found.inputs}.items()
        ]
        if removed is not None and removed.without is not None:
            arrays.append(Named("output without the step", (f"step of {removed.input}",), removed.without))
        return arrays

    def _show_step(self) -> None:
        for cursor in self._cursors:
            cursor.setValue(self._session.shown.clock.step)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for plot, cursor in zip((self.states, self.inputs), self._cursors, strict=True):
            plot.set_theme(theme)
            cursor.setPen(cursor_pen(theme))
        self._seen.ask()


def mended_text(without: NDArray[np.floating], output: float) -> str:
    """Without which steps an output that is no number becomes one.

    >>> mended_text(np.array([np.nan, 0.5, np.nan]), float("nan"))
    'the output is NaN: without step 1 it is a number'
    """
    steps = np.flatnonzero(np.isfinite(without)).tolist()
    if not steps:
        return f"the output is {short(output)}, and stays no number whichever step is removed"
    named = ", ".join(map(str, steps[:MOST_NAMED])) + (" …" if len(steps) > MOST_NAMED else "")
    return f"the output is {short(output)}: without step {named} it is a number"


def _at_real_steps(norms: Array, real: Flags | None) -> NDArray[np.floating]:
    """NaN at padding, where nothing has an influence."""
    values = np.asarray(norms, float)
    return values if real is None else np.where(real, values, np.nan)


def reach_text(norms: NDArray[np.floating], real: Flags | None) -> str:
    """How far back the gradient reaches before it is below a hundredth of its strongest.

    >>> reach_text(np.array([0.0001, 0.02, 0.5, 1.0]), None)
    'looks back 3 steps: before step 1 the gradient is below 1 % of its strongest'
    """
    steps = np.arange(len(norms)) if real is None else np.flatnonzero(np.asarray(real, bool))
    if not len(steps):
        return "this sequence has no real step"
    odd = int((~np.isfinite(norms[steps])).sum())
    if odd:
        return (
            f"{ODD} its gradient is NaN or infinite at {odd} of {len(steps)} real step{'' if len(steps) == 1 else 's'}"
        )
    strongest = float(np.max(norms[steps], initial=0.0))
    if strongest == 0:
        return "no step has an influence"
    heard = steps[norms[steps] >= SHARE * strongest]
    first, last = int(heard[0]), int(steps[-1])
    count = int((steps >= first).sum())
    words = f"looks back {count} step{'' if count == 1 else 's'}"
    if first == steps[0]:
        return f"{words}, to the start" if last > first else words
    return f"{words}: before step {first} the gradient is below 1 % of its strongest"
