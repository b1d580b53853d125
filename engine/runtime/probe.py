"""The probe run: a few sequences through the real functional model, so that errors which only data show are found.

It also says what masks really leave each port: the run is the truth where graph and run disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Catalog
from engine.document.sample import DEFAULT_TIMESTEPS, max_length, read_sample
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, Assembler, AssemblyError
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen, forward, watched
from engine.runtime.graph_call import GraphCalls
from engine.runtime.sample import Overrides, SampleError, draw_sample

FEW = 2
WHOLE_STEPS = 4096
"""A sample of so many steps is probed whole, of a larger one two sequences."""


@dataclass(frozen=True)
class Probed:
    """What the probe run showed.

    Attributes:
        seen: values and masks by port; None: nothing was run.
        fed: what was fed, by the id of the Input.
        failed, error: the block that failed, and what it raised.
        sample: what is wrong with the sample.
    """

    seen: Seen | None = None
    fed: Mapping[str, Fed] = field(default_factory=dict[str, Fed])
    model: AssembledModel | None = None
    failed: str = ""
    error: Exception | None = None
    sample: Diagnostic | None = None

    @property
    def masked(self) -> frozenset[PortRef]:
        """The ports that carry a mask."""
        return frozenset(self.seen.masks) if self.seen is not None else frozenset()

    @property
    def reached(self) -> frozenset[PortRef]:
        """The ports that were reached."""
        return frozenset(self.seen.values) if self.seen is not None else frozenset()


class Prober:
    """Makes probe runs; keeps layers between them.

    Args:
        calls: the graph functions of recurrent layers, shared with whoever else runs models.
    """

    def __init__(self, catalog: Catalog, calls: GraphCalls) -> None:
        self._catalog = catalog
        self._assembler = Assembler(catalog)
        self._calls = calls

    def probe(self, document: Document, folder: Path | None, work: Work) -> Probed:
        """Runs a document that builds.

        Raises:
            Cancelled: a stop was asked for.
        """
        plan = lower(document, self._catalog)
        if not plan.outputs or not plan.inputs:
            return Probed()
        try:
            fed = _few(draw_sample(document, folder, Overrides(batch=_batch(document))))
            assembled = self._assembler.assemble(plan, document.seed)
        except SampleError as error:
            return Probed(sample=error.diagnostic)
        except AssemblyError as error:
            return Probed(failed=error.block, error=error)
        seen = forward(watched(assembled, self._calls), {block: f.values for block, f in fed.items()}, work)
        return Probed(seen, fed, assembled, seen.failed, seen.error)

    def call(self, layer: Any, values: Any) -> Any:
        """What a layer gives for one tensor, on the way that probe runs take."""
        from engine.runtime.graph_call import has_loop

        return self._calls.call(layer, (values,), {})[0] if has_loop(layer) else layer(values)


def _batch(document: Document) -> int | None:
    """Two sequences where the whole sample is large; None: all of it."""
    sample = read_sample(document)
    steps = max((entry.timesteps or max_length(entry.lengths) for entry in sample.inputs.values()), default=0)
    return FEW if sample.batch * (steps or DEFAULT_TIMESTEPS) > WHOLE_STEPS else None


def _few(fed: dict[str, Fed]) -> dict[str, Fed]:
    """A file's size shows when it is read: of a large one two sequences are taken."""
    if all(
        given.values.ndim < 2 or given.values.shape[0] * given.values.shape[1] <= WHOLE_STEPS for given in fed.values()
    ):
        return fed
    return {
        block: replace(given, values=given.values[:FEW], valid=None if given.valid is None else given.valid[:FEW])
        for block, given in fed.items()
    }
