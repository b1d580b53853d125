"""What the session asks of the bridge to the worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.analysis.values import TensorSpec
    from engine.document.edits import Edit
    from engine.document.values import Document
    from engine.graph.values import JsonObject, PortRef
    from engine.protocol.messages import Verb


class Worker(Protocol):
    """What the session asks of the bridge to the worker."""

    def analyse(self, document: Document, revision: int, folder: Path | None, *, keep: bool) -> None:
        """Asks for an analysis, to be kept for later sessions or not; the newest wins."""
        ...

    def run(self, document: Document, revision: int, folder: Path | None, device: str, *, training: bool) -> None:
        """Asks for a run, as in training or not; the newest wins."""
        ...

    def trace(self, run: int, key: str, sequence: int, units: Sequence[int]) -> None:
        """Asks for the states of one sequence of the last run; where they are many, of its strongest units and these."""
        ...

    def previews(self, run: int, sequence: int) -> None:
        """Asks for small images of every block's states for one sequence of the last run."""
        ...

    def fitting(self, spec: TensorSpec, layers: Mapping[str, JsonObject]) -> None:
        """Asks which layers, with these arguments, take a tensor."""
        ...

    def foresee(self, document: Document, revision: int, edits: Sequence[Edit]) -> None:
        """Asks what each of these edits alone would do; the newest wins, and any other question goes first."""
        ...

    def values(self, run: int, port: PortRef, sequence: int) -> None:
        """Asks for the values of one sequence at a port of the last run."""
        ...

    def read(self, verb: Verb, body: JsonObject) -> None:
        """Asks something of the last run, see `engine.protocol.readings`; the newest of a verb wins."""
        ...

    def sample(self, document: Document, revision: int, folder: Path | None, block: str, sequence: int) -> None:
        """Asks what would be fed to an Input; the newest wins."""
        ...

    def padded(self, run: int, block: str) -> None:
        """Asks what the last run did at the padded steps of a block; the newest wins."""
        ...

    def leaks(self, document: Document, revision: int, folder: Path | None) -> None:
        """Asks whether padding changes the results; the newest wins."""
        ...

    def ways(self, document: Document, revision: int, folder: Path | None, *, always: bool) -> None:
        """Asks whether Keras's ways to run the model agree; without `always` only where that is cheap."""
        ...

    def explain(self, text: str) -> None:
        """Asks what a pasted text says; the newest wins."""
        ...

    def export(self, document: Document, folder: Path | None, to: str, path: Path) -> None:
        """Asks for an export."""
        ...

    def forget(self) -> None:
        """The document was closed: what was kept of its run may go."""
        ...

    def cancel(self) -> None:
        """Stops the run; a worker that does not yield is replaced."""
        ...
