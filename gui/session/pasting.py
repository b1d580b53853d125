"""Pasted code and errors: asked of the worker, drawn as one undo step, what was assumed and left out kept to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Signal

from engine.analysis.encoding import decode_diagnostic
from engine.analysis.values import Diagnostic
from engine.document.file import decode_document
from engine.document.merge import merged, moved_json
from engine.graph.values import Json

if TYPE_CHECKING:
    from gui.session.session import EditorSession

LARGEST_TEXT = 1 << 20
NAMED = 3
"""Assumptions that are told in one line; the others are counted."""
TRAINING = "training"


@dataclass(frozen=True)
class Pasted:
    """What came of a pasted text.

    Attributes:
        sentence: in one or two lines: what was drawn, assumed and left out.
        details: everything of it, a line each.
        complaining: id of the block that the answer is about.
    """

    sentence: str
    details: tuple[str, ...]
    complaining: str


class Pasting(QObject):
    """Asks what a text says and draws the answer.

    Attributes:
        asking: a text is with the worker.
    """

    pasted = Signal(object)

    def __init__(self, session: EditorSession) -> None:
        super().__init__(session)
        self._session = session
        self.asking = False
        self._waiting = ""

    def ask(self, text: str) -> None:
        """Asks what a text says; nothing waits for the answer."""
        session = self._session
        if not text.strip():
            session.refused.emit("There is nothing to paste: the clipboard holds neither blocks nor text.")
        elif len(text) > LARGEST_TEXT:
            session.refused.emit("The text is larger than 1 MiB: paste the part that builds the model.")
        else:
            self.asking, self._waiting = True, text
            session.told.emit("Reading the pasted text; nothing of it is run …")
            self.send()

    def send(self) -> None:
        """Hands a text on to the worker as soon as there is one."""
        if self._session.worker is not None and self._waiting:
            self._session.worker.explain(self._waiting)
            self._waiting = ""

    def refuse(self, sentence: str) -> None:
        """The worker has no answer."""
        if self.asking:
            self.asking = False
            session = self._session
            session.refused.emit(sentence)

    def lost(self) -> None:
        """The worker ended; it is not asked again what may have ended it."""
        self.refuse("The engine stopped while it read the pasted text; paste a smaller part of it.")

    def show(self, answer: Mapping[str, Any]) -> None:
        """Draws an answer beside what is there, as one undo step, and selects the block that complains."""
        if "error" in answer:
            self.refuse(f"Nothing was pasted: {answer['error']}")
            return
        session = self._session
        self.asking = False
        part = decode_document(answer["document"])
        document, shift = merged(session.document, part, session.catalog)
        count = len(part.graph.blocks)
        session.put(document, f"paste {count} block{'' if count == 1 else 's'} from {SOURCES[answer['kind']]}")
        problems = [moved_json(one, shift) for one in answer["check"]["diagnostics"]]
        told = tuple(decode_diagnostic(cast("Mapping[str, Json]", one)) for one in problems)
        session.findings.show_pasted(tuple(one for one in told if one.code in ONLY_OF_A_TEXT))
        blocks = tuple(block.id for block in document.graph.blocks[-count:]) if count else ()
        complaining = _complaining(told, blocks)
        session.select([complaining])
        names = {block.id: block.name for block in part.graph.blocks}
        self.pasted.emit(Pasted(_sentence(answer, names), tuple(_details(answer, names)), complaining))


SOURCES = {"code": "code", "message": "an error", "mixed": "code and its error"}
ONLY_OF_A_TEXT = frozenset(
    {
        "input.data", "input.count", "output.target", "token.range", "name.twice", "unroll.length", "layer.old",
        "argument.other_version", "message.not_raised",
    }
)  # fmt: skip
"""Faults that Keras does not raise for the model as it is drawn: an analysis of the document does not find them again."""


def _complaining(problems: Sequence[Diagnostic], blocks: tuple[str, ...]) -> str:
    """The block of the first error, else of the first warning, else the last one that was drawn."""
    for severity in ("error", "warning"):
        for problem in problems:
            if problem.severity == severity and problem.block in blocks:
                return problem.block
    return blocks[-1]


def _sentence(answer: Mapping[str, Any], names: Mapping[str, str]) -> str:
    parts = [_drawn(answer)]
    assumed = [_assumed(one, names) for one in answer["assumed"]]
    if assumed:
        more = f" and {len(assumed) - NAMED} more" if len(assumed) > NAMED else ""
        parts.append(f"Assumed: {', '.join(assumed[:NAMED])}{more}.")
    left = [one for one in answer["skipped"] if one["reason"] != TRAINING]
    if left:
        lines = ", ".join(str(one["line"]) for one in left[:NAMED])
        parts.append(f"Not understood: line {lines}{' …' if len(left) > NAMED else ''}.")
    return " ".join(parts)


def _drawn(answer: Mapping[str, Any]) -> str:
    message, keras = answer["message"], answer["check"]["keras"]
    if answer["kind"] == "message":
        what = "The smallest model that makes Keras say this was drawn."
    else:
        what = "The code was drawn; nothing of it was run."
    if message is None:
        return what
    if message["reproduced"]:
        return what if answer["kind"] == "message" else f"{what} Keras {keras} says the same of it."
    if answer["kind"] == "message":
        what = "A model that the message speaks of was drawn."
    return f"{what} Keras {keras} does not raise this error itself."


def _assumed(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = names.get(one["block"], one["block"])
    return name if one["argument"] is None else f"{one['argument']} of {name}"


def _details(answer: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    lines = [f"Keras's message: {' '.join(answer['message']['text'].split())}"] if answer["message"] else []
    for one in answer["assumed"]:
        name = names.get(one["block"], one["block"])
        what = (
            f"{name}, the whole block" if one["argument"] is None else f"{one['argument']} = {one['value']} of {name}"
        )
        lines.append(f"Assumed: {what} ({one['reason']}).")
    lines += [f"Left out, line {left['line']}: {left['text']} ({left['reason']})." for left in answer["skipped"]]
    return lines
