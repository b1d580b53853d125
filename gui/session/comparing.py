"""What the run is compared with: a variant of one block, or a run that was pinned; the document stays as it is until kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from engine.analysis.variants import NO_MASK, PADDING, TRAINING, Variant, variant, variants, why_no_padding
from engine.catalog.arguments import MISSING, get_argument
from engine.document.apply import apply_all
from engine.document.edits import SetArgument
from engine.document.file import decode_document, encode_document
from engine.document.values import Document
from engine.graph.values import Json, JsonObject
from gui.session.reading import Reading

if TYPE_CHECKING:
    from engine.protocol.comparison import Comparison
    from gui.session.session import EditorSession

MOST_REMEMBERED = 64
WHOLE = (NO_MASK, PADDING, TRAINING)
"""Variants that leave the block as it is."""
GONE = "This variant is no longer one of the model as it is now: choose another in the menu of a block."


@dataclass(frozen=True)
class VariantChoice:
    """A variant of the open document, whatever it is by now: the block and the key of the variant."""

    block: str
    key: str


@dataclass(frozen=True)
class PinnedRun:
    """A run of a document that stays as it was; it is deterministic, so it is made again.

    Attributes:
        name: in sentences and at the ends of lines.
    """

    name: str
    document: Document
    folder: Path | None
    device: str
    training: bool


@dataclass(frozen=True)
class OtherSide:
    """What is run beside the open document, as it is sent."""

    name: str
    document: Document
    folder: Path | None
    device: str
    training: bool
    block: str = ""
    units: str = ""
    says: str = ""


class Comparing(QObject):
    """The other side, and the worker's answer about both.

    Attributes:
        choice: what is compared with; None: nothing.
        missing: why the other side is not there, in a sentence.
    """

    changed = Signal()
    started = Signal()
    """Somebody wants to see a comparison."""

    def __init__(self, session: EditorSession) -> None:
        super().__init__(session)
        self._session = session
        self.choice: VariantChoice | PinnedRun | None = None
        self._documents: dict[int, Document] = {session.revision: session.document}
        self._other: tuple[object, OtherSide | None] | None = None
        self._encoded: tuple[Document, JsonObject] | None = None
        self.reading = Reading(session, "compare", self._subject, self)
        self.reading.changed.connect(self.changed)
        session.document_changed.connect(self._note)
        session.opened.connect(self.dismiss)
        session.shown.trace_changed.connect(self.reading.ask)

    def _note(self, document: Document) -> None:
        """The document of each revision, for the runs that are made of it."""
        self._documents[self._session.revision] = document
        while len(self._documents) > MOST_REMEMBERED:
            del self._documents[next(iter(self._documents))]

    # --- choosing ------------------------------------------------------------------------------------------------

    @property
    def ran(self) -> Document:
        """The document that the run which is shown was made of."""
        run = self._session.run
        return self._session.document if run is None else self._documents.get(run.revision, self._session.document)

    def variants(self, block: str) -> tuple[Variant, ...]:
        """What a block can be compared with now."""
        session = self._session
        return variants(session.document, block, session.catalog, training=session.trained.training)

    def why_no_padding(self, block: str) -> str:
        """Why the sequences above a block cannot be padded at the other end; empty: they can, or have no padding."""
        return why_no_padding(self._session.document, block)

    def start(self, block: str, key: str) -> None:
        """Compares with a variant of a block; nothing is edited."""
        if block not in self._session.selection.blocks:
            self._session.select([block])
        self._choose(VariantChoice(block, key))

    def pin(self) -> None:
        """The run that is shown stays beside those that follow."""
        session, run = self._session, self._session.run
        if run is None:
            session.refused.emit("There is no run to pin yet: run the model first.")
            return
        name = "pinned run"
        self.compare_with(PinnedRun(name, self.ran, session.folder, run.device, run.training))
        session.told.emit("This run is pinned: edit the model, and Compare shows what that changes.")

    def compare_with(self, pinned: PinnedRun) -> None:
        """Compares with a run of another document."""
        self._choose(pinned)

    def _choose(self, choice: VariantChoice | PinnedRun) -> None:
        self.choice, self._other = choice, None
        self.reading.ask()
        self.changed.emit()
        self.started.emit()

    def dismiss(self) -> None:
        """Nothing is compared any more."""
        if self.choice is not None:
            self.choice = None
            self.reading.ask()
            self.changed.emit()

    # --- the two sides -------------------------------------------------------------------------------------------

    @property
    def other(self) -> OtherSide | None:
        """What is run beside the run that is shown; None: nothing is, or the variant is none of the model any more."""
        run, choice = self._session.run, self.choice
        training = run.training if run is not None else False
        made_of = (choice, self.ran, training, self._session.folder)
        if self._other is None or not _same(self._other[0], made_of):
            self._other = (made_of, None if run is None or choice is None else self._made(choice, run.device, training))
        return self._other[1]

    def _made(self, choice: VariantChoice | PinnedRun, device: str, training: bool) -> OtherSide | None:  # noqa: FBT001
        if isinstance(choice, PinnedRun):
            return OtherSide(choice.name, choice.document, choice.folder, choice.device, choice.training)
        found = variant(self.ran, choice.block, choice.key, self._session.catalog, training=training)
        if found is None:
            return None
        mode = training if not found.mode else found.mode == "training"
        folder = self._session.folder
        return OtherSide(found.name, found.document, folder, device, mode, choice.block, found.units, found.says)

    def _subject(self) -> JsonObject | None:
        other, shown = self.other, self._session.shown
        if other is None:
            return None
        subject: dict[str, Json] = {
            "document": self._encode(other.document),
            "folder": "" if other.folder is None else str(other.folder),
            "device": other.device,
            "training": other.training,
            "key": shown.trace_key,
            "sequence": shown.clock.sequence,
            "block": other.block,
            "units": other.units,
        }
        return subject

    def _encode(self, document: Document) -> JsonObject:
        if self._encoded is None or self._encoded[0] is not document:
            self._encoded = (document, encode_document(document))
        return self._encoded[1]

    @property
    def found(self) -> Comparison | None:
        """The worker's answer about the two sides that are there now."""
        return cast("Comparison | None", self.reading.value)

    @property
    def missing(self) -> str:
        """Why there is no comparison; empty: it is there, or on its way."""
        if self.choice is not None and self._session.run is not None and self.other is None:
            return GONE
        return self.reading.missing

    @property
    def title(self) -> str:
        """What the two sides are, as a sentence."""
        other, choice = self.other, self.choice
        if isinstance(choice, PinnedRun):
            return f"The {choice.name} beside the run that is shown."
        return "" if other is None else other.says

    # --- keeping -------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """The other side's document in the place of the open one, as one undo step; nothing is compared any more."""
        session, choice, found = self._session, self.choice, self.found
        if choice is None:
            return
        if isinstance(choice, PinnedRun):
            self.dismiss()
            session.put(choice.document, f"put back the {choice.name}")
            return
        now = variant(session.document, choice.block, choice.key, session.catalog, training=session.trained.training)
        if now is None:
            session.refused.emit(GONE)
            return
        if now.units and found is None:
            session.refused.emit("The number of units is not known yet: wait for the comparison.")
            return
        after = now.document
        if now.units and found is not None:
            units = get_argument(decode_document(found.document).block(choice.block).arguments, now.units)
            if units is not MISSING:
                after = apply_all(after, (SetArgument(choice.block, now.units, cast("Json", units)),), session.catalog)
        name = session.document.block(choice.block).name
        self.dismiss()
        if now.mode:
            session.trained.toggle()
        session.put(after, f"keep {now.name}" if choice.key in WHOLE else f"keep {now.name} in place of {name}")


def _same(first: object, second: tuple[object, ...]) -> bool:
    """The same objects, without looking into them."""
    return isinstance(first, tuple) and all(one is two or one == two for one, two in zip(first, second, strict=True))
