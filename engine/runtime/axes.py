"""What the axes of a tensor are, and how long: found by asking Keras with other sizes, never by a rule of our own.

A size of an operand is changed, and the axes of the output that change with it follow it: so an axis keeps its name
through a transposition, two that are put together lose theirs, and an unknown length is a formula of the input's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from engine.runtime.infer import CallKey, Inference, Known, Outcome, Shape, Shapes, leaves
from engine.runtime.lengths import POINTS, PROBES, Length, axes_of, input_length, sum_of, time_axis, within

Sizes: TypeAlias = "tuple[Length | None, ...]"
Variable: TypeAlias = "str | tuple[Length, ...]"
Tie: TypeAlias = tuple[str, str]
Alone: TypeAlias = "Mapping[Length, list[Shapes] | None]"
BATCH, TIME, OTHER = 6, 24, 12  # of unknown axes while names are looked for: many numbers divide them
ELSEWHERE = 3  # the place among `POINTS` at which other inputs stand while one is varied


class Axes(NamedTuple):
    """The axes of a tensor.

    Attributes:
        names: `batch`, `time`, `features`, or empty for one that is several put together; empty: nothing is named.
        sizes: by axis, the length as a function of an input's, where Keras leaves it open and it follows one.
    """

    names: tuple[str, ...]
    sizes: Sizes

    def length(self, known: Known) -> Length | None:
        """Of the time axis, where Keras leaves it open."""
        axis = time_axis(known, self.names)
        return None if axis is None or axis >= len(self.sizes) else self.sizes[axis]

    def mask(self, known: Known) -> Axes:
        """Of the tensor's mask."""
        rank = len(known.shape)
        return Axes(self.names[:rank], self.sizes[:rank])


class Found(NamedTuple):
    """The axes of a call's outputs, and the lengths that the call wants to be equal, by the names of their inputs."""

    axes: tuple[Axes, ...]
    ties: tuple[Tie, ...] = ()


def input_axes(known: Known, variable: str) -> Axes:
    """Of an input: named by the convention; an unknown second axis has the length that `variable` names."""
    length = input_length(variable) if variable else None
    sizes = tuple(length if axis == 1 and size is None else None for axis, size in enumerate(known.shape))
    return Axes(axes_of(known), sizes)


def output_axes(inference: Inference, key: CallKey, outcome: Outcome, given: Sequence[Axes]) -> Found:
    """Of the outputs of a call, from those of its operands (in the order of `leaves`)."""
    call = _Call(inference, key, outcome, given)
    sizes, ties = call.sizes()
    names = call.names(sizes)
    return Found(tuple(Axes(*both) for both in zip(names, sizes, strict=True)), ties)


