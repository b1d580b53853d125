"""What the panels show of a sample and of a block's padded steps, as values and as body and arrays of a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from engine.graph.values import Json, JsonObject
from engine.protocol.file_look import FileLook, decode_file_look, encode_file_look
from engine.protocol.messages import Array, Flags


@dataclass(frozen=True)
class MaskingLook:
    """What a masking layer would mask of a sample.

    Attributes:
        layer: `Masking`, or `Embedding` for tokens.
        value: the value that means padding.
        steps: of all sequences.
        masked: how many of them the layer masks.
        masked_padding: how many of those are padding by the sample.
        numbers, equal: all single numbers, and those of them that equal the value.
    """

    layer: str
    value: float
    steps: int
    masked: int
    masked_padding: int
    numbers: int
    equal: int


@dataclass(frozen=True)
class PaddingProposal:
    """Steps of a file that look like padding: all of their features are the pad value, up to the end.

    Attributes:
        sequences: how many have such steps, of `of`.
        shortest, longest: of the lengths that would be left.
        padding: at which end: `post` or `pre`.
    """

    sequences: int
    of: int
    shortest: int
    longest: int
    padding: str


@dataclass(frozen=True)
class SampleLook:
    """What would be fed to one Input.

    Attributes:
        sequence: whose first values are shown.
        shape: of what is fed, (B, T, …); empty: it cannot be made, and `title` and `detail` say why and what to do.
        valid: (B, T) bool: the real steps; None where there is no time axis.
        first: (steps, features) the first values of the sequence.
        masking: None where no layer could mask it.
        proposal: None where nothing looks like padding that is not known as such.
        file: of what is read from a file of sequences of their own lengths.
        tokens: (T,) of a text: the words at the steps of the sequence, empty at padded ones; () where there are none.
    """

    block: str
    sequence: int
    shape: tuple[int, ...] = ()
    dtype: str = ""
    valid: Flags | None = None
    first: Array | None = None
    masking: MaskingLook | None = None
    proposal: PaddingProposal | None = None
    file: FileLook | None = None
    tokens: tuple[str, ...] = ()
    title: str = ""
    detail: str = ""

    def label(self, step: int) -> str:
        """What a step is called: its token, else its number."""
        token = self.tokens[step] if step < len(self.tokens) else ""
        return token or str(step)


@dataclass(frozen=True)
class PaddedSteps:
    """What stands at the padded steps of one tensor of a run.

    Attributes:
        what: the output port, or the state: `h`, `forward/h`.
        state: it is a state after each step, not what leaves.
        masked: a mask says which steps are padding; False: only the sample does.
        steps: how many padded steps were looked at; each is counted once:
        zero, repeated, nan: it is all zero; it equals the last step that is not padding; it holds NaN.
    """

    what: str
    state: bool
    masked: bool
    steps: int
    zero: int
    repeated: int
    nan: int


@dataclass(frozen=True)
class PaddedLook:
    """What a run did at the padded steps of a block.

    Attributes:
        padding: the sample of the run has padded steps.
        kernel: why the GPU's fused kernel refuses the mask that the block was given; empty: it does not.
    """

    run: int
    block: str
    padding: bool
    tensors: tuple[PaddedSteps, ...] = ()
    kernel: str = ""


def encode_sample_look(look: SampleLook) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of a look at a sample."""
    body: dict[str, Json] = {
        "block": look.block,
        "sequence": look.sequence,
        "shape": list(look.shape),
        "dtype": look.dtype,
        "masking": None if look.masking is None else cast("Json", asdict(look.masking)),
        "proposal": None if look.proposal is None else cast("Json", asdict(look.proposal)),
        "file": None if look.file is None else encode_file_look(look.file),
        "tokens": list(look.tokens),
        "title": look.title,
        "detail": look.detail,
    }
    given = {"valid": look.valid, "first": look.first}
    return body, {name: array for name, array in given.items() if array is not None}


def decode_sample_look(content: JsonObject, arrays: Mapping[str, Array]) -> SampleLook:
    """The look at a sample of a reply."""
    body = cast("dict[str, Any]", content)
    return SampleLook(
        block=body["block"],
        sequence=body["sequence"],
        shape=tuple(body["shape"]),
        dtype=body["dtype"],
        valid=cast("Flags | None", arrays.get("valid")),
        first=arrays.get("first"),
        masking=None if body["masking"] is None else MaskingLook(**body["masking"]),
        proposal=None if body["proposal"] is None else PaddingProposal(**body["proposal"]),
        file=None if body["file"] is None else decode_file_look(body["file"]),
        tokens=tuple(body["tokens"]),
        title=body["title"],
        detail=body["detail"],
    )


def encode_padded_look(look: PaddedLook) -> dict[str, Json]:
    """The body of a look at padded steps."""
    return cast("dict[str, Json]", {**asdict(look), "tensors": [asdict(tensor) for tensor in look.tensors]})


def decode_padded_look(content: JsonObject) -> PaddedLook:
    """The look at padded steps of a reply."""
    body = cast("dict[str, Any]", content)
    tensors = tuple(PaddedSteps(**tensor) for tensor in body["tensors"])
    return PaddedLook(body["run"], body["block"], body["padding"], tensors, body["kernel"])
