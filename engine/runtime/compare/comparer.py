"""A kept run beside the run of another document on the same sample: made once, then asked cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.values import Analysis
from engine.catalog.ports import reused_block
from engine.catalog.spec import Catalog
from engine.document.file import encode_document
from engine.document.outputs import model_outputs
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.protocol.comparison import FAINT, FORGOTTEN, ComparedSide, Comparison
from engine.protocol.messages import Array
from engine.protocol.work import Cancelled, Work
from engine.runtime.compare.curves import (
    OddGradientError,
    band_of,
    chosen_units,
    curves_of,
    gradient_shares,
    has_sigmoid_gates,
    odd_sequences,
    reach_of,
    states_of_sequence,
)
from engine.runtime.compare.facts import by_unit, facts_of, parting_of, same_weights
from engine.runtime.compare.sizing import sized_alike
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.influence import Differentiator
from engine.runtime.kept import KEEP_BYTES, KeptRun
from engine.runtime.run_failure import run_failure
from engine.runtime.state_space import state_space_of

SMALL_BYTES = KEEP_BYTES // 8
"""An other side of this size may stay while the model runs again."""


@dataclass(frozen=True)
class Asked:
    """What a run is compared with.

    Attributes:
        document: of the other side.
        key, sequence: of the cell and the sequence that are looked at; another key than both sides have: the first.
        block, units: the argument `units` of this block is chosen so that its parameters are as many; empty: as it is.
    """

    document: Document
    folder: Path | None
    device: str
    training: bool
    key: str
    sequence: int
    block: str = ""
    units: str = ""

    @staticmethod
    def from_body(body: Mapping[str, Any], document: Document, folder: Path | None) -> Asked:
        """Of a request."""
        return Asked(
            document,
            folder,
            body.get("device") or "cpu",
            bool(body.get("training")),
            str(body.get("key") or ""),
            int(body["sequence"]),
            str(body.get("block") or ""),
            str(body.get("units") or ""),
        )

    @property
    def side(self) -> tuple[Any, ...]:
        """What the other run depends on."""
        return (self.document, self.folder, self.device, self.training, self.block, self.units)


class Comparer:
    """Runs the other side with a runner of its own; its run is kept as long as both fit into memory.

    Args:
        analyse: of a document, without a probe run.
        runner: makes a runner for the other side.
    """

    def __init__(
        self, catalog: Catalog, analyse: Callable[[Document, Path | None], Analysis], runner: Callable[[], Runner]
    ) -> None:
        self._catalog, self._analyse, self._make_runner = catalog, analyse, runner
        self._runner: Runner | None = None
        self._made: tuple[Any, KeptRun | str] | None = None
        self._differentiators = (Differentiator(), Differentiator())
        self._shares: dict[tuple[Any, ...], tuple[Array | None, str]] = {}

    def make_room(self) -> None:
        """Before another run: the other side is freed, where it is so large that it might take the run's memory."""
        if self._made is not None and not isinstance(self._made[1], str) and self._made[1].size > SMALL_BYTES:
            self.forget()

    def forget(self) -> None:
        """The other side is freed."""
        self._runner, self._made = None, None
        self._differentiators = (Differentiator(), Differentiator())
        self._shares.clear()

    def compare(self, kept: KeptRun, asked: Asked, work: Work) -> Comparison:
        """The two side by side, or a sentence that says why they cannot stand so.

        Raises:
            Cancelled: a stop was asked for.
        """
        empty = Comparison(kept.result.number, asked.sequence)
        other = self._other(kept, asked, work)
        if isinstance(other, str):
            return replace(empty, missing=other)
        weights = same_weights(kept, other)
        keys = tuple(key for key in kept.states if key in other.states)
        key = asked.key if asked.key in keys else next(iter(keys), "")
        found = replace(
            empty,
            key=key,
            keys=keys,
            this=ComparedSide(whole=kept.result.parameters),
            other=ComparedSide(whole=other.result.parameters),
            equal=facts_of(kept, other, weights),
            parting=parting_of(kept, other, asked.sequence),
            document=encode_document(other.document),
        )
        work.check()
        return self._with_cell(found, kept, other, by_unit=bool(key) and by_unit(kept, other, key, weights), work=work)

    # --- the other side ------------------------------------------------------------------------------------------

    def _other(self, kept: KeptRun, asked: Asked, work: Work) -> KeptRun | str:
        """The run of the other side, the one that is there where it is of this very question."""
        content = (kept.result.number, *asked.side)
        if self._made is None or self._made[0] != content:
            self._made = None
            self._shares.clear()
            self._made = (content, self._run(kept, asked, work))
        return self._made[1]

    def _run(self, kept: KeptRun, asked: Asked, work: Work) -> KeptRun | str:
        document = asked.document
        if asked.units:
            sized = sized_alike(kept.document, document, asked.block, asked.units, self._catalog, self._analyse)
            if isinstance(sized, str):
                return sized
            document = sized
        work.check()
        self._runner = self._runner or self._make_runner()
        room = max(KEEP_BYTES - kept.size, 0)
        options = RunOptions(device=asked.device, folder=asked.folder, training=asked.training, keep_bytes=room)
        analysis = self._analyse(document, asked.folder)
        result = self._runner.run(document, options, analysis, work=work)
        problem = next((one for one in result.diagnostics if one.severity == "error"), None)
        if problem is not None:
            return f"The other side cannot run: {problem.title}."
        if any(one.code == "trace.too_large" for one in result.diagnostics):
            return "The two runs do not fit into memory together: use a smaller batch or fewer timesteps."
        return self._runner.kept(result.number) or "The other side gives nothing that could be compared."

    # --- one cell of both sides ----------------------------------------------------------------------------------

    def _with_cell(self, found: Comparison, kept: KeptRun, other: KeptRun, *, by_unit: bool, work: Work) -> Comparison:
        key = found.key
        if not key:
            return found
        gates = all(has_sigmoid_gates(side.states[key]) for side in (kept, other))
        port = next((p for p in self._outputs(kept) if p in other.seen.values), None)
        sides: list[ComparedSide] = []
        for place, (side, before) in enumerate(((kept, found.this), (other, found.other))):
            work.check()
            shares, missing = self._gradient(place, (kept, other), key, port)
            sides.append(replace(_side(side, before, key, found.sequence, gates=gates), missing=missing))
            if shares is not None:
                band = band_of(np.asarray(shares, np.float64))
                curves = {**sides[-1].curves, "gradient": band}
                reach, near = reach_of(band, FORGOTTEN), reach_of(band, FAINT)
                sides[-1] = replace(sides[-1], curves=curves, reach=reach, near=near)
        return replace(
            found,
            this=sides[0],
            other=sides[1],
            by_unit=by_unit,
            saturation="gates" if gates else "states",
            output=("", "") if port is None else (port.block, port.port),
        )

    def _outputs(self, kept: KeptRun) -> list[PortRef]:
        """The outputs of the model that are real numbers."""
        known = kept.seen.values
        return [p for p in model_outputs(kept.document, self._catalog) if p in known and known[p].dtype.is_floating]

    def _gradient(
        self, place: int, runs: tuple[KeptRun, KeptRun], key: str, port: PortRef | None
    ) -> tuple[Array | None, str]:
        """The gradient of one side, made once; a unit of the output is the same on both sides where it can be."""
        if port is None:
            return None, "The values of this output were not kept, or there is none of real numbers."
        if (place, key) not in self._shares:
            self._shares[place, key] = self._made_gradient(place, runs, key, port)
        return self._shares[place, key]

    def _made_gradient(
        self, place: int, runs: tuple[KeptRun, KeptRun], key: str, port: PortRef
    ) -> tuple[Array | None, str]:
        try:
            units = _units(runs, port, place)
            return gradient_shares(runs[place], key, port, units, self._differentiators[place]), ""
        except Cancelled:
            raise
        except OddGradientError:
            return None, "The gradient is NaN or infinite in every sequence."
        except Exception as error:  # whatever Keras or TensorFlow raises is an answer
            detail = run_failure(runs[place].document, "", error).detail
            return None, f"The gradient cannot be computed: {detail}"


