"""What of the run is looked at: one clock, the states of one block, the values of one port, small previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.graph.values import PortRef
from gui.session.clock import Clock, Span

if TYPE_CHECKING:
    from engine.analysis.values import Diagnostic
    from engine.protocol.results import PortValues, Preview, RunResult, Trace
    from gui.session.session import EditorSession

UNTRACED = "trace.none"
MOST_UNITS = 32
"""Of a trace that is too large to be looked at whole, so many units that somebody looked at last are kept at hand."""


class Shown(QObject):
    """The clock of all views, and what the worker was asked for under it; answers that come too late are dropped.

    Attributes:
        span: the range of steps that somebody chose, None: nobody did.
        trace: states of one sequence of the cell `trace_key` (`b3`, `b3/forward`, `b3/0`).
        values: values of one sequence at `values_port`.
        previews: small images of states, by traced key.
        unit: of that cell, the last that somebody chose; None: nobody did.
    """

    trace_changed = Signal(object)
    previews_changed = Signal(object)
    values_changed = Signal(object)
    clock_changed = Signal(object)
    span_changed = Signal(object)
    unit_changed = Signal(object)
    values_wanted = Signal()
    """Somebody wants to see the values that are chosen."""
    answered = Signal(str, object, object)
    """An answer to a `Reading`: verb, the request's body, the value or a sentence in its place."""
    answers_forgotten = Signal()

    def __init__(self, session: EditorSession) -> None:
        super().__init__(session)
        self._session = session
        self.clock = Clock()
        self.span: Span | None = None
        self.trace: Trace | None = None
        self.trace_key = ""
        self.unit: int | None = None
        self._units: tuple[int, ...] = ()
        self.previews: Mapping[str, Preview] = {}
        self.values: PortValues | None = None
        self.values_port: PortRef | None = None
        self._values_seen = False
        self._values_run: RunResult | None = None

    def clear(self) -> None:
        """Another document: nothing is shown of it yet."""
        self.trace, self.trace_key, self.previews = None, "", {}
        self.values, self.values_port = None, None
        self.clock = Clock()
        self.choose_span(None)

    def forget_answers(self) -> None:
        """The worker was replaced: what it had answered is asked anew."""
        self.trace, self.values = None, None
        self.answers_forgotten.emit()

    def follow_run(self) -> None:
        """Asks for what is looked at in the run that is there now."""
        self.set_clock(sequence=self.clock.sequence, step=self.clock.step)
        self._choose_trace()
        if not self.trace_key:  # else the trace that comes says how many steps there are
            self.choose_span(self.span)
        self._ask_previews()
        self._choose_values()

    def follow_selection(self) -> None:
        """Another block is selected: its states and values are shown where it has some."""
        self._choose_trace()
        self._choose_values()

    def set_clock(self, *, sequence: int | None = None, step: int | None = None, steps: int = 0) -> None:
        """Moves the one clock of all views; `steps`: how many there are where more than those of the trace are seen."""
        before = self.clock
        self.clock = Clock(
            before.sequence if sequence is None else max(0, min(sequence, self.num_sequences - 1)),
            before.step if step is None else max(0, min(step, max(steps, self.num_steps) - 1)),
        )
        if self.clock == before:
            return
        self.clock_changed.emit(self.clock)
        if self.clock.sequence != before.sequence:
            self._ask_trace()
            self._ask_previews()
            self._ask_values()

    def choose_span(self, span: Span | None) -> None:
        """Chooses a range of steps for all views, or none; what lies beyond the steps of the run is left out."""
        span = None if span is None else span.within(self.num_steps)
        if span != self.span:
            self.span = span
            self.span_changed.emit(span)

    def extend_span(self, steps: int) -> None:
        """Moves the clock, and with it the end of the range it stands at; from elsewhere a new range begins."""
        if self._session.run is None:
            return
        start, span = self.clock.step, self.span
        if span is not None and start in (span.first, span.last):
            start = span.last if start == span.first else span.first
        self.set_clock(step=self.clock.step + steps)
        self.choose_span(Span.between(start, self.clock.step))

    @property
    def num_sequences(self) -> int:
        """Of the run that is shown, 1 without one."""
        return max((fed.shape[0] for fed in self._session.run.inputs.values()), default=1) if self._session.run else 1

    @property
    def num_steps(self) -> int:
        """Of the trace that is shown, else the longest input of the run, 1 without one."""
        if self.trace is not None:
            return len(self.trace.valid)
        lengths = (
            (fed.shape[1] for fed in self._session.run.inputs.values() if len(fed.shape) > 1)
            if self._session.run
            else ()
        )
        return max(lengths, default=1)

    def show_trace(self, trace: Trace) -> None:
        """States of a sequence from the worker; of another block or sequence by now: dropped."""
        if self._session.run is None or trace.run != self._session.run.number:
            return
        if (trace.key, trace.sequence) != (self.trace_key, self.clock.sequence):
            return
        self.trace = trace
        self.choose_span(self.span)
        self.trace_changed.emit(trace)
        self.set_clock(step=self.clock.step)

    def show_previews(self, run: int, sequence: int, previews: Mapping[str, Preview]) -> None:
        """What blocks show of their states; of another run or sequence by now: dropped."""
        if self._session.run is not None and (run, sequence) == (self._session.run.number, self.clock.sequence):
            self.previews = previews
            self.previews_changed.emit(previews)

    def _ask_previews(self) -> None:
        if self._session.worker is not None and self._session.run is not None and self._session.run.traced:
            self._session.worker.previews(self._session.run.number, self.clock.sequence)
        elif self.previews:
            self.previews = {}
            self.previews_changed.emit(self.previews)

    def choose_trace(self, key: str) -> None:
        """Shows the states of one cell of a block (`b3`, `b3/forward`, `b3/0`)."""
        if key != self.trace_key:
            self.trace_key = key
            self.unit, self._units = None, ()
            self._ask_trace()

    def want_units(self, units: Sequence[int]) -> None:
        """Asks for the numbers of units that are not among those of a large trace; those wanted before are kept."""
        missing = [unit for unit in units if self.trace is not None and not self.trace.has(unit)]
        if not set(missing) <= set(self._units):  # else they are on their way
            self._units = tuple(dict.fromkeys((*missing, *self._units)))[:MOST_UNITS]
            self._ask_trace()

    def choose_unit(self, unit: int) -> None:
        """Looks at one unit of the cell."""
        if unit != self.unit:
            self.unit = unit
            self.unit_changed.emit(unit)

    def _choose_trace(self) -> None:
        """The states of the selected block; where it has none, those shown before, else the first block's.

        Of a recurrent block that cannot be traced nothing is shown: the view says why.
        """
        traced, before = tuple(self._session.run.traced) if self._session.run is not None else (), self.trace_key
        own = [key for key in traced if key.split("/")[0] == self._session.selection.block]
        if self.untraced is not None:
            self.trace_key = ""
        elif own and self.trace_key not in own:
            self.trace_key = own[0]
        elif self.trace_key not in traced:
            self.trace_key = traced[0] if traced else ""
        self.unit, self._units = (self.unit, self._units) if self.trace_key == before else (None, ())
        if self.trace is None or self.trace.key != self.trace_key:
            self._ask_trace()

    @property
    def untraced(self) -> Diagnostic | None:
        """Why the selected block's states cannot be shown, where it has some and they cannot."""
        problems = self._session.run.diagnostics if self._session.run is not None else ()
        block = self._session.selection.block
        return next((known for known in problems if known.code == UNTRACED and known.block == block), None)

    def _ask_trace(self) -> None:
        if self._session.worker is not None and self._session.run is not None and self.trace_key:
            self._session.worker.trace(self._session.run.number, self.trace_key, self.clock.sequence, self._units)
        elif not self.trace_key and self.trace is not None:
            self.trace = None
            self.trace_changed.emit(None)

    def watch_values(self, *, seen: bool) -> None:
        """Values of a port are asked for only while somebody looks at them."""
        self._values_seen = seen
        self._ask_values()

    def choose_port(self, port: PortRef) -> None:
        """Shows the values of this output port, until another block is selected."""
        if port != self.values_port:
            self.values_port = port
            self._ask_values()

    def look_at(self, port: PortRef, sequence: int | None, step: int | None) -> None:
        """Shows the values of a port at a sequence and a step, None: where the clock is; its block is selected."""
        self._session.select([port.block])
        self.choose_port(port)
        run = self._session.run
        steps = 0 if run is None or step is None else run.ports[port].shape[1]
        self.set_clock(sequence=sequence, step=step, steps=steps)
        self.values_wanted.emit()

    def _choose_values(self) -> None:
        """The first port of the selected block; where it has none in the run, the port shown before, else the first."""
        ports = tuple(self._session.run.ports) if self._session.run is not None else ()
        own = [port for port in ports if port.block == self._session.selection.block]
        if own and self.values_port not in own:
            self.values_port = own[0]
        elif self.values_port not in ports:
            self.values_port = ports[0] if ports else None
        self._ask_values()

    def _ask_values(self) -> None:
        """Asks unless what is there is already what is wanted."""
        run, port = self._session.run, self.values_port
        if not self._values_seen or self._session.worker is None or run is None or port is None:
            return
        values = self.values if self._values_run is run else None  # another worker counts its runs from 1 again
        if values is None or (values.port, values.sequence) != (port, self.clock.sequence):
            self._session.worker.values(run.number, port, self.clock.sequence)

    def show_values(self, values: PortValues) -> None:
        """Values from the worker; of another run, port or sequence by now: dropped."""
        wanted = (
            self._session.run.number if self._session.run is not None else 0,
            self.values_port,
            self.clock.sequence,
        )
        if (values.run, values.port, values.sequence) == wanted:
            self.values, self._values_run = values, self._session.run
            self.values_changed.emit(values)
