"""A pasted text, read: code drawn, a message turned into the smallest models that make Keras say it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from engine.catalog.spec import Catalog
from engine.importing.code import Drawn, layers_named, read_code, with_input, with_notes
from engine.importing.messages import find_message
from engine.importing.smallest import smallest_models
from engine.importing.text import Parts, take_apart
from engine.importing.values import LARGEST_TEXT, Draft, Facts, PasteError, Reading, Shape, Skipped

BEGINS = frozenset({"Sequential", "Input", "Model"})
MODELS = ("Sequential", "Functional")


def read_text(text: str, catalog: Catalog) -> Reading:
    """What a pasted text says. Nothing of it is executed; the same text gives the same reading.

    Raises:
        PasteError: nothing was understood.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST_TEXT:
        raise PasteError(f"the text is larger than {LARGEST_TEXT >> 20} MiB; paste the part that builds the model.")
    if not text.strip():
        raise PasteError("the text is empty; paste Python that builds a model, or an error of Keras.")
    parts = take_apart(text)
    facts = find_message(parts.messages, parts.prose, "\n".join(parts.traceback), catalog)
    drawn = read_code(_statements(parts), catalog)
    if drawn is not None:
        return _from_code(drawn, parts.broken, facts)
    if facts is not None:
        return _from_message(facts, parts, catalog)
    raise PasteError(_nothing(parts))


def _statements(parts: Parts) -> Sequence[ast.stmt]:
    """The code beside tracebacks; without any, what a traceback shows of it, where that is a model's beginning."""
    calls = [_called(part) for statement in parts.statements for part in ast.walk(statement)]
    if any(calls):
        return parts.statements
    framed = [_called(part) for statement in parts.framed for part in ast.walk(statement)]
    return parts.framed if BEGINS & set(framed) else parts.statements


def _called(part: ast.AST) -> str:
    if not isinstance(part, ast.Call):
        return ""
    return part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")


def _from_code(drawn: Drawn, broken: Sequence[Skipped], facts: Facts | None) -> Reading:
    skipped = tuple(sorted({*drawn.skipped, *broken}, key=lambda left: (left.line, left.text, left.reason)))
    drafts = [drawn.draft, *(draft for shape in _likely_inputs(facts) for draft in _opened(drawn, shape))]
    noted = tuple(Draft(with_notes(draft.document, skipped), draft.assumed) for draft in drafts)
    return Reading("code" if facts is None else "mixed", noted, skipped, facts, _fed(drawn, facts))


def _likely_inputs(facts: Facts | None) -> list[Shape]:
    """Shapes, with the batch, that an assumed Input may have had, from what the message shows."""
    if facts is None:
        return []
    if facts.layer_type in MODELS and "expected" in facts.named:
        return [(None, *facts.named["expected"][1:])]
    return [(None, *shape[1:]) for shape in dict.fromkeys(facts.shapes) if len(shape) > 1]


def _opened(drawn: Drawn, shape: Shape) -> list[Draft]:
    """The draft with another assumed Input; with several of them the message does not tell which."""
    return [with_input(drawn.draft, drawn.open[0], shape)] if len(drawn.open) == 1 else []


def _fed(drawn: Drawn | None, facts: Facts | None, document: Draft | None = None) -> dict[str, Shape]:
    """Shapes of data, with the batch, that are fed to Inputs, by id: from code, else from the message."""
    fed = dict(drawn.fed or {}) if drawn is not None else {}
    draft = drawn.draft if drawn is not None else document
    shape = _data_shape(facts)
    if draft is not None and shape is not None:
        inputs = draft.document.graph.inputs
        place = facts.numbers.get("input", 0) if facts is not None else 0
        if place < len(inputs):
            fed[inputs[place].id] = shape
    return fed


def _data_shape(facts: Facts | None) -> Shape | None:
    """The shape of the data that a message about a whole model complains of."""
    if facts is None:
        return None
    if facts.family in ("data_shape", "data_ndim"):
        return facts.named.get("found")
    if facts.layer_type in MODELS and facts.family in ("ndim", "axis"):
        return facts.named.get("shape")
    return None


def _from_message(facts: Facts, parts: Parts, catalog: Catalog) -> Reading:
    drafts = smallest_models(facts, catalog, layers_named(parts.framed, catalog))
    if not drafts:
        raise PasteError(f"no model is known that makes Keras say “{_first(facts.text)}”; paste the code with it.")
    skipped = tuple(parts.broken)
    noted = tuple(Draft(with_notes(draft.document, skipped), draft.assumed) for draft in drafts)
    return Reading("message", noted, skipped, facts, _fed(None, facts, drafts[0]))


def _first(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 100 else flat[:99] + "…"


def _nothing(parts: Parts) -> str:
    if parts.statements:
        return "the code builds no model that could be read; paste the lines that make its layers."
    if parts.broken:
        left = parts.broken[0]
        return f"line {left.line} looks like Python and could not be read: {left.reason}."
    return "it holds neither Python that builds a model nor an error of Keras."
