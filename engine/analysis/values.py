"""What is known of a document: specs of tensors, the fate of masks, diagnostics and fixes.

`Analysis` comes twice: structure at once in the window's process, shapes and masks when the worker answers.
The JSON forms are those of `check --json` (design: the command line's contract).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, TypeAlias

from engine.graph.values import PortRef

if TYPE_CHECKING:
    from engine.document.edits import Edit

Severity: TypeAlias = Literal["error", "warning", "info"]
Stage: TypeAlias = Literal["structure", "input", "construct", "connect", "run"]
MaskFate: TypeAlias = Literal["none", "created", "passed", "dropped", "consumed"]


LETTERS = {"batch": "B", "time": "T"}
"""How an unknown size is called, by the name of its axis."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor as Keras describes it.

    Attributes:
        shape: sizes, None where unknown; by convention (batch, time, features).
        dtype: Keras's name.
        mask: it carries a mask.
        time: the length of the time axis as a canonical formula (`T`, `T-2`, `10`), or None where there is no time axis
            or it is not known.
        axes: names of the axes, may be empty.
        sizes: formulas of the other axes that Keras leaves open, by axis; empty: there are none that are known.
    """

    shape: tuple[int | None, ...]
    dtype: str
    mask: bool = False
    time: str | None = None
    axes: tuple[str, ...] = ()
    sizes: tuple[str | None, ...] = ()

    @property
    def time_axis(self) -> int | None:
        """The index of the time axis; None: there is none, or its length is not known."""
        return None if self.time is None else self.axes.index("time") if "time" in self.axes else 1

    def text(self) -> str:
        """The shape as people read it: `(B, T, 64)`, `(B, ⌊T/2⌋, 64)`."""
        formulas = [*self.sizes, *(None for _ in self.shape[len(self.sizes) :])]
        names = self.axes or ("batch", "time")
        told: list[str | None] = []
        for axis, formula in enumerate(formulas):
            name = names[axis] if axis < len(names) else ""
            told.append(spoken_time(self.time if name == "time" else formula) or LETTERS.get(name, "?"))
        return shape_text(self.shape, told)


@dataclass(frozen=True)
class Fix:
    """A title and the edits, applied in order as one undo step."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Diagnostic:
    """Something wrong with the user's model, as a value.

    Attributes:
        code: a stable word such as `shape.ndim`.
        stage: where it shows.
        block: the id of the block that complains; empty: the document as a whole.
        port: its input port, where one is meant.
        cause: the id of the block that causes it; empty: the same block.
        title: names the blocks by their names and both shapes.
        detail: the cause, in one sentence.
        keras: Keras's own message, where it spoke.
        checking: its fixes are still being tried; another answer brings them.
    """

    code: str
    severity: Severity
    stage: Stage
    block: str
    title: str
    detail: str = ""
    port: str = ""
    cause: str = ""
    keras: str = ""
    fixes: tuple[Fix, ...] = ()
    checking: bool = False


@dataclass(frozen=True)
class BlockAnalysis:
    """What is known of one block.

    Attributes:
        inputs: by port; a growing port has a tuple.
        outputs: by port, or None: not known, since it or a block above is in error.
        parameters: number of weights, trainable or not, or None: not known. Reuse blocks say 0.
        weights: shapes of the weights, by Keras's variable names, in Keras's order.
        mask: the fate of the mask in this block.
        mask_from: the ids of the blocks that made the masks which arrive, or which it makes.
        mask_warned: Keras warned that the mask is lost here; False: it said nothing.
    """

    inputs: Mapping[str, TensorSpec | tuple[TensorSpec, ...]] = field(
        default_factory=dict[str, "TensorSpec | tuple[TensorSpec, ...]"]
    )
    outputs: Mapping[str, TensorSpec] | None = None
    parameters: int | None = None
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()
    mask: MaskFate = "none"
    mask_from: tuple[str, ...] = ()
    mask_warned: bool = False


@dataclass(frozen=True)
class Analysis:
    """What is known of a document.

    Attributes:
        complete: the worker has answered; False: structure only.
        remembered: it was answered in an earlier session, and the worker has not confirmed it yet.
        keras: the version that was asked.
        parameters: of all blocks that are known.
        blocks: by block id, in block order.
        outputs: the model's outputs.
    """

    complete: bool = False
    keras: str = ""
    parameters: int = 0
    blocks: Mapping[str, BlockAnalysis] = field(default_factory=dict[str, BlockAnalysis])
    outputs: tuple[PortRef, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    remembered: bool = False

    @property
    def ok(self) -> bool:
        """No diagnostic is an error."""
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)

    def spec(self, port: PortRef) -> TensorSpec | None:
        """The spec of an output port, if it is known."""
        block = self.blocks.get(port.block)
        return block.outputs.get(port.port) if block is not None and block.outputs is not None else None


def shape_text(shape: Sequence[int | None], sizes: Sequence[str | None] = ()) -> str:
    """A shape as people read it: batch is B, an unknown second axis is T, any other unknown is ?.

    Args:
        sizes: what is known of unknown axes, as people read it, by axis.

    >>> shape_text((None, None, 64))
    '(B, T, 64)'
    """
    told = [*sizes, *(None for _ in shape[len(sizes) :])]
    names = [
        str(size) if size is not None else text or ("B" if axis == 0 else "T" if axis == 1 else "?")
        for axis, (size, text) in enumerate(zip(shape, told, strict=True))
    ]
    return "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"


@lru_cache(maxsize=1024)
def spoken_time(time: str | None) -> str:
    """A length's canonical formula as people read it; empty where it is not known.

    >>> spoken_time("2*floor((T-1)/2)+1")
    '2⌊(T-1)/2⌋+1'
    """
    head, floor, rest = re.sub(r"(\d)\*", r"\1", time or "").partition("floor(")
    if not floor:
        return head
    depth = accumulate({"(": 1, ")": -1}.get(letter, 0) for letter in rest)
    end = next((at for at, depth in enumerate(depth) if depth < 0), len(rest))
    return f"{head}⌊{spoken_time(rest[:end])}⌋{spoken_time(rest[end + 1 :])}"
