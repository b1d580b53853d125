"""The document's sample: what is fed to each Input. Read here, drawn in `engine.runtime.sample`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from engine.document.file_options import FileOptions, read_options
from engine.document.values import Document
from engine.graph.values import Block, Json

Kind: TypeAlias = Literal["normal", "uniform", "sine", "tokens", "zeros", "ones", "file"]
Padding: TypeAlias = Literal["post", "pre"]
KINDS: tuple[Kind, ...] = ("normal", "uniform", "sine", "tokens", "zeros", "ones", "file")
PADDINGS: tuple[Padding, ...] = ("post", "pre")
DEFAULT_BATCH = 32
DEFAULT_TIMESTEPS = 10
LARGEST_SIZE = 100_000_000
INTEGER_TYPES = ("int", "uint")


@dataclass(frozen=True)
class UniformLengths:
    """Lengths drawn evenly from `lowest` to `highest`, both included."""

    lowest: int
    highest: int


Lengths: TypeAlias = tuple[int, ...] | UniformLengths


@dataclass(frozen=True)
class InputSample:
    """What is fed to one Input.

    Attributes:
        kind: how values are made.
        lengths: valid length of each sequence (cycled over the batch), a distribution, or None: every step is valid.
        timesteps: the padded length, or None: the longest length, else 10 where unknown.
        padding: where padding stands: after (`post`) or before (`pre`).
        pad_value: the value of padded steps.
        path: of a file, as the document says it: one of `file_options.SUFFIXES`, or `.npz#name`.
        valid: for files, which steps are real: `all` (of sequences of their own lengths: those that the file holds),
            `lengths`, `trailing`, or the path of a mask or lengths file.
        labels: for files, the path of an array that says in one number what each sequence is, such as its class.
        options: how the file is read.
    """

    kind: Kind
    lengths: Lengths | None = None
    timesteps: int | None = None
    padding: Padding = "post"
    pad_value: float = 0.0
    path: str = ""
    valid: str = "all"
    labels: str = ""
    options: FileOptions = FileOptions()


@dataclass(frozen=True)
class SampleProblem:
    """Something wrong with the sample: `code` is a diagnostic's, `block` the Input's id or empty."""

    code: str
    block: str
    title: str
    detail: str


@dataclass(frozen=True)
class Sample:
    """The whole sample; what could not be read is a problem, and its default stands in its place."""

    batch: int
    inputs: Mapping[str, InputSample]
    problems: tuple[SampleProblem, ...] = ()


def read_sample(document: Document) -> Sample:
    """The sample of a document, by the id of the Input."""
    problems: list[SampleProblem] = []
    batch = document.sample.get("batch", DEFAULT_BATCH)
    if not _is_size(batch):
        problems.append(
            _problem(
                "sample.batch",
                "",
                "The sample's batch must be a whole number from 1",
                f"It is {batch}; the largest is {LARGEST_SIZE:,}.",
            )
        )
        batch = DEFAULT_BATCH
    found = document.sample.get("inputs", {})
    entries = cast("Mapping[str, Json]", found if isinstance(found, Mapping) else {})
    if not isinstance(found, Mapping):
        problems.append(
            _problem("sample.inputs", "", "The sample's inputs must be an object", "One entry for each Input.")
        )
    inputs = {block.id: _Reader(block, entries.get(block.name, {}), problems).read() for block in document.graph.inputs}
    names = {block.name for block in document.graph.inputs}
    for name in entries:
        if name not in names:
            title = f"The sample feeds {name}, and there is no such Input"
            problems.append(_problem("sample.inputs", "", title, "Rename the entry or remove it."))
    return Sample(cast("int", batch), inputs, tuple(problems))


def _problem(code: str, block: str, title: str, detail: str) -> SampleProblem:
    return SampleProblem(code, block, title, detail)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_SIZE


class _Reader:
    """Reads one Input's entry; each wrong part is a problem and takes its default."""

    def __init__(self, block: Block, entry: Json, problems: list[SampleProblem]) -> None:
        self._block = block
        self._entry: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
        self._problems = problems
        if not isinstance(entry, Mapping):
            self._complain("sample.inputs", "must be an object", f"It is {entry}.")

    def read(self) -> InputSample:
        lengths = self._lengths()
        timesteps = self._entry.get("timesteps")
        if timesteps is not None and not _is_size(timesteps):
            self._complain("sample.timesteps", "must have a whole number of timesteps from 1", f"It has {timesteps}.")
            timesteps = None
        timesteps = self._fixed_timesteps() or timesteps
        longest = max_length(lengths)
        if timesteps is not None and longest > timesteps:
            self._complain(
                "sample.lengths",
                f"has a length of {longest}, and the sequences have {timesteps} timesteps",
                "A length counts the valid steps of a padded sequence, so it cannot exceed the padded length: "
                "raise the timesteps or lower the length.",
            )
            lengths = _clipped(lengths, timesteps)
        return InputSample(
            kind=self._choice("kind", KINDS, default_kind(self._block)),
            lengths=lengths,
            timesteps=timesteps,
            padding=self._choice("padding", PADDINGS, "post"),
            pad_value=self._pad_value(),
            path=self._text("path"),
            valid=self._text("valid") or "all",
            labels=self._text("labels"),
            options=read_options(self._entry, lambda what, said: self._complain("sample.options", what, said)),
        )

    def _complain(self, code: str, what: str, detail: str) -> None:
        self._problems.append(_problem(code, self._block.id, f"The sample of {self._block.name} {what}", detail))

    def _choice(self, key: str, choices: Sequence[Any], default: Any) -> Any:
        value = self._entry.get(key, default)
        if value in choices:
            return value
        self._complain(f"sample.{key}", f"has the unknown {key} {value}", "Choose one of " + ", ".join(choices) + ".")
        return default

    def _text(self, key: str) -> str:
        value = self._entry.get(key, "")
        if isinstance(value, str):
            return value
        self._complain(f"sample.{key}", f"must have text as {key}", f"It is {value}.")
        return ""

    def _pad_value(self) -> float:
        value = self._entry.get("pad_value", 0)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        self._complain("sample.pad_value", "must have a number as pad_value", f"It is {value}.")
        return 0.0

    def _lengths(self) -> Lengths | None:
        value = self._entry.get("lengths")
        if value is None:
            return None
        if isinstance(value, Mapping):
            return self._distribution(cast("Mapping[str, Any]", value))
        sizes = cast("list[int]", value if isinstance(value, list) else [])
        if sizes and all(_is_length(size) for size in sizes):
            return tuple(sizes)
        self._complain(
            "sample.lengths", "must have lengths that are whole numbers from 0", "A list, or a distribution."
        )
        return None

    def _distribution(self, value: Mapping[str, Any]) -> Lengths | None:
        lowest, highest = value.get("min"), value.get("max")
        known = value.get("distribution", "uniform") == "uniform"
        if known and _is_length(lowest) and _is_length(highest) and cast("int", lowest) <= cast("int", highest):
            return UniformLengths(cast("int", lowest), cast("int", highest))
        self._complain(
            "sample.lengths",
            "has a distribution of lengths that cannot be drawn",
            'It must be {"distribution": "uniform", "min": 3, "max": 15} with min not above max.',
        )
        return None

    def _fixed_timesteps(self) -> int | None:
        """A fixed T of the Input itself wins."""
        return input_shape(self._block)[1] if has_time(self._block) else None


