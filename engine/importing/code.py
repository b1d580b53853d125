"""Python that builds models, as a drawn document: read from its syntax tree, never executed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.catalog.spec import Catalog
from engine.document.outputs import model_outputs
from engine.document.values import Document
from engine.graph.values import INPUT, Block, Graph, Json, JsonObject, PortRef
from engine.importing.calls import Returned, call_instance, inline
from engine.importing.drawing import Drawing, TooMuch
from engine.importing.expressions import evaluate
from engine.importing.layout import COLUMN, ROW, lay_out
from engine.importing.models import add, draw_stack, new_stack
from engine.importing.objects import Array, Class, Hole, Instance, Layer, is_list
from engine.importing.reader import Reader
from engine.importing.statements import LOOP_SIGNALS, execute
from engine.importing.values import Assumed, Draft, Shape, Skipped

SEED = 7
NOTE_SIZE = (264, 88)
NOTES_IN_A_ROW = 4


@dataclass(frozen=True)
class Drawn:
    """What code draws.

    Attributes:
        open: Inputs that were assumed, by id.
        fed: shapes of the data, with the batch, that the code feeds to Inputs.
    """

    draft: Draft
    skipped: tuple[Skipped, ...]
    open: tuple[str, ...] = ()
    fed: Mapping[str, Shape] | None = None


def read_code(statements: Sequence[ast.stmt], catalog: Catalog) -> Drawn | None:
    """The model that some statements build; None: they build none."""
    reader = Reader(catalog, evaluate, execute)
    for statement in statements:
        _follow(reader, statement)
    _finish(reader)
    drawing = reader.drawing
    if not any(block.type != INPUT for block in drawing.blocks):
        return None
    document, assumed = _document(reader)
    open_inputs = tuple(a.block for a in assumed if a.argument is None and document.block(a.block).type == INPUT)
    fed = {block: array.shape for block, array in drawing.data.items() if block in document.graph}
    return Drawn(Draft(document, assumed), tuple(reader.skipped), open_inputs, fed)


def layers_named(statements: Sequence[ast.stmt], catalog: Catalog) -> dict[str, JsonObject]:
    """Arguments of the layers that some statements make, by type: what a traceback shows of the code."""
    reader = Reader(catalog, evaluate, execute)
    for statement in statements:
        _follow(reader, statement)
    return {layer.type: layer.arguments for layer in reader.layers if not layer.guesses}


def _follow(reader: Reader, statement: ast.stmt) -> None:
    """A statement of the outermost level; one that asks too much is left out."""
    reader.begin()
    reader.statement = statement
    try:
        reader.execute([statement])
    except TooMuch as much:
        reader.statement = statement
        reader.skip(str(much))
    except (Returned, *LOOP_SIGNALS):
        return
    finally:
        reader.statement = None


def _attempt(reader: Reader, act: Callable[[], object], line: int, text: str) -> None:
    """Does something that reads code on, bounded as a statement is."""
    reader.begin()
    try:
        act()
    except TooMuch as much:
        reader.skip(str(much), line, text)
    except (Returned, *LOOP_SIGNALS):
        return


# --- what the code made and never called -----------------------------------------------------------------------------------


def _finish(reader: Reader) -> None:
    _draw_rest(reader)
    for function in reversed(list(reader.functions)):
        if _has_layers(reader):
            break
        if not function.called and not any(function in made.methods.values() for made in reader.classes):
            _attempt(reader, lambda function=function: inline(reader, function, (), {}), function.line, function.name)
            _draw_rest(reader)
    for made in reversed(list(reader.classes)):
        if _has_layers(reader):
            break
        if not made.used and made.kind != "class":
            _attempt(reader, lambda made=made: _make(reader, made), made.line, f"class {made.name}")
            _draw_rest(reader)
    loose = [layer for layer in reader.layers if not layer.used]
    if loose and not _has_layers(reader):
        _attempt(reader, lambda: _stack_up(reader, loose), loose[0].line, "")


def _has_layers(reader: Reader) -> bool:
    return any(block.type != INPUT for block in reader.drawing.blocks)


def _draw_rest(reader: Reader) -> None:
    for stack in reader.stacks:
        if not stack.called:
            _attempt(reader, lambda stack=stack: draw_stack(reader, stack), stack.line, "Sequential")
    for instance in list(reader.instances):
        if not instance.called and instance.of.kind == "model":
            _attempt(reader, lambda instance=instance: _call(reader, instance), instance.of.line, instance.of.name)


def _call(reader: Reader, instance: Instance) -> None:
    method = instance.of.methods.get("call")
    count = len(method.arguments.args) - 1 if method is not None else 1
    names = [argument.arg for argument in method.arguments.args[1 : 1 + count]] if method is not None else ["inputs"]
    wanted = [name for name in names if name not in ("training", "mask")][:1]
    told = instance.attributes.get("(input)")
    data = [told if isinstance(told, Array) else Hole(name) for name in wanted]
    call_instance(reader, instance, data, {})


def _make(reader: Reader, made: Class) -> None:
    start = made.methods.get("__init__")
    made.used = True
    instance = Instance(made, dict(made.attributes))
    reader.instances.append(instance)
    if start is not None:
        inline(reader, start, (), {}, owner=instance)
    _call(reader, instance)


def _stack_up(reader: Reader, layers: Sequence[Layer]) -> None:
    """Layers that stand in the text one after the other, and nothing else: they are meant as a chain."""
    stack = new_stack(reader, (), {})
    for layer in layers:
        add(reader, stack, layer)
    draw_stack(reader, stack)


# --- the document ----------------------------------------------------------------------------------------------------------


def _document(reader: Reader) -> tuple[Document, tuple[Assumed, ...]]:
    drawing = reader.drawing
    started = {wire.source.block for wire in drawing.wires}
    gone = {block.id for block in drawing.blocks if block.id in drawing.replaced and block.id not in started}
    blocks = tuple(block for block in drawing.blocks if block.id not in gone)
    graph = Graph(blocks, tuple(wire for wire in drawing.wires if wire.target.block not in gone))
    document = document_of(graph, reader.catalog, _sample(drawing, graph))
    assumed = tuple(one for one in drawing.assumed if one.block not in gone)
    return replace(document, outputs=_outputs(reader, document)), assumed


def document_of(graph: Graph, catalog: Catalog, sample: JsonObject) -> Document:
    """The document of a graph, laid out."""
    numbers = [int(block.id[1:]) for block in graph.blocks]
    return Document(
        graph=graph,
        keras=catalog.keras,
        layout=lay_out(graph),
        seed=SEED,
        sample=sample,
        next_id=max(numbers, default=0) + 1,
    )


def _outputs(reader: Reader, document: Document) -> tuple[PortRef, ...] | None:
    """Those that the one model of the code names, where they are not what the graph says by itself."""
    mains = [whole for whole in reader.wholes if not whole.called]
    if len(mains) != 1:
        return None
    told = tuple(dict.fromkeys(tensor.port for tensor in mains[0].outputs))
    known = all(port.block in document.graph for port in told)
    return told if known and set(told) != set(model_outputs(document, reader.catalog)) else None


def _sample(drawing: Drawing, graph: Graph) -> JsonObject:
    """Batch and length of the data that the code feeds."""
    entries: dict[str, Json] = {}
    batch: int | None = None
    for block in graph.inputs:
        array = drawing.data.get(block.id)
        if array is None:
            continue
        batch = batch or array.shape[0]
        told = block.arguments.get("shape")
        if is_list(told) and told and told[0] is None and len(array.shape) == len(told) + 1 and array.shape[1]:
            entries[block.name] = {"timesteps": array.shape[1]}
    sample: dict[str, Json] = {}
    if batch is not None and 0 < batch <= 1024:
        sample["batch"] = batch
    if entries:
        sample["inputs"] = entries
    return sample


def with_notes(document: Document, skipped: Sequence[Skipped]) -> Document:
    """The document with a note for everything that was left out."""
    bottom = max((y for _, y in document.layout.values()), default=0) + ROW
    notes: list[JsonObject] = []
    for place, left in enumerate(skipped):
        row, column = divmod(place, NOTES_IN_A_ROW)
        number = document.next_id + place
        notes.append({
            "id": f"n{number}",
            "text": f"Line {left.line} was left out, {left.reason}: {left.text}",
            "position": [column * COLUMN, round(bottom + row * (NOTE_SIZE[1] + 16))],
            "size": list(NOTE_SIZE),
        })  # fmt: skip
    return replace(document, notes=(*document.notes, *notes), next_id=document.next_id + len(notes))


def with_input(draft: Draft, block_id: str, shape: Shape) -> Draft:
    """The draft with another shape, with the batch, for an assumed Input."""
    graph = draft.document.graph
    old = graph.by_id[block_id]
    arguments = {**{key: value for key, value in old.arguments.items() if key == "dtype"}, "shape": list(shape[1:])}
    new = Block(old.id, old.type, old.name, arguments)
    blocks = tuple(new if block.id == block_id else block for block in graph.blocks)
    assumed = tuple(
        replace(one, value=arguments) if one.block == block_id and one.argument is None else one
        for one in draft.assumed
    )
    return Draft(replace(draft.document, graph=Graph(blocks, graph.wires)), assumed)
