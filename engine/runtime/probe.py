"""The probe run: two sequences through the real functional model, so that errors which only data show are found.

It also says what masks really leave each port: the run is the truth where graph and run disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime.assemble import Assembler, AssemblyError
from engine.runtime.forward import forward, watched
from engine.runtime.graph_call import GraphCalls
from engine.runtime.run_failure import run_failure
from engine.runtime.sample import Overrides, SampleError, draw_sample

BATCH = 2


@dataclass(frozen=True)
class Probed:
    """What the probe run showed: ports that carry a mask, ports that were reached, and what broke."""

    masked: frozenset[PortRef] = frozenset()
    reached: frozenset[PortRef] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


class Prober:
    """Makes probe runs; keeps layers between them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._assembler = Assembler(catalog)
        self._calls = GraphCalls()

    def probe(self, document: Document, folder: Path | None, work: Work) -> Probed:
        """Runs a document that builds.

        Raises:
            Cancelled: a stop was asked for.
        """
        plan = lower(document, self._catalog)
        if not plan.outputs or not plan.inputs:
            return Probed()
        try:
            fed = draw_sample(document, folder, Overrides(batch=BATCH))
            assembled = self._assembler.assemble(plan, document.seed)
        except SampleError as error:
            return Probed(diagnostics=(error.diagnostic,))
        except AssemblyError as error:
            return Probed(diagnostics=(run_failure(document, error.block, error),))
        seen = forward(watched(assembled, self._calls), {block: f.values for block, f in fed.items()}, work)
        found = () if seen.error is None else (run_failure(document, seen.failed, seen.error),)
        return Probed(frozenset(seen.masks), frozenset(seen.values), found)