class _Call:
    """One call, asked with other sizes."""

    def __init__(self, inference: Inference, key: CallKey, outcome: Outcome, given: Sequence[Axes]) -> None:
        self._inference, self._key, self._given = inference, key, given
        self._operands = leaves(key.operands)
        self._outputs = outcome.outputs

    # --- lengths -------------------------------------------------------------------------------------------------

    def sizes(self) -> tuple[tuple[Sizes, ...], tuple[Tie, ...]]:
        """The lengths of the outputs' unknown axes, and what must be equal for the call to be made."""
        nothing: tuple[Sizes, ...] = tuple((None,) * len(known.shape) for known in self._outputs)
        if not any(None in known.shape[1:] for known in self._outputs):
            return nothing, self._ties() if len(self._variables()) > 1 else ()
        variables = self._variables()
        if not variables:
            return nothing, ()
        if len(variables) == 1:
            return self._open(self._following(variables[0]) or nothing), ()
        alone = self._each_alone()
        ties = self._ties()
        if all(answers is None for answers in alone.values()):
            return self._open(self._equal() or nothing), ties
        columns = [[self._sum(alone, output, axis) for axis in range(len(known.shape))]
                   for output, known in enumerate(self._outputs)]  # fmt: skip
        return self._open(tuple(tuple(column) for column in columns)), ties

    def _lengths(self) -> list[Length]:
        """Every length of the operands once."""
        return list(dict.fromkeys(length for axes in self._given for length in axes.sizes if length))

    def _variables(self) -> list[Variable]:
        return list(dict.fromkeys(length.variable for length in self._lengths()))

    def _open(self, sizes: Sequence[Sizes]) -> tuple[Sizes, ...]:
        """Only those of axes that Keras leaves open."""
        return tuple(
            tuple(None if size is not None else length for size, length in zip(known.shape, of_one, strict=True))
            for known, of_one in zip(self._outputs, sizes, strict=True)
        )

    def _following(self, variable: Variable) -> tuple[Sizes, ...] | None:
        """The outputs' lengths as functions of the only variable; None: Keras refuses."""
        own = self._lengths()
        kept = self._kept(own[0]) if len(own) == 1 else None
        if kept is not None:
            return kept
        answers = self._asked(own)
        if answers is None:
            return None
        found: list[Sizes] = []
        alone: Alone | None = None
        for output, known in enumerate(self._outputs):
            row: list[Length | None] = []
            for axis, size in enumerate(known.shape):
                length = _length(variable, _column(answers, output, axis))
                if size is None and length is not None and length.formula is None:
                    alone = alone or self._each_alone()
                    length = (self._sum(alone, output, axis) if None not in alone.values() else None) or length
                row.append(length)
            found.append(tuple(row))
        return tuple(found)

    def _each_alone(self) -> Alone:
        """What Keras answers as each length goes through its values while all others stand still."""
        return {length: self._asked([length]) for length in self._lengths()}

    def _asked(self, moving: Sequence[Length]) -> list[Shapes] | None:
        """The outputs' shapes as these lengths go through their values together; None: Keras refuses one of them."""
        answers = [self._ask({length: length.values[at] for length in moving}) for at in range(len(POINTS))]
        given = [answer for answer in answers if answer is not None]
        return given if len(given) == len(answers) else None

    def _kept(self, length: Length) -> tuple[Sizes, ...] | None:
        """Where two sizes leave as they came, all do; None: some unknown axis has another size."""
        if len(self._variables()) > 1:
            return None
        answers = [self._ask({length: size}) for size in PROBES]
        found: list[Sizes] = []
        for output, known in enumerate(self._outputs):
            row: list[Length | None] = []
            for axis, size in enumerate(known.shape):
                sizes = [None if answer is None else answer[output][axis] for answer in answers]
                follows = size is None and sizes != [None, None]
                if None in answers or (follows and sizes != list(PROBES)):
                    return None
                row.append(length if follows else None)
            found.append(tuple(row))
        return tuple(found)

    def _ask(self, sizes: Mapping[Length, int]) -> tuple[Shape, ...] | None:
        """The outputs' shapes with these lengths; all other lengths stand still."""

        def size(axis_size: int | None, length: Length | None) -> int | None:
            if axis_size is not None or length is None:
                return axis_size
            return sizes.get(length, length.values[ELSEWHERE])

        shapes = tuple(
            tuple(size(s, length) for s, length in zip(known.shape, axes.sizes, strict=True))
            for known, axes in zip(self._operands, self._given, strict=True)
        )
        answer = self._inference.shapes(self._key, shapes)
        return answer if answer is not None and len(answer) == len(self._outputs) else None

    def _equal(self) -> tuple[Sizes, ...] | None:
        """Where only equal lengths are taken they are one, named after the first."""
        lengths = self._lengths()
        answers = [self._ask(dict.fromkeys(lengths, size)) for size in lengths[0].values]
        if any(answer is None for answer in answers):
            return None
        return tuple(
            tuple(
                _length(lengths[0].variable, [a[output][axis] for a in answers if a])
                for axis in range(len(known.shape))
            )
            for output, known in enumerate(self._outputs)
        )

    def _ties(self) -> tuple[Tie, ...]:
        """Inputs whose lengths must be equal: with others than equal ones Keras refuses the call."""
        plain = {
            name: length
            for length in self._lengths()
            if isinstance(name := length.variable, str) and length.values == POINTS
        }
        found: list[Tie] = []
        first, *others = plain or ("",)
        for other in others:
            one, two = plain[first], plain[other]
            same, unlike = self._ask({one: TIME, two: TIME}), self._ask({one: TIME, two: TIME + 1})
            if same is not None and unlike is None:
                found.append((first, other))
        return tuple(found)

    def _sum(self, alone: Alone, output: int, axis: int) -> Length | None:
        """The length of an axis that follows one length, or a sum of several; None: neither."""
        columns = {length: _column(answers, output, axis) for length, answers in alone.items() if answers is not None}
        moving = {length: sizes for length, sizes in columns.items() if None not in sizes and len(set(sizes)) > 1}
        parts = [self._part(length, output, axis, sizes) for length, sizes in moving.items()]
        if len(parts) < 2:
            return parts[0] if parts else None
        known = [[size for size in sizes if size is not None] for sizes in moving.values()]
        rest = -(len(parts) - 1) * known[0][ELSEWHERE]  # what stands still was counted with each of them
        for first in (0, ELSEWHERE, len(POINTS) - 1):
            places = [(first + place) % len(POINTS) for place in range(len(parts))]
            answer = self._ask({length: length.values[at] for length, at in zip(moving, places, strict=True)})
            told = sum(sizes[at] for sizes, at in zip(known, places, strict=True)) + rest
            if answer is None or answer[output][axis] != told:
                return None
        return sum_of([part for part in parts if part is not None], rest)

    def _part(self, length: Length, output: int, axis: int, sizes: Sequence[int | None]) -> Length | None:
        """A size as a function of a length: of its variable, else (a third of `2*T`) of the length itself."""
        plain, inner = _length(length.variable, sizes), within(length)
        if inner is None or plain is None or plain.formula is not None:
            return plain
        quantity, number = inner
        answers = [self._ask({length: point + number}) for point in POINTS]
        return _length(quantity, [None if answer is None else answer[output][axis] for answer in answers]) or plain

    # --- names ---------------------------------------------------------------------------------------------------

    def names(self, sizes: Sequence[Sizes]) -> tuple[tuple[str, ...], ...]:
        """The names of the outputs' axes: of the operands' axes that they follow, else those of the convention."""
        usual = tuple(axes_of(known) for known in self._outputs)
        if all(self._is_plain(known, of_one) for known, of_one in zip(self._outputs, sizes, strict=True)):
            return usual
        base = self._answer("")
        if base is None:
            return usual
        followers = [[set[str]() for _ in shape] for shape in base]
        for name in ("batch", "time", "features"):
            changed = self._answer(name) if any(name in axes.names for axes in self._given) else None
            for sets, before, after in zip(followers, base, changed or (), strict=False):
                for follower, old, new in zip(sets, before, after, strict=False):
                    follower |= {name} if old != new else set()
        kept = {axes.length(known) for known, axes in zip(self._operands, self._given, strict=True)} - {None}
        for sets, of_one in zip(followers, sizes, strict=True):
            for follower, length in zip(sets, of_one, strict=True):
                if length in kept and "time" in follower:  # put together and taken apart again: as long as before
                    follower &= {"time"}
        return tuple(_named(sets, names) for sets, names in zip(followers, usual, strict=True))

    def _is_plain(self, known: Known, sizes: Sizes) -> bool:
        """A sequence of vectors that stays one: the question need not be asked."""
        first, axes = self._operands[0], self._given[0]
        return (
            len(known.shape) == len(first.shape) == 3
            and axes.names == axes_of(first)
            and known.shape[0] == first.shape[0]
            and known.shape[1] == first.shape[1] != first.shape[2]
            and known.shape[2] is not None
            and sizes[1] == axes.sizes[1]
        )

    def _answer(self, varied: str) -> tuple[Shape, ...] | None:
        """The outputs' shapes with every unknown size filled in, and with the axes of one name twice as long."""
        shapes = tuple(
            tuple(_filled(axis, size) * (2 if varied and varied in axes.names[axis : axis + 1] else 1)
                  for axis, size in enumerate(known.shape))
            for known, axes in zip(self._operands, self._given, strict=True)
        )  # fmt: skip
        answer = self._inference.shapes(self._key, shapes)
        fits = answer is not None and [len(shape) for shape in answer] == [len(known.shape) for known in self._outputs]
        return answer if fits else None


