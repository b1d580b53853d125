"""The array values of a run: what leaves runtime, what the window and the command line read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.analysis.values import Diagnostic
from engine.graph.values import PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.port_facts import PortFacts
from engine.protocol.traced import TracedCell


@dataclass(frozen=True)
class PortResult:
    """What a run gave at one output port.

    Attributes:
        shape: of the tensor, all sizes known.
        dtype: of the tensor.
        mask: (B, T) bool where a mask of rank 2 leaves the port, else None.
        mask_shape: of the mask, whatever its rank; None: no mask leaves.
        valid_lengths: number of valid steps of each sequence, where there is a mask of rank 2.
        facts: what its numbers are like; None: they are no real numbers.
    """

    shape: tuple[int, ...]
    dtype: str
    mask: Flags | None = None
    mask_shape: tuple[int, ...] | None = None
    valid_lengths: tuple[int, ...] | None = None
    facts: PortFacts | None = None


@dataclass(frozen=True)
class SampleResult:
    """What was fed to one Input.

    Attributes:
        shape: of the fed array, (B, T, …).
        valid: (B, T) bool: the real steps of each sequence, whether or not the model masks the others; None where the
            input has no time axis.
        labels: what each sequence is, in words; empty: nothing says it.
    """

    shape: tuple[int, ...]
    dtype: str
    valid: Flags | None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunResult:
    """One forward pass.

    Attributes:
        number: of the run in this worker's life; asked for in `trace`.
        revision: of the document that was run.
        device: where it ran, such as `cpu` or `gpu:0`.
        ms: of the warm pass.
        block_ms: of each block's call in it, by block id, where it can be told apart.
        seed: of weights and data.
        inputs: what was fed, by the Input's block id.
        ports: by output port.
        traced: the recurrent cells that have states to look at, by key: `b3`, `b3/forward`, `b3/0`.
        attended: ids of the blocks that have attention scores to look at.
        parameters: of the model.
        diagnostics: as of the analysis, with those that only the run showed.
        weights: by the id of each block whose weights come from a file, what the file calls its layer.
        training: it was made as in training: dropout dropped, normalization used the batch's own statistics.
    """

    number: int
    revision: int
    device: str
    ms: float | None
    seed: int
    inputs: Mapping[str, SampleResult] = field(default_factory=dict[str, SampleResult])
    ports: Mapping[PortRef, PortResult] = field(default_factory=dict[PortRef, PortResult])
    traced: Mapping[str, TracedCell] = field(default_factory=dict[str, TracedCell])
    parameters: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    block_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    weights: Mapping[str, str] = field(default_factory=dict[str, str])
    training: bool = False
    attended: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """No diagnostic is an error."""
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)

    @cached_property
    def notable(self) -> tuple[PortRef, ...]:
        """The ports with NaN, infinity, saturated values or units that are always 0."""
        known = ((port, result.facts) for port, result in self.ports.items())
        return tuple(port for port, facts in known if facts is not None and facts.is_notable)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each sequence is, by the first Input whose sample says it; empty: none does."""
        return next((fed.labels for fed in self.inputs.values() if fed.labels), ())


@dataclass(frozen=True)
class Trace:
    """The states and gates of one recurrent cell for one sequence, or a stretch of it, in the order of the input's time.

    Attributes:
        cell: whose they are, and what the unit axes of each signal are.
        sequence: which one of the batch, from 0.
        valid: (T,) bool: the steps that are valid under the mask that arrived; all True without one.
        real: (T,) bool: the steps that the sample says are real, whether or not anything masks the others.
        leaves: (T,) bool: the steps that form the block's output.
        arrays: by the name of the signal, (T, *units): states after each step, held through padding; gates, NaN at
            masked steps.
        initial: by the name of the state, (*units): what entered, the first step that is read starts from it.
        backwards: the last step is read first.
        first: the step of the sequence that the arrays and flags begin with.
        chosen: which units the last axis has, of all axes in one; None: all, on their own axes.
        changes: (T,) bool: the steps at which any of the states changes; None: not known.
    """

    run: int
    cell: TracedCell
    sequence: int
    valid: Flags
    real: Flags
    leaves: Flags
    arrays: Mapping[str, Array]
    initial: Mapping[str, Array] = field(default_factory=dict[str, Array])
    backwards: bool = False
    first: int = 0
    chosen: tuple[int, ...] | None = None
    changes: Flags | None = None

    @property
    def key(self) -> str:
        """`b3`, `b3/forward`, `b3/0`."""
        return self.cell.key

    def units(self, name: str) -> Array:
        """(T, units) a signal with all its unit axes in one."""
        return self.arrays[name].reshape(len(self.valid), -1)

    def has(self, unit: int) -> bool:
        """Its numbers are there: it may not be among those that were chosen."""
        return self.chosen is None or unit in self.chosen

    def place(self, unit: int) -> int:
        """Where a unit stands on the last axis."""
        return unit if self.chosen is None else self.chosen.index(unit)

    def of_unit(self, name: str, unit: int) -> Array:
        """(T,) a signal of one unit that is there, counted through all unit axes."""
        return self.units(name)[:, self.place(unit)]

    @property
    def first_read(self) -> int:
        """The step that is read first."""
        return len(self.valid) - 1 if self.backwards else 0

    def before(self, name: str) -> Array:
        """(T, *units) the state that each step starts from."""
        import numpy as np  # whoever made the arrays has it; the window does not start with it

        after, first = self.arrays[name], self.initial[name][None]
        return np.concatenate([after[1:], first] if self.backwards else [first, after[:-1]])


@dataclass(frozen=True)
class Preview:
    """The hidden (or first) state of one recurrent cell for one sequence, small enough to be drawn in its block.

    Attributes:
        key: `b3`, `b3/forward`, `b3/0`.
        image: (rows, columns) uint8: 126 is 0, 0 and 252 the strongest negative and positive value of the sequence,
            255 nothing; units that share a row and steps that share a column show the strongest of them.
        valid, real, leaves: (T,) bool, as of a `Trace`.
    """

    key: str
    image: Array
    valid: Flags
    real: Flags
    leaves: Flags


@dataclass(frozen=True)
class Statistics:
    """What the values of one sequence are like, over its valid steps.

    Attributes:
        count: of values; low, high, mean and std are over those that are finite, None where there is none.
        nan, infinite, zeros: how many values are so.
        saturated: how many are near a bound of their activation; None: it has not two bounds.
    """

    count: int
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    nan: int
    infinite: int
    zeros: int
    saturated: int | None = None


@dataclass(frozen=True)
class PortValues:
    """The values of one sequence at one output port.

    Attributes:
        sequence: which one of the batch, from 0.
        values: (T, …), or (…) without a time axis; None: `missing` says in a sentence why they cannot be shown.
        valid: (T,) bool: the steps that are valid under the port's mask, all True without one; None: no time axis.
        real: (T,) bool: the steps that the sample says are real, whether or not anything masks the others.
        statistics: over the steps that are valid and real; kept also where the values are too many to be shown.
        labels: the tokens at the steps, empty at padding; (): the steps have numbers alone.
    """

    run: int
    port: PortRef
    sequence: int
    values: Array | None = None
    valid: Flags | None = None
    real: Flags | None = None
    statistics: Statistics | None = None
    missing: str = ""
    labels: tuple[str, ...] = ()
