"""Calls that a pass need not make again: an edit leaves what stands above it as it was.

A call is known where its step is the same, its layer is the same one, and all that it reads was fed again or is known
itself. Attention deletes the masks of what it is given, also for those that read it later: so each tensor must arrive
with a mask or without one as it did then, and what a call deleted is deleted again. Whatever differs is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.graph.values import PortRef
from engine.plan.values import Call, Construct, MakeInput, Plan, sources_of
from engine.protocol.messages import Array
from engine.runtime.assemble import AssembledModel
from engine.runtime.attention import AttentionCall
from engine.runtime.environment import keras
from engine.runtime.recurrent import States
from engine.runtime.tensors import masked


@dataclass(frozen=True)
class KnownCall:
    """One call of a pass, as it was made.

    Attributes:
        packed: what it returned; the same tensors are given again, since some layers return what they were given.
        masks: of the tensors it returned, as they left.
        masked, left: of each tensor it was given, whether it had a mask before the call, and after it.
    """

    packed: Any
    masks: tuple[Any, ...]
    states: Mapping[str, States]
    attention: AttentionCall | None
    seconds: float
    masked: tuple[bool, ...] = ()
    left: tuple[bool, ...] = ()

    def again(self, given: Sequence[Any]) -> None:
        """Makes `packed` what the call returned: its masks are put back, those that it deleted are deleted."""
        for tensor, before, after in zip(given, self.masked, self.left, strict=True):
            if before and not after:
                keras.src.backend.set_keras_mask(tensor, None)
        for tensor, mask in zip(keras.tree.flatten(self.packed), self.masks, strict=True):
            if keras.src.backend.get_keras_mask(tensor) is not mask:
                keras.src.backend.set_keras_mask(tensor, mask)


Calls = Mapping[PortRef, KnownCall]
"""By the first port that each gives."""


@dataclass(frozen=True)
class KnownCalls:
    """The calls of an earlier pass.

    Attributes:
        content: what decides on numbers beside plan and sample: seed, device, file of weights.
        layers: by the block that owns each.
        feeds: by the id of the Input.
    """

    content: Any = None
    plan: Plan = Plan((), (), ())
    layers: Mapping[str, Any] = field(default_factory=dict[str, Any])
    feeds: Mapping[str, Array] = field(default_factory=dict[str, "Array"])
    calls: Calls = field(default_factory=dict[PortRef, KnownCall])

    def for_pass(self, content: Any, model: AssembledModel, feeds: Mapping[str, Array]) -> Calls:
        """The calls that give the same again in a pass of this model, where their tensors arrive as they did."""
        if content != self.content:
            return {}
        before = {step.block: repr(step) for step in self.plan.steps if not isinstance(step, Construct)}
        same: set[str] = set()
        for step in model.plan.steps:  # a block stands below what it reads
            if isinstance(step, Construct) or before.get(step.block) != repr(step):
                continue
            if isinstance(step, MakeInput):
                known = _are_equal(self.feeds.get(step.block), feeds[step.block])
            else:
                known = all(port.block in same for port in sources_of(step))
            if isinstance(step, Call):
                known = known and model.layers[step.layer] is self.layers.get(step.layer)
            if known:
                same.add(step.block)
        return {port: call for port, call in self.calls.items() if port.block in same}


class Recall:
    """Finds the calls of a pass that are known; a call that is made anew makes all below it new.

    Args:
        known: see `KnownCalls.for_pass`.
    """

    def __init__(self, plan: Plan, known: Calls) -> None:
        self._known = known
        self._new: set[str] = set()
        steps = [step for step in plan.steps if not isinstance(step, Construct)]
        self._sources = {step.block: {port.block for port in sources_of(step)} for step in steps}

    def find(self, port: PortRef | None, given: Sequence[Any]) -> KnownCall | None:
        """The call that gives a port, or None: it has to be made."""
        if port is None:  # a part of a block: what the block gives is asked for
            return None
        call = self._known.get(port)
        if call is not None and self._new.isdisjoint(self._sources[port.block]) and call.masked == masked(given):
            return call
        self._new.add(port.block)
        return None


def _are_equal(one: Array | None, other: Array) -> bool:
    """They have the same bytes."""
    if one is None or (one.dtype, one.shape) != (other.dtype, other.shape) or other.dtype.hasobject:
        return False
    if one is other:
        return True
    first, second = (np.ascontiguousarray(array).reshape(-1).view(np.uint8) for array in (one, other))
    return bool(np.array_equal(first, second))
