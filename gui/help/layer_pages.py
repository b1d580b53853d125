"""The page of a layer, made from the catalog: arguments, ports, what it does to time, what is written about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from engine.analysis.starters import starting_arguments
from engine.catalog.ports import INPUT_PORTS, UNKNOWN, layer_ports
from engine.catalog.spec import ArgumentKind, ArgumentSpec, Catalog, Category, LayerSpec, PortRole, Ports
from engine.graph.values import INPUT, REUSE, Json
from gui.help.values import Page
from gui.session.search import HEADS

KINDS: dict[ArgumentKind, str] = {
    "int": "whole number", "float": "number", "bool": "on or off", "choice": "choice", "string": "text",
    "dtype": "number type", "shape": "sizes", "ints": "whole numbers", "axis": "axis", "initializer": "initializer",
    "regularizer": "regularizer", "constraint": "constraint", "activation": "activation", "layer": "layer",
    "cell": "cell", "json": "value", "key": "key",
}  # fmt: skip
ROLES: dict[PortRole, str] = {
    "inputs": "what the layer reads", "list": "what the layer reads", "keyword": "what the layer reads",
    "tensor": "a tensor, or a number in its place",
    "state": "a state to start from", "mask": "a mask given by hand: (batch, time), true where valid", "output": "",
}  # fmt: skip
MOST_CHOICES = 6
_OUTWARD = re.compile(r"\[([^\]]+)\]\((?:https?:[^)]*\)|…)")


def layer_page(layer: LayerSpec, catalog: Catalog, words: Sequence[str], about: Iterable[Page]) -> Page:
    """The page of one layer.

    Args:
        words: what it goes by in a search.
        about: the written pages that speak of it.
    """

    def make() -> str:
        parts = [_intro(layer), _time(layer), _ports(layer, catalog), *_arguments(layer), _related(about)]
        return "\n\n".join(part for part in parts if part)

    summary = " ".join((layer.doc, layer.time, *(argument.name for argument in layer.arguments)))
    return Page(
        f"layer:{layer.type}", layer.type, make, _group(layer.category), tuple(word for word in words if word), summary
    )


def category_pages(layers: Sequence[LayerSpec]) -> Iterator[Page]:
    """A page for each category of the palette, with its layers."""
    for category, head in HEADS.items():
        own = [layer for layer in layers if layer.category == category and layer.placeable]
        rows = "\n".join(f"| [{layer.type}](layer:{layer.type}) | {_cell(layer.time or layer.doc)} |" for layer in own)
        text = f"What the palette has under *{head}*.\n\n| layer | |\n|---|---|\n{rows}"
        yield Page(f"layers:{category}", head, lambda text=text: text, _group(category))


def _group(category: Category) -> str:
    return f"Layers: {HEADS[category]}"


def _intro(layer: LayerSpec) -> str:
    where = f"`{layer.module}.{layer.type}`, " if layer.module else ""
    start = f"{_cell(layer.doc)}\n\n{where}[{HEADS[layer.category]}](layers:{layer.category})"
    if not layer.placeable:
        return f"{start}\n\n**It cannot stand on the canvas as a block.** {layer.reason}"
    return f"{start} · [Place it on the canvas](place:{layer.type})"


def _time(layer: LayerSpec) -> str:
    return f"## What it does to time\n\n{layer.time}" if layer.time else ""


def _ports(layer: LayerSpec, catalog: Catalog) -> str:
    if not layer.placeable:
        return ""
    ports = _usual_ports(layer, catalog)
    rows = [f"| {port.name} | in | {_port_words(port.role, port.required, port.growing)} |" for port in ports.inputs]
    rows += [f"| {port.name} | out | {'a state' if port.state else 'what the layer gives'} |" for port in ports.outputs]
    head = "## Ports\n\n| port | | |\n|---|---|---|\n" + "\n".join(rows)
    if layer.argument("return_state") is not None:
        head += "\n\nWith `return_state` the last states leave too, each at a port of its own."
    return head


def _usual_ports(layer: LayerSpec, catalog: Catalog) -> Ports:
    if layer.type == INPUT:
        return INPUT_PORTS
    return UNKNOWN if layer.type == REUSE else layer_ports(layer, starting_arguments(layer), False, catalog)


def _port_words(role: PortRole, required: bool, growing: bool) -> str:
    many = ", any number of wires" if growing else ""
    return f"{ROLES[role]}{many}{'' if required else '; may stay free'}"


def _arguments(layer: LayerSpec) -> Iterator[str]:
    own = [argument for argument in layer.arguments if not argument.base]
    base = [argument for argument in layer.arguments if argument.base]
    for head, group in (("Arguments", own), ("Arguments of every layer", base), ("Settings of the call", layer.call)):
        if group:
            rows = "\n".join(_argument_row(argument) for argument in group)
            yield f"## {head}\n\n| argument | default | what it is |\n|---|---|---|\n{rows}"


def _argument_row(argument: ArgumentSpec) -> str:
    default = "**required**" if argument.required else f"`{_spoken(argument.default)}`"
    return f"| {argument.name} | {default} | {_cell(argument.doc)} {_kind(argument)} |"


def _kind(argument: ArgumentSpec) -> str:
    kind = f"[{KINDS[argument.kind]}](page:kinds#{KINDS[argument.kind].replace(' ', '%20')})"
    if argument.choices and len(argument.choices) <= MOST_CHOICES:
        kind += ": " + ", ".join(f"`{choice}`" for choice in argument.choices)
    return f"({kind}{', or none' if argument.optional else ''})"


def _spoken(value: Json) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else json.dumps(value)


def _cell(text: str) -> str:
    """A text of Keras that may stand in a cell of a table; nothing leads out of the help."""
    text = _OUTWARD.sub(r"\1", text)
    if text.count("`") % 2:  # cut off in the middle of a piece of code
        text = "".join(text.rpartition("`")[::2])
    return " ".join(text.replace("|", "\\|").replace("<", "\\<").split())


def _related(about: Iterable[Page]) -> str:
    rows = "\n".join(f"- [{page.title}]({page.address})" for page in about)
    return f"## What is written about it\n\n{rows}" if rows else ""