def _filled(axis: int, size: int | None) -> int:
    return size if size is not None else (BATCH, TIME, OTHER)[min(axis, 2)]


def _column(answers: Sequence[Shapes], output: int, axis: int) -> list[int | None]:
    """One size, in every answer."""
    return [answer[output][axis] for answer in answers]


def _length(variable: Variable, sizes: Sequence[int | None]) -> Length | None:
    known = tuple(size for size in sizes if size is not None)
    return Length(variable, known) if len(known) == len(sizes) else None


def _named(followers: Sequence[set[str]], usual: Sequence[str]) -> tuple[str, ...]:
    """An axis is named after what it follows; time and features put together are features at the end, else time."""
    names = [_name(follower, last=axis == len(followers) - 1) for axis, follower in enumerate(followers)]
    return tuple(_fill(names, followers, usual)) if any(followers) else tuple(usual)


def _name(follower: set[str], *, last: bool) -> str:
    if len(follower) == 1:
        return next(iter(follower))
    return "" if follower != {"time", "features"} else "features" if last else "time"


def _fill(names: list[str], followers: Sequence[set[str]], usual: Sequence[str]) -> Iterator[str]:
    for axis, (name, follower) in enumerate(zip(names, followers, strict=True)):
        free = usual[axis] if axis < len(usual) and not follower and usual[axis] not in names else ""
        last = (
            "features" if axis == len(names) - 1 and not follower and "features" not in names and len(names) > 1 else ""
        )
        yield name or free or last
