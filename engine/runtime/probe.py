"""The probe run: a few sequences through the real functional model, so that errors which only data show are found.

It also says what masks really leave each port: the run is the truth where graph and run disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Catalog
from engine.document.sample import DEFAULT_TIMESTEPS, max_length, read_sample
from engine.document.values import Document
from engine.graph.values import Block, PortRef
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, Assembler, AssemblyError
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen, forward, watched
from engine.runtime.graph_call import GraphCalls, has_loop
from engine.runtime.infer import NEVER_ENDS, content_key
from engine.runtime.sample import Overrides, SampleError, draw_sample
from engine.runtime.weights.file import weights_path

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
        sample: what is wrong with the sample or the file of weights.
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


class _Refused(RuntimeError):  # noqa: N818 - a refusal is what it is
    def __init__(self, block: str) -> None:
        super().__init__(NEVER_ENDS)
        self.block = block


def run_name(block: Block, sizes: Mapping[str, tuple[int, ...]]) -> str:
    """A short name of a block's run over inputs of these sizes, the same in every process."""
    content = repr((block.type, content_key(block.arguments), sorted(sizes.items())))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class Prober:
    """Makes probe runs; keeps layers between them.

    Args:
        calls: the graph functions of recurrent layers, shared with whoever else runs models.

    Attributes:
        refused: runs of blocks (`run_name`) in which a worker hung or died: they are not made again.
        asking: the name of the block's run that is being made; may be read from another thread.
    """

    def __init__(self, catalog: Catalog, calls: GraphCalls) -> None:
        self._catalog = catalog
        self._assembler = Assembler(catalog)
        self._calls = calls
        self.refused: frozenset[str] = frozenset()
        self.asking = ""

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
            assembled = self._assembler.assemble(plan, document.seed, weights=weights_path(document, folder))
        except SampleError as error:
            return Probed(sample=error.diagnostic)
        except AssemblyError as error:
            return Probed(failed=error.block, error=error)
        feeds = {block: f.values for block, f in fed.items()}
        try:
            seen = forward(watched(assembled, self._calls), feeds, self._watching(document, fed, work))
        except _Refused as refused:
            return Probed(None, fed, assembled, refused.block, refused)
        finally:
            self.asking = ""
        return Probed(seen, fed, assembled, seen.failed, seen.error)

    def _watching(self, document: Document, fed: Mapping[str, Fed], work: Work) -> Work:
        """The work, with the block that is run remembered by name, and stopped before one in which a worker hung."""
        sizes = {block: given.values.shape for block, given in fed.items()}

        def progress(fraction: float | None, block_id: str) -> None:
            block = document.graph.by_id.get(block_id)
            self.asking = run_name(block, sizes) if block is not None else ""
            if self.asking in self.refused:
                raise _Refused(block_id)
            work.progress(fraction, block_id)

        return Work(progress, work.cancelled)

    def call(self, layer: Any, values: Any) -> Any:
        """What a layer gives for one tensor, on the way that probe runs take."""
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