def _units(runs: tuple[KeptRun, KeptRun], port: PortRef, place: int) -> NDArray[np.intp]:
    """The unit of each sequence: the strongest of the kept run, where both sides have as many sequences and units."""
    shapes = [tuple(kept.seen.values[port].shape) for kept in runs]
    alike = shapes[0][0] == shapes[1][0] and shapes[0][-1] == shapes[1][-1] and len(shapes[0]) == len(shapes[1])
    return chosen_units(runs[0 if alike else place], port)[1]


def _side(kept: KeptRun, before: ComparedSide, key: str, sequence: int, *, gates: bool) -> ComparedSide:
    cell = kept.result.traced[key]
    owner = reused_block(kept.document.block(cell.block), kept.document.graph)
    layer = None if owner is None else kept.model.assembled.layers.get(owner.id)
    space = state_space_of(kept, key, cell.main.name, None)
    shown = 0 <= sequence < len(kept.states[key].valid)
    return replace(
        before,
        kind=cell.kind,
        units=cell.main.count,
        parameters=0 if layer is None else layer.count_params(),
        trained="" if owner is None else kept.result.weights.get(owner.id, ""),
        explained=space.explained,
        curves=curves_of(kept, key, gates=gates),
        points=space.points,
        no_paths=space.missing,
        odd=odd_sequences(kept, key),
        states=states_of_sequence(kept, key, sequence) if shown else None,
    )
