"""What a message of Keras or TensorFlow says: one row for each fault, in all its wordings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from engine.catalog.spec import Catalog
from engine.document.names import snake_case
from engine.importing.objects import is_mapping
from engine.importing.text import paragraphs
from engine.importing.values import Facts, Shape
from engine.importing.wordings import ROWS, SHAPE

LAYER = (
    r"(?:Input (?P<n_input>\d+)(?: with name '[^']*')? )?(?:of|with)(?: the)? layer [\"'`]?(?P<layer>[\w.-]+)[\"'`]?"
)
IN_CALL = re.compile(
    r"Exception encountered when calling (?:layer [\"'](?P<name>[\w.-]+)[\"'] \(type (?P<old>\w+)\)|(?P<new>\w+)\.call\(\))"
)
CALL_SHAPE = re.compile(r"• *(?:inputs|sequences|x)=(?:tf\.Tensor|<KerasTensor)\(?(?: |\()?shape=" + SHAPE)
ANY_SHAPE = re.compile(r"[\[(](?:(?:None|\?|-?\d+)(?:, *|(?=[\])])),?)+[\])]")
CONTINUES = re.compile(
    r"Arguments received|Call arguments|Cannot|Detected at|Inputs received|Matrix|Dimensions|Incompatible|Input \d"
    r"|Node:|\[\[|\{\{|One or more|ConcatOp|Shape|condition|required|Shapes|list index|Too few|The |Kernel|-|Consider|In "
)


LONGEST = 20_000
"""Characters of a message that are looked at."""
MODELS = ("sequential", "model", "functional")
TENSORFLOW = frozenset({"widths", "state_axes", "mask_axes", "lengths", "token"})
PYTHON = re.compile(r"^'?\w+'? object|^name '\w+' is not defined|^No module named|^invalid syntax|^unexpected indent")


def read_message(text: str, traceback: str, catalog: Catalog) -> Facts:
    """The facts of a message.

    Args:
        text: the message, perhaps with prose after it.
        traceback: the frames above it: they tell an old Keras.

    Returns:
        With an empty family where the fault is none of those known.
    """
    flat = " ".join(text[:LONGEST].split())
    for family, pattern in ROWS:
        found = pattern.search(flat)
        if found:
            return _facts(family, found, flat, _message(text), traceback, catalog)
    kind, name = _layer(None, flat, catalog)
    shape = CALL_SHAPE.search(flat)
    shapes = tuple(_shapes([shape[1]])) if shape else ()
    return Facts("", _message(text), _wording("", flat, traceback), kind, name, shapes)


def find_message(texts: Sequence[str], prose: Sequence[str], traceback: str, catalog: Catalog) -> Facts | None:
    """The message of a pasted text: the last known one, else the last, else one that hides in prose."""
    read = [read_message(text, traceback, catalog) for text in texts]
    hidden = [read_message(text, traceback, catalog) for text in prose]
    known = [facts for facts in (*hidden, *read) if facts.family]
    if known:
        return known[-1]
    return read[-1] if read else None


def same_fault(said: Facts, heard: Facts) -> bool:
    """Keras says what was pasted: numbers and layer kind, not wording; the batch may differ."""
    if said.family != heard.family or not said.family:
        return False
    if said.layer_type and heard.layer_type and said.layer_type != heard.layer_type:
        return False
    if said.family == "widths":  # from predict and from a direct call they stand in another order
        return sorted(said.numbers.values()) == sorted(heard.numbers.values())
    numbers = {key: value for key, value in said.numbers.items() if key != "input"}
    if any(heard.numbers.get(key, value) != value for key, value in numbers.items()):
        return False
    if said.family == "too_short" and said.numbers:
        return True  # TensorFlow shows the shapes with an axis that Keras added
    shapes = zip(said.shapes, heard.shapes, strict=False)
    return all(_same_shape(one, other) for one, other in shapes)


def _same_shape(one: Shape, other: Shape) -> bool:
    return len(one) == len(other) and one[1:] == other[1:]


def _facts(family: str, found: re.Match[str], flat: str, text: str, traceback: str, catalog: Catalog) -> Facts:
    groups = {key: value for key, value in found.groupdict().items() if value is not None}
    kind, name = _layer(groups.get("layer"), flat, catalog)
    if not kind and groups.get("w_type") in catalog.layers:
        kind = groups["w_type"]
    numbers = {key[2:]: int(value) for key, value in groups.items() if key.startswith("n_")}
    named: dict[str, Shape] = {
        key[2:]: next(_shapes([value]), ()) for key, value in groups.items() if key.startswith("s_")
    }
    if family == "widths" and named:
        numbers = {"a": named["a"][-1] or 0, "b": named["b"][0] or 0}
    if family == "too_short" and named.get("kernel") and len(named.get("shape", ())) > 1:
        numbers = {"size": named["shape"][1] or 0, "kernel": named["kernel"][0] or 0}
    return Facts(
        family=family,
        text=text,
        wording=_wording(family, flat, traceback),
        layer_type=kind,
        layer_name=name,
        shapes=tuple(_shapes(value for key, value in groups.items() if key[:2] in ("s_", "l_"))),
        named=named,
        numbers=numbers,
        words={key[2:]: value for key, value in groups.items() if key.startswith("w_")},
    )


def _layer(told: str | None, flat: str, catalog: Catalog) -> tuple[str, str]:
    """Type and name of the layer that complains; a model is `Sequential` or `Functional`."""
    named = re.search(LAYER, flat)
    name = told or (named["layer"] if named else "")
    call = IN_CALL.findall(flat)
    if call:
        called, old, new = call[-1]
        return old or new, name or called
    return type_of_name(name, catalog), name


def type_of_name(name: str, catalog: Catalog) -> str:
    """The type of a layer that Keras named by itself: `lstm_1` is an LSTM; empty: somebody chose the name."""
    stem = re.sub(r"_\d+$", "", name)
    if stem in MODELS:
        return "Sequential" if stem == "sequential" else "Functional"
    return next((kind for kind in catalog.layers if snake_case(kind) == stem), "")


def _shapes(texts: Iterator[str] | Sequence[str]) -> Iterator[Shape]:
    for text in texts:
        for part in ANY_SHAPE.findall(text) or ([text] if text in ("()", "[]") else []):
            sizes = re.findall(r"None|\?|-?\d+", part)
            yield tuple(int(size) if size.lstrip("-").isdigit() and len(size) < 12 else None for size in sizes)


def _wording(family: str, flat: str, traceback: str) -> str:
    if re.search(r"Input \d+ is incompatible with layer|Error when checking", flat):
        return "keras2"
    if family in TENSORFLOW or "Negative dimension size" in flat:
        return "tensorflow"
    if "with name '" in flat:
        return "keras3"
    old = re.search(r"[\\/](?:engine|keras[\\/]api|python[\\/]keras)[\\/]", traceback)
    if old or re.search(r"of layer [a-z_0-9]+ is|shape received: \[", flat) or "(type " in flat:
        return "tf2"
    return "keras3"


def _message(text: str) -> str:
    """The message without the prose after it."""
    parts = list(paragraphs(text))
    kept = parts[:1]
    for part in parts[1:]:
        if not (CONTINUES.match(part) or kept[-1].endswith((":", "().", "\\n")) or "Exception encountered" in kept[-1]):
            break
        kept.append(part)
    return "\n\n".join(kept)


def keyword_names(words: Mapping[str, str]) -> Mapping[str, object]:
    """The arguments that a message calls unknown, with their values where it shows them."""
    if "argument" in words:
        return {words["argument"]: None}
    try:
        found = ast.literal_eval("{" + words.get("names", "") + "}")
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return dict.fromkeys(re.findall(r"'(\w+)':", words.get("names", "")))
    return cast("Mapping[str, object]", found) if is_mapping(found) else {}
