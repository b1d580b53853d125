"""Trained weights of the open document, and the mode in which it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog.ports import reused_block
from engine.document.edits import SetWeights
from engine.graph.values import Block
from gui.session.sample_entry import relative_to

if TYPE_CHECKING:
    from gui.session.session import EditorSession

SUFFIXES = (".weights.h5", ".keras")


class Trained:
    """Loads and removes weights; turns training mode on and off.

    Attributes:
        training: runs are made as in training, with dropout.
    """

    def __init__(self, session: EditorSession) -> None:
        self._session = session
        self.training = False

    def load(self, path: Path) -> None:
        """Takes the weights of a file, as an undo step."""
        session = self._session
        if not session.document.graph.blocks:
            session.refused.emit("Weights belong to the blocks of a model: open or draw it first.")
        elif not path.name.endswith(SUFFIXES):
            session.refused.emit(f"{path.name} is no weights file: choose one that ends with .weights.h5 or .keras.")
        else:
            session.push(SetWeights(relative_to(path, session.folder)), f"load the weights of {path.name}")

    def remove(self) -> None:
        """Every block has its seeded weights again."""
        self._session.push(SetWeights(""), "use seeded weights")

    def toggle(self) -> None:
        """Runs are made in the other mode from now on, at once where the model runs by itself."""
        session, self.training = self._session, not self.training
        mode = "training mode" if self.training else "inference"
        session.told.emit(f"Runs are made in {mode} from now on.")
        if session.run is not None and session.run.training is not self.training:
            session.show_stale(f"the change to {mode}")
        elif session.run is not None:
            session.show_stale("")
        if session.run_by_itself:
            session.run_now()

    @property
    def file(self) -> str:
        """The name of the file of weights; empty: there is none."""
        return Path(self._session.document.weights).name

    def words(self, block: Block) -> str:
        """Where the weights of a block come from; empty: it has none."""
        session = self._session
        owner = reused_block(block, session.document.graph)
        known = session.analysis.blocks.get(owner.id) if owner is not None else None
        if owner is None or known is None or not known.parameters:
            return ""
        if not self.file:
            return f"Weights: seeded ({session.document.seed})."
        run = session.run
        if run is None or (run.revision != session.revision and owner.id not in run.weights):
            return f"Weights: of {self.file} where they fit, known after a run."
        if owner.id in run.weights:
            return f"Weights: {run.weights[owner.id]} of {self.file}."
        return f"Weights: seeded ({session.document.seed}); none of {self.file} fit."