def _is_length(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_SIZE


def max_length(lengths: Lengths | None) -> int:
    """The largest length that can occur, 0 without lengths."""
    if lengths is None:
        return 0
    return lengths.highest if isinstance(lengths, UniformLengths) else max(lengths)


def _clipped(lengths: Lengths | None, longest: int) -> Lengths | None:
    if isinstance(lengths, UniformLengths):
        return UniformLengths(min(lengths.lowest, longest), min(lengths.highest, longest))
    return None if lengths is None else tuple(min(length, longest) for length in lengths)


def input_shape(block: Block) -> tuple[int | None, ...]:
    """The shape of an Input with the batch in front, as far as its arguments can be read."""
    whole = block.arguments.get("batch_shape")
    sizes = whole if isinstance(whole, list) else None
    if sizes is None:
        inner = block.arguments.get("shape")
        sizes = [None, *inner] if isinstance(inner, list) else [None]
    return tuple(size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None for size in sizes)


def has_time(block: Block) -> bool:
    """Axis 1 of an Input is time: by the convention (batch, time, features), and of two axes where the second is
    unknown or the values are tokens; (batch, features) has none."""
    shape = input_shape(block)
    if len(shape) != 2:
        return len(shape) > 2
    return shape[1] is None or str(block.arguments.get("dtype", "")).startswith((*INTEGER_TYPES, "bool", "string"))


def default_kind(block: Block) -> Kind:
    """Tokens for integers, else normal."""
    dtype = block.arguments.get("dtype", "float32")
    return "tokens" if isinstance(dtype, str) and dtype.startswith(INTEGER_TYPES) else "normal"
