"""The model as Python, written anew only when something has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.codegen.python import Source
    from gui.session.session import EditorSession


class Written:
    """Remembers what was written last."""

    def __init__(self, session: EditorSession) -> None:
        self._session = session
        self._source: tuple[object, Source] | None = None

    @property
    def source(self) -> Source:
        """The model as Python, with the lines of each block."""
        session = self._session
        key = (session.document.graph, session.document.outputs, session.document.weights, session.analysis)
        if self._source is None or self._source[0] != key:
            broken = {
                problem.block: problem.title
                for problem in reversed(session.analysis.diagnostics)
                if problem.severity == "error" and problem.block
            }
            unknown = {
                block: "a block above cannot be built"
                for block, known in session.analysis.blocks.items()
                if session.analysis.complete and known.outputs is None
            }
            from engine.codegen.python import python_source  # neither before the first paint
            from engine.plan.lower import lower

            plan = lower(session.document, session.catalog)
            broken, weights = {**unknown, **broken}, session.document.weights
            self._source = (key, python_source(plan, session.catalog, broken=broken, weights=weights))
        return self._source[1]
